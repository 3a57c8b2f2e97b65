
/* The result for a sample behind all filters. The first sample counts as one that was there for ever. */
static int16_t model_filtered(model_filter *state, int16_t sample)
{
    size_t i;

    for (i = 0; i < MODEL_FILTERS; i++, state++) {
        const model_biquad *biquad = &model_biquads[i];
        /* Samples and results are kept in 1/2^14. */
        int32_t x = (int32_t)sample * 16384, y;
        int64_t sum;

        if (!state->begun) {
            int passes = (int64_t)biquad->b[0] + biquad->b[1] + biquad->b[2] > 0;

            state->x[0] = state->x[1] = x;
            state->y[0] = state->y[1] = passes ? x : 0;
            state->begun = 1;
        }
        sum = (int64_t)biquad->b[0] * x + (int64_t)biquad->b[1] * state->x[0] + (int64_t)biquad->b[2] * state->x[1]
            - (int64_t)biquad->a[0] * state->y[0] - (int64_t)biquad->a[1] * state->y[1];
        sum += (int64_t)1 << 28;
        sum = sum < 0 ? -1 - ((-1 - sum) >> 29) : sum >> 29;
        y = (int32_t)(sum > 1073741824 ? 1073741824 : sum < -1073741824 ? -1073741824 : sum);
        state->x[1] = state->x[0];
        state->x[0] = x;
        state->y[1] = state->y[0];
        state->y[0] = y;
        y = model_down(y + 8192, 14);
        sample = (int16_t)(y > 32767 ? 32767 : y < -32767 ? -32767 : y);
    }
    return sample;
}
