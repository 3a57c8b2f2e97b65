
/* What READER says of a text. */
#define MODEL_NO_NUMBER 0
#define MODEL_EXACT 1
#define MODEL_SATURATED 2
