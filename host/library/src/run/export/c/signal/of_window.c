
/* The values of the frames of the last window of a lane, from the oldest frame on. */
static void model_frames_of_window(const model_signal *signal, size_t lane, const model_mel *mel, int32_t *raw)
{
    size_t frame, i;

    for (frame = 0; frame < MODEL_FRAMES; frame++) {
        size_t at = (signal->frame + frame) % MODEL_FRAMES;

        for (i = 0; i < mel->width; i++) {
            *raw++ = signal->frames[mel->first + (lane * MODEL_FRAMES + at) * mel->width + i];
        }
    }
}
