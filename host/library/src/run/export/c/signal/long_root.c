
/* The square root of a longer number, rounded down. */
static uint32_t model_long_root(uint64_t value)
{
    uint64_t root = 0, bit;

    for (bit = (uint64_t)1 << 62; bit > 0; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root;
}
