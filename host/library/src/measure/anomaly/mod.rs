//! Anomalies: rows that an autoencoder, which learned normal rows, does not answer well.

mod auc;
mod detection;
mod detector;
mod quantile;

pub use auc::auc;
pub use detection::Detection;
pub use detector::Detector;
pub use quantile::{NotAQuantile, Quantile};
