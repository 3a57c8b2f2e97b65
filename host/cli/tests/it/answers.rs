//! What the model of a run answers: `predict` and `eval`, on the rows of the run and on those of a file.

use crate::common::*;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// Rows of three species, whose names need care, with decimals, in columns that have names.
fn flowers(rows: u32) -> String {
    let names = ["red, tall", "blue", "white"];
    let mut random = Random(5);
    let mut text = String::from("width,length,kind\n");
    for row in 0..rows {
        let class = (row % 3) as usize;
        let mut of = |centre: u32| f64::from(centre * 100 + random.below(90)) / 100.0;
        let (width, length) = (of([1, 4, 7][class]), of([8, 5, 1][class]));
        text += &format!("{width},{length},\"{}\"\n", names[class]);
    }
    text
}

/// A folder with a trained run on these rows.
fn trained() -> Folder {
    let folder = folder();
    fs::write(folder.join("flowers.csv"), flowers(120)).unwrap();
    let run = "--task csv:flowers.csv --hidden 8 --generations 300 --quiet --run run";
    host(&folder, run).silently();
    folder
}

fn piped(folder: &Path, arguments: &str, input: &str) -> (bool, String, String) {
    let mut command = command(folder, arguments.split_whitespace());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_row_is_answered_however_it_comes() {
    let folder = &trained();
    let rows = "length,width\n1.5,7.5\n\n8.5,1.2\n";
    fs::write(folder.join("new.csv"), rows).unwrap();
    let answers = host(folder, "predict run new.csv").silently().out;
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines[0], "line,class,name,probability");
    assert!(lines[1].starts_with("2,2,white,") && lines.len() == 3, "{answers}");
    assert!(lines[2].starts_with("4,1,\"red, tall\","), "{answers}");
    // The same by standard input, with other columns beside them and without names.
    let beside = "name,length,width\na,1.5,7.5\n\nb,8.5,1.2\n";
    assert_eq!(piped(folder, "predict run -", beside), (true, answers.clone(), String::new()));
    let unnamed = piped(folder, "predict run -", "7.5,1.5\n1.2,8.5\n").1;
    let without_lines =
        |text: &str| text.lines().map(|line| line.split_once(',').unwrap().1.to_owned()).collect::<Vec<_>>();
    assert_eq!(without_lines(&unnamed), without_lines(&answers));
    let said = objects(&host(folder, "predict run new.csv --json").silently().out);
    assert_eq!(
        (&said[0]["name"], &said[0]["class"], &said[0]["line"]),
        (&"white".into(), &2.into(), &2.into())
    );
    assert!(said.iter().all(|row| row.get("label").is_none()));
}

#[test]
fn some_rows_have_a_class_and_some_are_rejected() {
    let folder = &trained();
    fs::write(folder.join("new.csv"), "width,length,kind\n1.2,8.5,blue\n7.5,1.5,\n").unwrap();
    let answers = host(folder, "predict run new.csv").silently().out;
    let lines: Vec<&str> = answers.lines().collect();
    assert!(
        lines[0].ends_with(",label") && lines[1].ends_with(",blue") && lines[2].ends_with(','),
        "{answers}"
    );
    let said = objects(&host(folder, "predict run new.csv --json").silently().out);
    assert_eq!((&said[0]["label"], &said[1]["label"]), (&"blue".into(), &Value::Null));
    // What is as likely as the least that is asked for is answered, and anything else is not.
    let probability = said[0]["probability"].as_u64().unwrap();
    let of = |least: u64| {
        let rejected = host(folder, &format!("predict run new.csv --json --reject {least}")).silently();
        objects(&rejected.out)[0].clone()
    };
    assert_eq!(of(probability)["class"], said[0]["class"]);
    if probability < 255 {
        let unknown = of(probability + 1);
        assert_eq!((&unknown["class"], &unknown["name"]), (&Value::Null, &"unknown".into()));
        assert_eq!(unknown["probability"], said[0]["probability"]);
    }
    for wrong in ["0.8", "256", "-1", "x"] {
        host(folder, &format!("predict run new.csv --reject {wrong}")).refused_with(2, &["1/256"]);
    }
    // Of rows with a class alone, figures are made.
    let eval = host(folder, "eval run new.csv --json --reject 0").silently().json();
    assert_eq!((&eval["rows_without_class"], &eval["answers"]["rows"]), (&1.into(), &1.into()));
    assert_eq!(eval["answers"]["reject"]["answered"], 1);
}

#[test]
fn figures_on_the_rows_of_the_run() {
    let folder = &trained();
    let eval = host(folder, "eval run --json").silently().json();
    assert_eq!((&eval["on"], &eval["answers"]["accuracy"]), (&"held_out".into(), &eval["test_accuracy"]));
    assert_eq!(eval["answers"]["rows"], 24);
    let counts = |of: &Value| of.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum::<u64>();
    let confusion = eval["answers"]["confusion"].as_array().unwrap();
    assert_eq!(confusion.iter().map(counts).collect::<Vec<_>>(), [8, 8, 8]);
    let frequent = &eval["baselines"]["most_frequent"];
    assert_eq!(frequent["balanced_accuracy"], 1.0 / 3.0);
    assert_eq!(eval["baselines"]["logistic_regression"]["accuracy"], 1.0);
    let text = host(folder, "eval run --reject 128").silently().out;
    for word in
        ["held out ", "balanced accuracy", "logistic regression", "red, tall", "class \\ answer", "reject"]
    {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
    // On texts and in environments nothing has a class.
    host(folder, "--task cartpole --generations 2 --pairs 2 --quiet --run pole").silently();
    host(folder, "eval pole --reject 9").refused_with(2, &["--reject", "cartpole"]);
    for arguments in ["eval pole flowers.csv", "predict pole flowers.csv"] {
        host(folder, arguments).refused(&["cartpole", "classes"]);
    }
}

#[test]
fn a_file_needs_no_training_data() {
    let folder = &trained();
    fs::write(folder.join("more.csv"), flowers(60)).unwrap();
    let with = host(folder, "eval run more.csv --json").silently().json();
    assert_eq!((&with["answers"]["rows"], with["baselines"].is_object()), (&60.into(), true));
    fs::rename(folder.join("flowers.csv"), folder.join("elsewhere.csv")).unwrap();
    let without = host(folder, "eval run more.csv --json").silently().json();
    assert_eq!((&without["answers"], &without["baselines"]), (&with["answers"], &Value::Null));
    let text = host(folder, "eval run more.csv").silently().out;
    assert!(text.contains("no baselines: ") && text.contains("flowers.csv"), "{text}");
    assert_eq!(host(folder, "predict run more.csv").silently().out.lines().count(), 61);
    host(folder, "eval run").refused(&["flowers.csv"]);
    // A report without the data says so, and names no folder.
    let report = host(folder, "report run").ok();
    assert!(report.err.contains("left out"), "{}", report.err);
    let page = fs::read_to_string(folder.join("run/report.html")).unwrap();
    assert!(page.contains("id=\"no-answers\"") && !page.contains("id=\"confusion\""));
}

#[test]
fn what_cannot_be_answered() {
    let folder = &trained();
    let file = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    file("other.csv", "width,height\n1,2\n3,4\n");
    host(folder, "predict run other.csv").refused_with(2, &["length"]);
    file("wide.csv", "1,2,3,4\n5,6,7,8\n");
    host(folder, "predict run wide.csv").refused_with(2, &["columns"]);
    file("unlabelled.csv", "width,length\n1.5,2\n3,4.5\n");
    host(folder, "eval run unlabelled.csv").refused(&["no row has a class", "predict"]);
    file("foreign.csv", "width,length,kind\n1.5,2,green\n");
    host(folder, "eval run foreign.csv").refused_with(2, &["green"]);
    file("gap.csv", "width,length\n1.5,\n3,4.5\n");
    host(folder, "predict run gap.csv").refused_with(2, &["line 2"]);
    host(folder, "predict run none.csv").refused(&["none.csv"]);
    host(folder, "predict none flowers.csv").refused(&["none"]);
    fs::remove_file(folder.join("run/weights.safetensors")).unwrap();
    host(folder, "predict run flowers.csv").refused(&["weights.safetensors", "--resume"]);
}

#[test]
fn the_report_shows_the_answers() {
    let folder = &trained();
    let page = || fs::read_to_string(folder.join("run/report.html")).unwrap();
    let at_the_end = page();
    for id in
        ["confusion", "classes", "logistic-regression", "most-frequent", "balanced-accuracy", "log-loss"]
    {
        assert!(at_the_end.contains(&format!("id=\"{id}\"")), "no {id}");
    }
    assert!(at_the_end.contains("red, tall answered as red, tall: "), "{at_the_end}");
    // From the files alone it is the same.
    host(folder, "report run").silently();
    assert_eq!(page(), at_the_end);
}
