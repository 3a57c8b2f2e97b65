//! What of a step estimator `node` perturbs and records: the nodes, each the saturated value that an `add` or a matrix
//! makes (the embedded token, two gates and two layers of the MLP a block, the logits), and the inputs of all matrices.

use crate::model::{Kind, Layout, Placed, Tensor};

/// The nodes of a layer in the order of a step: the first parameter that makes them, by its place in the layer, and
/// how many they are.
fn nodes_of(layer: &Placed) -> [(u32, usize); 4] {
    let d = layer.outputs;
    match layer.kind {
        Kind::Embedding | Kind::Dense => [(0, d), (0, 0), (0, 0), (0, 0)],
        Kind::Block => [(1, d), (4, d), (8, 4 * d), (9, d)],
        Kind::Norm => [(0, 0); 4],
    }
}

/// The tensors whose streams the noise of a step's nodes comes from, and how many nodes each has.
pub fn nodes(layout: &Layout) -> impl Iterator<Item = (u32, usize)> + '_ {
    let of = |layer: &Placed| nodes_of(layer).map(|(part, len)| (layer.tensor + part, len));
    layout.layers().iter().flat_map(of).filter(|&(_, len)| len > 0)
}

/// Nodes of a step.
pub fn nodes_per_token(layout: &Layout) -> usize {
    layout.layers().iter().flat_map(nodes_of).map(|(_, len)| len).sum()
}

/// Inputs of the matrices of a layer, each where it is met: a block's normed input twice, its state, the gated state,
/// the second normed input, the middle of the MLP.
fn inputs_of(layer: &Placed) -> usize {
    match layer.kind {
        Kind::Block => 9 * layer.outputs,
        Kind::Dense => layer.inputs,
        Kind::Embedding | Kind::Norm => 0,
    }
}

/// Inputs of all matrices in a step.
pub fn inputs_per_token(layout: &Layout) -> usize {
    layout.layers().iter().map(inputs_of).sum()
}

/// Where a tensor's input and nodes begin in the records of a step.
pub fn record_of(layout: &Layout, tensor: &Tensor) -> (usize, usize) {
    let before = layout.layers().iter().take(tensor.layer);
    let (mut inputs, mut nodes) = (0, 0);
    for layer in before {
        inputs += inputs_of(layer);
        nodes += nodes_of(layer).iter().map(|&(_, len)| len).sum::<usize>();
    }
    let Some(layer) = layout.layers().get(tensor.layer) else { return (inputs, nodes) };
    let d = layer.outputs;
    let (input, node) = match (layer.kind, tensor.id.wrapping_sub(layer.tensor)) {
        (Kind::Block, 2) => (d, 0),
        (Kind::Block, 4) => (2 * d, d),
        (Kind::Block, 5) => (3 * d, d),
        (Kind::Block, 6) => (0, d),
        (Kind::Block, 8) => (4 * d, 2 * d),
        (Kind::Block, 9) => (5 * d, 6 * d),
        _ => (0, 0),
    };
    (inputs + input, nodes + node)
}
