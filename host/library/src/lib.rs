//! The host side of eggroll as a library: finds boards, spreads the members of a population over them,
//! computes the update from their scores, and keeps the run in a directory. Nothing here draws on a terminal:
//! the program `eggroll-host` is the crate `eggroll-cli`.
//!
//! Every generation goes one way: it is planned, evaluated (anywhere), applied to the weights (from seeds and
//! scores alone), and written to the journal. The weights are a function of the configuration, the seed and
//! the data.
//!
//! | module | what it holds |
//! |---|---|
//! | [`data`] | data sets, texts, and their split |
//! | [`evaluate`] | the trait of whatever evaluates members, and the host's own cores and GPUs behind it |
//! | [`fleet`] | links to boards, a session with each, and the scheduler over all of them |
//! | [`language`] | a recurrent model that reads and writes text |
//! | [`measure`] | what progress is measured by, on what, and how healthy a model is |
//! | [`run`] | a run's directory: configuration, journal, tables, weights |
//! | [`train`] | the loop; and the same from a journal, without evaluating |
//! | [`update`] | the host's own weights, and how scores move them |
//! | [`words`] | texts of others, before they reach a terminal, a page or a table |
//!
//! To train, make a [`run::Config`], load it as a [`train::Experiment`], gather a [`fleet::Fleet`] and give
//! both to a [`train::Trainer`]. Another kind of evaluator implements [`evaluate::Evaluator`]; another kind
//! of connection to boards is a [`fleet::link::Link`], made of any two byte streams. The crate's examples do
//! each of these.

#[cfg(test)]
mod convolutions;
pub mod data;
pub mod evaluate;
pub mod fleet;
pub mod language;
pub mod measure;
pub mod run;
mod scratch;
pub mod train;
pub mod update;
pub mod words;
