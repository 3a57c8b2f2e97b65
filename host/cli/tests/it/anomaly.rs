//! Detectors of anomalies.

use crate::common::{folder, host};
use std::fs;
use std::path::Path;

/// Rows of five features that follow two hidden ones; of anomalies, the relation is broken, while each
/// feature alone lies where it does in normal rows.
fn table(folder: &Path, name: &str, labelled: bool) {
    let mut text = String::from("a,b,c,d,e");
    text += if labelled { ",state\n" } else { "\n" };
    for i in 0..400i64 {
        let (u, v) = (i * 37 % 101 - 50, i * 17 % 59 - 29);
        let odd = i % 8 == 7;
        let turned = if odd { -1 } else { 1 };
        text += &format!("{u}.5,{v},{},{},{}", turned * (u + v), turned * (u - v), 2 * u);
        text += match (labelled, odd, i % 16) {
            (false, ..) => "\n",
            (true, false, _) => ",ok\n",
            (true, true, 7) => ",worn\n",
            (true, true, _) => ",broken\n",
        };
    }
    fs::write(folder.join(name), text).unwrap();
}

const RUN: &str = "--task csv:data.csv --normal ok --boards cpu --quiet --json";

#[test]
fn broken_relations_are_detected() {
    let folder = &folder();
    table(folder, "data.csv", true);
    let said = host(folder, &format!("{RUN} --run run")).ok().json();
    assert!(said["validation_r2"].as_f64().unwrap() > 0.5, "{said}");
    let judged = host(folder, "eval run --json").silently().json();
    let of = &judged["detection"];
    assert!(of["auc"].as_f64().unwrap() > 0.9, "{judged}");
    assert_eq!((of["anomalies"].as_u64(), of["normal_rows"].as_u64()), (Some(50), Some(70)));
    assert_eq!(judged["test_r2"], said["test_r2"]);
    let lines = host(folder, "eval run").silently().out;
    for words in
        ["quantile 0.99 of the scores of 56 watched rows", "AUC", "of 50 anomalies", "of 70 normal rows"]
    {
        assert!(lines.contains(words), "{lines}");
    }
    let report = fs::read_to_string(folder.join("run/report.html")).unwrap();
    for words in ["<h2>Anomalies</h2>", "id=\"auc\"", "id=\"scores\"", "--normal ok", "--quantile 0.99"] {
        assert!(report.contains(words), "{words}");
    }
    // Boards do not matter, and the threshold is that of the weights.
    let threshold =
        |run: &str| host(folder, &format!("eval {run} --json")).silently().json()["detection"].clone();
    host(folder, &format!("{RUN} --run boards --boards sim:2")).ok();
    assert_eq!(threshold("boards"), *of);
    // A file of other rows needs no labels, and the data of the run may be gone.
    fs::rename(folder.join("data.csv"), folder.join("moved.csv")).unwrap();
    table(folder, "new.csv", false);
    let answers = host(folder, "predict run new.csv").silently().out;
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!((lines[0], lines.len()), ("line,score,threshold,anomaly", 401));
    let limit = of["threshold"].as_i64().unwrap();
    for line in &lines[1..] {
        let fields: Vec<&str> = line.split(',').collect();
        let is_anomaly = fields[1].parse::<i64>().unwrap() > limit;
        assert_eq!((fields[2], fields[3]), (&*limit.to_string(), if is_anomaly { "yes" } else { "no" }));
    }
    // Labels that the run does not know are those of anomalies, and in predict they do not matter.
    let labelled = fs::read_to_string(folder.join("moved.csv")).unwrap().replace("worn", "rusty");
    fs::write(folder.join("labelled.csv"), labelled).unwrap();
    assert_eq!(host(folder, "predict run labelled.csv").silently().out, answers);
    let object = host(folder, "predict run labelled.csv --json").silently().out;
    assert!(object.starts_with("{\"anomaly\":") && object.contains(",\"line\":2,\"score\":"), "{object}");
    let file = host(folder, "eval run labelled.csv --json").silently().json();
    let count = |key: &str| file["detection"][key].as_u64();
    assert_eq!((count("anomalies"), count("normal_rows")), (Some(50), Some(350)));
    host(folder, "eval run new.csv").refused(&["new.csv", "no row has a class", "predict"]);
    for file in ["model.safetensors", "model.bin", "model.c", "model.rs", "model.onnx"] {
        let exported = host(folder, &format!("export run --out {file}")).silently().out;
        assert!(exported.contains(&format!("threshold: {limit}; a row with a higher score")), "{exported}");
    }
}

#[test]
fn a_resumed_run_has_the_same_threshold() {
    let folder = &folder();
    table(folder, "data.csv", true);
    let run = format!("{RUN} --generations 200 --evaluate-every 50");
    host(folder, &format!("{run} --run whole")).ok();
    host(folder, &format!("{run} --run part --until r2=-9")).ok();
    let of = |run: &str| host(folder, &format!("eval {run} --json")).silently().json();
    assert_ne!(of("part")["weights_sha256"], of("whole")["weights_sha256"]);
    host(folder, "--resume --run part --quiet").silently();
    assert_eq!(of("part")["detection"], of("whole")["detection"]);
    // Back to an earlier generation, and on again.
    host(folder, "--resume --run part --from-generation 50 --quiet").silently();
    assert_eq!(of("part")["detection"], of("whole")["detection"]);
    assert_eq!(host(folder, "replay part --json").silently().json()["equal_to_weights_file"], true);
    host(folder, "--resume --run part --quantile 0.9").refused(&["quantile", "0.99"]);
    // A lower quantile is a lower threshold of the same weights.
    host(folder, &format!("{run} --run lower --quantile 0.8")).ok();
    let (lower, whole) = (of("lower"), of("whole"));
    assert_eq!(lower["weights_sha256"], whole["weights_sha256"]);
    assert_eq!(lower["detection"]["auc"], whole["detection"]["auc"]);
    assert!(lower["detection"]["threshold"].as_u64() < whole["detection"]["threshold"].as_u64(), "{lower}");
}

#[test]
fn without_classes_all_rows_are_normal() {
    let folder = &folder();
    table(folder, "plain.csv", false);
    let lines = host(folder, "data plain.csv --anomaly").ok().out;
    assert!(lines.contains("normal   all 400 rows; no column of classes"), "{lines}");
    let run = "--task csv:plain.csv --anomaly --boards cpu --quiet --generations 20 --run run";
    host(folder, run).ok();
    let judged = host(folder, "eval run --json").silently().json();
    let of = &judged["detection"];
    assert!(
        of["auc"].is_null() && of["detection_rate"].is_null() && of["false_alarm_rate"].is_number(),
        "{of}"
    );
    assert!(host(folder, "eval run").silently().out.contains("no anomalies are labelled"));
    host(folder, "eval run plain.csv").refused(&["without a column of classes", "predict"]);
    host(folder, "--resume --run run --quiet").silently();
    // Everything trains, and the threshold is that of the rows that trained.
    host(folder, "--task csv:plain.csv --anomaly --holdout 0 --boards cpu --quiet --generations 9 --run all")
        .ok();
    assert!(host(folder, "eval all").silently().out.contains("400 training rows, as none are watched"));
}

#[test]
fn what_does_not_go_together_is_named() {
    let folder = &folder();
    table(folder, "data.csv", true);
    fs::write(folder.join("named.csv"), "a,b,class\n1,2,0\n3,4,1\n5,6,0\n7,7,1\n").unwrap();
    let wide: Vec<String> = (0..4097).map(|column| format!("c{column}")).collect();
    let values = |value: &str| vec![value; 4097].join(",");
    let text = format!("{}\n{}\n{}\n{}\n", wide.join(","), values("1"), values("2"), values("3"));
    fs::write(folder.join("wide.csv"), text).unwrap();
    let lines = host(folder, "data data.csv --normal ok").ok().out;
    for words in [
        "normal   350 rows by column state (the last column): ok 350; 50 anomalies: broken 25, worn 25",
        "224 rows to train on, 56 to watch, 70 held out, and 50 anomalies",
    ] {
        assert!(lines.contains(words), "{lines}");
    }
    for (arguments, words) in [
        (
            "--task csv:data.csv --anomaly",
            &["column state holds names", "\"ok\"", "--normal CLASS", "--drop state"][..],
        ),
        (
            "--task csv:named.csv --anomaly",
            &["column class may hold classes", "--normal CLASS", "--drop class"],
        ),
        ("--task csv:data.csv --anomaly --label state", &["--label state", "--normal CLASS"]),
        ("--task csv:data.csv --normal fine", &["--normal fine", "broken, ok, worn"]),
        ("--task csv:data.csv --anomaly --target a", &["--anomaly", "--target"]),
        ("--task csv:data.csv --normal ok --loss absolute", &["--loss absolute", "--anomaly"]),
        ("--task csv:data.csv --normal ok --quantile 1", &["--quantile", "0.5 to 0.9999"]),
        ("--task csv:data.csv --quantile 0.9", &["--quantile", "--anomaly"]),
        ("--task csv:data.csv --normal ok --model 5-4-3", &["outputs", "--model 5-8-5"]),
        ("--task csv:data.csv --normal ok --until accuracy=0.9", &["--until accuracy", "r2=0.8"]),
        ("--task csv:wide.csv --anomaly", &["4097 features", "4096", "--drop"]),
        ("--task digits --anomaly", &["--anomaly does not go with"]),
        ("--task cartpole --normal x", &["--normal does not go with"]),
    ] {
        let ended = host(folder, &format!("{arguments} --run no"));
        assert!(!ended.status.success() && ended.err.lines().count() == 1, "{arguments}: {}", ended.err);
        for word in words {
            assert!(ended.err.contains(word), "{arguments}: no `{word}` in {}", ended.err);
        }
        assert!(!folder.join("no").exists(), "{arguments}");
    }
}
