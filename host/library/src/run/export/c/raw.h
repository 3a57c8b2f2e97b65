
/* Reads the text of a decimal number, such as -12.5 or 3e-2, without spaces, as the raw value of a feature: in the unit
   above, rounded once, to the nearest and halves away from zero. Beyond 32 bits it is the end of their range, and the
   answer is MODEL_SATURATED. Of any other text, or for a feature that is none, the answer is MODEL_NO_NUMBER, and
   nothing is written. */
int model_raw(size_t feature, const char *text, size_t length, int32_t *raw);
