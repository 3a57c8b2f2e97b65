//! A program without the feature `nats`: a lab cannot be used, and its address says how to build one that
//! can.

use super::args::TrainArgs;
use crate::error::Error;
use eggroll_host::fleet::link::{Address, LabAddress};
use eggroll_host::fleet::{Fleet, Traffic};
use eggroll_host::train::{CancellationToken, Progress, Trainer};
use eggroll_host::update::Setup;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A lab, of which there is none.
pub(super) enum Lab {}

fn missing(lab: &LabAddress) -> Error {
    Error::Usage(format!(
        "{lab}: this program was built without labs: build it with --features nats, as cargo build --release --features \
         nats does"
    ))
}

pub(super) async fn fetch(lab: &LabAddress, _: &TrainArgs) -> Result<PathBuf, Error> {
    Err(missing(lab))
}

pub(super) async fn complete(_: &Path, _: &TrainArgs) -> Result<(), Error> {
    Ok(())
}

pub(super) async fn connect(args: &TrainArgs, _: &Arc<Setup>, _: bool) -> Result<Option<Lab>, Error> {
    match args
        .boards
        .iter()
        .find_map(|address| if let Address::Lab(lab) = address { Some(lab) } else { None })
    {
        Some(lab) => Err(missing(lab)),
        None => Ok(None),
    }
}

pub(super) async fn lead(
    _: Option<Lab>,
    _: &mut Trainer,
    _: &Fleet,
    _: &CancellationToken,
    _: bool,
) -> Result<Option<Lab>, Error> {
    Ok(None)
}

pub(super) const fn show(_: Option<&Lab>, _: &Progress<'_>, _: u32, _: &Fleet) {}

pub(super) async fn close(_: Option<Lab>, _: &Traffic) -> Result<(), Error> {
    Ok(())
}
