/// A piece of C with the prefix of a model.
pub(super) fn prefixed(text: &str, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    text.replace("model_", &format!("{prefix}_")).replace("MODEL_", &format!("{upper}_"))
}
