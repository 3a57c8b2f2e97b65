use super::super::dense::Dense;
use super::graph::Builder;
use super::message::INT32;

/// A layer on values of 32 bits.
pub(super) fn dense(builder: &mut Builder, layer: &Dense<'_>, x: &str) -> String {
    let weights = transposed(builder, layer.weights, layer.inputs);
    let sum = builder.op("MatMul", &[x, &weights]);
    scaled(builder, &sum, layer.divisor, layer.bias, layer.relu)
}

/// Weights of 32 bits, a row an input: they lie in the file as bytes.
pub(super) fn transposed(builder: &mut Builder, weights: &[i8], inputs: usize) -> String {
    let outputs = weights.len().checked_div(inputs).unwrap_or(0);
    let columns = (0..inputs).flat_map(|input| weights.iter().skip(input).step_by(inputs).copied());
    let weights = builder.int8(&[inputs, outputs], columns);
    builder.cast(&weights, INT32)
}

/// Outputs of sums: divided, with their bias if there is one, and clipped.
pub(super) fn scaled(builder: &mut Builder, sum: &str, divisor: i32, bias: &[i8], relu: bool) -> String {
    let [divisor, high] = [divisor, 127].map(|value| builder.int32(value));
    let mut value = builder.floor_divided(sum, &divisor);
    if !bias.is_empty() {
        let low = builder.int32(-127);
        value = builder.op("Clip", &[&value, &low, &high]);
        let bias = builder.int8(&[bias.len()], bias.iter().copied());
        let bias = builder.cast(&bias, INT32);
        value = builder.op("Add", &[&value, &bias]);
    }
    // With ReLU what is below 0 becomes 0, whether it was clipped before or not.
    let low = builder.int32(if relu { 0 } else { -127 });
    builder.op("Clip", &[&value, &low, &high])
}
