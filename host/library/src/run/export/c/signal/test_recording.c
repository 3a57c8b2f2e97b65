
/* A sample of the recording of the self test: drawn ones of all sizes, both ends of the range, silence, and drawn ones
   that are small. */
static int16_t model_test_sample(uint32_t moment, uint32_t channel)
{
    uint32_t drawn = moment * 0x9E3779B1u + channel * 0x85EBCA77u;

    drawn = (drawn ^ (drawn >> 15)) * 0x2C1B3C6Du;
    drawn ^= drawn >> 13;
    switch (moment * 4 / (MODEL_WINDOW + MODEL_HOP)) {
    case 0:
        return (int16_t)((int32_t)(drawn % 65535) - 32767);
    case 1:
        return drawn % 2 == 0 ? 32767 : -32767;
    case 2:
        return 0;
    default:
        return (int16_t)((int32_t)(drawn % 15) - 7);
    }
}

/* How many windows of the recording, which comes twice, have other raw values than they should. */
static int model_test_recording(void)
{
    static model_signal signal;
    static int32_t raw[MODEL_INPUTS];
    int16_t samples[MODEL_CHANNELS];
    uint32_t moment, channel;
    int wrong = 0, time;
    size_t i;

    for (time = 0; time < 2; time++) {
        const int32_t *expected = model_test_windows;

        model_signal_restart(&signal);
        for (moment = 0; moment < MODEL_WINDOW + MODEL_HOP; moment++) {
            int equal = 1;

            for (channel = 0; channel < MODEL_CHANNELS; channel++) {
                samples[channel] = model_test_sample(moment, channel);
            }
            if (!model_signal_push(&signal, samples, raw)) {
                continue;
            }
            for (i = 0; i < MODEL_INPUTS; i++) {
                equal = equal && raw[i] == expected[i];
            }
            expected += MODEL_INPUTS;
            wrong += !equal;
        }
    }
    return wrong;
}

int model_self_test(void)
{
    return model_test_rows() + model_test_recording();
}
