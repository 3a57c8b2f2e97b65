
int model_sample(size_t channel, const char *text, size_t length, int16_t *sample)
{
    int32_t raw;
    int answer = model_number(channel, text, length, &raw);

    if (answer == MODEL_NO_NUMBER) {
        return answer;
    }
    if (raw > 32767 || raw < -32767) {
        raw = raw < 0 ? -32767 : 32767;
        answer = MODEL_SATURATED;
    }
    *sample = (int16_t)raw;
    return answer;
}
