//! Turns the Verilog into C++ with Verilator, and that into a library, once for each set of parameters.
//!
//! Without Verilator the crate still builds: it has no models then, and its tests are ignored, saying why.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Parameters of the Verilog by name.
type Parameters = &'static [(&'static str, u32)];

/// The unit on a UP5K: `cargo xtask bitstream` synthesises the same.
const SMALL: Parameters = &[("LANES", 8), ("MAX_R", 8), ("STREAMS", 4), ("ROUNDS", 1), ("W_LOG", 14)];
/// The unit on an ECP5.
const LARGE: Parameters = &[("LANES", 32), ("MAX_R", 8), ("STREAMS", 4), ("ROUNDS", 2), ("W_LOG", 12)];
/// The bounds of everything.
const TINY: Parameters =
    &[("LANES", 4), ("MAX_N", 13), ("MAX_M", 9), ("MAX_R", 1), ("STREAMS", 1), ("ROUNDS", 0), ("ROOM", 5)];

/// Name of the C++ class, top module and parameters.
const MODELS: [(&str, &str, Parameters); 9] = [
    ("CoreSmall", "rank_r_matmul", SMALL),
    ("CoreLarge", "rank_r_matmul", LARGE),
    ("CoreTiny", "rank_r_matmul", TINY),
    ("UnitSpi", "matmul_spi", SMALL),
    ("UnitWishbone", "matmul_wishbone", LARGE),
    ("Threefry0", "threefry", &[("ROUNDS", 0)]),
    ("Threefry1", "threefry", &[("ROUNDS", 1)]),
    ("Threefry2", "threefry", &[("ROUNDS", 2)]),
    ("Threefry4", "threefry", &[("ROUNDS", 4)]),
];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(verilator)");
    println!("cargo::rerun-if-changed=rtl");
    println!("cargo::rerun-if-changed=src/shim.cpp");
    println!("cargo::rerun-if-env-changed=VERILATOR");
    println!("cargo::rerun-if-env-changed=PATH");
    let Some(verilator) = verilator() else {
        println!(
            "cargo::warning=Verilator is not installed: the Verilog is not simulated, its tests are ignored"
        );
        return;
    };
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let root = said(Command::new(&verilator).args(["--getenv", "VERILATOR_ROOT"]));
    let include = Path::new(root.trim()).join("include");
    let rtl = sources();

    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std("c++17")
        .warnings(false)
        .opt_level(2)
        .include(&include)
        .include(include.join("vltstd"));
    for (class, top, parameters) in MODELS {
        let folder = out.join(class);
        let mut command = Command::new(&verilator);
        command.args(["--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert", "-Wall"]);
        command.args(["--language", "1364-2005", "--top-module", top, "--prefix", class, "--Mdir"]);
        command.arg(&folder);
        // A parameter that a module lacks is not its business.
        let known = known_parameters(top);
        command.args(
            parameters
                .iter()
                .filter(|(name, _)| known.iter().any(|k| k == name))
                .map(|(name, v)| format!("-G{name}={v}")),
        );
        said(command.args(&rtl));
        build.include(&folder).files(with_extension(&folder, "cpp"));
    }
    build
        .file(include.join("verilated.cpp"))
        .file(include.join("verilated_threads.cpp"))
        .file("src/shim.cpp");
    build.compile("eggroll_hdl");
    println!("cargo::rustc-cfg=verilator");
    println!("cargo::metadata=verilator=1");
}

/// The program, if it runs.
fn verilator() -> Option<String> {
    let name = std::env::var("VERILATOR").unwrap_or_else(|_| "verilator".to_owned());
    Command::new(&name).arg("--version").output().ok().filter(|output| output.status.success()).map(|_| name)
}

fn sources() -> Vec<PathBuf> {
    let rtl = Path::new(env!("CARGO_MANIFEST_DIR")).join("rtl");
    with_extension(&rtl, "v")
}

fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> = paths.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    files.sort();
    files
}

/// What a module declares as parameters.
fn known_parameters(top: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("rtl/{top}.v"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("parameter "));
    names.filter_map(|rest| rest.split_whitespace().next().map(str::to_owned)).collect()
}

/// What a command prints; ends the build where it fails.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}{err}");
    out.into_owned()
}
