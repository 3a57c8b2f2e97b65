//! The host side of eggroll: finds boards, spreads the population over them, rebuilds the update from their
//! scores, and keeps the run.
//!
//! One direction per generation: plan, evaluate (anywhere), update (from seeds and scores), sync, journal.
//!
//! | module | what it holds |
//! |---|---|
//! | [`data`] | data sets and their split |
//! | [`evaluate`] | the trait that the scheduler hands work to |
//! | [`fleet`] | links, board sessions, the scheduler |
//! | [`measure`], [`part`] | what progress is measured by, and on what |
//! | [`update`] | the host's own weights |
//! | [`words`] | words of others, before they reach a terminal, a page or a table |

pub mod accuracy;
pub mod data;
pub mod error;
pub mod evaluate;
pub mod fleet;
pub mod language;
pub mod measure;
pub mod part;
pub mod probe;
pub mod run;
mod scratch;
pub mod train;
pub mod update;
pub mod words;
