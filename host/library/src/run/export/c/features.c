
int8_t model_feature(size_t feature, int32_t raw)
{
    const model_rule *rule = model_rule_of(feature);
    int64_t value = (int64_t)raw - rule->centre;

    if (value > INT32_MAX) {
        value = INT32_MAX;
    } else if (value < INT32_MIN) {
        value = INT32_MIN;
    }
    value = value * rule->mul + ((int64_t)1 << (rule->shift - 1));
    /* What a shift of a negative number does is up to a compiler; this rounds it down. */
    value = value < 0 ? -1 - ((-1 - value) >> rule->shift) : value >> rule->shift;
    return (int8_t)(value > 127 ? 127 : value < -127 ? -127 : value);
}

void model_features(const int32_t raw[MODEL_INPUTS], int8_t x[MODEL_INPUTS])
{
    size_t i;

    for (i = 0; i < MODEL_INPUTS; i++) {
        x[i] = model_feature(i, raw[i]);
    }
}
