
static const model_rule *model_rule_of(size_t feature)
{
    return &model_rules[MODEL_RULES == 1 ? 0 : feature];
}
