
/* The most windows of which a majority is taken. */
#define MODEL_LONGEST_MAJORITY 32

/* What the answers about windows that follow one another come to. */
typedef struct {
    int32_t sums[MODEL_OUTPUTS];
    /* The classes of the last windows, the latest first; 65535 of a window that was rejected. */
    uint16_t last[MODEL_LONGEST_MAJORITY];
    uint16_t hold_off;
    uint16_t held;
    uint8_t level;
    /* 0 for a leaky sum. */
    uint8_t windows;
    uint8_t least;
    uint8_t shift;
} model_decision;

/* The class of most of the last windows, 1 to 32, if at least so many of them have it.

   level is the reject level, 0 to 254: how far the greatest output of a window must be ahead of the second one. hold_off
   is how many windows pass without an answer after one, so that what happens once is answered once. */
void model_decision_majority(model_decision *decision, uint8_t windows, uint8_t least, uint8_t level,
                             uint16_t hold_off);

/* The class of the greatest sum of outputs, each of which counts by 1 / 2^shift and from then on less and less; shift is
   0 to 15. The greatest sum must be ahead of the second one by level. */
void model_decision_leaky(model_decision *decision, uint8_t shift, uint8_t level, uint16_t hold_off);

/* Begins anew. */
void model_decision_restart(model_decision *decision);

/* Takes the outputs for a window, and returns the class that is answered, or -1. */
int32_t model_decision_push(model_decision *decision, const int8_t y[MODEL_OUTPUTS]);
