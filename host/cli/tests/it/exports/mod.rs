//! Exports run: what C, Rust and ONNX say of all held-out rows of five data sets is what the library's own
//! forward pass says, output for output, and of a regression or a detector what `predict` says.

mod networks;
mod policies;
mod predicted;
mod programs;
mod readers;
mod recordings;
mod rows;
mod signal;

use crate::common::{Folder, folder, host};
use programs::{c_program, cross_compiled, linted, module, onnx, python, rust_program, said_by};
use rows::{Rows, decimals, digits, names};
use std::fs;

pub(crate) use programs::{c_program as compiled_c, rust_program as compiled_rust};

/// A run on each data set, and its rows as programs read them.
fn trained(folder: &Folder) -> [Rows; 3] {
    let short = "--generations 40 --slots 3 --members 5 --quiet --json";
    let (decimals, names) = (decimals(), names());
    fs::write(folder.join("decimals.csv"), &decimals.table).unwrap();
    fs::write(folder.join("names.csv"), &names.table).unwrap();
    for arguments in [
        "--task digits --model 64-16-10 --run digits",
        "--task csv:decimals.csv --hidden 9,7 --run decimals",
        "--task csv:names.csv --model 5-8-3+bias --categorical colour --scale image --run names",
    ] {
        host(folder, &format!("{arguments} {short}")).ok();
    }
    [digits("digits"), decimals, names]
}

#[test]
fn programs_say_what_the_library_says() {
    let folder = folder();
    for rows in trained(&folder) {
        let name = rows.name;
        let (run, said) = (folder.join(name), rows.said_by_library(&folder));
        assert!(said.len() > 20, "{name}: {} rows", said.len());
        let export =
            |file: &str| host(&folder, &format!("export {} --out {file}", run.display())).silently().out;
        let exported = export(&format!("{name}.c"));
        assert!(exported.contains(&format!("{name}.h and {name}.c: ")), "{exported}");
        assert!(exported.contains("self test: 16 held-out rows"), "{exported}");
        let c = fs::read_to_string(folder.join(format!("{name}.c"))).unwrap();
        let program = c_program(&folder, name, &[&format!("-D{}_MAIN", name.to_uppercase())]);
        assert_eq!(said_by(&program, &rows.fields(&folder)), said, "{name} in C");

        // Where the data are is of no matter, nor whether they are there.
        let table = folder.join(format!("{name}.csv"));
        let is_moved = table.exists();
        if is_moved {
            fs::rename(&table, folder.join("elsewhere.csv")).unwrap();
        }
        let exported = export(&format!("{name}.rs"));
        let where_from =
            if is_moved { "drawn values, since the data are not there" } else { "held-out rows" };
        assert!(exported.contains(where_from), "{exported}");
        export(&format!("{name}.h"));
        let again = fs::read_to_string(folder.join(format!("{name}.c"))).unwrap();
        let model = |text: &str| text.split("_TEST_ROWS").next().map(str::to_owned).unwrap();
        assert!(model(&again) == model(&c), "{name}: another model");
        c_program(&folder, name, &["-c"]);
        if is_moved {
            fs::rename(folder.join("elsewhere.csv"), &table).unwrap();
        }
        let program = rust_program(&folder, name);
        assert_eq!(said_by(&program, &rows.fields(&folder)), said, "{name} in Rust");
        linted(&module(&folder, name));
        cross_compiled(&module(&folder, name));
    }
    // Two models in one program.
    let main = "#include \"digits.h\"\n#include \"decimals.h\"\n\
                int main(void) { return digits_self_test() + decimals_self_test(); }\n";
    fs::write(folder.join("both.c"), main).unwrap();
    let program =
        c_program(&folder, "both", &["-DDIGITS_SELF_TEST", "-DDECIMALS_SELF_TEST", "digits.c", "decimals.c"]);
    assert_eq!(said_by(&program, ""), Vec::<String>::new());
}

#[test]
fn a_runtime_of_onnx_says_what_the_library_says() {
    let Some(python) = python() else {
        return eprintln!("skipped: exports in ONNX, because there is no onnxruntime (cargo xtask setup)");
    };
    let folder = folder();
    for rows in trained(&folder) {
        let name = rows.name;
        host(&folder, &format!("export {name} --out {name}.onnx")).silently();
        let said = onnx(&python, &folder.join(format!("{name}.onnx")), &rows.raws(&folder));
        assert_eq!(said, rows.said_by_library(&folder), "{name} in ONNX");
    }
}

#[test]
fn a_failed_self_test_is_seen() {
    let folder = folder();
    let run =
        "--task csv:data.csv --model 4-3 --generations 4 --slots 3 --members 5 --quiet --json --run run";
    host(&folder, run).ok();
    host(&folder, "export run --out model.h --prefix Some_1").silently();
    let source = fs::read_to_string(folder.join("model.c")).unwrap();
    let (before, outputs) = source.split_once("Some_1_test_outputs[").unwrap();
    let (size, values) = outputs.split_once("{\n    ").unwrap();
    // Another first output.
    let other = values.find(',').map(|end| if &values[..end] == "1" { "2" } else { "1" }).unwrap();
    let rest = &values[values.find(',').unwrap()..];
    fs::write(folder.join("model.c"), format!("{before}Some_1_test_outputs[{size}{{\n    {other}{rest}"))
        .unwrap();
    let program = c_program(&folder, "model", &["-DSOME_1_MAIN"]);
    let ended = std::process::Command::new(program).stdin(std::process::Stdio::null()).output().unwrap();
    assert!(!ended.status.success());
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "self test: 1 of 16 rows differ\n");
}
