
/* How often the last window of a lane goes from below its mean to the mean or above, or back. */
static int32_t model_crossings(const model_signal *signal, size_t lane)
{
    int32_t sum = 0, crossings = 0;
    int was_above = 0;
    size_t i;

    for (i = 0; i < MODEL_WINDOW; i++) {
        sum += model_last(signal, lane, MODEL_WINDOW, i);
    }
    for (i = 0; i < MODEL_WINDOW; i++) {
        /* sample >= sum / window */
        int is_above = model_last(signal, lane, MODEL_WINDOW, i) * (int32_t)MODEL_WINDOW >= sum;

        crossings += i > 0 && is_above != was_above;
        was_above = is_above;
    }
    return crossings;
}
