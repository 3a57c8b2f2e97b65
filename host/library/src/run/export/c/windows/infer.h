
/* The outputs, in -127..127, for inputs in the same range. What lies between layers has a memory of MODEL_MEMORY
   bytes, which is static: one call at a time. */
void model_infer(const int8_t x[MODEL_INPUTS], int8_t y[MODEL_OUTPUTS]);
