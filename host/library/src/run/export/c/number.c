
static int model_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

RAW_OF(size_t FEATURE, const char *text, size_t length, int32_t *raw)
{
    /* Greater exponents are not told apart: no text in memory has as many digits. */
    const int64_t most_exponent = (int64_t)1 << 40;
    size_t at = 0, start, whole, fraction = 0, digit = 0;
    int negative = 0, overflows = 0;
    int64_t exponent = 0, left;
    uint64_t units = 0, most;

    if (FEATURE >= COUNT) {
        return MODEL_NO_NUMBER;
    }
    if (at < length && (text[at] == '-' || text[at] == '+')) {
        negative = text[at] == '-';
        at++;
    }
    start = at;
    while (at < length && model_is_digit(text[at])) {
        at++;
    }
    whole = at - start;
    if (at < length && text[at] == '.') {
        at++;
        while (at < length && model_is_digit(text[at])) {
            at++;
            fraction++;
        }
        if (fraction == 0) {
            return MODEL_NO_NUMBER;
        }
    }
    if (at < length) {
        int below = 0;

        if (text[at] != 'e' && text[at] != 'E') {
            return MODEL_NO_NUMBER;
        }
        at++;
        if (at < length && (text[at] == '-' || text[at] == '+')) {
            below = text[at] == '-';
            at++;
        }
        if (at == length) {
            return MODEL_NO_NUMBER;
        }
        for (; at < length; at++) {
            if (!model_is_digit(text[at])) {
                return MODEL_NO_NUMBER;
            }
            exponent = exponent * 10 + (text[at] - '0');
            if (exponent > most_exponent) {
                exponent = most_exponent;
            }
        }
        if (below) {
            exponent = -exponent;
        }
    }
    if (whole == 0) {
        return MODEL_NO_NUMBER;
    }
    /* So many digits, from the first on, stand before the point of the number in its unit. */
    left = (int64_t)whole + exponent + PLACES;
    for (; left > 0 && digit < whole + fraction; left--, digit++) {
        units = units * 10 + (uint64_t)(text[start + digit + (digit < whole ? 0 : 1)] - '0');
        if (units > UINT32_MAX) {
            units = UINT32_MAX;
            overflows = 1;
        }
    }
    if (left > 9) {
        overflows = overflows || units > 0;
    } else if (left > 0) {
        /* There are no more digits. */
        for (; left > 0; left--) {
            units *= 10;
        }
    } else if (left == 0 && digit < whole + fraction) {
        /* The digit behind the point decides alone: halves are rounded away from zero. */
        if (text[start + digit + (digit < whole ? 0 : 1)] >= '5') {
            units++;
        }
    }
    most = (uint64_t)INT32_MAX + (negative ? 1 : 0);
    if (overflows || units > most) {
        units = most;
        overflows = 1;
    }
    *raw = (int32_t)(negative ? -(int64_t)units : (int64_t)units);
    return overflows ? MODEL_SATURATED : MODEL_EXACT;
}
