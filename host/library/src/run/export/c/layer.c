
/* A layer: weights row after row, a row an output; a bias may be missing. */
typedef struct {
    const int8_t *weights;
    const int8_t *bias;
    size_t inputs;
    size_t outputs;
    int32_t divisor;
    int relu;
} model_layer;
