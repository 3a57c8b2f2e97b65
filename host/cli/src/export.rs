//! The command `export`.

use crate::commands::{open, weights_of};
use crate::error::Error;
use crate::output::say;
use eggroll_firmware::model::Program;
use eggroll_firmware::task::environment::Domain;
use eggroll_host::data::{self, Channel, Preprocessing, Signal, TargetColumn};
use eggroll_host::run::{Config, Exported, Source, VECTORS, export, signal_memory};
use eggroll_host::train::{Experiment, Material, TrainError};
use eggroll_host::words;
use indicatif::HumanCount;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// The bytes of a rule in an exported program.
const RULE_BYTES: usize = 12;

/// Names that a line lists.
const LISTED: usize = 8;

/// Runs `export RUN --out FILE`.
pub(super) fn run(run: &Path, out: &Path, prefix: Option<&str>) -> Result<ExitCode, Error> {
    let (directory, config) = open(run)?;
    let model = config.model.clone();
    let program = model.description().and_then(|model| Program::new(&model)).map_err(TrainError::Refused)?;
    let weights = weights_of(&directory, &program)?;
    let preprocessing = preprocessing(&config)?;
    let tests = out.extension().is_some_and(|ending| ["h", "c", "rs"].iter().any(|tested| ending == *tested));
    let rows = if tests && preprocessing.is_some() { Some(held_out(&config)) } else { None };
    let found = rows.as_ref().and_then(|rows| rows.as_ref().ok());
    let files = export(
        out,
        &Exported {
            program: &program,
            model: &model,
            weights: &weights,
            preprocessing: preprocessing.as_deref(),
            rows: found.map_or(&[], Vec::as_slice),
            prefix,
        },
    )?;
    let files: Vec<String> = files.iter().map(|file| words::path(file)).collect();
    let (count, generation) = (HumanCount(weights.values.len() as u64), weights.generation);
    say!("{}: {count} weights of {model}, generation {generation}", files.join(" and "))?;
    if program.is_convolutional() && tests {
        say!("RAM of a pass: {} bytes", program.activations())?;
    }
    match (&config.source, preprocessing.as_deref()) {
        (_, Some(stored)) => {
            say!("features: {}", stored.scaling())?;
            match stored.signal.as_deref() {
                None => say!("units: {}", units(stored))?,
                Some(signal) => {
                    let ending = out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
                    let lines = signal_lines(signal, stored, ending, weights.values.len());
                    lines.iter().try_for_each(|line| say!("{line}"))?;
                }
            }
            if stored.normal.is_some() {
                if let Some(threshold) = weights.threshold {
                    say!("threshold: {threshold}; a row with a higher score counts as an anomaly")?;
                }
            } else if stored.targets.is_empty() {
                say!("{}", class_names(&stored.classes))?;
            } else {
                say!("targets: {}", target_units(&stored.targets))?;
            }
        }
        (Source::Text(_) | Source::Reward(_), _) => say!("tokens: bytes, 0 before each document")?,
        (Source::Own(own), _) => say!("inputs and outputs: those of the boards' own task {own}")?,
        (Source::Environment(Domain { kind, .. }), _) => say!(
            "observations: those of {kind}, each scaled to [-127, 127] as the firmware's environment::{kind:?} says"
        )?,
        (Source::Samples(_), None) => {}
    }
    let is_of_signal = preprocessing.as_deref().is_some_and(|stored| stored.signal.is_some());
    let (a_row, beside) =
        if is_of_signal { ("window", "a recording of drawn samples, and ") } else { ("row", "") };
    match rows {
        Some(Ok(rows)) if !rows.is_empty() => {
            say!("self test: {beside}{} held-out {a_row}s of the data", rows.len())?
        }
        Some(Ok(_)) => {
            say!("self test: {beside}{VECTORS} rows of drawn values, since no {a_row} is held out")?
        }
        Some(Err(why)) => {
            say!("self test: {beside}{VECTORS} rows of drawn values, since the data are not there: {why}")?
        }
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// What makes raw values the inputs of a run's model. It is in the run, or built in: the data need not be
/// there.
fn preprocessing(config: &Config) -> Result<Option<Box<Preprocessing>>, Error> {
    let Source::Samples(samples) = &config.source else { return Ok(None) };
    Ok(Some(samples.inputs()?))
}

/// Raw values of the first held-out rows.
///
/// # Errors
/// A sentence that says why the data of the run are not there.
fn held_out(config: &Config) -> Result<Vec<Vec<i32>>, String> {
    if config.source.task().is_piped() {
        return Err("they came by standard input".to_owned());
    }
    let material = Experiment::load(config.clone()).map_err(|error| error.to_string())?.material;
    let (Source::Samples(samples), Material::Samples { data, split, .. }) = (&config.source, material) else {
        return Ok(Vec::new());
    };
    let rows = split.test.get(..VECTORS.min(split.test.len())).unwrap_or_default();
    match samples.name.file() {
        None => Ok(data::digit_pixels(rows)),
        Some(file) => data::raws(file, &samples.reading, &data, rows).map_err(|error| error.to_string()),
    }
}

/// The unit of each feature's raw values, those of one unit together, and how many rules there are.
fn units(stored: &Preprocessing) -> String {
    let mut of: BTreeMap<i8, Vec<String>> = BTreeMap::new();
    for (feature, name) in stored.names().iter().enumerate() {
        let places = stored.rule(feature).map_or(0, |rule| rule.places());
        of.entry(places).or_default().push(words::shown(name, words::MOST));
    }
    let unit = |(places, names): (&i8, &Vec<String>)| {
        let shown = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("10^{} of {shown}{more}", -i32::from(*places))
    };
    let units: Vec<String> = of.iter().map(unit).collect();
    let (features, rules) = (stored.features(), stored.rules.len());
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!("{} ({}, {})", units.join("; "), plural(features, "feature"), plural(rules, "rule"))
}

/// Lines on a signal: its windows and channels, and what a program of them keeps.
fn signal_lines(signal: &Signal, stored: &Preprocessing, ending: &str, weights: usize) -> Vec<String> {
    let rate = signal.rate.map_or("rate unknown".to_owned(), |rate| format!("{rate} samples a second"));
    let (window, hop) = (signal.window, signal.hop);
    let unit = |channel: &Channel| {
        format!(
            "{} in units of 10^{}",
            words::shown(&channel.title(), words::MOST),
            -i32::from(channel.places)
        )
    };
    let mut channels: Vec<String> = signal.channels.iter().take(LISTED).map(unit).collect();
    if signal.channels.len() > LISTED {
        channels.push(format!("and {} more", signal.channels.len() - LISTED));
    }
    let mut lines = vec![
        format!("signal: windows of {window} samples, one every {hop}, {rate}"),
        format!("of a window: {}, {} features", signal.features, stored.features()),
        format!("channels: {}", channels.join(", ")),
    ];
    let Some(memory) = signal_memory(stored) else { return lines };
    let ram = match ending {
        "h" | "c" => format!("{} bytes, beside {} of raw values", memory.c, 4 * stored.features()),
        "rs" => format!("{} bytes", memory.rust),
        "onnx" => {
            lines.push(
                "input: the raw values of a window; what makes them of samples is in C and Rust alone"
                    .to_owned(),
            );
            return lines;
        }
        _ => return lines,
    };
    let constants = weights + RULE_BYTES * stored.rules.len() + memory.tables;
    lines.push(format!("RAM of a signal: {ram}"));
    lines.push(format!("flash: about {constants} bytes of constants, beside the code"));
    lines
}

/// What the outputs of a regression stand for.
fn target_units(targets: &[TargetColumn]) -> String {
    let unit = |target: &TargetColumn| {
        let title = words::shown(&target.title(), words::MOST);
        format!("{title} in units of 10^{}", -i32::from(target.rule.places()))
    };
    let mut units: Vec<String> = targets.iter().take(LISTED).map(unit).collect();
    if targets.len() > LISTED {
        units.push(format!("and {} more", targets.len() - LISTED));
    }
    units.join(", ")
}

/// What the outputs of a model stand for, where classes have names.
fn class_names(names: &[String]) -> String {
    let numbered = |(class, name): (usize, &String)| format!("{class} {}", words::shown(name, words::MOST));
    let names: Vec<String> = names.iter().enumerate().map(numbered).collect();
    format!("classes: {}", names.join(", "))
}
