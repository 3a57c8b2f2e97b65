//! Trained models as boards keep them ([`eggroll_firmware::deploy`]).

use super::Weights;
use crate::data::{FeatureRule, Preprocessing};
use eggroll_firmware::Error;
use eggroll_firmware::deploy::{Answers, DeployedModel, Names, PlacedRule, Rules};
use eggroll_firmware::model::{Description, Program};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::io::Read;

/// Bytes of what a host reads files by, at most: a board may say anything.
const MOST_OF_HOST: u64 = 16 << 20;

/// Says why the model of a board cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeployedError {
    /// The firmware would refuse it.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The model does not say how the rows of a file become its inputs.
    #[error(
        "its model does not say how files are read: name the run as well, `predict RUN FILE --boards ADDR`"
    )]
    NotOfFiles,
}

fn bytes_of(rules: &[FeatureRule]) -> Vec<u8> {
    let placed = |rule: &FeatureRule| PlacedRule { places: rule.places(), rule: rule.rule() }.bytes();
    rules.iter().flat_map(placed).collect()
}

/// Names, each ended by a line feed, of which they hold none themselves.
fn lines<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("{}\n", name.replace('\n', " "))).collect()
}

/// The rules of features, and, packed, what a host needs beside them to read files for the model.
fn packed(preprocessing: &Preprocessing) -> Vec<u8> {
    let json = serde_json::to_vec(preprocessing).unwrap_or_default();
    let mut packed = Vec::new();
    // A slice never fails to be read.
    let _ = DeflateEncoder::new(&*json, Compression::best()).read_to_end(&mut packed);
    packed
}

/// The bytes of a model as a board keeps it.
///
/// # Errors
/// Those of the firmware, which takes models of features, without a front that is computed elsewhere.
pub fn deployable(
    model: &Description,
    weights: &Weights,
    preprocessing: &Preprocessing,
) -> Result<Vec<u8>, Error> {
    let rules = bytes_of(&preprocessing.rules);
    let targets: Vec<FeatureRule> = preprocessing.targets.iter().map(|target| target.rule).collect();
    let targets = bytes_of(&targets);
    let classes = lines(preprocessing.classes.iter().map(String::as_str));
    let titles: Vec<String> = preprocessing.targets.iter().map(|target| target.title()).collect();
    let titles = lines(titles.iter().map(String::as_str));
    let answers = match (&preprocessing.normal, &preprocessing.targets[..]) {
        (Some(_), _) => Answers::Features { threshold: weights.threshold.unwrap_or(i32::MAX) },
        (None, []) => Answers::Classes(Names::new(&classes)),
        (None, _) => Answers::Values { rules: Rules::new(&targets), names: Names::new(&titles) },
    };
    let host = packed(preprocessing);
    let deployed = DeployedModel {
        model: model.clone(),
        rules: Rules::new(&rules),
        answers,
        weights: bytemuck::cast_slice(&weights.values),
        host: &host,
        adapted: None,
    };
    deployed.program()?;
    let known = rules.len() + targets.len() + classes.len() + titles.len();
    let mut room = vec![0; known + weights.values.len() + host.len() + DESCRIPTION];
    let len = deployed.write(&mut room)?.len();
    room.truncate(len);
    Ok(room)
}

/// Room for layers, lengths and tags.
const DESCRIPTION: usize = 4096;

/// The model of a board, with what a host reads files by.
pub struct Kept {
    /// The layers.
    pub model: Description,
    /// The model, lowered.
    pub program: Program,
    /// Its weights, of which neither generation nor run is known.
    pub weights: Weights,
    /// What makes rows of a table its inputs.
    pub preprocessing: Box<Preprocessing>,
}

impl Kept {
    /// Reads the model of a board.
    ///
    /// # Errors
    /// [`DeployedError`].
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, DeployedError> {
        let deployed = DeployedModel::of_bytes(bytes)?;
        let program = deployed.program()?;
        let mut json = Vec::new();
        let read = DeflateDecoder::new(deployed.host).take(MOST_OF_HOST).read_to_end(&mut json);
        let preprocessing: Option<Box<Preprocessing>> =
            read.ok().and_then(|_| serde_json::from_slice(&json).ok());
        let fits = |stored: &Preprocessing| {
            let answers = stored.classes.len().max(stored.targets.len());
            stored.fault().is_none() && stored.features() == program.inputs() && answers <= program.outputs()
        };
        let preprocessing = preprocessing.filter(|stored| fits(stored)).ok_or(DeployedError::NotOfFiles)?;
        let threshold = match deployed.answers {
            Answers::Features { threshold } => Some(threshold),
            _ => None,
        };
        let values = deployed.weights().to_vec();
        let model = deployed.model;
        Ok(Self {
            model,
            program,
            weights: Weights { values, generation: 0, run: None, threshold },
            preprocessing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(values: Vec<i8>) -> Weights {
        Weights { values, generation: 7, run: None, threshold: None }
    }

    #[test]
    fn a_model_comes_back_from_a_board() {
        let model = Description::mlp(&[3, 2], true).unwrap();
        let stored = Preprocessing::as_is(3, 2);
        let bytes = deployable(&model, &weights(vec![1, 2, 3, 4, 5, 6, 7, 8]), &stored).unwrap();
        let kept = Kept::of_bytes(&bytes).unwrap();
        assert_eq!(*kept.preprocessing, stored);
        assert_eq!(kept.weights.values, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(kept.program.inputs(), 3);
        let mut deployed = DeployedModel::of_bytes(&bytes).unwrap();
        assert_eq!(deployed.answers, Answers::Classes(Names::new("0\n1\n")));
        for host in [&b""[..], b"no deflate", &packed(&Preprocessing::as_is(4, 2))] {
            deployed.host = host;
            let mut room = [0; 4096];
            let bytes = deployed.write(&mut room).unwrap();
            assert_eq!(Kept::of_bytes(bytes).err(), Some(DeployedError::NotOfFiles));
        }
    }

    #[test]
    fn what_the_firmware_would_refuse_is_not_sent() {
        let model = Description::mlp(&[3, 2], true).unwrap();
        let stored = Preprocessing::as_is(3, 2);
        let short = deployable(&model, &weights(vec![0; 7]), &stored);
        assert_eq!(short, Err(Error::BadModel));
        let mut bad = vec![0; 8];
        bad[1] = -128;
        assert_eq!(deployable(&model, &weights(bad), &stored), Err(Error::BadWeight { at: 1 }));
    }
}
