
/* The nearest value in -127..127. */
static int8_t model_clip(int32_t value)
{
    return (int8_t)(value > 127 ? 127 : value < -127 ? -127 : value);
}
