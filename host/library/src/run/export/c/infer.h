
/* The outputs, in -127..127, for inputs in the same range. Keeps two bytes on the stack for each value of the
   widest hidden layer. */
void model_infer(const int8_t x[MODEL_INPUTS], int8_t y[MODEL_OUTPUTS]);
