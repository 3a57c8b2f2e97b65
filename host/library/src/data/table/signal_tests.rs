//! Tests of tables whose rows are the windows of a signal.

use super::super::{Fraction, Mixed, split};
use super::*;
use std::fs;
use std::path::PathBuf;

fn parts() -> Parts {
    Parts { holdout: "0.25".parse().unwrap(), validation: Fraction::ZERO, split: 0 }
}

/// Windows of 4 samples, every 2.
fn four(features: &str) -> Reading {
    Reading { window: Some(4), hop: Some(2), features: Some(features.to_owned()), ..Reading::default() }
}

/// Files in a folder.
struct Folder(tempfile::TempDir);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = folder.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A log of one channel: numbers in tenths, and a label each.
fn log(numbers: &[i32], labels: &[&str]) -> String {
    let rows = numbers
        .iter()
        .zip(labels)
        .map(|(number, label)| format!("{:.1},{label}\n", f64::from(*number) / 10.0));
    format!("x,class\n{}", rows.collect::<String>())
}

/// The features of all rows as they were before they were scaled.
fn features_of(path: &Path, reading: &Reading, data: &Dataset) -> Vec<Vec<i32>> {
    let rows: Vec<u32> = (0..data.len() as u32).collect();
    let plain = |(feature, value): (usize, &i32)| {
        let places = data.preprocessing.rule(feature).unwrap().places();
        value / 10i32.pow(places.unsigned_abs().into())
    };
    let raws = raws(path, reading, data, &rows).unwrap();
    raws.iter().map(|row| row.iter().enumerate().map(plain).collect()).collect()
}

fn class(data: &Dataset, row: usize) -> &str {
    &data.preprocessing.classes[usize::from(data.label(row))]
}

fn lines(data: &Dataset) -> String {
    data.understood.as_ref().unwrap().signal.join("\n")
}

#[track_caller]
fn refused(path: &Path, reading: &Reading, words: &str) {
    let message = table(path, reading, &parts()).unwrap_err().to_string();
    assert!(message.contains(words) && message.lines().count() == 1, "{message}");
}

#[track_caller]
fn has(text: &str, words: &[&str]) {
    words.iter().for_each(|word| assert!(text.contains(word), "no `{word}` in:\n{text}"));
}

/// Tenths that hop about between 0 and 100.
fn numbers(count: i32) -> Vec<i32> {
    (0..count).map(|at| (at * 37) % 101).collect()
}

/// Least, greatest and mean of a window, and its samples.
fn computed(window: &[i32]) -> Vec<i32> {
    let (least, greatest) = (*window.iter().min().unwrap(), *window.iter().max().unwrap());
    let mean = (16 * window.iter().sum::<i32>()).div_euclid(window.len() as i32);
    [&[least, greatest, mean], window].concat()
}

/// One log: cut where its label changes, and into stretches, each of which is a group of its own.
#[test]
fn a_log_is_cut_where_its_label_changes() {
    let numbers = numbers(80);
    let labels: Vec<&str> = (0..80).map(|at| if at < 47 { "up" } else { "down" }).collect();
    let folder = Folder::of(&[("log.csv", &log(&numbers, &labels))]);
    let (path, reading) = (folder.path("log.csv"), four("min,max,mean,raw"));
    let data = table(&path, &reading, &parts()).unwrap();
    let (mut expected, mut groups) = (Vec::new(), Vec::new());
    for (group, (start, end)) in (0..).zip([(0, 20), (20, 40), (40, 47), (47, 67), (67, 80)]) {
        for at in (start..=end - 4).step_by(2) {
            expected.push(computed(&numbers[at..at + 4]));
            groups.push(group);
        }
    }
    assert_eq!(features_of(&path, &reading, &data), expected);
    assert_eq!(data.groups, Some(groups.clone()));
    assert_eq!((class(&data, 0), class(&data, data.len() - 1)), ("up", "down"));
    let names = ["min", "max", "mean", "sample 1", "sample 2", "sample 3", "sample 4"];
    assert_eq!(data.preprocessing.names(), names);
    // No stretch is in two parts, and so no sample is.
    let split = split(&data, "0.25".parse().unwrap(), Fraction::ZERO, 0).unwrap();
    let of = |rows: &[u32]| {
        rows.iter().map(|&row| groups[row as usize]).collect::<std::collections::BTreeSet<u32>>()
    };
    assert!(!split.test.is_empty() && of(&split.test).is_disjoint(&of(&split.train)));
    has(
        &lines(&data),
        &[
            "1 recording, 1 channel: x in 0.1, rate unknown",
            "of 4 samples, one every 2",
            "5 stretches, cut where the label changes and every 20 samples",
            "features 7 a window: min,max,mean,raw",
        ],
    );
    // A model that is there already has the same rows of the same file, whatever the file is called.
    let again = table_as(&path, &reading, &data.preprocessing).unwrap();
    assert_eq!((again.sha256(), again.groups.clone()), (data.sha256(), data.groups.clone()));
    // Rows that are to be answered are those of the whole recording, one every 2 samples.
    let answered = samples(&path, &reading, &data.preprocessing).unwrap();
    let ends: Vec<u64> = answered.windows.iter().map(|window| window.sample).collect();
    assert_eq!(ends, (4..=80).step_by(2).collect::<Vec<u64>>());
    assert_eq!(&*answered.windows[0].recording, "log.csv");
    // The windows behind sample 47 that begin before it have two labels.
    let unknown: Vec<u64> =
        ends.iter().zip(&answered.labels).filter(|(_, label)| label.is_none()).map(|(end, _)| *end).collect();
    assert_eq!(unknown, [48, 50]);
}

/// Recordings by a column: windows across a change of label, missing values, and short recordings.
#[test]
fn groups_are_recordings() {
    let mut text = String::from("time;x;who;state\n");
    let mut row = |x: &str, who: &str, state: &str| text += &format!("0;{x};{who};{state}\n");
    for at in 0..12 {
        row(&format!("1,{at:02}"), "ann", if at < 5 { "a" } else { "b" });
    }
    for at in 0..12 {
        row(if at == 3 { "" } else { "2,5" }, "bob", if at < 6 { "b" } else { "a" });
    }
    row("-7", "cy", "a");
    row("-8", "cy", "a");
    let folder = Folder::of(&[("log.csv", &text)]);
    let path = folder.path("log.csv");
    let said = |mixed| Reading {
        label: Some("state".to_owned()),
        group: Some("who".to_owned()),
        missing: Missing::Drop,
        mixed,
        ..four("min,raw")
    };
    let data = table(&path, &said(None), &Parts { holdout: Fraction::ZERO, ..parts() }).unwrap();
    // Windows of ann end at 4 (a), 6 and 8 (both), 10 and 12 (b); those of bob at 4 and 6 lack a value, 8 has
    // both labels, 10 and 12 are a; cy has one window, which is padded.
    let classes: Vec<&str> = (0..data.len()).map(|row| class(&data, row)).collect();
    assert_eq!(classes, ["a", "b", "b", "a", "a", "a"]);
    has(
        &lines(&data),
        &[
            "3 recordings, 1 channel: x in 0.01",
            "3 with two labels left out, 2 with a missing value left out, 1 recording shorter than a window",
            "groups   3, one a recording",
            "left out time: a time by its name",
        ],
    );
    let raws = features_of(&path, &said(None), &data);
    assert_eq!(raws[5], [-800, -700, -800, -800, -800]);
    let data =
        table(&path, &said(Some(Mixed::Majority)), &Parts { holdout: Fraction::ZERO, ..parts() }).unwrap();
    let classes: Vec<&str> = (0..data.len()).map(|row| class(&data, row)).collect();
    // Of ann the one has three a and the other three b; of bob two are of each, so that the later one counts.
    assert_eq!(classes, ["a", "a", "b", "b", "b", "a", "a", "a", "a"]);
    has(&lines(&data), &["3 with two labels taken by the majority"]);
    // Without groups it is one recording, whose columns are then all channels.
    refused(&path, &Reading { group: None, ..said(None) }, "\"ann\" is no number");
    refused(
        &path,
        &Reading { missing: Missing::Refuse, ..said(None) },
        "line 17, column 2: a value is missing",
    );
    refused(&path, &Reading { missing: Missing::Mean, ..said(None) }, "--missing mean");
    let categorical = Reading { categorical: vec!["who".to_owned()], group: None, ..said(None) };
    refused(&path, &categorical, "--categorical");
}

/// The units are chosen by the training rows alone.
#[test]
fn units_are_those_of_the_training_rows() {
    let channel =
        |scale: f64| (0..40).map(|at| format!("{:.4}\n", scale * f64::from(at % 7))).collect::<String>();
    let files: Vec<(String, String)> = (0..8)
        .map(|at| (format!("{}/{at}.csv", ["a", "b"][at % 2]), format!("x\n{}", channel(1.0))))
        .collect();
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let folder = Folder::of(&borrowed);
    let reading = four("max");
    let read = || table(&folder.path(""), &reading, &parts()).unwrap();
    let data = read();
    let split = split(&data, "0.25".parse().unwrap(), Fraction::ZERO, 0).unwrap();
    let places = |data: &Dataset| data.preprocessing.signal.as_ref().unwrap().channels[0].places;
    // 6.0000 needs no places behind the point.
    assert_eq!(places(&data), 0);
    let file_of = |row: u32| data.groups.as_ref().unwrap()[row as usize] as usize;
    let order: Vec<usize> = [0, 2, 4, 6, 1, 3, 5, 7].to_vec();
    for (rows, expected) in [(&split.test, 0), (&split.train, 1)] {
        let (name, _) = &files[order[file_of(rows[0])]];
        fs::write(folder.path(name), format!("x\n{}", channel(1.5))).unwrap();
        assert_eq!(places(&read()), expected, "{name}");
        fs::write(folder.path(name), format!("x\n{}", channel(1.0))).unwrap();
    }
}

/// Values beyond what a sample holds are clamped and counted.
#[test]
fn values_beyond_the_range_are_said() {
    let files = [("a/1.csv", "x\n1.5\n2.5\n3\n4\n"), ("b/1.csv", "x\n7\n8\n9\n9\n")];
    let folder = Folder::of(&files);
    let reading = four("max");
    let data = table(&folder.path(""), &reading, &Parts { holdout: Fraction::ZERO, ..parts() }).unwrap();
    fs::write(folder.path("new.csv"), "x\n1\n2\n5000\n-1e9\n").unwrap();
    let rows = samples(&folder.path("new.csv"), &reading, &data.preprocessing).unwrap();
    assert_eq!(rows.warnings, ["2 values lie beyond the range of samples and count as the last one in it"]);
    assert_eq!((rows.labels, rows.windows.len()), (vec![None], 1));
}

/// A folder of logs: the class is the folder, or a column; the group is the file, or a part of its name.
#[test]
fn folders_of_logs() {
    let rows = |x: i32| (0..9).map(|at| format!("{},{}\n", x + at, -at)).collect::<String>();
    let text = |x| format!("x,y\n{}", rows(x));
    let (a, b, c) = (text(0), text(10), text(20));
    let files = [("run/s1_1.csv", &*a), ("run/s2_1.csv", &b), ("walk/s1_2.csv", &c), ("notes.md", "")];
    let folder = Folder::of(&files);
    let all = Parts { holdout: Fraction::ZERO, ..parts() };
    let data = table(&folder.path(""), &four("max"), &all).unwrap();
    assert_eq!((data.len(), data.groups.clone().unwrap()), (9, vec![0, 0, 0, 1, 1, 1, 2, 2, 2]));
    assert_eq!(data.preprocessing.names(), ["x max", "y max"]);
    has(
        &lines(&data),
        &["3 recordings, 2 channels: x in 1, y in 1", "groups   3, one a file", "passed over: notes.md"],
    );
    let by_name = Reading { group: Some("_".to_owned()), ..four("max") };
    let data = table(&folder.path(""), &by_name, &all).unwrap();
    assert_eq!(data.groups.clone().unwrap(), vec![0, 0, 0, 1, 1, 1, 0, 0, 0]);
    // A folder or a log to be answered needs neither classes nor names of that form.
    let flat = Folder::of(&[("new.csv", &a), ("other.csv", &b)]);
    let answered = samples(&flat.path(""), &by_name, &data.preprocessing).unwrap();
    assert_eq!((answered.windows.len(), answered.labels.iter().flatten().count()), (6, 0));
    assert_eq!(&*answered.windows[3].recording, "other.csv");
    refused(&flat.path(""), &four("max"), "have no classes; put each file into a folder");
    refused(
        &folder.path(""),
        &Reading { group: Some("-".to_owned()), ..four("max") },
        "run/s1_1.csv has no such name",
    );
    refused(&folder.path(""), &Reading::default(), "give --window N");
    fs::write(folder.path("walk/s1_2.csv"), "x,z\n1,2\n").unwrap();
    refused(&folder.path(""), &four("max"), "there is no column y");
    fs::write(folder.path("walk/s1_2.csv"), "x,y,label\n1,2,3\n").unwrap();
    let other = Folder::of(&[("a/1.csv", "x,label\n1,2\n2,2\n"), ("b/1.csv", "x,label\n1,3\n2,3\n")]);
    refused(
        &other.path(""),
        &four("max"),
        "column label may hold classes, and so does the name of the folder",
    );
    let by_column = Reading { label: Some("label".to_owned()), ..four("max") };
    let data = table(&other.path(""), &by_column, &all).unwrap();
    assert_eq!((&data.preprocessing.classes[..], data.features), (&["2".to_owned(), "3".to_owned()][..], 1));
}

/// Series are recordings with lengths of their own; a window is the longest that trains.
#[test]
fn series_are_recordings() {
    let series = |length: i32, class: &str| {
        let values = |from: i32| (0..length).map(|at| (from + at).to_string()).collect::<Vec<_>>().join(",");
        format!("{}:{}:{class}\n", values(0), values(50))
    };
    let text = format!("@data\n{}{}{}{}", series(4, "a"), series(5, "b"), series(8, "a"), series(3, "b"));
    let folder = Folder::of(&[("s.ts", &text)]);
    let path = folder.path("s.ts");
    let all = Parts { holdout: Fraction::ZERO, ..parts() };
    let whole = Reading { features: Some("max".to_owned()), ..Reading::default() };
    let data = table(&path, &whole, &all).unwrap();
    assert_eq!((data.len(), data.preprocessing.signal.as_ref().unwrap().window), (4, 8));
    assert_eq!(data.preprocessing.names(), ["channel 1 max", "channel 2 max"]);
    assert_eq!(features_of(&path, &whole, &data), [[3, 53], [4, 54], [7, 57], [2, 52]]);
    let data = table(&path, &four("max"), &all).unwrap();
    assert_eq!((data.len(), data.groups.clone().unwrap()), (6, vec![0, 1, 2, 2, 2, 3]));
    let rows = samples(&path, &four("max"), &data.preprocessing).unwrap();
    let last = rows.windows.last().unwrap();
    assert_eq!((&*last.recording, last.sample), ("4", 3));
    has(
        &lines(&data),
        &["groups   4, one a series", "1 recording shorter than a window, padded with their last sample"],
    );
    fs::write(&path, "@data\n1,x,3:a\n1,2,3:b\n").unwrap();
    refused(&path, &four("max"), "series 1: \"x\" is no number");
    fs::write(&path, "@data\n1,?,3:a\n1,2,3:b\n").unwrap();
    refused(&path, &four("max"), "--missing drop");
    refused(
        &path,
        &Reading { group: Some("g".to_owned()), ..four("max") },
        "--group: series have no columns",
    );
}

/// Numbers instead of classes: a window answers what stands at its last sample.
#[test]
fn targets_are_those_of_the_last_sample() {
    let text = (0..40).map(|at| format!("{},{}\n", at % 5, 3 * at)).collect::<String>();
    let folder = Folder::of(&[("log.csv", &format!("x,y\n{text}"))]);
    let reading = Reading { target: vec!["y".to_owned()], ..four("mean,max") };
    let data = table(&folder.path("log.csv"), &reading, &parts()).unwrap();
    let targets = data.targets().unwrap();
    let unit = 10i32.pow(targets.columns[0].rule.places().unsigned_abs().into());
    let found: Vec<i32> = targets.raw.iter().map(|value| value / unit).collect();
    // 40 are 20 and 20.
    let ends = (4..=20).step_by(2).chain((24..=40).step_by(2));
    assert_eq!(found, ends.map(|end| 3 * (end - 1)).collect::<Vec<i32>>());
    assert_eq!(targets.columns[0].name, "y");
}

/// What is asked does not go together, or there is nothing to ask it of.
#[test]
fn faults_of_signals() {
    let folder = Folder::of(&[("log.csv", &log(&numbers(30), &["a"; 30])), ("t.csv", "x,class\n1,a\n2,b\n")]);
    let path = folder.path("log.csv");
    refused(&path, &four("max"), "every window is of class a");
    refused(&path, &four("fft"), "--features fft: this is not understood");
    refused(&path, &four("mfcc:10"), "give --rate HZ");
    refused(&path, &Reading { rate: Some(0), ..four("max") }, "--rate 0");
    refused(&path, &Reading { window: Some(1), ..four("max") }, "2 to 65535 samples");
    refused(&path, &Reading { window: None, ..four("max") }, "give --window N");
    for reading in [
        Reading { hop: Some(2), ..Reading::default() },
        Reading { rate: Some(2), ..Reading::default() },
        Reading { mixed: Some(Mixed::Drop), ..Reading::default() },
    ] {
        refused(&folder.path("t.csv"), &reading, "give --window N as well, or leave it out");
    }
    let empty = Folder::of(&[("pictures/a.png", "")]);
    refused(&empty.path(""), &four("max"), "there is no WAV file or log (CSV) in the folder");
    let wide: String = (0..70).map(|at| format!("c{at},")).collect();
    let row: String = "1,".repeat(70);
    fs::write(&path, format!("{wide}class\n{row}a\n{row}b\n")).unwrap();
    refused(&path, &four("max"), "70 channels are not 1 to 64");
}
