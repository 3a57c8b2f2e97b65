
/* The largest value of each channel. */
static void model_max(const model_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t p, q, m, i, j;

    for (p = 0; p < layer->rows_made; p++) {
        for (q = 0; q < layer->columns_made; q++) {
            for (m = 0; m < layer->channels; m++) {
                int8_t best = -127;

                for (i = p * layer->down; i < p * layer->down + layer->height; i++) {
                    for (j = q * layer->across; j < q * layer->across + layer->width; j++) {
                        int8_t value = x[(i * layer->columns + j) * layer->channels + m];

                        best = value > best ? value : best;
                    }
                }
                *y++ = best;
            }
        }
    }
}
