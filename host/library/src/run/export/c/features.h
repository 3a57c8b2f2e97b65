
/* The feature, in -127..127, for a raw value; feature is below MODEL_INPUTS. */
int8_t model_feature(size_t feature, int32_t raw);

/* All features of a row. */
void model_features(const int32_t raw[MODEL_INPUTS], int8_t x[MODEL_INPUTS]);
