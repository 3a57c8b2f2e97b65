
/* The sine, in 1/2^15, of so many 1024ths of a turn. */
static int32_t model_sine_of_step(uint32_t step)
{
    uint32_t within = step % 256;
    int32_t sine = model_sines[step / 256 % 2 == 0 ? within : 256 - within];

    return step / 256 % 4 < 2 ? sine : -sine;
}

/* The sine, in 1/2^15, of an angle in 1/2^32 of a turn: on a straight line between two 1024ths. */
static int32_t model_sine(uint32_t turn)
{
    uint32_t step = turn >> 22;
    int32_t from = model_sine_of_step(step), to = model_sine_of_step(step + 1);

    return from + model_down((to - from) * (int32_t)((turn >> 7) & 0x7FFF), 15);
}
