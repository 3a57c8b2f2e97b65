
/* An output of a sum. C rounds a quotient towards 0, and the model rounds it down. */
static int8_t model_scaled(const model_layer *layer, int32_t output, int32_t sum)
{
    int32_t value = sum / layer->divisor;

    if (sum % layer->divisor < 0) {
        value--;
    }
    value = model_clip(value);
    if (layer->bias != NULL) {
        value = model_clip(value + layer->bias[output]);
    }
    return (int8_t)(layer->relu && value < 0 ? 0 : value);
}
