
/* The first coefficients of the cepstrum, each a sum of L(m) cos(pi at (m + 1/2) / bands) / 4, rounded down. */
static void model_cepstra(const model_mel *mel, const int16_t *pairs, int32_t exponent, int16_t *coefficients)
{
    int16_t levels[40];
    uint32_t at, band;

    model_levels(mel, pairs, exponent, levels);
    for (at = 0; at < mel->width; at++) {
        /* An angle of 1 / (4 bands) of a turn, in 1/2^32; the cosine is the sine a quarter of a turn on. */
        uint32_t unit = ((uint32_t)1 << 30) / mel->bands * at, angle = unit + ((uint32_t)1 << 30);
        int32_t sum = 0;

        for (band = 0; band < mel->bands; band++) {
            sum += levels[band] * model_sine(angle);
            angle += 2 * unit;
        }
        coefficients[at] = (int16_t)model_down(sum, 17);
    }
}
