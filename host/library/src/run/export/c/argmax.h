
/* The place of the greatest output, or of the first of several. */
size_t model_argmax(const int8_t y[MODEL_OUTPUTS]);
