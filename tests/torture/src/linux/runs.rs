//! The tiny runs that are tortured, and what is right for each: its weights after every generation.

use super::program::Program;
use super::random::Random;
use super::tracer::{Act, prepare, trace};
use anyhow::{Context, Result, bail};
use eggroll_host::run::Record;
use eggroll_host::run::journal::JournalReader;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A run, but for its boards, its seed and its directory.
struct Settings {
    name: &'static str,
    arguments: &'static str,
}

const SETTINGS: [Settings; 6] = [
    Settings {
        name: "digits",
        arguments: "--model 64-8-10 --slots 3 --members 4 --generations 24 --evaluate-every 6",
    },
    Settings {
        name: "digits by weights",
        arguments: "--model 64-10 --estimator weight --pairs 6 --samples 3 --generations 16 --evaluate-every 4",
    },
    Settings {
        name: "csv",
        arguments: "--task csv:data.csv --model 4-8-3 --slots 3 --members 4 --generations 30 --evaluate-every 10",
    },
    Settings {
        name: "csv by votes",
        arguments: "--task csv:data.csv --model 4-8-3+bias --estimator weight --optimizer vote --pairs 7 \
            --samples 4 --rank 2 --generations 20 --evaluate-every 5",
    },
    Settings {
        name: "text",
        arguments: "--task text:text.txt --model egg:D=8,L=1,V=128 --streams 2 --context 4 --members 3 \
            --generations 8 --evaluate-every 4",
    },
    Settings {
        name: "cartpole",
        arguments: "--task cartpole --model 4-6-2 --pairs 3 --samples 1 --generations 8 --evaluate-every 4",
    },
];

/// Boards and ways to use them; the weights are the same on all.
const BOARDS: [&str; 6] = [
    "--boards sim:1",
    "--boards sim:2",
    "--boards cpu",
    "--boards sim:2 --sync delta",
    "--boards sim:1 cpu --verify 0.2",
    "--boards sim:1 --autonomous 3",
];

/// A run with its right weights.
pub(crate) struct Reference {
    settings: &'static str,
    /// Weights after each generation, from 0, and where the journal of `run` ends then.
    hashes: Vec<String>,
    ends: Vec<usize>,
    /// A folder with what the run reads, and with two finished runs of it: `run`, and `other` of another
    /// seed.
    pub(crate) folder: PathBuf,
    /// Calls that change a file, in the run on one board.
    pub(crate) calls: u32,
    /// The last weights of `other`.
    pub(crate) other: String,
}

/// Names of the files that runs read.
const DATA: [&str; 2] = ["data.csv", "text.txt"];

/// Makes all references beneath a folder.
pub(crate) fn references(program: &Program, folder: &Path) -> Result<Vec<Reference>> {
    SETTINGS.iter().map(|settings| reference(program, folder, settings)).collect()
}

fn reference(program: &Program, folder: &Path, settings: &Settings) -> Result<Reference> {
    let folder = folder.join(settings.name.replace(' ', "-"));
    fs::create_dir_all(&folder)?;
    write_data(&folder)?;
    let mut reference = Reference {
        settings: settings.arguments,
        hashes: Vec::new(),
        ends: Vec::new(),
        folder,
        calls: 0,
        other: String::new(),
    };
    let folder = reference.folder.clone();
    let trained = |seed: u32, run: &str| -> Result<String> {
        let arguments = format!("{} --seed {seed}", reference.start(BOARDS[0], run));
        let ended = program.run(&folder, &arguments)?;
        ended.hash().filter(|_| ended.ok()).with_context(|| ended.because("does not train at all"))
    };
    let (last, other) = (trained(1, "run")?, trained(2, "other")?);
    // The weights of a generation are those that its journal leads to when it ends there.
    let (journal, half) = (folder.join("run/journal"), folder.join("half"));
    let whole = fs::read(&journal)?;
    let mut hashes = Vec::new();
    let ends = ends(&journal)?;
    for &end in &ends {
        copy(&folder.join("run"), &half)?;
        fs::write(half.join("journal"), &whole[..end])?;
        let _ = fs::remove_file(half.join("weights.safetensors"));
        let ended = program.run(&folder, "replay half --json")?;
        hashes.push(ended.hash().with_context(|| ended.because("cannot replay a part of a run"))?);
        fs::remove_dir_all(&half)?;
    }
    if hashes.last() != Some(&last) {
        bail!("{}: replay leads elsewhere than the run", settings.name);
    }
    (reference.hashes, reference.ends, reference.other) = (hashes, ends, other);
    let mut command = program.command(&folder, &reference.start(BOARDS[0], "counted"));
    prepare(&mut command);
    let (ended, calls) = trace(program.start(&folder, command)?, 0, Act::Count)?;
    if !ended.ok() || calls < 10 {
        bail!(ended.because(&format!("cannot be traced: {calls} calls")));
    }
    reference.calls = calls;
    Ok(reference)
}

/// Where a journal ends after each generation, from none.
fn ends(journal: &Path) -> Result<Vec<usize>> {
    let mut reader = JournalReader::open(journal)?;
    let (mut ends, mut before) = (Vec::new(), 0);
    while let Some(record) = reader.next_record() {
        if matches!(record, Record::Generation { .. }) {
            if ends.is_empty() {
                ends.push(before);
            }
            ends.push(reader.position() as usize);
        }
        before = reader.position() as usize;
    }
    Ok(ends)
}

fn write_data(folder: &Path) -> Result<()> {
    let mut random = Random::new(1, "data", 0);
    let mut csv = String::from("a,b,c,d,class\n");
    for row in 0..60 {
        let class = row % 3;
        for column in 0..4 {
            let centre = if column == class { 60 } else { 0 };
            write!(csv, "{},", centre + random.below(61) as i64 - 30)?;
        }
        writeln!(csv, "{class}")?;
    }
    fs::write(folder.join(DATA[0]), csv)?;
    Ok(fs::write(folder.join(DATA[1]), "abba cede ".repeat(90))?)
}

/// Copies the files of a folder.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

impl Reference {
    /// The weights in the end.
    pub(crate) fn last(&self) -> &str {
        self.hashes.last().map_or("", String::as_str)
    }

    /// Whether these are the weights after some generation.
    pub(crate) fn has(&self, hash: &str) -> bool {
        self.hashes.iter().any(|other| other == hash)
    }

    /// The weights after so many generations.
    pub(crate) fn after(&self, generations: u64) -> Option<&str> {
        self.hashes.get(usize::try_from(generations).ok()?).map(String::as_str)
    }

    /// Leaves a folder with a run that was stopped after some generation.
    pub(crate) fn stopped(&self, run: &Path, random: &mut Random) -> Result<()> {
        copy(&self.folder.join("run"), run)?;
        let journal = run.join("journal");
        let whole = fs::read(&journal)?;
        let end = self.ends.get(1 + random.below(self.ends.len() - 2)).copied().unwrap_or(whole.len());
        Ok(fs::write(journal, &whole[..end])?)
    }

    /// The arguments that begin the run.
    pub(crate) fn start(&self, boards: &str, run: &str) -> String {
        format!("train {} {boards} --quiet --json --run {run}", self.settings)
    }

    /// The arguments that begin the run in a directory that the host names.
    pub(crate) fn start_anywhere(&self, boards: &str) -> String {
        format!("train {} {boards} --quiet --json", self.settings)
    }

    /// The arguments that go on with it.
    pub(crate) fn resume(&self, boards: &str, run: &str) -> String {
        format!("train --resume {boards} --quiet --json --run {run}")
    }

    /// Boards for a case.
    pub(crate) const fn boards(case: u64) -> &'static str {
        BOARDS[(case % BOARDS.len() as u64) as usize]
    }

    /// Makes a folder one from which the run can be started.
    pub(crate) fn furnish(&self, folder: &Path) -> Result<()> {
        for name in DATA {
            fs::copy(self.folder.join(name), folder.join(name))?;
        }
        Ok(())
    }
}
