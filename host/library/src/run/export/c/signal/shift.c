
/* value / 2^shift, rounded down: what a shift of a negative number does is up to a compiler. */
static int32_t model_down(int32_t value, uint32_t shift)
{
    int32_t sign = -(int32_t)(value < 0);

    return ((value ^ sign) >> shift) ^ sign;
}
