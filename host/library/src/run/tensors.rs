use super::RunError;
use eggroll_firmware::model::{Layer, LayerPlace, Program, Role, Tensor};
use safetensors::{Dtype, SafeTensors};
use std::ops::Range;
use std::path::Path;

/// A tensor of a weights file: its name, its shape, and the ranges of its values among all parameters.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) pieces: Vec<Range<usize>>,
}

/// The reference's names of a block's parameters, in declared order.
const BLOCK: [&str; 10] = [
    "blocks.ln1.weight",
    "blocks.att.Wf",
    "blocks.att.Uf",
    "blocks.att.bf",
    "blocks.att.Wh",
    "blocks.att.Uh",
    "blocks.att.bh",
    "blocks.ln2.weight",
    "blocks.mlp.0.weight",
    "blocks.mlp.1.weight",
];

fn shape(tensor: &Tensor) -> Vec<usize> {
    match (tensor.kind.shape(), tensor.role) {
        ((rows, columns), Role::Weight | Role::Embedding) => vec![rows, columns],
        ((len, _), Role::Bias | Role::Norm) => vec![len],
    }
}

/// All tensors in the file of a model, in declared order. A perceptron has `layers.I.weight` (outputs,
/// inputs) and `layers.I.bias`; the weights of a convolution are (channels, rows, columns, inputs), of a
/// depthwise one (channels, rows, columns). The EGG model has the names of the reference, with all blocks
/// stacked in one tensor.
pub(super) fn named(program: &Program) -> Vec<Named> {
    let layers: Vec<LayerPlace> = program.layers().collect();
    let mut all: Vec<Named> = Vec::new();
    for tensor in program.tensors() {
        let cells = tensor.offset..tensor.offset + tensor.len();
        let Some(place) = layers.get(tensor.layer) else { continue };
        let name = match (place.layer, tensor.role) {
            (Layer::Embedding { .. }, _) => "emb".to_owned(),
            (Layer::Norm { .. }, _) => "ln_out.weight".to_owned(),
            (Layer::Dense { .. }, _) if program.is_recurrent() => "head".to_owned(),
            (_, Role::Bias) if place.layer.is_linear() => format!("layers.{}.bias", tensor.layer),
            _ if place.layer.is_linear() => format!("layers.{}.weight", tensor.layer),
            (Layer::Block { .. } | Layer::ReluBlock { .. }, _) => {
                let name = BLOCK.get((tensor.id - place.tensor) as usize).copied().unwrap_or_default();
                if let Some(stack) = all.iter_mut().find(|stack| stack.name == name) {
                    stack.shape[0] += 1;
                    stack.pieces.push(cells);
                    continue;
                }
                let shape = [vec![1], shape(&tensor)].concat();
                all.push(Named { name: name.to_owned(), shape, pieces: vec![cells] });
                continue;
            }
            // The others have no tensors.
            _ => continue,
        };
        let shape = match (place.layer, tensor.role) {
            (Layer::Conv { window, channels, .. }, Role::Weight) => {
                let [rows, columns] = window.kernel.map(usize::from);
                vec![channels as usize, rows, columns, window.channels.into()]
            }
            (Layer::Depthwise { window, .. }, Role::Weight) => {
                let [rows, columns] = window.kernel.map(usize::from);
                vec![window.channels.into(), rows, columns]
            }
            _ => shape(&tensor),
        };
        all.push(Named { name, shape, pieces: vec![cells] });
    }
    all
}

/// Finds the width, blocks and tokens of the EGG model in a file by the shapes of its tensors.
///
/// # Errors
/// A sentence that says which tensor is missing or has another shape.
pub(super) fn egg_sizes(file: &SafeTensors<'_>) -> Result<(u32, u32, u32), String> {
    let dimensions = |name: &str| -> Result<[usize; 2], String> {
        let tensor = find(file, name).ok_or_else(|| format!("has no tensor {name}"))?;
        let two = tensor.shape().try_into();
        two.map_err(|_| format!("{name} has the shape {:?}, not two dimensions", tensor.shape()))
    };
    let ([tokens, width], [blocks, _]) = (dimensions("emb")?, dimensions("blocks.ln1.weight")?);
    let size = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    Ok((size(width), size(blocks), size(tokens)))
}

/// Finds a tensor by its name. The golden vectors of the reference have `weight.` before it.
fn find<'f>(file: &SafeTensors<'f>, name: &str) -> Option<safetensors::tensor::TensorView<'f>> {
    file.tensor(name).or_else(|_| file.tensor(&format!("weight.{name}"))).ok()
}

/// Reads all parameters of a file, in declared order.
///
/// # Errors
/// [`RunError::Weights`] if a tensor is missing, has another type or shape, or contains a -128.
pub(super) fn values(path: &Path, file: &SafeTensors<'_>, program: &Program) -> Result<Vec<i8>, RunError> {
    let fault = |why: String| RunError::Weights { path: path.to_owned(), why };
    let mut values = vec![0; program.parameters()];
    for Named { name, shape, pieces } in named(program) {
        let tensor = find(file, &name).ok_or_else(|| fault(format!("has no tensor {name}")))?;
        if tensor.dtype() != Dtype::I8 || tensor.shape() != shape {
            let found = (tensor.dtype(), tensor.shape());
            return Err(fault(format!("{name} is {found:?}, the model needs (I8, {shape:?})")));
        }
        let mut data = tensor.data().iter().map(|&byte| byte as i8);
        for cell in pieces.into_iter().flatten() {
            let value = data.next().unwrap_or_default();
            if value == i8::MIN {
                let error = eggroll_firmware::Error::BadWeight { at: cell as u32 };
                return Err(fault(format!("{name}: {error}")));
            }
            values[cell] = value;
        }
    }
    Ok(values)
}
