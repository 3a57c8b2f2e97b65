//! All commands but `train`.

use super::connected;
use super::output::{say, tell};
use crate::error::Error;
use crate::report::{self, RunFacts};
use eggroll_batch::isa::Level;
use eggroll_firmware::model::Program;
use eggroll_host::fleet::board::BoardError;
use eggroll_host::fleet::link::{Address, LinkError, NumberedLink};
use eggroll_host::run::RunError;
use eggroll_host::run::{Config, RunDirectory, Weights, read_weights, read_weights_of};
use eggroll_host::train::rebuild;
use eggroll_host::update::sha256;
use eggroll_host::words;
use indicatif::{HumanBytes, HumanCount};
use serde_json::json;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A run, and the configuration that it was started with.
pub(super) fn open(run: &Path) -> Result<(RunDirectory, Config), Error> {
    let directory = RunDirectory::open(run)?;
    let config = directory.started_with()?;
    if let Some(edited) = directory.edited(&config) {
        tell!("warning: {edited}");
    }
    Ok((directory, config))
}

/// The weights file of a run. If there is none to use, the error says how to get one.
pub(super) fn weights_of(directory: &RunDirectory, program: &Program) -> Result<Weights, Error> {
    let again = format!("write it anew by eggroll-host --resume --run {}", directory.path().display());
    let (_, identity) = directory.started_as()?;
    let read = match identity {
        Some(identity) => read_weights_of(&directory.weights(), program, identity),
        // The beginning of the journal is damaged, which identifies the run.
        None => read_weights(&directory.weights(), program),
    };
    let read = read.map_err(|error| match error {
        RunError::Io { path, error, .. } if error.kind() == ErrorKind::NotFound => {
            RunError::Weights { path, why: format!("is not there; {again}") }
        }
        RunError::Weights { path, why } => RunError::Weights { path, why: format!("{why}; {again}") },
        other => other,
    });
    Ok(read?)
}

/// Runs `replay RUN`.
pub(super) fn replay(run: &Path, as_json: bool) -> Result<ExitCode, Error> {
    let (directory, _) = open(run)?;
    let mut rebuilt = rebuild(&directory)?;
    let sha256 = sha256(&rebuilt.experiment.whole(rebuilt.replica.weights()));
    let generation = rebuilt.replica.state().generation;
    let beginning = rebuilt.head.as_ref().map(|_| "at its beginning, which config.toml replaces".to_owned());
    let end = rebuilt
        .damage
        .as_ref()
        .map(|damage| format!("at byte {} ({} bytes from there)", damage.at, damage.lost));
    let damages: Vec<String> = beginning.into_iter().chain(end).collect();
    if !damages.is_empty() {
        let why = format!(
            "damaged {}; generations 1 to {generation} are whole and lead to {sha256}: go on from there by \
             eggroll-host --resume --run {}",
            damages.join(" and "),
            run.display()
        );
        return Err(RunError::Weights { path: directory.journal(), why }.into());
    }
    // A run that is being trained, or was killed, has weights of an earlier generation or none, so there is
    // nothing to compare.
    let file = directory
        .weights()
        .exists()
        .then(|| weights_of(&directory, &rebuilt.experiment.program))
        .transpose()?;
    let comparable = file.as_ref().filter(|file| file.generation == generation);
    let equal = comparable.map(|file| file.values == *rebuilt.experiment.whole(rebuilt.replica.weights()));
    if equal == Some(false) {
        let why = format!("differs from generation {generation} of the journal, which leads to {sha256}");
        return Err(RunError::Weights { path: directory.weights(), why }.into());
    }
    if as_json {
        let mut object = json!({
            "run": run.display().to_string(),
            "generations": generation,
            "weights_sha256": sha256,
            "equal_to_weights_file": equal,
        });
        object[rebuilt.experiment.config.source.measure().count()] = rebuilt.work.passes().into();
        say!("{object}")?;
    } else {
        say!(
            "{} generations rebuilt from {} of journal, no member evaluated",
            HumanCount(u64::from(generation)),
            HumanBytes(rebuilt.whole)
        )?;
        say!("weights  {sha256}")?;
        match (equal, file) {
            (Some(_), _) => say!("equal to weights.safetensors")?,
            (None, Some(file)) => {
                say!("weights.safetensors is of generation {}: not compared", file.generation)?
            }
            (None, None) => say!("no weights.safetensors yet: not compared")?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `report RUN`.
pub(super) fn report(run: &Path) -> Result<ExitCode, Error> {
    let (directory, _) = open(run)?;
    report::write(&directory)?;
    say!("{}", directory.report().display())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `compare RUN ... --out FILE`.
pub(super) fn compare(runs: &[PathBuf], out: &Path) -> Result<ExitCode, Error> {
    let facts: Result<Vec<RunFacts>, Error> =
        runs.iter().map(|run| open(run).and_then(|(directory, _)| Ok(RunFacts::read(&directory)?))).collect();
    report::write_comparison(&facts?, out)?;
    say!("{}", out.display())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `boards [ADDR ...]`.
pub(super) async fn boards(addresses: Vec<Address>) -> Result<ExitCode, Error> {
    let addresses = if addresses.is_empty() { vec![Address::default()] } else { addresses };
    let places = NumberedLink::all(&addresses);
    let cpu = addresses.contains(&Address::Cpu);
    if let Some(lab) = addresses.iter().find(|address| matches!(address, Address::Lab(_))) {
        let lab = words::shown(&lab.to_string(), words::MOST);
        return Err(Error::Usage(format!(
            "{lab} is a lab: `eggroll-host status {lab}` lists its agents and boards"
        )));
    }
    let is_host = |address: &Address| matches!(address, Address::Cpu | Address::Cuda(_));
    if let ([], [first, ..], false) = (&places[..], &addresses[..], addresses.iter().any(is_host)) {
        // Only a pattern can name no board.
        return Err(BoardError::from(LinkError::NoMatch(first.to_string())).into());
    }
    let asked: Vec<_> = places.into_iter().map(|place| tokio::spawn(ask(place))).collect();
    let mut rows =
        vec![["address", "board", "core", "firmware", "arena", "frame", "features"].map(str::to_owned)];
    if cpu {
        let level = format!("no board: {} cores, {}", rayon::current_num_threads(), Level::best());
        let version = env!("CARGO_PKG_VERSION");
        rows.push(["cpu", "host", std::env::consts::ARCH, version, "-", "-", &level].map(str::to_owned));
    }
    let mut errors = Vec::new();
    for address in &addresses {
        let Address::Cuda(which) = address else { continue };
        let name = address.to_string();
        match which.describe() {
            Ok([core, memory, device]) => {
                let features = format!("no board: {device}");
                let version = env!("CARGO_PKG_VERSION");
                rows.push([&*name, "gpu", &core, version, &memory, "-", &features].map(str::to_owned));
            }
            Err(why) => errors.push(BoardError::from(LinkError::Cuda { name, why })),
        }
    }
    for task in asked {
        match task.await.map_err(|error| Error::Usage(error.to_string()))? {
            Ok(row) => rows.push(row),
            Err(error) => errors.push(error),
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    for row in rows.iter().filter(|_| rows.len() > 1) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        say!("{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    for error in &errors {
        tell!("error: {error}");
    }
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The line of a board in the list.
async fn ask(place: NumberedLink) -> Result<[String; 7], BoardError> {
    let (name, board) = connected::connect(place).await?;
    let who = board.info();
    let of = |set: u32, tag: u32| set & (1 << tag) != 0;
    // Texts and tasks of the board's own are abilities as well.
    let (own, text) = (of(who.abilities.tasks, 1), of(who.abilities.tasks, 3));
    let task = match board.own_task().await {
        Ok(task) => format!("task ({task})"),
        Err(_) => "task".to_owned(),
    };
    let features = [
        ("dsp", who.features.dsp),
        ("fpga", who.features.fpga),
        (&*task, own),
        ("texts", text),
        ("environments", who.abilities.environments != 0),
        ("updates", who.abilities.updates),
    ];
    let features: Vec<&str> = features.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
    Ok([
        name,
        who.board.clone(),
        who.core.clone(),
        who.firmware.clone(),
        HumanBytes(who.arena).to_string(),
        HumanBytes(u64::from(who.largest_frame)).to_string(),
        if features.is_empty() { "-".to_owned() } else { features.join(" ") },
    ])
}
