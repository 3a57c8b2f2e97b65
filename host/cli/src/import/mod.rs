//! The command `import`: a model of another tool becomes one of ours.

mod layers;
mod scaling;
mod shown;

use crate::error::Error;
use crate::output::{say, tell};
use crate::table_args::TableArgs;
use crate::table_args::parts;
use eggroll_firmware::model::Program;
use eggroll_host::data::{Dataset, Fraction, Parts, numbers, split, table};
use eggroll_host::run::{Exported, ModelName, RunError, Weights, export};
use eggroll_host::train::TrainError;
use eggroll_host::words;
use eggroll_import::{Calibration, Graph, Task, quantise, read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Runs `import MODEL --data FILE`.
pub(super) fn run(
    file: &Path,
    (data, reading, holdout): (&Path, &TableArgs, Option<Fraction>),
    out: Option<&Path>,
    json: bool,
) -> Result<ExitCode, Error> {
    let out = match out {
        Some(out) if out.extension().is_some_and(|ending| ending == "safetensors") => out.to_owned(),
        Some(out) => {
            let out = words::path(out);
            return Err(Error::Usage(format!("--out {out}: give a file that ends in .safetensors")));
        }
        None => beside(file)?,
    };
    let graph = read(file).map_err(|error| Error::Usage(error.to_string()))?;
    let reading = reading.reading();
    if reading.is_of_detector() {
        return Err(Error::Usage("--anomaly: leave it out, import chooses no threshold".to_owned()));
    }
    // Of what is not held out, every row chooses scales.
    let parts = Parts { validation: Fraction::default(), ..parts(holdout, &reading) };
    let samples = table(data, &reading, &parts)?;
    check(&graph, file, data, &samples)?;
    let order = order(&graph);
    let rows = numbers(data, &reading, &samples.preprocessing)?;
    let rows: Vec<Vec<f32>> = rows.iter().map(|row| graph.ordered(row)).collect();
    let labels: Vec<usize> = (0..samples.len()).map(|row| samples.label(row).into()).collect();
    let split = split(&samples, parts.holdout, parts.validation, parts.split)?;
    let part = |of: &[u32]| -> (Vec<Vec<f32>>, Vec<usize>) {
        of.iter().map(|&row| (rows[row as usize].clone(), labels[row as usize])).unzip()
    };
    let ((rows, labels), held) = (part(&split.train), part(&split.test));
    let classes = samples.targets().is_none();
    let calibration = Calibration {
        rows: &rows,
        labels: classes.then_some(&labels),
        task: if classes { Task::Classes } else { Task::Values },
        ..Calibration::default()
    };
    let made = quantise(&graph, &calibration).map_err(|error| Error::Usage(error.to_string()))?;
    let description = layers::description(&made, file)?;
    let program = Program::new(&description).map_err(TrainError::Refused)?;
    let model = ModelName::Convolutional(Box::new(description));
    let stored = scaling::preprocessing(&samples.preprocessing, &made, &order);
    let weights = Weights { values: made.weights.clone(), generation: 0, run: None, threshold: None };
    let exported = Exported {
        program: &program,
        model: &model,
        weights: &weights,
        preprocessing: Some(&stored),
        rows: &[],
        prefix: None,
    };
    export(&out, &exported)?;
    let held = classes.then(|| shown::accuracy(&graph, &made, (&held.0, &held.1))).flatten();
    if json {
        say!("{}", shown::json(&made, &model, &program, (&out, held)))?;
    } else {
        shown::lines(&made, &model, &program, held).iter().try_for_each(|line| say!("{line}"))?;
        let out = words::path(&out);
        say!("{out}: {} weights; train a part of it on data of your own:", weights.values.len())?;
        say!("  eggroll-host adapt {out} FILE --keep {}", words::path(data))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The file that is written unless one is named: that of the model with another ending.
fn beside(file: &Path) -> Result<PathBuf, Error> {
    let out = file.with_extension("safetensors");
    if out == file || out.exists() {
        let path = words::path(&out);
        return Err(Error::Run(RunError::Weights {
            path: out,
            why: format!("is there already: give --out FILE, or take {path} away"),
        }));
    }
    Ok(out)
}

/// Refuses data that are not of the model.
fn check(graph: &Graph, file: &Path, data: &Path, samples: &Dataset) -> Result<(), Error> {
    let wants = graph.input.shape.len();
    if samples.features != wants {
        return Err(Error::Usage(format!(
            "{} takes {wants} values ({}), and {} has {} features: leave columns out by --drop, or name the column of \
             classes by --label",
            words::path(file),
            graph.input.shape,
            words::path(data),
            samples.features
        )));
    }
    let outputs = graph.output().len();
    let asked = samples.targets().map_or(samples.classes, |targets| targets.columns.len());
    if samples.targets().is_some() && asked != outputs {
        return Err(Error::Usage(format!(
            "{} has {outputs} outputs, and {asked} targets are named by --target",
            words::path(file)
        )));
    }
    if asked > outputs {
        return Err(Error::Usage(format!(
            "{} has {outputs} outputs, and {} has {asked} classes: give the data that it was trained on, or --target \
             COLUMN for a model that answers numbers",
            words::path(file),
            words::path(data)
        )));
    }
    if asked < outputs && samples.targets().is_none() {
        tell!("warning: the data have {asked} of the model's {outputs} classes; class I is output I");
    }
    Ok(())
}

/// Which value of a row is each value of the model's input.
fn order(graph: &Graph) -> Vec<usize> {
    let numbered: Vec<f32> = (0..graph.input.shape.len()).map(|place| place as f32).collect();
    graph.ordered(&numbered).into_iter().map(|place| place as usize).collect()
}
