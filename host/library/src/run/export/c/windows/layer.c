
/* A window that moves over rows, columns and channels, the channel fastest; a dense layer has one place. Weights lie
   row after row, a row an output of a place; a bias may be missing. */
typedef struct {
    const int8_t *weights;
    const int8_t *bias;
    int32_t rows, columns, channels;
    /* Rows and columns of the window, from one place to the next, and of zeros above and to the left. */
    int32_t height, width;
    int32_t down, across;
    int32_t above, left;
    /* What it makes: rows and columns of places, and outputs of each. */
    int32_t rows_made, columns_made, outputs;
    int32_t divisor;
    int relu;
} model_layer;
