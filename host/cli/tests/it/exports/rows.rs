//! Rows of data sets as texts, and what the library says of them.

use crate::common::{Folder, host};
use eggroll_firmware::model::{Program, Scratch, Start, infer};
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_host::data::{Dataset, Preprocessing, digit_pixels};
use eggroll_host::run::{RunDirectory, read_weights};
use eggroll_host::train::{Experiment, Material};
use std::fs;
use std::path::Path;

/// A data set.
pub(super) struct Rows {
    /// The name of its run.
    pub(super) name: &'static str,
    /// The whole table, as the run reads it.
    pub(super) table: String,
    /// The fields of each row, a number a feature, as exported programs read them.
    features: Vec<Vec<String>>,
}

/// The built-in digits, of a run of this name.
pub(super) fn digits(name: &'static str) -> Rows {
    let all: Vec<u32> = (0..1797).collect();
    let texts = |row: Vec<i32>| row.iter().map(i32::to_string).collect();
    Rows { name, table: String::new(), features: digit_pixels(&all).into_iter().map(texts).collect() }
}

/// Numbers that a row is made of: any would do, as long as they differ.
fn number(row: i64, column: i64) -> i64 {
    (row * 7919 + column * 104_729 + row * row * column) % 1000
}

/// Decimals, exponents, negative values, and classes whose names a literal has to escape.
pub(super) fn decimals() -> Rows {
    let classes = ["a \"b\" \\?\\?/", "Straße", "%d*/"];
    let mut rows =
        Rows { name: "decimals", table: "length,loss,charge,class\n".to_owned(), features: Vec::new() };
    for row in 0..150 {
        let class = row % 3;
        let (a, b, c) = (number(row, 1), number(row, 2) - 500, number(row, 3) - 300 * class);
        let features = vec![
            format!("{}.{:03}", class + 4, a),
            if row % 4 == 0 {
                format!("{b}e-2")
            } else {
                format!("{}{}.{}", if b < 0 { "-" } else { "" }, b.abs(), row % 10)
            },
            format!("{c}.5E+{}", row % 3),
        ];
        let name = classes[class as usize].replace('"', "\"\"");
        rows.table += &format!("{},\"{name}\"\n", features.join(","));
        rows.features.push(features);
    }
    rows
}

/// A column of names, which becomes three features.
pub(super) fn names() -> Rows {
    let colours = ["blue", "green", "red"];
    let mut rows = Rows { name: "names", table: "colour,x,y2,class\n".to_owned(), features: Vec::new() };
    for row in 0..150 {
        let class = row % 3;
        let colour = ((class + i64::from(row % 5 == 0)) % 3) as usize;
        let (x, y) = (number(row, 4) - 200 * class, number(row, 5));
        rows.table += &format!("{},{x},{y},{class}\n", colours[colour]);
        let flags = (0..3).map(|other| u8::from(other == colour).to_string());
        rows.features.push(flags.chain([x.to_string(), y.to_string()]).collect());
    }
    rows
}

/// A regression: a target with a decimal place, whose name a literal has to escape, and one that is too large
/// for units of 1.
pub(super) fn numbers() -> Rows {
    let header = "a,\"flow\"\"*/\",b,cost\n".to_owned();
    let mut rows = Rows { name: "numbers", table: header, features: Vec::new() };
    for row in 0..150 {
        let (a, b) = (number(row, 6), number(row, 7) - 400);
        let flow = 3 * a - 2 * b - 1500;
        let sign = if flow < 0 { "-" } else { "" };
        let flow = format!("{sign}{}.{}", flow.abs() / 10, flow.abs() % 10);
        rows.table += &format!("{a},{flow},{b},{}000\n", 2_000_000 + a * b / 100);
        rows.features.push(vec![a.to_string(), b.to_string()]);
    }
    rows
}

/// A detector of anomalies: features that follow two hidden ones, and rows in which they do not. Of three
/// columns each has a unit of its own.
pub(super) fn sensors() -> Rows {
    let header = "speed,heat,load,flow,state\n".to_owned();
    let mut rows = Rows { name: "sensors", table: header, features: Vec::new() };
    for row in 0..240 {
        let (u, v) = (number(row, 8) - 500, number(row, 9) - 500);
        let state = if row % 6 == 5 { "worn" } else { "ok" };
        let turned = if row % 6 == 5 { -1 } else { 1 };
        let features = vec![
            format!("{u}.5"),
            format!("{v}e3"),
            format!("{}", turned * (u + v)),
            format!("{}{}.25", if turned * (u - v) < 0 { "-" } else { "" }, (u - v).abs()),
        ];
        rows.table += &format!("{},{state}\n", features.join(","));
        rows.features.push(features);
    }
    rows
}

/// The run's data, its held-out rows, and of a detector the anomalies behind them.
fn data(run: &Path) -> (Experiment, Dataset, Vec<u32>) {
    let config = RunDirectory::open(run).unwrap().started_with().unwrap();
    let mut experiment = Experiment::load(config).unwrap();
    let material =
        std::mem::replace(&mut experiment.material, Material::Environment(EnvironmentKind::CartPole.into()));
    let Material::Samples { data, split, .. } = material else { panic!("no samples") };
    (experiment, *data, [split.test, split.anomalies].concat())
}

/// What exported programs should print of rows of features: class, name and outputs.
fn said_of_features(program: &Program, weights: &[i8], rows: &[&[i8]], classes: &[String]) -> Vec<String> {
    let (mut bytes, mut sums) = (vec![0; program.scratch_len()], vec![0; program.products()]);
    let said = |row: &&[i8]| {
        let mut scratch = Scratch::new(program, &mut bytes, &mut sums).unwrap();
        let outputs = infer(program, weights, Start::Input(row), &mut [], &mut scratch);
        let greatest = outputs.iter().max().unwrap();
        let class = outputs.iter().position(|output| output == greatest).unwrap();
        let outputs: Vec<String> = outputs.iter().map(i8::to_string).collect();
        format!("{class}\t{}\t{}", classes[class], outputs.join(" "))
    };
    rows.iter().map(said).collect()
}

/// The same of rows of raw values that are features as they are.
pub(super) fn said_of(
    program: &Program,
    weights: &[i8],
    rows: &[Vec<i32>],
    classes: &[String],
) -> Vec<String> {
    let rows: Vec<Vec<i8>> =
        rows.iter().map(|row| row.iter().map(|&x| i8::try_from(x).unwrap()).collect()).collect();
    let rows: Vec<&[i8]> = rows.iter().map(Vec::as_slice).collect();
    said_of_features(program, weights, &rows, classes)
}

impl Rows {
    /// What exported programs should print of the held-out rows.
    pub(super) fn said_by_library(&self, folder: &Path) -> Vec<String> {
        let (experiment, data, test) = data(&folder.join(self.name));
        let weights = folder.join(self.name).join("weights.safetensors");
        let weights = read_weights(&weights, &experiment.program).unwrap().values;
        let rows: Vec<&[i8]> = test.iter().map(|&row| data.row(row as usize)).collect();
        said_of_features(&experiment.program, &weights, &rows, &data.preprocessing.classes)
    }

    /// What exported programs of a regression or a detector should print of the held-out rows, before the
    /// outputs: what `predict` says. `names` are those of the features.
    pub(super) fn said_by_predict(&self, folder: &Folder, names: &str) -> Vec<String> {
        fs::write(folder.join("held-out.csv"), format!("{names}\n{}", self.fields(folder))).unwrap();
        let answers = host(folder, &format!("predict {} held-out.csv", self.name)).silently().out;
        let values = answers.lines().skip(1).map(|line| line.split_once(',').unwrap().1.replace(',', " "));
        values.collect()
    }

    /// The held-out rows as exported programs read them.
    pub(super) fn fields(&self, folder: &Path) -> String {
        let (_, _, test) = data(&folder.join(self.name));
        test.iter().map(|&row| self.features[row as usize].join(",") + "\n").collect()
    }

    /// The held-out rows as raw values.
    pub(super) fn raws(&self, folder: &Path) -> Vec<Vec<i32>> {
        let (_, data, test) = data(&folder.join(self.name));
        let stored: &Preprocessing = &data.preprocessing;
        let raw = |(feature, text): (usize, &String)| stored.rule(feature).unwrap().raw(text).unwrap().value;
        test.iter().map(|&row| self.features[row as usize].iter().enumerate().map(raw).collect()).collect()
    }
}
