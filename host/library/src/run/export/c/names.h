
/* The names of the features, in UTF-8. */
extern const char *const model_feature_names[MODEL_INPUTS];
