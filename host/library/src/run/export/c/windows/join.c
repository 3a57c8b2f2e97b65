
/* The sum of two branches, in the place of one of them. */
static void model_join(const int8_t *x, int8_t *y, int32_t length, int relu)
{
    int32_t i;

    for (i = 0; i < length; i++) {
        int8_t value = model_clip((int32_t)x[i] + y[i]);

        y[i] = (int8_t)(relu && value < 0 ? 0 : value);
    }
}
