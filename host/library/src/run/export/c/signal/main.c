
/* Runs the self test, then reads lines of samples from standard input, a decimal number a channel, separated by commas,
   and prints the number of the sample that completes a window, from 1, and what the model answers. A blank line begins a
   new recording. */
int main(void)
{
    static model_signal signal;
    static int32_t raw[MODEL_INPUTS];
    static int16_t samples[MODEL_CHANNELS];
    static char field[1024];
    size_t fields = 0, length = 0;
    unsigned long line = 1, sample = 0;
    int c;

    if (model_self_test() != 0) {
        fprintf(stderr, "self test: %d of %d rows and windows differ\n", model_self_test(), MODEL_TEST_ROWS + 4);
        return 1;
    }
    model_signal_restart(&signal);
    do {
        c = getchar();
        if (c != ',' && c != '\n' && c != EOF) {
            /* Spaces before a field are passed over, and those behind it below. */
            if (length > 0 || (c != ' ' && c != '\t')) {
                if (length == sizeof field) {
                    fprintf(stderr, "line %lu, field %lu: longer than 1024 characters\n", line,
                            (unsigned long)fields + 1);
                    return 1;
                }
                field[length++] = (char)c;
            }
            continue;
        }
        while (length > 0 && (field[length - 1] == ' ' || field[length - 1] == '\t' || field[length - 1] == '\r')) {
            length--;
        }
        if (c != ',' && fields == 0 && length == 0) {
            model_signal_restart(&signal);
            sample = 0;
            line++;
            continue;
        }
        if (fields == MODEL_CHANNELS || model_sample(fields, field, length, &samples[fields]) == MODEL_NO_NUMBER) {
            fprintf(stderr, "line %lu, field %lu: no number, or more than %d fields\n", line,
                    (unsigned long)fields + 1, MODEL_CHANNELS);
            return 1;
        }
        length = 0;
        fields++;
        if (c == ',') {
            continue;
        }
        if (fields != MODEL_CHANNELS) {
            fprintf(stderr, "line %lu: %lu of %d fields\n", line, (unsigned long)fields, MODEL_CHANNELS);
            return 1;
        }
        sample++;
        if (model_signal_push(&signal, samples, raw)) {
            printf("%lu\t", sample);
            model_print(raw);
        }
        fields = 0;
        line++;
    } while (c != EOF);
    return 0;
}
