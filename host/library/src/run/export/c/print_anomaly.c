
/* Prints the score of a row, the threshold, whether the row counts as an anomaly, and the outputs, separated by
   tabs. */
static void model_print(const int32_t *raw)
{
    static int8_t x[MODEL_INPUTS], y[MODEL_OUTPUTS];
    int32_t score;
    size_t i;

    model_features(raw, x);
    model_infer(x, y);
    score = model_score(x, y);
    printf("%ld\t%ld\t%s\t", (long)score, (long)MODEL_THRESHOLD, model_is_anomaly(score) ? "yes" : "no");
    for (i = 0; i < MODEL_OUTPUTS; i++) {
        printf(i == 0 ? "%d" : " %d", y[i]);
    }
    printf("\n");
}
