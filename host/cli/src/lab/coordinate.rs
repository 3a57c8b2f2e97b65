//! A training whose boards are in a lab.

use crate::args::TrainArgs;
use crate::error::Error;
use crate::output::tell;
use eggroll_host::fleet::link::{Address, LabAddress};
use eggroll_host::fleet::{Fleet, Traffic};
use eggroll_host::train::{CancellationToken, Progress, Trainer};
use eggroll_host::update::Setup;
use eggroll_lab::coordinator::{Coordinator, Lab};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The lab of a training: that of its boards, or that from which it goes on.
pub(super) fn address(args: &TrainArgs) -> Result<Option<LabAddress>, Error> {
    let mut named = args.boards.iter().filter_map(|address| match address {
        Address::Lab(lab) => Some(lab),
        _ => None,
    });
    let (first, second) = (named.next(), named.next());
    if second.is_some() {
        let why = "--boards names two labs: a run is in one, so name one server";
        return Err(Error::Usage(why.to_owned()));
    }
    let resumed = args.resume.iter().flatten().next();
    Ok(first.or(resumed).cloned())
}

/// Connects the lab of a training, and makes sure that nobody else trains the run.
pub(crate) async fn connect(args: &TrainArgs, setup: &Arc<Setup>, begun: bool) -> Result<Option<Lab>, Error> {
    let Some(address) = address(args)? else { return Ok(None) };
    if args.autonomous.is_some() {
        let why = "--autonomous is for boards of this computer: agents evaluate, and only this host knows the whole run";
        return Err(Error::Usage(why.to_owned()));
    }
    Ok(Some(Lab::connect(&address, &args.login.login(), setup, begun).await?))
}

/// Takes the lead of the run in its lab.
pub(crate) async fn lead(
    lab: Option<Lab>,
    trainer: &mut Trainer,
    fleet: &Fleet,
    stop: &CancellationToken,
    quiet: bool,
) -> Result<Option<Coordinator>, Error> {
    let Some(lab) = lab else { return Ok(None) };
    let run = lab.run_address();
    let estimator = trainer.experiment().config.estimator;
    let most_scores = estimator.shape().room(estimator.units() as usize);
    let (journal, files) = (trainer.journal_bytes()?, trainer.experiment().config.files());
    let mut coordinator = Coordinator::lead(lab, &journal, &files, fleet.registry(), most_scores).await?;
    if let Some(mirror) = coordinator.mirror() {
        trainer.mirror_to(mirror);
    }
    if !quiet {
        tell!("lab: another computer goes on with this run by --resume {run}");
    }
    let (lost, stop) = (coordinator.lost().clone(), stop.clone());
    tokio::spawn(async move {
        lost.cancelled().await;
        stop.cancel();
    });
    Ok(Some(coordinator))
}

/// Lets the lab know how the run is doing.
pub(crate) fn show(coordinator: Option<&Coordinator>, progress: &Progress<'_>, planned: u32, fleet: &Fleet) {
    let Some(coordinator) = coordinator else { return };
    coordinator.show(|picture| {
        let counts = fleet.counts();
        (picture.generation, picture.planned) = (progress.generation, planned);
        (picture.lost, picture.expelled, picture.checked) = (counts.lost, counts.expelled, counts.checked);
        picture.rates =
            fleet.shares().into_iter().map(|share| (share.name, (share.rate, share.units))).collect();
    });
}

/// Waits until the lab has all of the run, lets its agents go, and counts what went over the network.
pub(crate) async fn close(coordinator: Option<Coordinator>, traffic: &Traffic) -> Result<(), Error> {
    let Some(coordinator) = coordinator else { return Ok(()) };
    let (sent, received) = coordinator.traffic();
    traffic.sent.fetch_add(sent, Ordering::Relaxed);
    traffic.received.fetch_add(received, Ordering::Relaxed);
    Ok(coordinator.close().await?)
}
