//! What defaults and flags have in common.

use super::super::args::TrainArgs;
use super::super::flag_values::{Hidden, LossName};
use crate::error::Error;
use eggroll_firmware::task::Loss;
use eggroll_firmware::update::Optimizer;
use eggroll_host::run::ModelName;

impl From<LossName> for Loss {
    fn from(name: LossName) -> Self {
        match name {
            LossName::Squared => Self::Squared,
            LossName::Absolute => Self::Absolute,
        }
    }
}

pub(super) const VOTE: Optimizer = Optimizer::Vote { reference_rank_scale: false };

/// A model with the hidden layers that were asked for.
pub(super) fn with_hidden(model: ModelName, args: &TrainArgs) -> Result<ModelName, Error> {
    let Some(Hidden(hidden)) = &args.hidden else { return Ok(model) };
    let ModelName::Mlp { sizes, bias } = model else {
        let way_out = "the model that was named has other layers: leave it out, or name them with --model";
        return Err(Error::Usage(format!("--hidden: {way_out}")));
    };
    let (inputs, outputs) = (sizes.first().into_iter(), sizes.last());
    let sizes = inputs.chain(hidden).chain(outputs).copied().collect();
    Ok(ModelName::Mlp { sizes, bias })
}
