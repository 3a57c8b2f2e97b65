
/* A convolution, or a dense layer. Values of a row of the window follow one another, and so do their weights. */
static void model_convolution(const model_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t p, q, m, i, j, first, end, skipped, behind;

    for (p = 0; p < layer->rows_made; p++) {
        int32_t top = p * layer->down - layer->above;

        model_within(top, layer->height, layer->rows, &first, &end);
        for (q = 0; q < layer->columns_made; q++) {
            int32_t side = q * layer->across - layer->left, run;

            model_within(side, layer->width, layer->columns, &skipped, &behind);
            run = (behind - skipped) * layer->channels;
            for (m = 0; m < layer->outputs; m++) {
                int32_t sum = 0;

                for (i = first; i < end; i++) {
                    const int8_t *value = x + ((top + i) * layer->columns + side + skipped) * layer->channels;
                    const int8_t *weight =
                        layer->weights + ((m * layer->height + i) * layer->width + skipped) * layer->channels;

                    for (j = 0; j < run; j++) {
                        sum += (int32_t)weight[j] * value[j];
                    }
                }
                *y++ = model_scaled(layer, m, sum);
            }
        }
    }
}
