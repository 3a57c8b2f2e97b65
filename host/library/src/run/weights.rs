use super::RunError;
use super::table::check;
use super::tensors::{egg_sizes, named, values};
use super::{Identity, write_atomically};
use crate::data::Preprocessing;
use crate::data::input::{self, WEIGHTS};
use crate::run::{ModelName, ModelNameError};
use crate::update::sha256;
use eggroll_firmware::model::Program;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The weights of a model in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    /// All parameters in declared order, row by row.
    pub values: Vec<i8>,
    /// The generation after which they were written.
    pub generation: u32,
    /// The identity of the run, if it is known.
    pub run: Option<Identity>,
    /// Of a detector of anomalies: the score above which a row counts as one, by the rows that were watched.
    pub threshold: Option<i32>,
}

impl Weights {
    /// A checksum over the metadata, which shows damage to the number of the generation or the threshold.
    fn check(&self, identity: Identity, weights_sha256: &str) -> String {
        let threshold = self.threshold.map(|threshold| format!(" {threshold}")).unwrap_or_default();
        check(identity, format!("{} {weights_sha256}{threshold}", self.generation).as_bytes())
    }
}

/// The same file with its header in alphabetical order, so that the same weights give the same bytes. Returns
/// `None` if the file has no header.
fn ordered(file: &[u8]) -> Option<Vec<u8>> {
    let (len, rest) = file.split_first_chunk()?;
    let (header, tensors) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
    type Fields = BTreeMap<String, serde_json::Value>;
    let fields: BTreeMap<String, Fields> = serde_json::from_slice(header).ok()?;
    let mut ordered = serde_json::to_vec(&fields).ok()?;
    // Tensors begin at a multiple of eight bytes.
    ordered.resize(ordered.len().next_multiple_of(8), b' ');
    let len = (ordered.len() as u64).to_le_bytes();
    Some([&len[..], &ordered, tensors].concat())
}

/// Writes weights as `safetensors`, I8, with `generation`, `model`, `run`, `weights_sha256` and, of a
/// detector of anomalies, `threshold` in the metadata. The same weights of a run always give the same bytes.
///
/// # Errors
/// [`RunError::Io`]; [`RunError::Config`] if the tensors cannot be written.
pub fn write_weights(path: &Path, program: &Program, model: &str, weights: &Weights) -> Result<(), RunError> {
    write_weights_with(path, program, model, weights, &[])
}

/// Writes weights as [`write_weights`] does, with more in the metadata.
///
/// # Errors
/// Those of [`write_weights`].
pub(super) fn write_weights_with(
    path: &Path,
    program: &Program,
    model: &str,
    weights: &Weights,
    more: &[(&str, String)],
) -> Result<(), RunError> {
    let mut views = Vec::new();
    let fault = |error: safetensors::SafeTensorError| RunError::Config(error.to_string());
    let named = named(program);
    let bytes: Vec<Vec<u8>> = named
        .iter()
        .map(|tensor| {
            let cells = tensor.pieces.iter().cloned().flatten();
            cells.map(|cell| weights.values.get(cell).copied().unwrap_or_default() as u8).collect()
        })
        .collect();
    for (tensor, data) in named.iter().zip(&bytes) {
        views.push((&tensor.name, TensorView::new(Dtype::I8, tensor.shape.clone(), data).map_err(fault)?));
    }
    let weights_sha256 = sha256(&weights.values);
    let mut metadata = HashMap::from([
        ("generation".to_owned(), weights.generation.to_string()),
        ("model".to_owned(), model.to_owned()),
    ]);
    if let Some(threshold) = weights.threshold {
        metadata.insert("threshold".to_owned(), threshold.to_string());
    }
    if let Some(run) = weights.run {
        metadata.insert("run".to_owned(), run.to_string());
        metadata.insert("check".to_owned(), weights.check(run, &weights_sha256));
    }
    metadata.insert("weights_sha256".to_owned(), weights_sha256);
    metadata.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    let file = safetensors::serialize(views, Some(metadata)).map_err(fault)?;
    // The crate writes metadata in the order of a hash map.
    write_atomically(path, &ordered(&file).unwrap_or(file))
}

/// The most bytes of a file's header, which becomes a table in memory. It is enough for the names and shapes
/// of a few hundred tensors.
const MAX_HEADER: u64 = 1 << 20;

/// Makes sure that a file's header is not longer than the file, or than any header of ours.
fn short_header(file: &[u8]) -> Result<(), String> {
    let Some((len, rest)) = file.split_first_chunk() else {
        return Err("cut short or damaged: it has no header".to_owned());
    };
    match u64::from_le_bytes(*len) {
        len if len > rest.len() as u64 => Err(format!(
            "cut short or damaged: its header would have {len} bytes, the file has {}",
            rest.len()
        )),
        len if len > MAX_HEADER => Err(format!("its header has {len} bytes, more than {MAX_HEADER}")),
        _ => Ok(()),
    }
}

/// What a file says of its weights beside them.
fn metadata(file: &[u8]) -> Result<HashMap<String, String>, String> {
    let (_, header) =
        SafeTensors::read_metadata(file).map_err(|error| format!("cut short or damaged: {error}"))?;
    Ok(header.metadata().clone().unwrap_or_default())
}

/// Reads weights that [`write_weights`] has written for this model.
///
/// # Errors
/// [`RunError::Weights`], which says what does not fit.
pub fn read_weights(path: &Path, program: &Program) -> Result<Weights, RunError> {
    let bytes = input::read(path, &WEIGHTS)?;
    parse_weights(path, &bytes, program)
}

/// Reads the weights of a run. Those of another run, or of an unknown one, are refused.
///
/// # Errors
/// [`RunError::Weights`], which says what does not fit.
pub fn read_weights_of(path: &Path, program: &Program, run: Identity) -> Result<Weights, RunError> {
    let weights = read_weights(path, program)?;
    let why = match weights.run {
        Some(of) if of == run => return Ok(weights),
        Some(_) => "holds weights of another run",
        None => "does not say which run its weights are of",
    };
    Err(RunError::Weights { path: path.to_owned(), why: why.to_owned() })
}

/// Does the same as [`read_weights`] with the contents of the file.
///
/// # Errors
/// [`RunError::Weights`], which says what does not fit.
pub fn parse_weights(path: &Path, bytes: &[u8], program: &Program) -> Result<Weights, RunError> {
    let fault = |why: String| RunError::Weights { path: path.to_owned(), why };
    let damaged = |error: safetensors::SafeTensorError| fault(format!("cut short or damaged: {error}"));
    short_header(bytes).map_err(fault)?;
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let values = values(path, &file, program)?;
    let metadata = metadata(bytes).map_err(fault)?;
    let weights_sha256 = sha256(&values);
    if metadata.get("weights_sha256").is_some_and(|recorded| *recorded != weights_sha256) {
        return Err(fault("its weights are not those that its metadata names".to_owned()));
    }
    // The names and shapes of its tensors do not say whether an EGG model has a ReLU.
    if let Some(name) = metadata.get("model").filter(|_| program.is_recurrent()) {
        let named = name.parse::<ModelName>().ok().and_then(|model| model.description().ok());
        if named.and_then(|model| Program::new(&model).ok()).is_some_and(|named| named != *program) {
            return Err(fault(format!(
                "its weights are of the model {name}: give `--model {name}`, or none"
            )));
        }
    }
    let generation = metadata.get("generation").and_then(|text| text.parse().ok()).unwrap_or(0);
    let run = metadata.get("run").and_then(|text| text.parse().ok());
    let threshold = metadata.get("threshold").and_then(|text| text.parse().ok());
    let weights = Weights { values, generation, run, threshold };
    let whole = run.is_none_or(|run| metadata.get("check") == Some(&weights.check(run, &weights_sha256)));
    if whole { Ok(weights) } else { Err(fault("its metadata are damaged".to_owned())) }
}

/// Reads weights with the model that their file names, and with what makes rows of a table its inputs, if the
/// file says.
///
/// # Errors
/// [`RunError::Weights`], which says what does not fit.
pub(super) fn read_described(
    path: &Path,
) -> Result<(ModelName, Weights, Option<Box<Preprocessing>>), RunError> {
    let bytes = input::read(path, &WEIGHTS)?;
    let fault = |why: String| RunError::Weights { path: path.to_owned(), why };
    short_header(&bytes).map_err(fault)?;
    let metadata = metadata(&bytes).map_err(fault)?;
    let Some(name) = metadata.get("model") else {
        let why = "does not say what model its weights are of: give a run, or a .safetensors file that `eggroll-host \
                   export` or `eggroll-host import` has written";
        return Err(fault(why.to_owned()));
    };
    let model: ModelName = name.parse().map_err(|error: ModelNameError| fault(error.to_string()))?;
    let program = model.description().and_then(|model| Program::new(&model));
    let program = program.map_err(|error| fault(format!("{model} is no model of ours: {error}")))?;
    let stored = match metadata.get("preprocessing") {
        None => None,
        Some(text) => {
            let stored: Preprocessing =
                toml::from_str(text).map_err(|error| fault(format!("its preprocessing: {error}")))?;
            if let Some(why) = stored.fault() {
                return Err(fault(format!("its preprocessing: {why}")));
            }
            Some(Box::new(stored))
        }
    };
    Ok((model, parse_weights(path, &bytes, &program)?, stored))
}

/// Reads the weights of an EGG model under the names of the reference. Its sizes follow from the shapes of
/// the tensors; that it has ReLUs is said by the model's name, if the file has it.
///
/// # Errors
/// [`RunError::Weights`], which says what does not fit.
pub fn read_egg(path: &Path) -> Result<(ModelName, Weights), RunError> {
    let bytes = input::read(path, &WEIGHTS)?;
    let fault = |why: String| RunError::Weights { path: path.to_owned(), why };
    short_header(&bytes).map_err(fault)?;
    let file =
        SafeTensors::deserialize(&bytes).map_err(|error| fault(format!("cut short or damaged: {error}")))?;
    let (width, blocks, vocabulary) = egg_sizes(&file).map_err(fault)?;
    let metadata = metadata(&bytes).map_err(fault)?;
    let relu = metadata
        .get("model")
        .is_some_and(|name| matches!(name.parse(), Ok(ModelName::Egg { relu: true, .. })));
    let model = ModelName::Egg { width, blocks, vocabulary, relu };
    let program = model.description().and_then(|model| Program::new(&model));
    let program = program.map_err(|error| fault(format!("{model} is no model of ours: {error}")))?;
    Ok((model, parse_weights(path, &bytes, &program)?))
}
