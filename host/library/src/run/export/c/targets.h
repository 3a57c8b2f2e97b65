
/* The names of the targets, in UTF-8. */
extern const char *const model_target_names[MODEL_OUTPUTS];

/* The values of a target are in units of 10^-places. */
extern const int8_t model_target_places[MODEL_OUTPUTS];

/* The value that an output stands for: the inverse of what made features of raw values, rounded to the nearest and
   halves up, within 32 bits. target is below MODEL_OUTPUTS, and y in -127..127. */
int32_t model_target(size_t target, int8_t y);

/* The values of all targets for a row of raw values. */
void model_predict(const int32_t raw[MODEL_INPUTS], int32_t values[MODEL_OUTPUTS]);
