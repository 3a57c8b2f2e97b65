
/* A convolution of each channel by itself. */
static void model_depthwise(const model_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t p, q, m, i, j, first, end, skipped, behind;

    for (p = 0; p < layer->rows_made; p++) {
        int32_t top = p * layer->down - layer->above;

        model_within(top, layer->height, layer->rows, &first, &end);
        for (q = 0; q < layer->columns_made; q++) {
            int32_t side = q * layer->across - layer->left;

            model_within(side, layer->width, layer->columns, &skipped, &behind);
            for (m = 0; m < layer->channels; m++) {
                int32_t sum = 0;

                for (i = first; i < end; i++) {
                    const int8_t *value = x + ((top + i) * layer->columns + side + skipped) * layer->channels + m;
                    const int8_t *weight = layer->weights + (m * layer->height + i) * layer->width;

                    for (j = skipped; j < behind; j++) {
                        sum += (int32_t)weight[j] * *value;
                        value += layer->channels;
                    }
                }
                *y++ = model_scaled(layer, m, sum);
            }
        }
    }
}
