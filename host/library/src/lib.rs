//! The host side of eggroll. It finds boards, spreads the members of each generation over them, rebuilds the updates
//! from their scores, and keeps the run in a directory.
//!
//! A generation goes in one direction: plan, evaluate (anywhere), update (from seeds and scores), sync, journal.
//! `host/docs/architecture.md` draws the picture.
//!
//! | module | what it holds |
//! |---|---|
//! | [`data`] | data sets and texts, and the parts that are held out |
//! | [`error`] | the errors of this library |
//! | [`evaluate`] | the trait to which the scheduler gives work; the host's own cores and GPUs |
//! | [`fleet`] | links, sessions with boards, the scheduler |
//! | [`language`] | reading and writing text by a recurrent model |
//! | [`measure`] | measures of progress, and the health of a model |
//! | [`run`] | the directory of a run: configuration, journal, metrics, weights |
//! | [`train`] | a run from its beginning to its end, and again from its journal |
//! | [`update`] | the host's own weights |
//! | [`words`] | makes foreign text fit to be shown |

pub mod data;
pub mod error;
pub mod evaluate;
pub mod fleet;
pub mod language;
pub mod measure;
pub mod run;
pub mod train;
pub mod update;
pub mod words;
