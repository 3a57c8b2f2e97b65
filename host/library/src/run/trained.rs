//! A trained model that another run begins with.

use super::weights::read_described;
use super::{ModelName, RunDirectory, RunError, Source, StartWeights, Weights, read_weights};
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
            (config.model.clone(), weights, samples.preprocessing.clone())
        } else {
            read_described(path)?
        };
        let start = StartWeights { file, sha256: sha256(&weights.values), front: 0 };
        Ok(Self { start, model, weights, preprocessing })
    }
}
