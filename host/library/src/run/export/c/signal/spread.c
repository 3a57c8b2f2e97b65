
/* The standard deviation of the last window of a lane, in 1/16 of a sample's unit, rounded down. */
static int32_t model_spread(const model_signal *signal, size_t lane)
{
    uint64_t squares = 0, size;
    int32_t sum = 0;
    size_t i;

    for (i = 0; i < MODEL_WINDOW; i++) {
        int32_t sample = model_last(signal, lane, MODEL_WINDOW, i);

        sum += sample;
        squares += (uint32_t)(sample * sample);
    }
    size = (uint64_t)(sum < 0 ? -(int64_t)sum : sum);
    return (int32_t)model_long_root((MODEL_WINDOW * squares - size * size) / MODEL_WINDOW * 256 / MODEL_WINDOW);
}
