
/* Sample i of the last ones of a lane, of which there are count. */
static int32_t model_last(const model_signal *signal, size_t lane, size_t count, size_t i)
{
    size_t at = signal->at + MODEL_KEPT - count + i;

    return signal->ring[lane * MODEL_KEPT + (at < MODEL_KEPT ? at : at - MODEL_KEPT)];
}
