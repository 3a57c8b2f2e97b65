//! Signals: from logs, series and sounds to windows, a model of them, and its answers.

use crate::common::*;
use hound::{SampleFormat, WavSpec, WavWriter};
use std::fs;
use std::path::Path;

/// What a short training says.
const SHORT: &str = "--hidden 8 --generations 150 --quiet --json";

/// A moment of one of two motions, in hundredths: a slow swing, or a fast one beside another level.
fn moment(shake: bool, at: u32) -> [i32; 2] {
    let period = if shake { 4 } else { 16 };
    let swing = if at % period < period / 2 { 150 } else { -150 };
    [swing + (at * 7919 % 23) as i32, if shake { 250 } else { 80 } + (at * 104_729 % 31) as i32]
}

fn row(shake: bool, at: u32) -> String {
    let [x, y] = moment(shake, at).map(|value| f64::from(value) / 100.0);
    format!("{x:.2},{y:.2}")
}

/// A log of so many moments of each motion, one behind the other, each with its label.
fn log(moments: u32) -> String {
    let mut text = "time,ax,ay,class\n".to_owned();
    for at in 0..4 * moments {
        let shake = at / moments % 2 == 1;
        text += &format!("{},{},{}\n", at * 10, row(shake, at), if shake { "shake" } else { "swing" });
    }
    text
}

/// Writes a sound.
fn wav(path: &Path, rate: u32, channels: u16, samples: impl Iterator<Item = i16>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(path, spec).unwrap();
    samples.for_each(|sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
}

/// A square wave.
fn tone(period: usize, length: usize) -> impl Iterator<Item = i16> {
    (0..length).map(move |at| if at % period < period / 2 { 8000 } else { -8000 })
}

/// The answers of `predict`, the header first.
fn answers(folder: &Path, arguments: &str) -> Vec<String> {
    let ended = host(folder, &format!("predict {arguments}")).ok();
    ended.out.lines().map(str::to_owned).collect()
}

#[test]
fn features_are_written_as_a_table() {
    let folder = &folder();
    fs::write(folder.join("log.csv"), log(400)).unwrap();
    fs::write(folder.join("test.csv"), log(100)).unwrap();
    let flags = "--window 32 --hop 16 --rate 100 --features mean,spread --test test.csv";
    let said = host(folder, &format!("data log.csv {flags} --table out.csv")).ok().out;
    let text = fs::read_to_string(folder.join("out.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("ax mean,ay mean,ax spread,ay spread,class,group,part"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let [train, watch, test] =
        ["train", "watch", "test"].map(|part| rows.iter().filter(|row| row[6] == part).count());
    assert!(train > 50 && test > 10 && train + watch + test == rows.len(), "{train}, {watch}, {test}");
    let split = format!("split    {train} rows to train on, {watch} to watch, {test} held out\n");
    assert!(said.contains(&split), "no `{split}` in:\n{said}");
    assert!(said.ends_with(&format!("table    {} rows in out.csv\n", rows.len())), "{said}");
    assert!(rows.iter().all(|row| ["shake", "swing"].contains(&row[4])));
    // In 1/16 of hundredths: a shake stands at 2.50 on the second channel, a swing at 0.80, and 0 to 0.30
    // beyond.
    for row in &rows {
        let mean: i32 = row[1].parse().unwrap();
        assert_eq!(row[4] == "shake", mean > 16 * 200, "{row:?}");
    }
    host(folder, "data - --table out.csv").refused(&["--table reads the file twice", "instead of -"]);
    host(folder, "data log.csv --drop class --target ay --drop time --table no.csv")
        .refused(&["--table writes classes"]);
    assert!(!folder.join("no.csv").exists());
}

#[test]
fn a_log_trains_and_is_answered() {
    let folder = &folder();
    fs::write(folder.join("log.csv"), log(400)).unwrap();
    let flags = "--window 32 --hop 16 --rate 100";
    let said = host(folder, &format!("data log.csv {flags}")).ok().out;
    for words in [
        "signal   1 recording, 2 channels: ax in 0.01, ay in 0.01, 100 samples a second",
        "windows  88 of 32 samples (0.32 s), one every 16 (0.16 s)",
        "features 42 a window: magnitude,stats,bands:8 (preset motion, unless --features says otherwise)",
        "groups   12 stretches, cut where the label changes and every 160 samples, as no --group names recordings",
        "         left out time: a time by its name",
        "rows     88; of windows of a signal",
        "classes  2 in column class (by its name): shake 44, swing 44",
    ] {
        assert!(said.contains(words), "no `{words}` in:\n{said}");
    }
    let trained = host(folder, &format!("--task csv:log.csv {flags} {SHORT} --run run")).ok().json();
    assert!(trained["test_accuracy"].as_f64().unwrap() > 0.8, "{trained}");
    let config = fs::read_to_string(folder.join("run/config.toml")).unwrap();
    for words in ["[preprocessing.signal]", "window = 32", "[[preprocessing.signal.channels]]", "[reading]"] {
        assert!(config.contains(words), "no `{words}` in:\n{config}");
    }
    // A window of each class is in the report, with its samples and its features.
    let report = || fs::read_to_string(folder.join("run/report.html")).unwrap();
    assert_eq!(report().matches("<svg class=\"window\"").count(), 2);
    assert_eq!(report().matches("<polyline style=").count(), 2 * 3);
    let above_and_below =
        report().matches("<rect class=\"above\"").count() + report().matches("<rect class=\"below\"").count();
    assert_eq!(above_and_below, 2 * 42);
    assert!(report().contains("recording log.csv, up to sample"));
    // The file of the training is gone, and the new one has no labels and other columns before its own.
    fs::remove_file(folder.join("log.csv")).unwrap();
    let rows: String = (0..80).map(|at| format!("{at},9,{}\n", row(at >= 40, at))).collect();
    fs::write(folder.join("new.csv"), format!("n,z,ax,ay\n{rows}")).unwrap();
    let answered = answers(folder, "run new.csv");
    assert_eq!(answered[0], "recording,sample,class,name,probability");
    let ends: Vec<&str> = answered[1..].iter().map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(ends, ["32", "48", "64", "80"]);
    assert!(answered[1].starts_with("new.csv,32,1,swing,") && answered[4].starts_with("new.csv,80,0,shake,"));
    let json = host(folder, "predict run new.csv --json").ok().json();
    assert_eq!((json["recording"].as_str(), json["sample"].as_u64()), (Some("new.csv"), Some(80)));
    assert_eq!((json["name"].as_str(), json["class"].as_u64()), (Some("shake"), Some(0)));
    // It has labels: those of a window are said, and judged.
    let labelled: String = rows.lines().map(|line| format!("{line},shake\n")).collect();
    fs::write(folder.join("labelled.csv"), format!("n,z,ax,ay,class\n{labelled}")).unwrap();
    let answered = answers(folder, "run labelled.csv");
    assert!(answered[0].ends_with(",label") && answered[1].ends_with(",shake"), "{answered:?}");
    let judged = host(folder, "eval run labelled.csv --json").ok().json();
    assert_eq!((judged["on"].as_str(), judged["rows_without_class"].as_u64()), (Some("file"), Some(0)));
    host(folder, "predict run data.csv").refused_with(2, &["data.csv", "there is no column ax"]);
}

/// Stopped and resumed, a run on a signal has the weights of one that was never stopped.
#[test]
fn a_run_on_a_signal_is_resumed() {
    let folder = &folder();
    fs::write(folder.join("log.csv"), log(200)).unwrap();
    let run = "--task csv:log.csv --window 16 --features stats,raw --quiet --json --hidden 4";
    let whole = host(folder, &format!("{run} --generations 60 --run whole")).ok().json();
    host(folder, &format!("{run} --generations 60 --until accuracy=0.01 --run part")).ok();
    let resumed = host(folder, "--resume --run part --quiet --json").ok().json();
    assert_eq!(resumed["weights_sha256"], whole["weights_sha256"]);
    let evaluated = host(folder, "eval part --json").ok().json();
    assert_eq!(evaluated["test_accuracy"], whole["test_accuracy"]);
    fs::write(folder.join("log.csv"), log(180)).unwrap();
    host(folder, "eval part").refused(&["log.csv"]);
}

#[test]
fn folders_of_sounds() {
    let folder = &folder();
    for number in 0..8 {
        let name = |voice: &str| format!("{voice}_nohash_{number}.wav");
        wav(
            &folder.join("words/low").join(name(["ann", "bob"][number % 2])),
            8000,
            1,
            tone(40, 8000 + number),
        );
        wav(
            &folder.join("words/high").join(name(["cy", "dan"][number % 2])),
            8000,
            1,
            tone(8, 8000 - number),
        );
    }
    fs::write(folder.join("words/README.md"), "about them").unwrap();
    let said = host(folder, "data words").ok().out;
    for words in [
        "signal   16 recordings, 1 channel, 8000 samples a second",
        "windows  16 of 8000 samples (1 s), one every 4000 (0.5 s); 7 recordings shorter than a window, padded with silence",
        "features 784 a window: logmel:16 (preset audio, unless --features says otherwise)",
        "groups   4, by the voice in the names of files, NAME_nohash_N",
        "beside the folders, passed over: README.md",
        "classes  2 by folder: high 8, low 8",
    ] {
        assert!(said.contains(words), "no `{words}` in:\n{said}");
    }
    let short = "--window 4000 --features mfcc:4 --holdout 0.5";
    host(folder, &format!("--task data:words {short} {SHORT} --run run")).ok();
    wav(&folder.join("new.wav"), 8000, 1, tone(8, 8000).chain(tone(40, 8000)));
    let answered = answers(folder, "run new.wav");
    let shown: Vec<String> =
        answered.iter().map(|line| line.split(',').take(4).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(shown[0], "recording sample class name");
    assert_eq!((&*shown[1], &*shown[shown.len() - 1]), ("new.wav 4000 0 high", "new.wav 15520 1 low"));
    fs::create_dir(folder.join("mail")).unwrap();
    fs::copy(folder.join("new.wav"), folder.join("mail/a.wav")).unwrap();
    assert!(answers(folder, "run mail")[1].starts_with("a.wav,4000,0,high,"));
    // A rate of its own, another number of channels, and what is no whole WAV file.
    let odd = folder.join("words/low/odd.wav");
    wav(&odd, 16_000, 1, tone(40, 16_000));
    host(folder, "data words").refused_with(
        2,
        &[
            "odd.wav: it has 16000 samples a second, and high/cy_nohash_0.wav has 8000",
            "sox in.wav --rate 8000",
        ],
    );
    wav(&odd, 8000, 2, tone(40, 16_000));
    host(folder, "data words")
        .refused_with(2, &["odd.wav: it has 2 channels, and high/cy_nohash_0.wav has 1", "-c 1"]);
    let bytes = fs::read(folder.join("words/low/ann_nohash_0.wav")).unwrap();
    fs::write(&odd, &bytes[..bytes.len() - 10]).unwrap();
    host(folder, "data words").refused_with(2, &["odd.wav: the WAV file is cut off"]);
    fs::write(&odd, "no sound").unwrap();
    host(folder, "data words").refused_with(2, &["odd.wav", "the WAV file is"]);
    fs::remove_file(&odd).unwrap();
    host(folder, "data words --rate 16000")
        .refused_with(2, &["8000 samples a second, and --rate says 16000"]);
    host(folder, "data words --label x").refused_with(2, &["--label: sounds have no columns"]);
    host(folder, "data words --hop 100")
        .refused_with(2, &["--hop 100 is no multiple of the 160", "--hop 160"]);
    host(folder, "data new.wav").refused_with(2, &["have no classes", "--anomaly"]);
    wav(&folder.join("fast.wav"), 16_000, 1, tone(40, 16_000));
    host(folder, "predict run fast.wav")
        .refused_with(2, &["16000 samples a second, and the model was trained on 8000"]);
}

/// A detector of anomalies and a model of numbers, on signals.
#[test]
fn other_answers_of_windows() {
    let folder = &folder();
    let normal: String = (0..600).map(|at| row(false, at) + "\n").collect();
    fs::write(folder.join("normal.csv"), format!("ax,ay\n{normal}")).unwrap();
    let flags = "--window 16 --features stats";
    host(folder, &format!("--task csv:normal.csv --anomaly {flags} {SHORT} --run odd")).ok();
    let answered = answers(folder, "odd normal.csv");
    assert_eq!(answered[0], "recording,sample,score,threshold,anomaly");
    assert!(answered[1].starts_with("normal.csv,16,"), "{}", answered[1]);
    let numbers: String = (0..600).map(|at| format!("{},{}\n", row(at % 200 > 99, at), at % 200)).collect();
    fs::write(folder.join("numbers.csv"), format!("ax,ay,level\n{numbers}")).unwrap();
    host(folder, &format!("--task csv:numbers.csv --target level {flags} {SHORT} --run level")).ok();
    let answered = answers(folder, "level numbers.csv");
    assert_eq!(answered[0], "recording,sample,level");
    let json = host(folder, "predict level numbers.csv --json").ok().json();
    assert!(json["values"]["level"].is_number() && json["sample"] == 600, "{json}");
}

#[test]
fn flags_of_signals_elsewhere() {
    let folder = &folder();
    host(folder, "--task digits --window 4").refused_with(2, &["--window", "digits"]);
    host(folder, "--task cartpole --features raw").refused_with(2, &["--features", "cartpole"]);
    host(folder, "data data.csv --hop 4").refused_with(2, &["--hop", "give --window N as well"]);
    host(folder, "data data.csv --mixed some --window 4").refused_with(2, &["drop or majority"]);
    host(folder, "data data.csv --window 4 --features fft:9").refused_with(2, &["fft:9", "bands:N"]);
    host(folder, "data data.csv --window 99999").refused_with(2, &["2 to 65535 samples"]);
}
