//! What a member is, how its fitness is reported, and the credit that is rebuilt from the report.
//!
//! * [`weight`]: every matrix perturbed by `sigma A B^T` (EGGROLL, arXiv 2511.16652); one fitness a pair.
//! * [`node`]: every pre-activation perturbed; one fitness a member and sample, credited to that sample's
//!   activations.
//! * [`stream`]: both, for recurrent models on streams of a text.

pub mod node;
pub mod scores;
pub mod stream;
pub mod weight;
