
/* A filter of the second order: y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y'', each coefficient in 1/2^29. */
typedef struct {
    int32_t b[3];
    int32_t a[2];
} model_biquad;
