
/* Prints a value in units of 10^-places as a decimal number without an exponent. */
static void model_print_decimal(int32_t value, int places)
{
    uint32_t left = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    char text[64];
    size_t at = sizeof text - 1;
    int digits = 0;

    text[at] = 0;
    do {
        if (places > 0 && digits == places) {
            text[--at] = '.';
        }
        text[--at] = (char)('0' + left % 10);
        left /= 10;
        digits++;
    } while (left > 0 || digits <= places);
    printf("%s%s", value < 0 ? "-" : "", &text[at]);
    for (; places < 0 && value != 0; places++) {
        printf("0");
    }
}

/* Prints the values of a row's targets, then a tab and the outputs. */
static void model_print(const int32_t *raw)
{
    static int8_t x[MODEL_INPUTS], y[MODEL_OUTPUTS];
    size_t i;

    model_features(raw, x);
    model_infer(x, y);
    for (i = 0; i < MODEL_OUTPUTS; i++) {
        if (i > 0) {
            printf(" ");
        }
        model_print_decimal(model_target(i, y[i]), model_target_places[i]);
    }
    for (i = 0; i < MODEL_OUTPUTS; i++) {
        printf(i == 0 ? "\t%d" : " %d", y[i]);
    }
    printf("\n");
}
