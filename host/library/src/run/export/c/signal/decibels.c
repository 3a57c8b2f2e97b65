
/* Ten times the decibels, 100 log10, of power * 2^exponent, rounded down; 0 where that is below 1. */
static int16_t model_decibels(uint64_t power, int32_t exponent)
{
    int32_t whole = exponent + 63;
    uint32_t at, digits, within;
    int64_t logarithm;
    uint64_t tenths;

    if (power == 0) {
        return 0;
    }
    for (; power >> 63 == 0; power <<= 1) {
        whole--;
    }
    /* The first digit, which is 1, falls off. */
    digits = (uint32_t)((power >> 31) & UINT32_MAX);
    at = digits >> 27;
    within = model_logarithms[at]
        + (((model_logarithms[at + 1] - model_logarithms[at]) * ((digits >> 11) & 0xFFFF)) >> 16);
    /* Beyond 2^1024 nothing fits the answer. */
    logarithm = (int64_t)(whole < 1024 ? whole : 1024) * 65536 + (int64_t)within;
    if (logarithm <= 0) {
        return 0;
    }
    /* A doubling has 100 log10(2) of them, here in 1/2^16. */
    tenths = ((uint64_t)logarithm * 1972830) >> 32;
    return (int16_t)(tenths > 32767 ? 32767 : tenths);
}
