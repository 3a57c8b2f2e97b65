//! The command `predict`.

use super::anomaly;
use super::block::Block;
use super::field::field;
use super::opened::{Opened, warnings};
use super::place;
use super::regression;
use super::smooth::{Decided, Decides};
use super::threshold::Threshold;
use crate::error::Error;
use crate::output::tell;
use crate::system;
use eggroll_host::fleet::link::Address;
use eggroll_host::measure::Answer;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Runs `predict RUN FILE`, or the same by the model that boards keep.
pub(crate) fn predict(
    run: Option<&Path>,
    file: &Path,
    boards: &[Address],
    as_json: bool,
    (reject, decides): (Option<Threshold>, Option<Decides>),
) -> Result<ExitCode, Error> {
    let opened = match (run, boards) {
        (Some(run), []) => {
            system::pool(None)?;
            Opened::open(run, "predict")?
        }
        _ => Opened::of_boards(run, boards)?,
    };
    let smooth = decides.map(|_| "--smooth");
    if opened.preprocessing.normal.is_some() {
        opened.no_classes(reject.map(|_| "--reject"))?;
        opened.refuse(smooth, "only answers that are classes come to one; leave it out")?;
        return anomaly::predict(&opened, run.unwrap_or(Path::new("the board's model")), file, as_json);
    }
    if !opened.preprocessing.targets.is_empty() {
        opened.no_classes(reject.map(|_| "--reject"))?;
        opened.refuse(smooth, "only answers that are classes come to one; leave it out")?;
        return regression::predict(&opened, file, as_json);
    }
    if let Some(decides) = decides {
        opened.of_signal(smooth)?;
        return decided(&opened, file, as_json, decides);
    }
    let rows = opened.rows(file)?;
    for warning in warnings(&rows) {
        tell!("warning: {warning}");
    }
    let labelled = rows.labels.iter().any(Option::is_some);
    let mut block = Block::default();
    if !as_json {
        let label = if labelled { ",label" } else { "" };
        block.line(&format!("{},class,name,probability{label}", place::columns(&rows)))?;
    }
    let all = opened.outputs(&rows)?;
    for (at, (outputs, &label)) in all.iter().zip(&rows.labels).enumerate() {
        let Answer { class, probability, .. } = Answer::of(outputs, None);
        let known = reject.is_none_or(|Threshold(least)| probability >= least);
        let name = if known { opened.name(class) } else { "unknown".to_owned() };
        let label = label.map(|label| opened.name(label.into()));
        if as_json {
            let mut object = place::object(&rows, at);
            object["class"] = json!(known.then_some(class));
            object["name"] = json!(name);
            object["probability"] = json!(probability);
            if labelled {
                object["label"] = json!(label);
            }
            block.line(&object.to_string())?;
        } else {
            let class = if known { class.to_string() } else { String::new() };
            let mut text = format!("{},{class},{},{probability}", place::fields(&rows, at), field(&name));
            if labelled {
                text += &format!(",{}", field(&label.unwrap_or_default()));
            }
            block.line(&text)?;
        }
    }
    block.print()?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the windows of a file at which the answers about windows come to one about what happened.
fn decided(opened: &Opened, file: &Path, as_json: bool, decides: Decides) -> Result<ExitCode, Error> {
    let rows = opened.rows(file)?;
    for warning in warnings(&rows) {
        tell!("warning: {warning}");
    }
    let labelled = rows.labels.iter().any(Option::is_some);
    let mut block = Block::default();
    if !as_json {
        let label = if labelled { ",label" } else { "" };
        block.line(&format!("{},class,name{label}", place::columns(&rows)))?;
    }
    let mut decided = Decided::new(decides, opened.program.outputs());
    let all = opened.outputs(&rows)?;
    for (at, ((outputs, &label), window)) in all.iter().zip(&rows.labels).zip(&rows.windows).enumerate() {
        let Some(class) = decided.push(window, outputs) else { continue };
        let name = opened.name(class);
        let label = label.map(|label| opened.name(label.into()));
        if as_json {
            let mut object = place::object(&rows, at);
            object["class"] = json!(class);
            object["name"] = json!(name);
            if labelled {
                object["label"] = json!(label);
            }
            block.line(&object.to_string())?;
        } else {
            let mut text = format!("{},{class},{}", place::fields(&rows, at), field(&name));
            if labelled {
                text += &format!(",{}", field(&label.unwrap_or_default()));
            }
            block.line(&text)?;
        }
    }
    block.print()?;
    Ok(ExitCode::SUCCESS)
}
