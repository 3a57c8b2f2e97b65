
/* The size of a part up to which a stage cannot overflow: a part grows to at most 1 + sqrt(2) times this. */
#define MODEL_ROOM 13572

/* Halves two numbers so many times, and replaces them by a + w b and a - w b. Returns the size of the greatest part. */
static int32_t model_butterfly(int16_t *a, int16_t *b, uint32_t angle, uint32_t shift)
{
    int32_t half = ((int32_t)1 << shift) >> 1, peak = 0, parts[4];
    int32_t a_re = model_down(a[0] + half, shift), a_im = model_down(a[1] + half, shift);
    int32_t b_re = model_down(b[0] + half, shift), b_im = model_down(b[1] + half, shift);
    int i;

    /* A factor of 1 is not 32767/32768. */
    if (angle != 0) {
        int32_t cosine = model_sine_of_step(angle + 256), sine = model_sine_of_step(angle);
        int32_t re = b_re * cosine + b_im * sine, im = b_im * cosine - b_re * sine;

        b_re = model_down(re + 16384, 15);
        b_im = model_down(im + 16384, 15);
    }
    parts[0] = a_re + b_re;
    parts[1] = a_im + b_im;
    parts[2] = a_re - b_re;
    parts[3] = a_im - b_im;
    for (i = 0; i < 4; i++) {
        int32_t size = parts[i] < 0 ? -parts[i] : parts[i];

        peak = size > peak ? size : peak;
    }
    a[0] = (int16_t)parts[0];
    a[1] = (int16_t)parts[1];
    b[0] = (int16_t)parts[2];
    b[1] = (int16_t)parts[3];
    return peak;
}

/* Replaces n complex numbers, whose real and imaginary parts alternate, by their transform, the sum of
   z[j] e^(-2 pi i j k / n); n is a power of two up to 512. The transform is the numbers times 2 to the power of the
   answer. */
static int32_t model_transform(int16_t *values, uint32_t n)
{
    uint32_t i, j = 0, k, half;
    int32_t exponent = 0, peak = 0;

    /* Number i goes where the bits of i say in reversed order. */
    for (i = 1; i < n; i++) {
        uint32_t bit = n / 2;

        while (j & bit) {
            j ^= bit;
            bit /= 2;
        }
        j |= bit;
        for (k = 0; k < 2 && i < j; k++) {
            int16_t part = values[2 * i + k];

            values[2 * i + k] = values[2 * j + k];
            values[2 * j + k] = part;
        }
    }
    for (i = 0; i < 2 * n; i++) {
        int32_t size = values[i] < 0 ? -(int32_t)values[i] : values[i];

        peak = size > peak ? size : peak;
    }
    for (half = 1; half < n; half *= 2) {
        uint32_t shift = 0;

        while ((peak + (((int32_t)1 << shift) >> 1)) >> shift > MODEL_ROOM) {
            shift++;
        }
        exponent += (int32_t)shift;
        peak = 0;
        for (i = 0; i < n; i += 2 * half) {
            for (k = 0; k < half; k++) {
                int16_t *a = &values[2 * (i + k)];
                int32_t size = model_butterfly(a, a + 2 * half, 512 / half * k, shift);

                peak = size > peak ? size : peak;
            }
        }
    }
    return exponent;
}
