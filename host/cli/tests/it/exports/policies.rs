//! Exported policies act as the host's do: what C, Rust and ONNX say of every observation of an episode is
//! what the library says, so that each of them would play the same episode to its end.

use super::programs::{actions, c_program, cross_compiled, linted, module, policy_in_onnx, python};
use crate::common::{folder, host};
use eggroll_firmware::model::{Program, Scratch};
use eggroll_firmware::task::Member;
use eggroll_firmware::task::environment::{Base, Domain, EnvironmentKind, Episode, FRESH};
use eggroll_host::run::{Preset, read_weights};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

const EPISODES: u32 = 3;

/// A policy that writes down what it saw, and what it said of that.
struct Watched<'a> {
    policy: Base<'a, 'a>,
    observations: Vec<Vec<i8>>,
    said: Vec<String>,
}

/// Numbers, separated by spaces.
fn spaced(values: &[i8]) -> String {
    values.iter().map(i8::to_string).collect::<Vec<_>>().join(" ")
}

impl Member for Watched<'_> {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        let outputs = self.policy.act(input);
        self.observations.push(input.to_vec());
        self.said.push(spaced(outputs));
        outputs
    }
}

/// Trains a policy for a while; returns what it sees in some episodes of a randomized domain, and what the
/// library's own pass says of it.
fn played(folder: &Path, kind: EnvironmentKind, name: &str) -> (Vec<Vec<i8>>, Vec<String>) {
    let training = "--generations 20 --pairs 8 --quiet --json --boards cpu";
    host(folder, &format!("--task {kind} {training} --run {name}")).ok();
    let model = Preset::of(kind).model().unwrap();
    let program = Program::new(&model.description().unwrap()).unwrap();
    let weights = read_weights(&folder.join(name).join("weights.safetensors"), &program).unwrap().values;
    let (mut bytes, mut sums) = (vec![0; program.scratch_len()], vec![0; program.products()]);
    let pass = Scratch::new(&program, &mut bytes, &mut sums).unwrap();
    let policy = Base { program: &program, weights: &weights, pass };
    let mut watched = Watched { policy, observations: Vec::new(), said: Vec::new() };
    for index in 0..EPISODES {
        Domain { kind, spread: 30 }.play(Episode { seed: 9, generation: FRESH, index }, &mut watched);
    }
    (watched.observations, watched.said)
}

/// A program that reads observations of the policy whose name is its argument, a line each, and prints the
/// outputs.
fn program_in_c(folder: &Path, names: &[String]) -> std::path::PathBuf {
    let includes: String = names.iter().map(|name| format!("#include \"{name}.h\"\n")).collect();
    let policies = names.iter().map(|name| {
        let sizes = name.to_uppercase();
        format!(
            "    if (strcmp(argv[1], \"{name}\") == 0) RUN({name}_infer, {sizes}_INPUTS, {sizes}_OUTPUTS)\n"
        )
    });
    let main = format!(
        r#"{includes}#include <stdio.h>
#include <string.h>

#define RUN(infer, inputs, outputs) {{ \
    int8_t x[inputs], y[outputs]; \
    for (;;) {{ \
        for (at = 0; at < inputs; at++) {{ \
            if (scanf("%d", &number) != 1) return at != 0; \
            x[at] = (int8_t)number; \
        }} \
        infer(x, y); \
        for (at = 0; at < outputs; at++) printf(at ? " %d" : "%d", y[at]); \
        printf("\n"); \
    }} \
}}

int main(int argc, char **argv)
{{
    int at, number;

    if (argc != 2) return 1;
{}    return 1;
}}
"#,
        policies.collect::<String>()
    );
    fs::write(folder.join("policies.c"), main).unwrap();
    let files: Vec<String> = names.iter().map(|name| format!("{name}.c")).collect();
    c_program(folder, "policies", &files.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The same in Rust.
fn program_in_rust(folder: &Path, names: &[String]) -> std::path::PathBuf {
    let modules: String = names.iter().map(|name| format!("mod {name};\n")).collect();
    let policies: String =
        names.iter().map(|name| format!("        \"{name}\" => run({name}::infer),\n")).collect();
    let main = format!(
        r#"#![allow(dead_code)]
{modules}
fn run<const I: usize, const O: usize>(infer: fn(&[i8; I]) -> [i8; O]) {{
    for line in std::io::stdin().lines() {{
        let line = line.unwrap();
        let x: Vec<i8> = line.split(' ').map(|number| number.parse().unwrap()).collect();
        let y = infer(&x.try_into().unwrap()).map(|output| output.to_string());
        println!("{{}}", y.join(" "));
    }}
}}

fn main() {{
    match std::env::args().nth(1).unwrap().as_str() {{
{policies}        other => panic!("no policy {{other}}"),
    }}
}}
"#
    );
    fs::write(folder.join("policies.rs"), main).unwrap();
    let program = folder.join("policies-rust");
    let mut rustc = Command::new("rustc");
    rustc.current_dir(folder).args(["--edition", "2024", "-C", "opt-level=1", "policies.rs", "-o"]);
    assert!(rustc.arg(&program).status().unwrap().success());
    program
}

#[test]
fn exported_policies_act_as_the_library_does() {
    let folder = folder();
    let python = python();
    if python.is_none() {
        eprintln!("skipped: policies in ONNX, because there is no onnxruntime (cargo xtask setup)");
    }
    let names = EnvironmentKind::ALL.map(|kind| kind.name().replace('-', "_"));
    let played: Vec<_> =
        EnvironmentKind::ALL.iter().zip(&names).map(|(&kind, name)| played(&folder, kind, name)).collect();
    for name in &names {
        for ending in ["c", "rs"] {
            host(&folder, &format!("export {name} --out {name}.{ending}")).silently();
        }
    }
    let programs = [program_in_c(&folder, &names), program_in_rust(&folder, &names)];
    for (name, (observations, said)) in names.iter().zip(&played) {
        let different: BTreeSet<_> = said.iter().collect();
        assert!(different.len() > 5 && observations.len() > 15, "{name}: too little was said: {different:?}");
        let lines: String = observations.iter().map(|seen| spaced(seen) + "\n").collect();
        for program in &programs {
            assert_eq!(actions(program, name, &lines), *said, "{name} by {}", program.display());
        }
        if let Some(python) = &python {
            host(&folder, &format!("export {name} --out {name}.onnx")).silently();
            let model = folder.join(format!("{name}.onnx"));
            assert_eq!(policy_in_onnx(python, &model, observations), *said, "{name} in ONNX");
        }
    }
    // What a small core's compiler says of one stands for all: they differ in numbers alone.
    let balance = module(&folder, "balance");
    linted(&balance);
    cross_compiled(&balance);
}
