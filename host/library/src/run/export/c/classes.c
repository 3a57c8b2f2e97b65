
size_t model_predict(const int32_t raw[MODEL_INPUTS])
{
    int8_t x[MODEL_INPUTS], y[MODEL_OUTPUTS];

    model_features(raw, x);
    model_infer(x, y);
    return model_argmax(y);
}
