
/* Runs the self test, then reads rows of decimal numbers from standard input, separated by commas, and prints
   what the model answers to each. */
int main(void)
{
    static int32_t raw[MODEL_INPUTS];
    static char field[1024];
    size_t fields = 0, length = 0;
    unsigned long row = 1;
    int c;

    if (model_self_test() != 0) {
        fprintf(stderr, "self test: %d of %d rows differ\n", model_self_test(), MODEL_TEST_ROWS);
        return 1;
    }
    do {
        c = getchar();
        if (c != ',' && c != '\n' && c != EOF) {
            /* Spaces before a field are passed over, and those behind it below. */
            if (length > 0 || (c != ' ' && c != '\t')) {
                if (length == sizeof field) {
                    fprintf(stderr, "row %lu, field %lu: longer than 1024 characters\n", row,
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
            /* A blank line. */
            row++;
            continue;
        }
        if (fields == MODEL_INPUTS || model_raw(fields, field, length, &raw[fields]) == MODEL_NO_NUMBER) {
            fprintf(stderr, "row %lu, field %lu: no number, or more than %d fields\n", row,
                    (unsigned long)fields + 1, MODEL_INPUTS);
            return 1;
        }
        length = 0;
        fields++;
        if (c == ',') {
            continue;
        }
        if (fields != MODEL_INPUTS) {
            fprintf(stderr, "row %lu: %lu of %d fields\n", row, (unsigned long)fields, MODEL_INPUTS);
            return 1;
        }
        model_print(raw);
        fields = 0;
        row++;
    } while (c != EOF);
    return 0;
}
