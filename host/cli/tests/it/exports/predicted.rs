//! What C, Rust and ONNX say of a regression and of a detector of anomalies is what `predict` says.

use super::programs::{c_program, cross_compiled, linted, module, onnx, python, rust_program, said_by};
use super::rows::{Rows, numbers, sensors};
use crate::common::{Folder, folder, host};
use eggroll_firmware::model::Program;
use eggroll_host::data::Preprocessing;
use eggroll_host::run::{Exported, ModelName, Weights, export};
use std::fs;
use std::process::{Command, Stdio};

/// Trains on a table, which is written.
fn trained(folder: &Folder, rows: &Rows, arguments: &str) {
    let name = rows.name;
    fs::write(folder.join(format!("{name}.csv")), &rows.table).unwrap();
    host(folder, &format!("--task csv:{name}.csv {arguments} --run {name} --quiet --json")).ok();
}

/// What programs say of rows: the answers, and the outputs.
fn halves(lines: &[String]) -> (Vec<String>, Vec<String>) {
    let halves = lines.iter().map(|line| line.rsplit_once('\t').unwrap());
    halves.map(|(a, b)| (a.replace('\t', " "), b.to_owned())).unzip()
}

/// Makes sure that all forms say the same of the held-out rows, with the table and without, and that `export`
/// says these words.
#[track_caller]
fn say(folder: &Folder, rows: &Rows, said: &[String], words: &str) {
    let name = rows.name;
    let (fields, raws) = (rows.fields(folder), rows.raws(folder));
    for is_moved in [false, true] {
        if is_moved {
            fs::rename(folder.join(format!("{name}.csv")), folder.join("elsewhere.csv")).unwrap();
        }
        let exported = host(folder, &format!("export {name} --out {name}.c")).silently().out;
        assert!(exported.contains(words), "{exported}");
        assert_eq!(exported.contains("self test: 16 held-out rows"), !is_moved, "{exported}");
        host(folder, &format!("export {name} --out {name}.rs")).silently();
        let in_c = c_program(folder, name, &[&format!("-D{}_MAIN", name.to_uppercase())]);
        let in_rust = rust_program(folder, name);
        let [in_c, in_rust] = [in_c, in_rust].map(|program| halves(&said_by(&program, &fields)));
        assert_eq!(in_c.0, said, "in C");
        assert_eq!(in_rust, in_c, "in Rust");
        c_program(folder, name, &["-c"]);
        if let Some(python) = python() {
            host(folder, &format!("export {name} --out {name}.onnx")).silently();
            let in_onnx = halves(&onnx(&python, &folder.join(format!("{name}.onnx")), &raws));
            assert_eq!(in_onnx, in_c, "in ONNX");
        } else {
            eprintln!("skipped: exports in ONNX, because there is no onnxruntime (cargo xtask setup)");
        }
    }
    linted(&module(folder, name));
    cross_compiled(&module(folder, name));
}

#[test]
fn programs_of_a_regression_say_what_predict_says() {
    let folder = folder();
    let rows = numbers();
    trained(&folder, &rows, "--target cost --target flow\"*/ --hidden 7 --generations 60");
    let said = rows.said_by_predict(&folder, "a,b");
    assert!(said.len() > 20 && said.iter().all(|line| line.contains("0 ")), "{said:?}");
    say(&folder, &rows, &said, "targets: cost in units of 10^1, flow\"*/ in units of 10^-1");
}

#[test]
fn programs_of_a_detector_say_what_predict_says() {
    let folder = folder();
    let rows = sensors();
    trained(&folder, &rows, "--normal ok --quantile 0.8 --generations 400 --boards cpu");
    let said = rows.said_by_predict(&folder, "speed,heat,load,flow");
    let detected = said.iter().filter(|line| line.ends_with(" yes")).count();
    assert!(said.len() > 70 && (10..said.len() - 10).contains(&detected), "{detected} of {said:?}");
    let threshold = said[0].split(' ').nth(1).unwrap();
    say(
        &folder,
        &rows,
        &said,
        &format!("threshold: {threshold}; a row with a higher score counts as an anomaly"),
    );

    // Another first score is seen by the self test.
    let source = fs::read_to_string(folder.join("sensors.c")).unwrap();
    let (before, scores) = source.split_once("sensors_test_scores[SENSORS_TEST_ROWS] = {\n    ").unwrap();
    let rest = &scores[scores.find(',').unwrap()..];
    let other = format!("{before}sensors_test_scores[SENSORS_TEST_ROWS] = {{\n    -1{rest}");
    fs::write(folder.join("sensors.c"), other).unwrap();
    let program = c_program(&folder, "sensors", &["-DSENSORS_MAIN"]);
    let ended = Command::new(program).stdin(Stdio::null()).output().unwrap();
    assert!(!ended.status.success());
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "self test: 1 of 16 rows differ\n");
}

#[test]
fn a_detector_without_a_threshold_is_refused() {
    let folder = folder();
    let stored =
        Preprocessing { classes: Vec::new(), normal: Some(Vec::new()), ..Preprocessing::as_is(3, 0) };
    let refused = |model: &str, threshold: Option<i32>, file: &str| {
        let model: ModelName = model.parse().unwrap();
        let program = Program::new(&model.description().unwrap()).unwrap();
        let weights = Weights { values: vec![1; program.parameters()], generation: 0, run: None, threshold };
        let (preprocessing, rows, prefix) = (Some(&stored), &[][..], None);
        let exported =
            Exported { program: &program, model: &model, weights: &weights, preprocessing, rows, prefix };
        export(&folder.join(file), &exported).err().map(|error| error.to_string())
    };
    for file in ["model.c", "model.rs", "model.onnx"] {
        let why = refused("3-2-3", None, file).unwrap();
        assert!(why.contains(file) && why.contains("no threshold") && why.contains("--resume"), "{why}");
        assert!(!folder.join(file).exists());
        let why = refused("3-2-4", Some(5), file).unwrap();
        assert!(why.contains("3-2-4 does not take 3 features and as many answers"), "{why}");
        assert_eq!(refused("3-2-3", Some(5), file), None);
        // Ends of what 32 bits hold, which decide all rows alike.
        assert_eq!(refused("3-2-3", Some(i32::MIN), file), None);
    }
    c_program(&folder, "model", &["-c"]);
    linted(&module(&folder, "model"));
}
