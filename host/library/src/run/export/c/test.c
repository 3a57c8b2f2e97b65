
SELF_TEST
{
    int8_t x[MODEL_INPUTS], y[MODEL_OUTPUTS];
    int wrong = 0;
    size_t row, i;

    for (row = 0; row < MODEL_TEST_ROWS; row++) {
        int equal;

        MODEL_TEST_INPUT(&model_test_raw[row * MODEL_INPUTS], x);
        model_infer(x, y);
        equal = MODEL_TEST_ROW(row, x, y);
        for (i = 0; i < MODEL_OUTPUTS; i++) {
            equal = equal && model_is_right(row * MODEL_OUTPUTS + i, y[i]);
        }
        wrong += !equal;
    }
    return wrong;
}
