//! What C, Rust and ONNX say of convolutional models is what the library says, output for output: of trained
//! ones on all held-out rows, and of any.

use super::programs::{
    c_program, cross_compiled, linted, module, onnx, python, rust_program, said_by, sanitizers,
};
use super::rows::{digits, said_of};
use crate::common::{folder, host};
use eggroll_firmware::model::{Description, Program};
use eggroll_host::data::Preprocessing;
use eggroll_host::run::{Exported, ModelName, Weights, export};
use std::fs;

#[path = "../../../../../firmware/tests/common/models.rs"]
#[allow(dead_code, reason = "the firmware's tests use more of it")]
mod models;

/// Pseudo-random numbers.
struct Dice(u64);

impl Dice {
    /// 0 to `bound - 1`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn values(&mut self, len: usize) -> Vec<i8> {
        (0..len).map(|_| (self.below(255) as i32 - 127) as i8).collect()
    }
}

/// Each kind of layer: two dimensions and one, strides, paddings, divisors, biases, branches, and pools.
const NETWORKS: [(&str, &str); 3] = [
    ("chain", "conv:8x8x1/c4k3/max2/c6k3s2d40/10"),
    ("branches", "conv:8x8x1/c4k3/[c4k3/dwk3|c4k1]/[c4k3]/avg2/gap/10+bias"),
    ("line", "conv:1x64x1/c4k1x5s1x2p0,0,2,1b/dwk1x3l/c6k1d20/max1x2/flatten/10"),
];

#[test]
fn programs_of_networks_say_what_the_library_says() {
    let folder = folder();
    let python = python();
    if python.is_none() {
        eprintln!("skipped: networks in ONNX, because there is no onnxruntime (cargo xtask setup)");
    }
    for (name, model) in NETWORKS {
        let training = "--generations 30 --slots 8 --quiet --json --boards cpu";
        host(&folder, &format!("--task digits --model {model} {training} --run {name}")).ok();
        let rows = digits(name);
        let (fields, said) = (rows.fields(&folder), rows.said_by_library(&folder));
        assert!(said.len() > 100, "{name}: {} rows", said.len());
        let exported = host(&folder, &format!("export {name} --out {name}.c")).silently().out;
        assert!(exported.contains("RAM of a pass: "), "{exported}");
        let main = format!("-D{}_MAIN", name.to_uppercase());
        let more = [&sanitizers(&folder)[..], &[&main]].concat();
        assert_eq!(said_by(&c_program(&folder, name, &more), &fields), said, "{name} in C");
        c_program(&folder, name, &["-c"]);
        host(&folder, &format!("export {name} --out {name}.rs")).silently();
        assert_eq!(said_by(&rust_program(&folder, name), &fields), said, "{name} in Rust");
        linted(&module(&folder, name));
        cross_compiled(&module(&folder, name));
        if let Some(python) = &python {
            host(&folder, &format!("export {name} --out {name}.onnx")).silently();
            let in_onnx = onnx(python, &folder.join(format!("{name}.onnx")), &rows.raws(&folder));
            assert_eq!(in_onnx, said, "{name} in ONNX");
        }
    }
}

/// Models of all kinds of layers with any weights, in one program of each language, which runs their self
/// tests.
#[test]
fn programs_of_any_network_pass_their_self_tests() {
    const MODELS: usize = 24;
    let folder = folder();
    let python = python();
    let mut dice = Dice(28);
    let (mut includes, mut tests, mut modules, mut files) = (String::new(), vec![], String::new(), vec![]);
    let mut differ = 0;
    for at in 0..MODELS {
        let name = format!("m{at}");
        let description: Description = models::convolutional(&mut dice, false, 4);
        let program = Program::new(&description).unwrap();
        let values = match at % 3 {
            // All kinds, of which some say the same of all rows.
            0 => models::weights(&mut dice, program.parameters()),
            _ => (0..program.parameters()).map(|_| dice.below(81) as i8 - 40).collect(),
        };
        let model = ModelName::Convolutional(Box::new(description));
        let weights = Weights { values, generation: 0, run: None, threshold: None };
        let stored = Preprocessing::as_is(program.inputs(), program.outputs());
        let row = |dice: &mut Dice| dice.values(program.inputs()).into_iter().map(i32::from).collect();
        let rows: Vec<Vec<i32>> = (0..16).map(|_| row(&mut dice)).collect();
        for ending in ["c", "rs", "onnx"] {
            let exported = Exported {
                program: &program,
                model: &model,
                weights: &weights,
                preprocessing: Some(&stored),
                rows: &rows,
                prefix: None,
            };
            export(&folder.join(format!("{name}.{ending}")), &exported).unwrap();
        }
        includes += &format!("#include \"{name}.h\"\n");
        tests.push(format!("{name}_self_test()"));
        modules += &format!("mod {name};\n");
        files.push(format!("{name}.c"));
        let said = said_of(&program, &weights.values, &rows, &stored.classes);
        differ += usize::from(said.iter().any(|row| *row != said[0]));
        if let Some(python) = &python {
            let in_onnx = onnx(python, &folder.join(format!("{name}.onnx")), &rows);
            assert_eq!(in_onnx, said, "{model}");
        }
    }
    assert!(differ > MODELS / 2, "only {differ} models tell rows apart");
    let main = format!("{includes}int main(void) {{ return {}; }}\n", tests.join(" + "));
    fs::write(folder.join("all.c"), main).unwrap();
    let defined: Vec<String> = (0..MODELS).map(|at| format!("-DM{at}_SELF_TEST")).collect();
    let arguments = defined.iter().chain(&files).map(String::as_str);
    let more: Vec<&str> = sanitizers(&folder).into_iter().chain(arguments).collect();
    assert_eq!(said_by(&c_program(&folder, "all", &more), ""), Vec::<String>::new());
    let tests: Vec<String> = (0..MODELS).map(|at| format!("m{at}::self_test()")).collect();
    let main =
        format!("{modules}fn main() {{\n    assert!([{}] == [true; {MODELS}]);\n}}\n", tests.join(", "));
    fs::write(folder.join("all.rs"), main).unwrap();
    assert_eq!(said_by(&rust_program(&folder, "all"), ""), Vec::<String>::new());
}

#[test]
fn a_failed_self_test_of_a_network_is_seen() {
    let folder = folder();
    let (name, model) = NETWORKS[0];
    host(&folder, &format!("--task digits --model {model} --generations 2 --quiet --json --run {name}")).ok();
    host(&folder, &format!("export {name} --out {name}.c")).silently();
    let source = fs::read_to_string(folder.join(format!("{name}.c"))).unwrap();
    let (before, weights) = source.split_once("chain_layer0_weight[36] = {\n    ").unwrap();
    let rest = &weights[weights.find(',').unwrap()..];
    fs::write(
        folder.join(format!("{name}.c")),
        format!("{before}chain_layer0_weight[36] = {{\n    -127{rest}"),
    )
    .unwrap();
    let program = c_program(&folder, name, &["-DCHAIN_MAIN"]);
    let ended = std::process::Command::new(program).stdin(std::process::Stdio::null()).output().unwrap();
    assert!(!ended.status.success());
    assert!(String::from_utf8(ended.stderr).unwrap().contains("of 16 rows differ"));
}
