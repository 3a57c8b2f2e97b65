//! Files as users have them, in `tests/cases`: each trains with the right rows, features and classes, or one
//! line says what is wrong and what to do. The outcome is printed as a table
//! (`cargo test -p eggroll-cli --test it cases -- --nocapture`).

use crate::common::host;
use eggroll_host::data::digits;
use eggroll_host::run::{Config, Source};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// What comes of a file.
enum Outcome {
    /// Rows, features and classes, and the least share of all held-out and watched samples that is right.
    Trains(usize, usize, &'static str, f64),
    /// The words of its error.
    Refused(&'static [&'static str]),
}

use Outcome::{Refused, Trains};

/// The classes of the flowers in most files.
const FLOWERS: &str = "0 1 2";

/// Files, the flags that go with them, and what comes of it.
const CASES: [(&str, &str, Outcome); 60] = [
    ("256-classes.csv", "", Refused(&["line 258, column 5", "more than 256 classes", "--label"])),
    ("all-constant.csv", "", Trains(150, 4, FLOWERS, 0.3)),
    ("baseline.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("blank-lines.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("bom.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("comma-space.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("constant-column.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("cr-only.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("crlf.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("digits.csv", "", Trains(1797, 64, "0 1 2 3 4 5 6 7 8 9", 0.96)),
    ("pixels.csv", "", Trains(1797, 64, "0 1 2 3 4 5 6 7 8 9", 0.96)),
    ("duplicate-header-names.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("duplicate-header-names.csv", "--drop a", Refused(&["--drop a", "columns 1 and 2 have this name"])),
    ("empty.csv", "", Refused(&["the file is empty"])),
    ("float-features.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("float-integral.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("header-only.csv", "", Refused(&["line 1", "no row follows this header"])),
    ("hex.csv", "", Refused(&["line 2, column 1", "hexadecimal", "decimal number"])),
    ("huge-values.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("huge-values-20.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("imbalance-99.csv", "", Trains(200, 4, "0 1", 0.9)),
    ("index-column.csv", "", Trains(150, 5, FLOWERS, 0.9)),
    ("index-column.csv", "--drop 1", Trains(150, 4, FLOWERS, 0.9)),
    ("json.json", "", Refused(&["this is JSON", "a line for each sample"])),
    ("label-first.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("labels-big.csv", "", Trains(150, 4, "10 20 30", 0.9)),
    ("labels-from-1.csv", "", Trains(150, 4, "1 2 3", 0.9)),
    ("labels-negative.csv", "", Trains(100, 4, "-1 1", 0.9)),
    ("latin1-header.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("missing-empty.csv", "", Refused(&["line 5, column 1", "--missing drop", "--missing mean"])),
    ("missing-empty.csv", "--missing drop", Trains(149, 4, FLOWERS, 0.9)),
    ("missing-empty.csv", "--missing mean", Trains(150, 4, FLOWERS, 0.9)),
    ("missing-na.csv", "", Refused(&["line 5, column 1", "--missing drop", "--missing mean"])),
    ("missing-na.csv", "--missing mean", Trains(150, 4, FLOWERS, 0.9)),
    ("no-final-newline.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("offset.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("one-class.csv", "", Refused(&["every label in column 5 is 0", "two classes"])),
    ("one-feature-threshold-50.csv", "", Trains(400, 1, "0 1", 0.95)),
    ("one-row.csv", "", Refused(&["every label in column 5"])),
    ("phishing.csv", "", Trains(1250, 9, "0 1", 0.87)),
    ("plus-sign.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("quoted.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("quoted-comma.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("quoted-string-labels.csv", "", Trains(150, 4, "setosa versicolor virginica", 0.9)),
    ("ragged-short.csv", "", Refused(&["line 10", "found 4 columns, expected 5"])),
    ("random-labels.csv", "", Trains(200, 2, "0 1", 0.3)),
    ("ring.csv", "", Trains(1000, 2, "0 1", 0.95)),
    ("semicolon.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("single-feature.csv", "", Trains(200, 1, "0 1", 0.95)),
    ("small-range.csv", "", Trains(150, 4, FLOWERS, 0.75)),
    ("sorted-by-class.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("space.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("string-labels.csv", "", Trains(150, 4, "setosa versicolor virginica", 0.9)),
    ("thousands.csv", "", Refused(&["line 2, column 1", "\"6,100\" has a comma", "without one"])),
    ("three-rows.csv", "", Trains(3, 4, FLOWERS, 0.0)),
    ("trailing-comma.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("two-headers.csv", "", Refused(&["line 2, column 1", "second header"])),
    ("typo-first-row.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("utf16.csv", "", Trains(150, 4, FLOWERS, 0.9)),
    ("utf16.csv", "--label absent", Refused(&["--label absent: there is no such column; there are 5"])),
];

/// The built-in digits as a file of pixels, 0 to 16 or 0 to 255.
fn pixels(brightest: i32) -> String {
    let all = digits().unwrap();
    let mut text = String::new();
    for row in 0..all.len() {
        // A feature is three times a pixel less 5.
        for &feature in all.row(row) {
            write!(text, "{},", (i32::from(feature) / 3 + 5) * brightest / 16).unwrap();
        }
        writeln!(text, "{}", all.label(row)).unwrap();
    }
    text
}

#[test]
fn every_file_trains_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files = 0;
    for file in fs::read_dir(cases).unwrap().map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        assert!(CASES.iter().any(|(case, ..)| *case == name), "{name} is not tried");
        fs::copy(file.path(), folder.path().join(name)).unwrap();
        files += 1;
    }
    assert!(files > 45, "{files}");
    fs::write(folder.path().join("digits.csv"), pixels(16)).unwrap();
    fs::write(folder.path().join("pixels.csv"), pixels(255)).unwrap();
    println!(
        "{:<28} {:<16} {:>5} {:>8}  {:<20} {:>8}",
        "file", "flags", "rows", "features", "classes", "right"
    );
    let mut wrong = Vec::new();
    for (number, (file, flags, outcome)) in CASES.iter().enumerate() {
        let run = format!("run-{number}");
        let ended = host(
            folder.path(),
            &format!("--task csv:{file} {flags} --run {run} --boards cpu --quiet --json"),
        );
        match outcome {
            Refused(words) => {
                let said = ended.refused_with(2, words);
                println!("{file:<28} {flags:<16} {}", said.trim_end());
                assert!(!folder.path().join(run).exists(), "{file}: a run was begun");
            }
            Trains(rows, features, classes, least) => {
                let said = ended.ok().json();
                let config = fs::read_to_string(folder.path().join(&run).join("config.toml")).unwrap();
                let Source::Samples(samples) = Config::from_toml(&config).unwrap().source else {
                    panic!("{file}: no samples");
                };
                let names = samples.preprocessing.unwrap().classes.join(" ");
                let found = (samples.data.rows, samples.data.features, &*names);
                if found != (*rows, *features, *classes) {
                    wrong.push(format!("{file} {flags}: {found:?}"));
                }
                let right = said["test_accuracy"].as_f64();
                let shown = right.map_or("-".to_owned(), |right| format!("{:.1} %", 100.0 * right));
                println!("{file:<28} {flags:<16} {rows:>5} {features:>8}  {names:<20} {shown:>8}");
                if right.is_some_and(|right| right < *least) {
                    wrong.push(format!("{file} {flags}: {shown}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
