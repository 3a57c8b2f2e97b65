
/* A feature of a window, which is a whole number, in the unit of the raw values of its rule, within 32 bits. */
static int32_t model_in_unit(size_t feature, int32_t value)
{
    int64_t raw = value;
    int places;

    for (places = model_rule_of(feature)->places; places > 0; places--) {
        raw *= 10;
        raw = raw > INT32_MAX ? INT32_MAX : raw < INT32_MIN ? INT32_MIN : raw;
    }
    return (int32_t)raw;
}
