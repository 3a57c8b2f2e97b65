
/* The square root, rounded down. */
static uint32_t model_root(uint32_t value)
{
    uint32_t root = 0, bit;

    for (bit = (uint32_t)1 << 30; bit > 0; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}
