//! The command `eval`.

use super::anomaly;
use super::figures::{Beside, baselines, lines, object};
use super::opened::{Opened, is_model, warnings};
use super::regression;
use super::threshold::Threshold;
use crate::commands;
use crate::error::Error;
use crate::output::{say, tell};
use eggroll_firmware::task::reward::Reward;
use eggroll_host::data::{Dataset, Split};
use eggroll_host::measure::{
    Assessment, Baselines, FINAL_PROMPTS, Judged, RegressionAssessment, RightAnswers, SpreadReturns,
};
use eggroll_host::train::{Experiment, Material};
use eggroll_host::update::sha256;
use eggroll_host::words;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Runs `eval RUN [FILE]`.
pub(crate) fn eval(
    run: &Path,
    file: Option<&Path>,
    as_json: bool,
    reject: Option<Threshold>,
) -> Result<ExitCode, Error> {
    match file {
        None if is_model(run) => {
            let run = words::path(run);
            Err(Error::Usage(format!("eval {run}: give a table to judge the model on as well")))
        }
        None => of_run(run, as_json, reject),
        Some(file) => of_file(run, file, as_json, reject),
    }
}

/// On the rows, episodes or text of the run itself.
fn of_run(run: &Path, as_json: bool, reject: Option<Threshold>) -> Result<ExitCode, Error> {
    let (directory, config) = commands::open(run)?;
    let experiment = Experiment::load(config)?;
    let weights = commands::weights_of(&directory, &experiment.program)?;
    if experiment.is_measured_by_boards() {
        let shown = words::path(run);
        let why = "only boards score a task of their own: the looks of its training are in metrics.csv and report.html";
        return Err(Error::Usage(format!("eval {shown}: {why}")));
    }
    let (test, validation) = experiment.scores(&weights.values);
    let sha256 = sha256(&weights.values);
    let detection = match &experiment.material {
        Material::Samples { data, split, .. } if data.anomalies().is_some() => {
            Some((anomaly::detection(&experiment, &weights, (data, split), run)?, split))
        }
        _ => None,
    };
    let regression = match &experiment.material {
        Material::Samples { data, split, .. } if detection.is_none() => {
            RegressionAssessment::of(&experiment.program, &weights.values, data, split)
        }
        _ => None,
    };
    let regression = regression.as_ref();
    let returns = match experiment.material {
        Material::Environment(domain) => {
            let seed = experiment.config.seed;
            SpreadReturns::in_all(&experiment.program, &weights.values, domain.kind, seed)
        }
        _ => Vec::new(),
    };
    let answered = match experiment.material {
        Material::Reward(reward) => {
            let of = |reward| {
                let (program, seed) = (&experiment.program, experiment.config.seed);
                RightAnswers::of(program, &weights.values, reward, seed, FINAL_PROMPTS)
            };
            // Where members take the likeliest byte, chance is that of the model's probabilities.
            let chance = if reward.temperature > 0 { reward.temperature } else { 16 };
            [("likeliest byte", 0), ("by chance", chance)]
                .map(|(how, temperature)| (how, temperature, of(Reward { temperature, ..reward })))
                .to_vec()
        }
        _ => Vec::new(),
    };
    let assessed = match &experiment.material {
        Material::Samples { data, split, .. } if data.targets().is_none() => {
            let names = &data.preprocessing.classes;
            Some((Assessment::of(&experiment.program, &weights.values, data, split), names))
        }
        _ if reject.is_some() => {
            let task = experiment.config.source.task().to_string();
            return Err(Error::Flag {
                flag: "--reject",
                task: format!("--task {}", words::shown(&task, words::MOST)),
                way_out: "only answers that are classes have a probability; leave it out".to_owned(),
            });
        }
        _ => None,
    };
    if as_json {
        let mut said = json!({
            "run": run.display().to_string(),
            "generations": weights.generation,
            "weights_sha256": sha256,
        });
        let measure = validation.measure.name();
        said[format!("test_{measure}")] = json!(test.map(|score| score.value));
        said[format!("validation_{measure}")] = json!(validation.value);
        if let Some((of, names)) = &assessed {
            let name = |class| name(names, class);
            said["on"] = json!(of.part.name());
            said["answers"] = object(&of.model, reject, name);
            said["baselines"] = baselines(&beside(of), name);
        }
        if let Some(of) = regression {
            said["on"] = json!(of.part.name());
            said["targets"] = regression::object(&of.columns, Some(&of.model), Some(&beside_values(of)));
        }
        if !returns.is_empty() {
            let one = |of: &SpreadReturns| json!({"domain_randomize": of.spread, "mean": of.mean, "worst_tenth": of.worst_tenth});
            said["returns"] = returns.iter().map(one).collect();
        }
        if !answered.is_empty() {
            let one = |(_, temperature, of): &(&str, u8, RightAnswers)| {
                json!({
                    "temperature": f64::from(*temperature) / 16.0,
                    "prompts": of.prompts,
                    "right": of.right,
                    "mean_mark": of.mean_mark(),
                    "bytes_written": of.written,
                })
            };
            said["answers"] = answered.iter().map(one).collect();
        }
        if let Some(((part, detection), _)) = &detection {
            said["on"] = json!(part.name());
            said["detection"] = anomaly::object(detection);
        }
        say!("{said}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let held_out = test.map_or("none".to_owned(), |score| score.over(experiment.held_out().len()));
    say!("held out    {held_out}")?;
    say!("validation  {}", validation.over(experiment.watched().len()))?;
    say!("generation  {}", weights.generation)?;
    say!("weights     {sha256}")?;
    if !returns.is_empty() {
        say!("\n{:24} {:>9} {:>12}", "parameters", "return", "worst tenth")?;
        for SpreadReturns { spread, mean, worst_tenth } in &returns {
            let parameters = match spread {
                0 => "nominal".to_owned(),
                spread => format!("up to {spread} % from these"),
            };
            say!("{parameters:24} {mean:>9.1} {worst_tenth:>12.1}")?;
        }
    }
    if !answered.is_empty() {
        say!("\n{:24} {:>12} {:>12} {:>9} {:>12}", "answers", "temperature", "right", "mark", "bytes each")?;
        for (how, temperature, of) in &answered {
            let share = of.success().map_or_else(String::new, |share| share.to_string());
            let (temperature, mark) = (f64::from(*temperature) / 16.0, of.mean_mark());
            let bytes = of.written as f64 / f64::from(of.prompts.max(1));
            say!("{how:24} {temperature:>12} {share:>12} {mark:>9.3} {bytes:>12.2}")?;
        }
    }
    if let Some(((part, detection), split)) = &detection {
        say!("threshold   {}", anomaly::threshold_line(detection, &experiment.config, split))?;
        let also = if detection.anomalies.is_empty() { "" } else { ", and the anomalies" };
        say!("\non the {}{also}", part.title())?;
        anomaly::lines(detection).iter().try_for_each(|line| say!("{line}"))?;
    }
    if let Some((of, names)) = &assessed {
        say!("\non the {}", of.part.title())?;
        for line in lines(&of.model, Some(&beside(of)), reject, |class| name(names, class)) {
            say!("{line}")?;
        }
    }
    if let Some(of) = regression {
        say!("\non the {}", of.part.title())?;
        let lines = regression::lines(&of.columns, Some(&of.model), Some(&beside_values(of)));
        lines.iter().try_for_each(|line| say!("{line}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn name(names: &[String], class: usize) -> String {
    names.get(class).cloned().unwrap_or_else(|| format!("output {class}"))
}

const fn beside(of: &Assessment) -> Beside<'_> {
    Beside { most_frequent: &of.most_frequent, regression: &of.regression, of: &of.baselines }
}

const fn beside_values(of: &RegressionAssessment) -> regression::Beside<'_> {
    regression::Beside { linear: &of.linear, mean: &of.mean, every: of.every }
}

/// On the rows of a file that have a class.
fn of_file(run: &Path, file: &Path, as_json: bool, reject: Option<Threshold>) -> Result<ExitCode, Error> {
    let opened = Opened::open(run, "eval FILE")?;
    if opened.preprocessing.normal.is_some() {
        opened.no_classes(reject.map(|_| "--reject"))?;
        return anomaly::eval_file(&opened, run, file, as_json);
    }
    if !opened.preprocessing.targets.is_empty() {
        opened.no_classes(reject.map(|_| "--reject"))?;
        return regression::eval_file(&opened, run, file, as_json, &training(&opened));
    }
    let rows = opened.rows(file)?;
    let all = || rows.values.chunks_exact(rows.features.max(1)).zip(&rows.labels);
    let labelled = || all().filter_map(|(row, label)| Some((row, (*label)?)));
    let without = rows.labels.iter().filter(|label| label.is_none()).count();
    if without == rows.labels.len() {
        return Err(Error::Usage(format!(
            "{}: no row has a class to compare with: `eggroll-host predict` answers rows without",
            words::path(file)
        )));
    }
    for warning in warnings(&rows) {
        tell!("warning: {warning}");
    }
    let (program, weights) = (&opened.program, &opened.weights.values);
    let judged = Judged::model(program, weights, opened.preprocessing.classes.len(), labelled());
    let fitted = training(&opened).map(|(data, split)| Baselines::fit(&data, &split.train));
    let others = fitted.as_ref().ok().map(|baselines| {
        (baselines.judge_most_frequent(labelled()), baselines.judge_regression(labelled()), baselines)
    });
    let beside =
        others.as_ref().map(|(most_frequent, regression, of)| Beside { most_frequent, regression, of });
    let name = |class| opened.name(class);
    let sha256 = sha256(weights);
    if as_json {
        let mut said = json!({
            "run": run.display().to_string(),
            "generations": opened.weights.generation,
            "weights_sha256": sha256,
            "on": "file",
            "file": file.display().to_string(),
            "rows_without_class": without,
            "rows_left_out": rows.left_out,
            "answers": object(&judged, reject, name),
            "baselines": beside.as_ref().map(|beside| baselines(beside, name)),
        });
        if let Err(why) = &fitted {
            said["baselines_missing"] = json!(why);
        }
        say!("{said}")?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("generation  {}", opened.weights.generation)?;
    say!("weights     {sha256}")?;
    say!("\non {}", words::path(file))?;
    if without > 0 {
        say!("  {:<20} {without} passed over", "rows without a class")?;
    }
    let lines = lines(&judged, beside.as_ref(), reject, name);
    for line in lines {
        say!("{line}")?;
    }
    if let Err(why) = &fitted {
        say!("\nno baselines: {why}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The data of a run, whose training rows baselines learn from; otherwise the reason why they cannot.
fn training(opened: &Opened) -> Result<(Dataset, Split), String> {
    let Some(config) = &opened.config else {
        return Err("the file does not say what its model was trained on".to_owned());
    };
    if config.source.task().is_piped() {
        return Err("the training data came by standard input".to_owned());
    }
    match Experiment::load(config.clone()).map(|experiment| experiment.material) {
        Ok(Material::Samples { data, split, .. }) => Ok((*data, split)),
        Ok(_) => Err("the run has no samples".to_owned()),
        Err(error) => Err(format!("the training data cannot be read: {error}")),
    }
}
