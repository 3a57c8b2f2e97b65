//! A trained model that stays on a board and answers there.
//!
//! A host sends a [`DeployedModel`] once: layers, weights, the rules that make raw values features, and the
//! names of what it answers. [`Slots`] keep it in flash over a reset: there are two, so that whatever is cut
//! short leaves one whole model. A [`Predictor`] answers with it, on the wire for a host as in the program of
//! an application.
//!
//! A board may collect samples of its own in a [`SampleLog`], learn from them by an [`Adaptation`] and keep
//! what came of it ([`keep_adapted`]).
//!
//! | file | what it holds |
//! |---|---|
//! | `adapt` | the last layer trained on a board's own samples |
//! | `model` | what is deployed, and its bytes |
//! | `rules` | lists of rules and names within these bytes |
//! | `flash` | the flash of a chip, as far as it keeps models |
//! | `log` | labelled samples that an application collects |
//! | `head` | what stands before a model in its slot |
//! | `samples` | samples of runs, in the same kind of flash |
//! | `slots` | two slots of flash |
//! | `with_samples` | a store with samples beside it |
//! | `store` | where models are kept, as the server sees it |
//! | `pass` | a pass over a row |
//! | `predictor` | a model that answers |

mod adapt;
mod flash;
mod head;
mod log;
mod model;
mod pass;
mod predictor;
mod rules;
mod samples;
mod slots;
mod store;
mod with_samples;

pub use adapt::{Adaptation, keep_adapted};
pub use flash::{MappedFlash, RamFlash};
pub use log::SampleLog;
pub use model::{Adapted, Answers, DeployedModel, MODEL_FORMAT};
pub(crate) use pass::{Pass, check, read};
pub use predictor::{Classified, Predictor};
pub use rules::{Names, PlacedRule, RULE_BYTES, Rules};
pub use samples::FlashSamples;
pub use slots::Slots;
pub use store::{Deployed, ModelStore, NoModels};
pub use with_samples::WithSamples;
