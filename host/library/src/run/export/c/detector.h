
/* How far a row is from what the model answers for it: the sum of the squared differences of all features from the
   outputs. Rows that are unlike those of the training have a high score. */
int32_t model_score(const int8_t x[MODEL_INPUTS], const int8_t y[MODEL_OUTPUTS]);

/* 1 if a row with this score counts as an anomaly, because it is above MODEL_THRESHOLD, and otherwise 0. */
int model_is_anomaly(int32_t score);

/* The score of a row of raw values; the answer is that of model_is_anomaly. */
int model_predict(const int32_t raw[MODEL_INPUTS], int32_t *score);
