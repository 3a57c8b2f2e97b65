
int32_t model_target(size_t target, int8_t y)
{
    /* Values beyond this are outside 32 bits, whatever the centre is. */
    const int64_t most = (int64_t)1 << 33;
    const model_rule *rule = &model_target_rules[target];
    int64_t quotient, rest, value;
    int bit;

    if (rule->mul <= 0) {
        return rule->centre;
    }
    /* The size of y * 2^shift / mul, one bit at a time: the product may have 69 bits. */
    value = y < 0 ? -(int64_t)y : y;
    quotient = value / rule->mul;
    rest = value % rule->mul;
    for (bit = 0; bit < rule->shift; bit++) {
        quotient *= 2;
        rest *= 2;
        if (rest >= rule->mul) {
            rest -= rule->mul;
            quotient++;
        }
        if (quotient > most) {
            quotient = most;
        }
    }
    if (y < 0 ? 2 * rest > rule->mul : 2 * rest >= rule->mul) {
        quotient++;
    }
    value = rule->centre + (y < 0 ? -quotient : quotient);
    return (int32_t)(value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : value);
}

void model_predict(const int32_t raw[MODEL_INPUTS], int32_t values[MODEL_OUTPUTS])
{
    int8_t x[MODEL_INPUTS], y[MODEL_OUTPUTS];
    size_t i;

    model_features(raw, x);
    model_infer(x, y);
    for (i = 0; i < MODEL_OUTPUTS; i++) {
        values[i] = model_target(i, y[i]);
    }
}
