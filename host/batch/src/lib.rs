//! The firmware's arithmetic for many members at once: equal bits, at the speed of the host.
//!
//! Members are rows. A matrix is packed once a generation and multiplies all rows as a blocked int8 product;
//! what makes a row a member (its low-rank perturbation, its node noise) is added before the products are
//! scaled, while they are still near. Everything that is not a product is the firmware's own code, compiled
//! for the registers at hand.
//!
//! | module | what it holds |
//! |---|---|
//! | [`isa`] | what is written for each instruction set, and the choice |
//! | [`matrix`] | packed matrices and their products |
//! | [`model`] | a model, packed; its forward passes over rows |
//! | `factors`, `nodes` | what makes a row a member of estimator `weight`, or `node` |
//! | [`material`] | what a generation is evaluated on |
//! | [`engine`] | what an engine does: it draws noise, and runs rows |
//! | [`evaluate`] | the scores of a range of units, by any engine |
//! | [`answers`] | members that answer puzzles |
//! | [`cores`] | the engine of the host's cores |
//! | [`credit`] | the credit of a generation |
//! | [`regression`], [`linear`] | baselines for figures, which decide nothing |
//! | [`values`] | counts of values at their limits, for figures |

pub mod answers;
mod base;
pub mod cores;
pub mod credit;
pub mod engine;
pub mod evaluate;
mod factors;
pub mod isa;
pub mod linear;
pub mod material;
pub mod matrix;
mod minimum;
pub mod model;
mod nodes;
pub mod regression;
mod standard;
pub mod values;
