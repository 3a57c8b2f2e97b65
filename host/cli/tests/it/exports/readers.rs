//! Exported programs read numbers, scale them, and bring targets back, as the firmware does.

use super::programs::{c_program, said_by};
use crate::common::folder;
use eggroll_firmware::features::{PLACES, Rule};
use eggroll_firmware::model::Program;
use eggroll_host::data::{FeatureRule, LabelColumn, Preprocessing, TargetColumn};
use eggroll_host::run::{Exported, ModelName, Weights, export};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TEXTS: usize = 20_000;

const C: &str = r#"
#include "reader.h"
#include <stdio.h>
#include <string.h>

/* Two digits of a feature's number, then a text. */
int main(void)
{
    static char line[4096];

    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t feature = (size_t)((line[0] - '0') * 10 + (line[1] - '0'));
        int32_t raw = 0;
        int answer = reader_raw(feature, line + 2, strlen(line + 2) - 1, &raw);

        printf("%d %ld %d\n", answer, (long)raw, answer == READER_NO_NUMBER ? 0 : reader_feature(feature, raw));
    }
    return 0;
}
"#;

const RUST: &str = r#"
#[path = "reader.rs"]
mod reader;

fn main() {
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        match reader::raw(line[..2].parse().unwrap(), line[2..].as_bytes()) {
            None => println!("0 0 0"),
            Some(raw) => {
                let feature = reader::feature(line[..2].parse().unwrap(), raw.value);
                println!("{} {} {feature}", if raw.saturated { 2 } else { 1 }, raw.value);
            }
        }
    }
}
"#;

/// A feature for each unit that there is, each with a rule of its own.
fn preprocessing(runner: &mut TestRunner) -> Preprocessing {
    let rule = (any::<i32>(), prop_oneof![0..=i32::MAX, 0..=1000], 1u8..=62);
    let rules = PLACES.map(|places| {
        let (centre, mul, shift) = rule.new_tree(runner).unwrap().current();
        FeatureRule::new(places, Rule::new(centre, mul, shift).unwrap()).unwrap()
    });
    let rules: Vec<FeatureRule> = rules.collect();
    Preprocessing { rules, ..Preprocessing::as_is(PLACES.count(), 2) }
}

/// Both programs, around the exported model `reader`. Rust looks for overflows.
fn compiled(folder: &Path, c: &str, rust: &str) -> [PathBuf; 2] {
    fs::write(folder.join("c.c"), c).unwrap();
    fs::write(folder.join("rust.rs"), rust).unwrap();
    let in_c = c_program(folder, "c", &["reader.c"]);
    let in_rust = folder.join("in-rust");
    let mut rustc = Command::new("rustc");
    rustc
        .current_dir(folder)
        .args(["--edition", "2021", "-C", "debug-assertions=on", "rust.rs", "-o"])
        .arg(&in_rust);
    assert!(rustc.status().unwrap().success());
    [in_c, in_rust]
}

#[test]
fn numbers_are_read_as_by_the_firmware() {
    let folder = folder();
    let mut runner = TestRunner::deterministic();
    let stored = preprocessing(&mut runner);
    let model: ModelName = format!("{}-2", stored.features()).parse().unwrap();
    let program = Program::new(&model.description().unwrap()).unwrap();
    let weights =
        Weights { values: vec![1; program.parameters()], generation: 0, run: None, threshold: None };
    for file in ["reader.c", "reader.rs"] {
        let (preprocessing, rows, prefix) = (Some(&stored), &[][..], None);
        let exported =
            Exported { program: &program, model: &model, weights: &weights, preprocessing, rows, prefix };
        export(&folder.join(file), &exported).unwrap();
    }
    let [in_c, in_rust] = compiled(&folder, C, RUST);

    let text = prop_oneof![
        4 => "[+-]?[0-9]{1,12}([.][0-9]{1,12})?([eE][+-]?[0-9]{1,2})?",
        2 => "[+-]?0{0,60}[0-9]{1,3}0{0,60}([.]0{0,60}[0-9]{1,3})?([eE][+-]?[0-9]{1,30})?",
        2 => "-?[0-9]{1,30}[.](4|5|49{1,30}|50{1,30}1?)",
        1 => "-?(214748364[5-9]|429496729[4-7])([.][0-9])?",
        1 => "[-+.eE0-9x ]{0,8}",
    ];
    let case = (0..stored.features(), text);
    let cases: Vec<(usize, String)> =
        (0..TEXTS).map(|_| case.new_tree(&mut runner).unwrap().current()).collect();
    let input: String = cases.iter().map(|(feature, text)| format!("{feature:02}{text}\n")).collect();
    let [in_c, in_rust] = [in_c, in_rust].map(|program| said_by(&program, &input));
    assert_eq!((in_c.len(), in_rust.len()), (TEXTS, TEXTS));
    let mut kinds = [0; 3];
    for ((feature, text), (in_c, in_rust)) in cases.iter().zip(in_c.iter().zip(&in_rust)) {
        let rule = stored.rule(*feature).unwrap();
        let (kind, said) = match rule.raw(text) {
            Err(_) => (0, "0 0 0".to_owned()),
            Ok(raw) => {
                let kind = 1 + usize::from(raw.saturated);
                (kind, format!("{kind} {} {}", raw.value, rule.rule().apply(raw.value)))
            }
        };
        kinds[kind] += 1;
        assert_eq!(
            (in_c, in_rust),
            (&said, &said),
            "{text} in units of 10^-{}, {:?}",
            rule.places(),
            rule.rule()
        );
    }
    assert!(kinds.iter().all(|&count| count > TEXTS / 100), "{kinds:?}");
}

const TARGETS: usize = 250;

const TARGETS_C: &str = r#"
#include "reader.h"
#include <stdio.h>

int main(void)
{
    size_t target;
    int y;

    for (target = 0; target < READER_OUTPUTS; target++) {
        for (y = -127; y <= 127; y++) {
            printf("%ld\n", (long)reader_target(target, (int8_t)y));
        }
    }
    return 0;
}
"#;

const TARGETS_RUST: &str = r#"
#[path = "reader.rs"]
mod reader;

fn main() {
    for target in 0..reader::OUTPUTS {
        for y in -127..=127 {
            println!("{}", reader::target(target, y));
        }
    }
}
"#;

#[test]
fn targets_are_brought_back_as_by_the_firmware() {
    let folder = folder();
    let mut runner = TestRunner::deterministic();
    let mul = prop_oneof![0..=i32::MAX, 0..=9, (0..31).prop_map(|bit| 1 << bit)];
    let rule = (prop_oneof![any::<i32>(), -9..=9], mul, 1u8..=62);
    let column = |number| {
        let (centre, mul, shift) = rule.new_tree(&mut runner).unwrap().current();
        let rule = FeatureRule::new(0, Rule::new(centre, mul, shift).unwrap()).unwrap();
        TargetColumn { number, name: String::new(), rule }
    };
    let targets: Vec<TargetColumn> = (2..2 + TARGETS).map(column).collect();
    let stored = Preprocessing {
        classes: Vec::new(),
        label: LabelColumn::default(),
        targets,
        ..Preprocessing::as_is(1, 2)
    };
    let model: ModelName = format!("1-{TARGETS}").parse().unwrap();
    let program = Program::new(&model.description().unwrap()).unwrap();
    let weights =
        Weights { values: vec![16; program.parameters()], generation: 0, run: None, threshold: None };
    for file in ["reader.c", "reader.rs"] {
        let (preprocessing, rows, prefix) = (Some(&stored), &[][..], None);
        let exported =
            Exported { program: &program, model: &model, weights: &weights, preprocessing, rows, prefix };
        export(&folder.join(file), &exported).unwrap();
    }
    let [in_c, in_rust] = compiled(&folder, TARGETS_C, TARGETS_RUST).map(|program| said_by(&program, ""));
    let said: Vec<i32> =
        stored.targets.iter().flat_map(|target| (-127..=127).map(|y| target.raw(y))).collect();
    let within = said.iter().filter(|value| !matches!(**value, i32::MIN | i32::MAX)).count();
    assert!((said.len() / 4..said.len()).contains(&within), "{within} of {}", said.len());
    let said: Vec<String> = said.iter().map(i32::to_string).collect();
    assert!(in_c == said && in_rust == said, "other values");
}
