
/* The names of the channels, in UTF-8. */
extern const char *const model_channel_names[MODEL_CHANNELS];

/* The samples of a channel are in units of 10^-places. */
extern const int8_t model_channel_places[MODEL_CHANNELS];

/* Begins a recording: to be called before the first sample, and wherever what came before counts no more. */
void model_signal_restart(model_signal *signal);

/* Takes the samples of all channels at one moment, each in -32767..32767. Returns 1 where a window is complete, whose
   raw values are then in raw, and otherwise 0. The first window is complete after MODEL_WINDOW samples, each further one
   after MODEL_HOP more. */
int model_signal_push(model_signal *signal, const int16_t samples[MODEL_CHANNELS], int32_t raw[MODEL_INPUTS]);

/* Reads the text of a decimal number, such as -12.5 or 3e-2, without spaces, as a sample of a channel: in the unit of the
   channel, rounded once, to the nearest and halves away from zero. Beyond -32767..32767 it is the end of that range, and
   the answer is MODEL_SATURATED. Of any other text, or for a channel that is none, the answer is MODEL_NO_NUMBER, and
   nothing is written. */
int model_sample(size_t channel, const char *text, size_t length, int16_t *sample);
