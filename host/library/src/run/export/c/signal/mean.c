
/* The mean of the last window of a lane, in 1/16 of a sample's unit, rounded down. */
static int32_t model_mean(const model_signal *signal, size_t lane)
{
    int32_t sum = 0, mean;
    size_t i;

    for (i = 0; i < MODEL_WINDOW; i++) {
        sum += model_last(signal, lane, MODEL_WINDOW, i);
    }
    mean = (int32_t)((int64_t)sum * 16 / MODEL_WINDOW);
    /* C rounds a quotient towards 0. */
    return (int64_t)sum * 16 % MODEL_WINDOW < 0 ? mean - 1 : mean;
}
