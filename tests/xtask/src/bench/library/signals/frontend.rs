//! Levels of bands on the mel scale, beside those of TFLite Micro's audio front end.

use super::super::tables::piped;
use super::features::{Mel, features, plan};
use super::material::Material;
use anyhow::Result;
use serde_json::json;

/// The front end's own: its rate, its bands, and the samples of its step.
const RATE: u16 = 16_000;
const BANDS: usize = 40;
const STEP: u16 = 160;
/// One word in so many.
const SHARE: usize = 7;

/// Prints a table.
///
/// # Errors
/// Python fails.
pub(super) fn run(material: &Material) -> Result<()> {
    let mel = Mel::new(RATE, BANDS, 0, STEP)?;
    let blocks = [mel.block()];
    let plan = plan(RATE.into(), RATE.into(), &blocks);
    let recordings: Result<Vec<_>> = material
        .words(SHARE)?
        .into_iter()
        .map(|samples| {
            let moments: Vec<_> = samples.iter().map(|&sample| vec![sample]).collect();
            Ok(json!({ "levels": features(&plan, &moments)?, "samples": samples }))
        })
        .collect();
    let recordings = recordings?;
    println!(
        "Levels of {BANDS} mel bands in {} words beside TFLite Micro's audio front end (pymicro-features), its numbers \
         brought to ours by one straight line.\n",
        recordings.len()
    );
    println!(
        "| front end | correlation | of the worst band | error (RMS) | 99 % below | greatest | its units in 0.1 dB |"
    );
    println!("|---|---|---|---|---|---|---|");
    print!("{}", piped(&material.scikit, include_str!("frontend.py"), &json!(recordings))?);
    Ok(())
}
