//! Features of signals beside floats and beside TFLite Micro's front end, and models of them beside
//! scikit-learn.

mod accuracy;
mod errors;
mod features;
mod frontend;
mod material;

pub(super) use material::speakers;

use anyhow::Result;

/// Measures all of it, and prints tables.
///
/// # Errors
/// Python, its packages or espeak-ng cannot be had; a program fails.
pub(super) fn run() -> Result<()> {
    let material = material::Material::find()?;
    errors::run(&material)?;
    println!();
    frontend::run(&material)?;
    println!();
    accuracy::run(&material)
}
