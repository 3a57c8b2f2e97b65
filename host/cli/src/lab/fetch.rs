//! A run that goes on from its copy in a lab, in whole or in part.

use super::coordinate::address;
use crate::args::TrainArgs;
use crate::error::Error;
use crate::output::tell;
use crate::train::short_name;
use eggroll_host::fleet::link::LabAddress;
use eggroll_host::run::{Config, RunDirectory, RunError, RunLocation, adopt};
use eggroll_host::words;
use eggroll_lab::resume;
use std::path::{Path, PathBuf};

/// Makes a directory of a run from its copy in a lab, and returns its path.
pub(crate) async fn fetch(lab: &LabAddress, args: &TrainArgs) -> Result<PathBuf, Error> {
    let mut fetched = resume::fetch(lab, &args.login.login()).await?;
    let folder = args.run.as_deref().map_or(Path::new("runs"), |run| run.parent().unwrap_or(Path::new("")));
    fetched.bring_files(folder).await?;
    let config = Config::from_toml(&fetched.config)?;
    let free = || RunLocation::Free(short_name(&config.source.task()));
    let place = args.run.clone().map_or_else(free, RunLocation::At);
    let path = adopt(&place, fetched.journal, fetched.config)?;
    if !args.quiet {
        tell!("lab: {} has the run up to generation {}", words::path(&path), fetched.generations);
    }
    Ok(path)
}

/// Completes the journal of a run by its copy in the lab of its boards: a host that is killed may have
/// written less to its own disk than it had sent.
pub(crate) async fn complete(path: &Path, args: &TrainArgs) -> Result<(), Error> {
    let Some(lab) = address(args)? else { return Ok(()) };
    let directory = RunDirectory::open(path)?;
    let (_, Some(identity)) = directory.started_as()? else { return Ok(()) };
    let file = directory.journal();
    let journal = std::fs::read(&file).map_err(|error| RunError::io("read", &file, error))?;
    let missing = resume::missing(&lab, &args.login.login(), &identity, &journal).await?;
    if !missing.is_empty() {
        directory.extend_journal(&missing)?;
    }
    Ok(())
}
