
int32_t model_score(const int8_t x[MODEL_INPUTS], const int8_t y[MODEL_OUTPUTS])
{
    int32_t score = 0;
    size_t i;

    /* At most 254^2 each, so that 32 bits hold the sum of up to 4096, the most that a detector has. */
    for (i = 0; i < MODEL_INPUTS; i++) {
        const int32_t by = (int32_t)x[i] - y[i];

        score += by * by;
    }
    return score;
}

int model_is_anomaly(int32_t score)
{
    return score > MODEL_THRESHOLD;
}

int model_predict(const int32_t raw[MODEL_INPUTS], int32_t *score)
{
    int8_t x[MODEL_INPUTS], y[MODEL_OUTPUTS];

    model_features(raw, x);
    model_infer(x, y);
    *score = model_score(x, y);
    return model_is_anomaly(*score);
}
