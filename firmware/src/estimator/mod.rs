//! What a member is, how its fitness is reported, and the credit that is rebuilt from the report.
//!
//! A *unit* is what is evaluated and reported as a whole: a slot of estimator `node`, with its members, or an
//! antithetic pair of estimator `weight`. The settings of each estimator say which rows (passes) a unit has,
//! which noise each draws, and how the rows' scores become fitness; every engine, here and on the host, asks
//! them.
//!
//! * [`weight`]: every matrix perturbed by `sigma A B^T` (EGGROLL, arXiv 2511.16652); one fitness a pair.
//! * [`node`]: every node perturbed; one fitness a member and sample, credited to that sample's activations.
//! * [`guided`]: the same with exact credit of the last layer, and a guide that members teach for the others.
//!
//! Rows are samples or tokens of streams ([`Source`](crate::task::Source)): estimators do not tell them
//! apart.

pub mod guided;
pub mod node;
pub mod scores;
pub mod weight;
