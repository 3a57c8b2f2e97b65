
/* What is computed of a frame. */
typedef struct {
    /* The first bin at or behind each edge of the bands: two more than there are bands. */
    const uint16_t *starts;
    /* For each bin from the first edge to before the last, how far it is between two edges, in 1/4096. */
    const uint16_t *rising;
    uint32_t bands;
    /* Values of a frame, and where those of the first one are. */
    uint32_t width;
    uint32_t first;
} model_mel;

/* The levels of triangular bands on the mel scale, in tenths of a decibel. */
static void model_levels(const model_mel *mel, const int16_t *pairs, int32_t exponent, int16_t *levels)
{
    const uint16_t *weight = mel->rising;
    uint64_t risen = 0;
    uint32_t edge, bin;

    for (edge = 0; edge <= mel->bands; edge++) {
        uint64_t rising = 0, falling = 0;

        for (bin = mel->starts[edge]; bin < mel->starts[edge + 1]; bin++) {
            uint64_t power = model_power(pairs, MODEL_FRAME_FFT, bin);
            uint64_t part = power * *weight++;

            rising += part;
            falling += power * 4096 - part;
        }
        if (edge > 0) {
            levels[edge - 1] = model_decibels(risen + falling, exponent - 12);
        }
        risen = rising;
    }
}
