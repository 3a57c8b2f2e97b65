
/* One layer. Sums need 32 bits. C rounds a quotient towards 0, and the model rounds it down. */
static void model_pass(const model_layer *layer, const int8_t *x, int8_t *y)
{
    const int8_t *weight = layer->weights;
    size_t i, j;

    for (i = 0; i < layer->outputs; i++) {
        int32_t sum = 0, value;

        for (j = 0; j < layer->inputs; j++) {
            sum += (int32_t)*weight++ * x[j];
        }
        value = sum / layer->divisor;
        if (sum % layer->divisor < 0) {
            value--;
        }
        value = model_clip(value);
        if (layer->bias != NULL) {
            value = model_clip(value + layer->bias[i]);
        }
        y[i] = (int8_t)(layer->relu && value < 0 ? 0 : value);
    }
}

void model_infer(const int8_t x[MODEL_INPUTS], int8_t y[MODEL_OUTPUTS])
{
    int8_t hidden[2][MODEL_WIDEST];
    const int8_t *from = x;
    size_t i;

    for (i = 0; i < MODEL_LAYERS; i++) {
        int8_t *to = i + 1 == MODEL_LAYERS ? y : hidden[i % 2];

        model_pass(&model_layers[i], from, to);
        from = to;
    }
}
