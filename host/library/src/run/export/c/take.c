
/* The rows of the test are inputs. */
static void model_take(const int32_t *row, int8_t *x)
{
    size_t i;

    for (i = 0; i < MODEL_INPUTS; i++) {
        x[i] = (int8_t)row[i];
    }
}
