//! Runs cases on all cores, counts what becomes of them, and says how to repeat those that fell short.

use super::case::{Found, Verdict, own};
use super::kinds::{KINDS, Kind};
use super::program::Program;
use super::runs::{Reference, references};
use super::settle::Place;
use anyhow::{Context, Result, bail};
use clap::Parser;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// See `cargo xtask torture --help`.
#[derive(Parser)]
struct Args {
    /// The program.
    #[arg(long)]
    host: PathBuf,
    /// Go on for so many minutes.
    #[arg(long)]
    minutes: Option<u64>,
    /// The counts of the long form.
    #[arg(long)]
    long: bool,
    /// Cases are a function of seed, kind and number.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Only these kinds.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only this case.
    #[arg(long)]
    case: Option<u64>,
    /// Cases of each kind, instead of the form's.
    #[arg(long)]
    cases: Option<u64>,
    /// Seconds after which a program hangs.
    #[arg(long, default_value_t = 300)]
    patience: u64,
    /// Where what is left of cases that fell short is kept.
    #[arg(long)]
    failures: Option<PathBuf>,
}

/// What all cases share.
pub(crate) struct Bench {
    pub(crate) program: Program,
    pub(crate) references: Vec<Reference>,
    pub(crate) seed: u32,
    /// Replies that boards of ours have spoilt.
    pub(crate) hostile: Arc<AtomicU64>,
}

impl Bench {
    /// Where a case takes place: each run with all boards in turn; and how often both have had their turn
    /// before.
    pub(crate) fn place<'a>(&'a self, case: u64, folder: &'a Path) -> Found<(Place<'a>, u64)> {
        let count = self.references.len() as u64;
        let (reference, round) = (&self.references[(case % count) as usize], case / count);
        own(reference.furnish(folder))?;
        Ok((Place { program: &self.program, folder, reference, boards: Reference::boards(round) }, round))
    }
}

/// What became of a kind's cases.
#[derive(Default)]
struct Tally {
    right: u64,
    refused: u64,
    short: u64,
    seconds: f64,
    /// Why cases fell short, numbers left aside, and how many for that reason.
    reasons: BTreeMap<String, u64>,
}

/// Cases that fell short for one reason of which all is printed.
const SAID: u64 = 3;
/// Cases after which another kind has its turn, where time decides when it is over.
const TURN: u64 = 20;

/// Runs everything.
pub(crate) fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    if let Some(unknown) = args.only.iter().find(|only| KINDS.iter().all(|kind| kind.name != only.as_str())) {
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        bail!("there is no kind `{unknown}`; there are {}", names.join(", "));
    }
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let program = Program::new(&args.host, Duration::from_secs(args.patience))?;
    let references = references(&program, &folder.path().join("references"))?;
    let bench = Bench { program, references, seed: args.seed, hostile: Arc::default() };
    let kinds = KINDS.iter().filter(|kind| args.only.is_empty() || args.only.iter().any(|o| o == kind.name));
    let mut tallies: Vec<(&Kind, Tally)> = kinds.map(|kind| (kind, Tally::default())).collect();
    let place = Where { folder: folder.path(), failures: args.failures.as_deref() };
    match (args.case, args.minutes) {
        (Some(case), _) => {
            for (kind, tally) in &mut tallies {
                cases(&bench, kind, case..case + 1, &place, tally);
            }
        }
        (None, None) => {
            for (kind, tally) in &mut tallies {
                let count = args.cases.unwrap_or(if args.long { kind.long } else { kind.short });
                cases(&bench, kind, 0..count, &place, tally);
            }
        }
        (None, Some(minutes)) => {
            // Each kind in turn, by its share of the long form.
            let (since, least) = (Instant::now(), KINDS.iter().map(|kind| kind.long).min().unwrap_or(1));
            let mut turn = 0;
            while since.elapsed() < Duration::from_secs(60 * minutes) {
                for (kind, tally) in &mut tallies {
                    let count = TURN * kind.long.div_ceil(least);
                    cases(&bench, kind, turn * count..(turn + 1) * count, &place, tally);
                }
                turn += 1;
            }
        }
    }
    table(&tallies, bench.hostile.load(Ordering::Relaxed));
    let short: u64 = tallies.iter().map(|(_, tally)| tally.short).sum();
    if short > 0 {
        bail!("{short} cases fell short");
    }
    Ok(())
}

/// Where cases take place, and where what is left of some is kept.
struct Where<'a> {
    folder: &'a Path,
    failures: Option<&'a Path>,
}

fn cases(bench: &Bench, kind: &Kind, numbers: std::ops::Range<u64>, place: &Where<'_>, tally: &mut Tally) {
    let since = Instant::now();
    let (next, found) = (AtomicU64::new(numbers.start), Mutex::new(core::mem::take(tally)));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores * kind.waits {
            scope.spawn(|| {
                loop {
                    let case = next.fetch_add(1, Ordering::Relaxed);
                    if case >= numbers.end {
                        return;
                    }
                    let verdict = one(bench, kind, case, place);
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    match &verdict {
                        Verdict::Right => found.right += 1,
                        Verdict::Refused => found.refused += 1,
                        Verdict::Short(why) => {
                            found.short += 1;
                            let alike = found.reasons.entry(reason(why)).or_default();
                            *alike += 1;
                            if *alike <= SAID {
                                let (name, seed) = (kind.name, bench.seed);
                                println!("{name} {case}: {why}");
                                println!("  cargo xtask torture --only {name} --seed {seed} --case {case}");
                            }
                        }
                    }
                }
            });
        }
    });
    *tally = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.seconds += since.elapsed().as_secs_f64();
}

fn one(bench: &Bench, kind: &Kind, case: u64, place: &Where<'_>) -> Verdict {
    let folder = place.folder.join(format!("{}-{case}", kind.name));
    if let Err(error) = std::fs::create_dir_all(&folder) {
        return Verdict::Short(format!("the torture itself failed: no folder: {error}"));
    }
    let verdict = (kind.case)(bench, case, &folder);
    if matches!(verdict, Verdict::Short(_))
        && let Some(failures) = place.failures
    {
        let kept = failures.join(format!("{}-{}-{case}", kind.name, bench.seed));
        let _ = std::fs::remove_dir_all(&kept);
        let _ = keep(&folder, &kept);
    }
    let _ = std::fs::remove_dir_all(&folder);
    verdict
}

/// What cases that fell short for the same reason have in common: the last thing that was said, without its
/// numbers.
fn reason(why: &str) -> String {
    let said = why.rsplit_once("error: ").map_or(why, |(_, said)| said);
    let mut reason = String::new();
    for word in said.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        let number = word.starts_with(|c: char| c.is_ascii_digit()) || word.len() > 40;
        match word.trim_start_matches(|c: char| c.is_ascii_hexdigit()) {
            rest if number => reason += &format!("N{rest}"),
            _ => reason += word,
        }
    }
    reason
}

/// Copies a folder with all that is in it.
fn keep(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            keep(&entry.path(), &target)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn table(tallies: &[(&Kind, Tally)], hostile: u64) {
    println!(
        "\n{:<9} {:>7} {:>7} {:>16} {:>11} {:>9}",
        "kind", "cases", "right", "refused clearly", "fell short", "seconds"
    );
    for (kind, Tally { right, refused, short, seconds, .. }) in tallies {
        let all = right + refused + short;
        println!("{:<9} {all:>7} {right:>7} {refused:>16} {short:>11} {seconds:>9.1}", kind.name);
    }
    for (kind, tally) in tallies {
        let mut reasons: Vec<_> = tally.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in reasons {
            println!("{}: {count} fell short like this: {reason}", kind.name);
        }
    }
    if hostile > 0 {
        println!("{hostile} hostile replies");
    }
}
