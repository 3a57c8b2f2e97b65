
/* The names of the classes, in UTF-8; "" for an output that is no class. */
extern const char *const model_class_names[MODEL_OUTPUTS];

/* The class of a row of raw values: the place of its greatest output, or of the first of several. */
size_t model_predict(const int32_t raw[MODEL_INPUTS]);
