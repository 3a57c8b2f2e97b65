
/* How a raw value in units of 10^-places becomes a feature, or a target. */
typedef struct {
    int32_t centre;
    int32_t mul;
    int8_t places;
    uint8_t shift;
} model_rule;
