
#define MODEL_REJECTED 65535

void model_decision_restart(model_decision *decision)
{
    size_t i;

    for (i = 0; i < MODEL_OUTPUTS; i++) {
        decision->sums[i] = 0;
    }
    for (i = 0; i < MODEL_LONGEST_MAJORITY; i++) {
        decision->last[i] = MODEL_REJECTED;
    }
    decision->held = 0;
}

void model_decision_majority(model_decision *decision, uint8_t windows, uint8_t least, uint8_t level,
                             uint16_t hold_off)
{
    decision->windows = (uint8_t)(windows < 1 ? 1 : windows > MODEL_LONGEST_MAJORITY ? MODEL_LONGEST_MAJORITY : windows);
    decision->least = least;
    decision->shift = 0;
    decision->level = level;
    decision->hold_off = hold_off;
    model_decision_restart(decision);
}

void model_decision_leaky(model_decision *decision, uint8_t shift, uint8_t level, uint16_t hold_off)
{
    decision->windows = 0;
    decision->least = 0;
    decision->shift = (uint8_t)(shift > 15 ? 15 : shift);
    decision->level = level;
    decision->hold_off = hold_off;
    model_decision_restart(decision);
}

/* The first of the greatest values, if it is at least so far ahead of all others, or -1. */
static int32_t model_ahead(const int32_t values[MODEL_OUTPUTS], int32_t lead)
{
    int32_t greatest = values[0], second = 0;
    size_t best = 0, i;

    for (i = 1; i < MODEL_OUTPUTS; i++) {
        if (values[i] > greatest) {
            second = greatest;
            greatest = values[i];
            best = i;
        } else if (i == 1 || values[i] > second) {
            second = values[i];
        }
    }
    return MODEL_OUTPUTS == 1 || greatest - second >= lead ? (int32_t)best : -1;
}

/* The class of most of the last windows; of classes of as many, that of the latest window. */
static int32_t model_voted(const model_decision *decision)
{
    int32_t best = -1;
    size_t most = 0, i, j;

    for (i = 0; i < decision->windows; i++) {
        size_t votes = 0;

        if (decision->last[i] == MODEL_REJECTED) {
            continue;
        }
        for (j = 0; j < decision->windows; j++) {
            votes += decision->last[j] == decision->last[i];
        }
        if (votes > most) {
            most = votes;
            best = decision->last[i];
        }
    }
    return most >= decision->least ? best : -1;
}

int32_t model_decision_push(model_decision *decision, const int8_t y[MODEL_OUTPUTS])
{
    int32_t found;
    size_t i;

    if (decision->windows > 0) {
        for (i = 0; i < MODEL_OUTPUTS; i++) {
            decision->sums[i] = y[i];
        }
        found = model_ahead(decision->sums, decision->level);
        for (i = MODEL_LONGEST_MAJORITY - 1; i > 0; i--) {
            decision->last[i] = decision->last[i - 1];
        }
        decision->last[0] = (uint16_t)(found < 0 ? MODEL_REJECTED : found);
        found = model_voted(decision);
    } else {
        for (i = 0; i < MODEL_OUTPUTS; i++) {
            decision->sums[i] += model_down((int32_t)y[i] * 65536 - decision->sums[i], decision->shift);
        }
        found = model_ahead(decision->sums, (int32_t)decision->level * 65536);
    }
    if (decision->held > 0) {
        decision->held--;
        return -1;
    }
    if (found >= 0) {
        decision->held = decision->hold_off;
    }
    return found;
}
