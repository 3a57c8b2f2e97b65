//! Figures of a run for Prometheus, served over HTTP while it trains.
//!
//! A [`Listener`] takes the address before anything else of a run is made. An [`Exposition`] owns the
//! families of metrics, and makes their text when somebody asks. [`RunMetrics`] has those of a run: the
//! training hands it what it has just done, and nothing goes back to the training. Another part of the
//! program adds families of its own by another collector.

mod address;
mod boards;
mod exposition;
mod run;
mod server;

pub(crate) use address::MetricsAddress;
pub(crate) use exposition::Exposition;
pub(crate) use run::RunMetrics;
pub(crate) use server::Listener;
