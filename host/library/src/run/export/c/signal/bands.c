
/* The levels of so many bands of equal width of the last window of a lane, in tenths of a decibel. */
static void model_bands(model_signal *signal, size_t lane, uint32_t count, int32_t *raw)
{
    int32_t mean = model_down(model_mean(signal, lane), 4);
    int32_t exponent = model_spectrum(signal, lane, MODEL_WINDOW, mean, MODEL_WINDOW_FFT);
    uint32_t at, bin = 0;

    for (at = 0; at < count; at++) {
        uint64_t power = 0;

        for (; bin < (at + 1) * (MODEL_WINDOW_FFT / 2) / count; bin++) {
            power += model_power(signal->scratch, MODEL_WINDOW_FFT, bin + 1);
        }
        raw[at] = model_decibels(power, exponent);
    }
}
