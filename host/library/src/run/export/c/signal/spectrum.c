
/* Transforms the last samples of a lane without their mean, weighted by a Hann window, sin^2(pi i / count), and followed
   by zeros up to a size that is a power of two, 4 to 1024. The powers of its bins are in units of 2 to the power of the
   answer. */
static int32_t model_spectrum(model_signal *signal, size_t lane, uint32_t count, int32_t mean, uint32_t size)
{
    int16_t *values = signal->scratch;
    /* 2^32 / count, rounded down; the sine a quarter of a turn on is the cosine. */
    uint32_t turn = (UINT32_MAX - count + 1) / count + 1, angle = (uint32_t)1 << 30, shift = 0, i;
    int32_t peak = 0;

    for (i = 0; i < count; i++) {
        int32_t value = model_last(signal, lane, count, i) - mean;

        value = value < 0 ? -value : value;
        peak = value > peak ? value : peak;
    }
    while (peak >> shift > 0) {
        shift++;
    }
    /* A weighted sample has 15 digits more than the weighted peak keeps: as many as there is room for. */
    shift += ((uint32_t)peak << 15) >> (shift + 1) > MODEL_ROOM ? 2 : 1;
    for (i = 0; i < count; i++) {
        int32_t value = model_last(signal, lane, count, i) - mean;
        int32_t weight = (32768 - model_sine(angle)) / 2;

        values[i] = (int16_t)model_down(model_down(value * weight, shift - 1) + 1, 1);
        angle += turn;
    }
    for (; i < size; i++) {
        values[i] = 0;
    }
    return 2 * (model_transform(values, size / 2) + (int32_t)shift - 15) + 2;
}

static uint32_t model_square(int32_t part)
{
    int32_t half = model_down(part + 1, 1);
    uint32_t size = (uint32_t)(half < 0 ? -half : half);

    return size * size;
}

/* The power of bin k, 0 to half of the size of a transform of samples taken in pairs as complex numbers. */
static uint32_t model_power(const int16_t *pairs, uint32_t size, uint32_t k)
{
    uint32_t half = size / 2;
    const int16_t *a = &pairs[k == half ? 0 : 2 * k], *b = &pairs[k == 0 ? 0 : 2 * (half - k)];
    /* The transforms of the samples of even and of odd number, of which the numbers' parts were made. */
    int32_t even_re = model_down(a[0] + b[0] + 1, 1), even_im = model_down(a[1] - b[1] + 1, 1);
    int32_t odd_re = model_down(a[1] + b[1] + 1, 1), odd_im = model_down(b[0] - a[0] + 1, 1);
    uint32_t angle = k * 512 / half;
    int32_t cosine = model_sine_of_step(angle + 256), sine = model_sine_of_step(angle);
    int32_t re = even_re + model_down(odd_re * cosine + odd_im * sine + 16384, 15);
    int32_t im = even_im + model_down(odd_im * cosine - odd_re * sine + 16384, 15);

    return model_square(re) + model_square(im);
}
