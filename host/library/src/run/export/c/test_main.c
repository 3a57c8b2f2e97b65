
/* Runs the self test: an environment, which makes inputs of its own, is not part of this. */
int main(void)
{
    int wrong = model_self_test();

    printf("self test: %d of %d rows differ\n", wrong, MODEL_TEST_ROWS);
    return wrong != 0;
}
