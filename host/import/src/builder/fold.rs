//! Fewer nodes for the same function: what can be part of a layer's weights becomes one.

use crate::error::{Fault, Reason};
use crate::graph::{Kind, Node, Pooling, Shape, Window, readers};

/// Folds scales and offsets into layers, padding into convolutions, and limits into each other.
pub(super) fn fold(nodes: &mut [Node]) -> Result<(), Fault> {
    for index in 0..nodes.len() {
        // A node that moved before a pool may meet another one there: each step looks one node further back.
        let mut at = index;
        while let Some(before) = step(nodes, at).map_err(|reason| fault(&nodes[at], reason))? {
            at = before;
        }
    }
    Ok(())
}

pub(super) fn fault(node: &Node, reason: Reason) -> Fault {
    Fault { node: node.name.clone(), operator: node.operator.clone(), reason }
}

/// One change at a node; the node that may now be changed, too.
fn step(nodes: &mut [Node], index: usize) -> Result<Option<usize>, Reason> {
    let Some(&input) = nodes[index].inputs.first() else { return Ok(None) };
    let alone = readers(nodes)[input].len() == 1;
    match (nodes[index].kind.clone(), &nodes[input].kind) {
        (Kind::Clamp { low: f32::NEG_INFINITY, high: f32::INFINITY }, _) => bypass(nodes, index, input),
        (Kind::Clamp { low, high }, &Kind::Clamp { low: first, high: last }) if alone => {
            let kind = Kind::Clamp { low: first.max(low).min(high), high: last.min(high).max(low) };
            nodes[input].kind = kind;
            bypass(nodes, index, input);
        }
        (Kind::Clamp { .. }, Kind::Pool { pooling: Pooling::Max, .. } | Kind::Reshape) if alone => {
            swap(nodes, index, input);
            return Ok(Some(input));
        }
        (Kind::Affine { gain, offset }, Kind::Affine { gain: first, offset: before }) if alone => {
            let offset = before.iter().zip(gain.iter().zip(offset)).map(|(b, (g, o))| b * g + o).collect();
            let gain = first.iter().zip(gain).map(|(a, b)| a * b).collect();
            nodes[input].kind = Kind::Affine { gain, offset };
            bypass(nodes, index, input);
        }
        (Kind::Affine { .. }, Kind::Input) => {}
        (Kind::Affine { gain, offset }, _) => {
            let shape = nodes[index].shape;
            let (gain, offset) = (a_channel(&gain, shape)?, a_channel(&offset, shape)?);
            if !(alone && into_layer(&mut nodes[input].kind, &gain, &offset)) {
                let window = Window::point(shape);
                nodes[index].kind = Kind::Depthwise { window, weights: gain, bias: offset };
                return Ok(None);
            }
            bypass(nodes, index, input);
        }
        (Kind::Pad(padding), _) => pad(nodes, index, padding)?,
        _ => {}
    }
    Ok(None)
}

/// Everything that reads `index` reads `input` instead.
fn bypass(nodes: &mut [Node], index: usize, input: usize) {
    for node in nodes.iter_mut() {
        node.inputs.iter_mut().filter(|read| **read == index).for_each(|read| *read = input);
    }
    // Nothing reads it any more, and it reads nothing: so that it counts as no reader of its input.
    nodes[index].inputs.clear();
    nodes[index].kind = Kind::Reshape;
    nodes[index].operator.clear();
}

/// Limits before a pool of maxima, or a reshape, instead of after it: then they belong to a layer.
fn swap(nodes: &mut [Node], index: usize, input: usize) {
    let from = nodes[input].inputs[0];
    let (after, shape) = (nodes[index].shape, nodes[from].shape);
    nodes.swap(index, input);
    nodes[input].inputs = vec![from];
    nodes[input].shape = shape;
    nodes[index].inputs = vec![input];
    nodes[index].shape = after;
}

/// One value a channel, where all places have the same.
fn a_channel(values: &[f32], shape: Shape) -> Result<Vec<f32>, Reason> {
    let first = &values[..shape.channels];
    if values.chunks_exact(shape.channels).any(|place| place != first) {
        return Err("constants that differ between places; one a channel is supported".to_owned());
    }
    Ok(first.to_vec())
}

fn into_layer(kind: &mut Kind, gain: &[f32], offset: &[f32]) -> bool {
    let (Kind::Dense { weights, bias }
    | Kind::Conv { weights, bias, .. }
    | Kind::Depthwise { weights, bias, .. }) = kind
    else {
        return false;
    };
    if bias.len() != gain.len() {
        return false;
    }
    let size = weights.len() / bias.len();
    for (row, gain) in weights.chunks_exact_mut(size.max(1)).zip(gain) {
        row.iter_mut().for_each(|weight| *weight *= gain);
    }
    for (bias, (gain, offset)) in bias.iter_mut().zip(gain.iter().zip(offset)) {
        *bias = *bias * gain + offset;
    }
    true
}

/// Padding becomes that of the convolutions that read it.
fn pad(nodes: &mut [Node], index: usize, padding: [usize; 4]) -> Result<(), Reason> {
    let input = nodes[index].inputs[0];
    let shape = nodes[input].shape;
    for reader in readers(nodes)[index].clone() {
        let (Kind::Conv { window, .. } | Kind::Depthwise { window, .. }) = &mut nodes[reader].kind else {
            return Err(format!(
                "padding before `{}` ({}); before a convolution it is supported",
                nodes[reader].name, nodes[reader].operator
            ));
        };
        for (own, more) in window.padding.iter_mut().zip(padding) {
            *own += more;
        }
        window.input = shape;
        window.check()?;
    }
    bypass(nodes, index, input);
    Ok(())
}
