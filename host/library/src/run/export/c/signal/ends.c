
/* The least and the greatest sample of the last window of a lane. */
static void model_ends(const model_signal *signal, size_t lane, int32_t *least, int32_t *greatest)
{
    size_t i;

    *least = *greatest = model_last(signal, lane, MODEL_WINDOW, 0);
    for (i = 1; i < MODEL_WINDOW; i++) {
        int32_t sample = model_last(signal, lane, MODEL_WINDOW, i);

        *least = sample < *least ? sample : *least;
        *greatest = sample > *greatest ? sample : *greatest;
    }
}
