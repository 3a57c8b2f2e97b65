//! A trained model that another run begins with.

use super::weights::read_described;
use super::{DataName, ModelName, RunDirectory, RunError, Source, StartWeights, Weights, read_weights};
use crate::data::Preprocessing;
use crate::update::sha256;
use eggroll_firmware::model::Program;
use std::path::Path;

/// A trained model: what is known of it beside its weights.
#[derive(Clone, Debug)]
pub struct TrainedModel {
    /// The weights, by which a run names them.
    pub start: StartWeights,
    /// The model.
    pub model: ModelName,
    /// Its weights.
    pub weights: Weights,
    /// What makes rows of a table its inputs; `None` where the file does not say.
    pub preprocessing: Option<Box<Preprocessing>>,
}

impl TrainedModel {
    /// Reads a trained model of features: a `.safetensors` file that `export` or `import` has written, or the
    /// directory of a run.
    ///
    /// # Errors
    /// [`RunError::Weights`], which says what is wrong.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let fault = |why: &str| RunError::Weights { path: path.to_owned(), why: why.to_owned() };
        if path.to_str().is_none() {
            return Err(fault(
                "its path is not UTF-8, which a configuration cannot hold: give it another name",
            ));
        }
        let absolute = std::path::absolute(path).ok().filter(|path| path.to_str().is_some());
        let file = absolute.unwrap_or_else(|| path.to_owned());
        let (model, weights, preprocessing) = if path.is_dir() {
            let directory = RunDirectory::open(path)?;
            let config = directory.started_with()?;
            let Source::Samples(samples) = &config.source else {
                return Err(fault("is a run without samples, whose model is not trained on by --from"));
            };
            let program = config.model.description().and_then(|model| Program::new(&model));
            let program = program.map_err(|error| fault(&error.to_string()))?;
            let weights = read_weights(&directory.weights(), &program)?;
            // What makes pixels of the digits inputs is built in, and holds for other digits as well.
            let inputs = match samples.name {
                DataName::Digits => Some(samples.inputs().map_err(|error| fault(&error.to_string()))?),
                DataName::Csv(_) | DataName::File(_) => samples.preprocessing.clone(),
            };
            (config.model.clone(), weights, inputs)
        } else {
            read_described(path)?
        };
        let start = StartWeights { file, sha256: sha256(&weights.values), head: None, front: 0 };
        Ok(Self { start, model, weights, preprocessing })
    }

    /// The same model with another last layer, of so many outputs, whose weights are drawn from a seed as
    /// those of a new run are.
    ///
    /// # Errors
    /// [`RunError::Weights`] if the model has no last layer of outputs, or may not have so many.
    pub fn with_head(self, outputs: u32, seed: u32) -> Result<Self, RunError> {
        let path = &self.start.file;
        let fault = |why: String| RunError::Weights { path: path.clone(), why };
        let model = self.model.with_outputs(outputs).ok_or_else(|| {
            fault(format!("holds {}, which does not end with a dense layer to replace", self.model))
        })?;
        let program = model.description().and_then(|model| Program::new(&model));
        let program = program.map_err(|error| fault(format!("cannot get {outputs} outputs: {error}")))?;
        let last = program.tensors().map(|tensor| tensor.layer).max();
        let head = program.tensors().find(|tensor| Some(tensor.layer) == last).map(|tensor| tensor.offset);
        let mut values = vec![0; program.parameters()];
        program.initialize(seed, &mut values);
        let kept = head.and_then(|head| Some((values.get_mut(..head)?, self.weights.values.get(..head)?)));
        let (behind, trained) = kept.ok_or_else(|| fault("has too few weights for its model".to_owned()))?;
        behind.copy_from_slice(trained);
        let weights = Weights { values, threshold: None, ..self.weights };
        Ok(Self { start: StartWeights { head: Some(outputs), ..self.start }, model, weights, ..self })
    }
}
