
size_t model_argmax(const int8_t y[MODEL_OUTPUTS])
{
    size_t best = 0, i;

    for (i = 1; i < MODEL_OUTPUTS; i++) {
        if (y[i] > y[best]) {
            best = i;
        }
    }
    return best;
}
