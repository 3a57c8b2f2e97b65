
/* Prints the class of a row, its name and the outputs, separated by tabs. */
static void model_print(const int32_t *raw)
{
    static int8_t x[MODEL_INPUTS], y[MODEL_OUTPUTS];
    size_t best, i;

    model_features(raw, x);
    model_infer(x, y);
    best = model_argmax(y);
    printf("%lu\t%s\t", (unsigned long)best, model_class_names[best]);
    for (i = 0; i < MODEL_OUTPUTS; i++) {
        printf(i == 0 ? "%d" : " %d", y[i]);
    }
    printf("\n");
}
