
/* The mean of each channel, rounded down: the divisor is the number of positions. */
static void model_average(const model_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t p, q, m, i, j;

    for (p = 0; p < layer->rows_made; p++) {
        for (q = 0; q < layer->columns_made; q++) {
            for (m = 0; m < layer->channels; m++) {
                int32_t sum = 0;

                for (i = p * layer->down; i < p * layer->down + layer->height; i++) {
                    for (j = q * layer->across; j < q * layer->across + layer->width; j++) {
                        sum += x[(i * layer->columns + j) * layer->channels + m];
                    }
                }
                *y++ = model_scaled(layer, m, sum);
            }
        }
    }
}
