
/* What model_raw says of a text. */
#define MODEL_NO_NUMBER 0
#define MODEL_EXACT 1
#define MODEL_SATURATED 2

/* The names of the features, in UTF-8. */
extern const char *const model_feature_names[MODEL_INPUTS];

/* Reads the text of a decimal number, such as -12.5 or 3e-2, without spaces, as the raw value of a feature: in the unit
   above, rounded once, to the nearest and halves away from zero. Beyond 32 bits it is the end of their range, and the
   answer is MODEL_SATURATED. Of any other text, or for a feature that is none, the answer is MODEL_NO_NUMBER, and
   nothing is written. */
int model_raw(size_t feature, const char *text, size_t length, int32_t *raw);

/* The feature, in -127..127, for a raw value; feature is below MODEL_INPUTS. */
int8_t model_feature(size_t feature, int32_t raw);

/* All features of a row. */
void model_features(const int32_t raw[MODEL_INPUTS], int8_t x[MODEL_INPUTS]);
