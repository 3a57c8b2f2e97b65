//! Compilers and runtimes of others.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "thumbv6m-none-eabi";

/// Runs a command to its end, which has to be a good one, with nothing to say.
#[track_caller]
fn silently(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{command:?}: {}\n{said}", output.status);
}

/// Compiles a file of C with every warning an error.
#[track_caller]
pub(crate) fn c_program(folder: &Path, name: &str, more: &[&str]) -> PathBuf {
    let program = folder.join(format!("{name}-c"));
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.current_dir(folder).args(["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic"]);
    silently(cc.args(more).arg(format!("{name}.c")).arg("-o").arg(&program));
    program
}

/// Arguments for what finds accesses and arithmetic that C leaves undefined, where the compiler has it: its
/// libraries are not everywhere.
pub(super) fn sanitizers(folder: &Path) -> Vec<&'static str> {
    const ALL: [&str; 4] =
        ["-fsanitize=undefined", "-fsanitize=address", "-fno-sanitize-recover=all", "-Wconversion"];
    std::fs::write(folder.join("nothing.c"), "int main(void) { return 0; }\n").unwrap();
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.current_dir(folder).args(ALL).args(["nothing.c", "-o", "nothing"]);
    let compiled = cc.output().is_ok_and(|output| output.status.success());
    if compiled && Command::new(folder.join("nothing")).status().is_ok_and(|status| status.success()) {
        return ALL.to_vec();
    }
    eprintln!("skipped: undefined behaviour of exported C, because the compiler has no sanitizers");
    vec!["-Wconversion"]
}

fn rustc(edition: &str) -> Command {
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", edition, "-D", "warnings", "-C", "opt-level=1"]);
    rustc
}

/// Compiles a module as a program of its own.
#[track_caller]
pub(crate) fn rust_program(folder: &Path, name: &str) -> PathBuf {
    let program = folder.join(format!("{name}-rust"));
    let mut rustc = rustc("2024");
    silently(
        rustc.args(["--cfg", "eggroll_main"]).arg(folder.join(format!("{name}.rs"))).arg("-o").arg(&program),
    );
    program
}

/// A crate without the standard library, of one module.
pub(super) fn module(folder: &Path, name: &str) -> PathBuf {
    let krate = folder.join(format!("of_{name}.rs"));
    let text = format!("//! One model.\n#![no_std]\n#[path = \"{name}.rs\"]\npub mod model;\n");
    std::fs::write(&krate, text).unwrap();
    krate
}

/// Makes sure that clippy, where there is one, has nothing to say.
#[track_caller]
pub(super) fn linted(krate: &Path) {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    let driver = Path::new(String::from_utf8(sysroot).unwrap().trim()).join("bin/clippy-driver");
    if !driver.exists() {
        return eprintln!("skipped: clippy of an exported module, because there is no clippy-driver");
    }
    let mut clippy = Command::new(driver);
    clippy.args(["--edition", "2024", "--crate-type", "rlib", "-D", "warnings", "-D", "missing_docs"]);
    silently(
        clippy
            .args(["-D", "clippy::all", "--emit", "metadata"])
            .arg(krate)
            .arg("--out-dir")
            .arg(folder_of(krate)),
    );
}

fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap()
}

/// Compiles a crate for the least capable core: by the compiler in use if it has the target, or by Debian's,
/// which builds `core` along.
#[track_caller]
pub(super) fn cross_compiled(krate: &Path) {
    let libraries =
        Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output().unwrap().stdout;
    let libraries = String::from_utf8(libraries).unwrap();
    let is_core = |name: &OsStr| name.to_string_lossy().starts_with("libcore-");
    let mut entries = std::fs::read_dir(libraries.trim()).into_iter().flatten().flatten();
    if entries.any(|entry| is_core(&entry.file_name())) {
        let mut rustc = rustc("2021");
        return silently(
            rustc
                .args(["--crate-type", "rlib", "--target", TARGET])
                .arg(krate)
                .arg("--out-dir")
                .arg(folder_of(krate)),
        );
    }
    let [rustc, cargo] = ["/usr/bin/rustc", "/usr/bin/cargo"].map(Path::new);
    if !rustc.exists() || !cargo.exists() {
        return eprintln!(
            "skipped: an exported module for {TARGET}, because no compiler has it (cargo xtask setup)"
        );
    }
    let manifest = folder_of(krate).join("Cargo.toml");
    let library = krate.file_name().unwrap().to_string_lossy();
    let text = format!(
        "[package]\nname = \"exported\"\nedition = \"2021\"\n[lib]\npath = \"{library}\"\n[workspace]\n"
    );
    std::fs::write(&manifest, text).unwrap();
    let mut build = Command::new(cargo);
    build.env("CARGO_UNSTABLE_BUILD_STD", "core").env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1");
    // The cargo that runs this test points these at its own toolchain.
    build.env_remove("LD_LIBRARY_PATH").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    build.args(["build", "--quiet", "--offline", "--target", TARGET, "--manifest-path"]).arg(&manifest);
    silently(build.arg("--target-dir").arg(folder_of(krate).join("target")));
}

/// Runs a program on an input, and returns the lines that it prints.
#[track_caller]
pub(super) fn said_by(program: &Path, input: &str) -> Vec<String> {
    let mut command = Command::new(program);
    lines(&mut command, input.as_bytes())
}

/// What a program of several policies says of observations.
#[track_caller]
pub(super) fn actions(program: &Path, policy: &str, observations: &str) -> Vec<String> {
    lines(Command::new(program).arg(policy), observations.as_bytes())
}

#[track_caller]
fn lines(command: &mut Command, input: &[u8]) -> Vec<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Beside reading, so that neither waits for the other.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// A Python that has onnxruntime: of the environment that `cargo xtask setup` makes beside what is built, or
/// the system's.
pub(super) fn python() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let own = test.ancestors().nth(3)?.join("export-tools/bin/python");
    let has_package = |python: &PathBuf| {
        let mut command = Command::new(python);
        command
            .args(["-c", "import onnxruntime"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    [own, PathBuf::from("python3")].into_iter().find(has_package)
}

/// What onnxruntime makes of rows, in the form of the other programs.
#[track_caller]
pub(super) fn onnx(python: &Path, model: &Path, rows: &[Vec<i32>]) -> Vec<String> {
    let input = serde_json::json!({ "model": model, "rows": rows }).to_string();
    let mut command = Command::new(python);
    lines(command.args(["-c", include_str!("onnx.py")]), input.as_bytes())
}

/// What onnxruntime says of a policy's observations.
#[track_caller]
pub(super) fn policy_in_onnx(python: &Path, model: &Path, observations: &[Vec<i8>]) -> Vec<String> {
    const SCRIPT: &str = "import json, sys, numpy, onnxruntime\n\
        task = json.load(sys.stdin)\n\
        session = onnxruntime.InferenceSession(task['model'], providers=['CPUExecutionProvider'])\n\
        features = numpy.array(task['rows'], dtype=numpy.int8)\n\
        for row in session.run(['outputs'], {'features': features})[0].tolist(): print(*row)\n";
    let input = serde_json::json!({ "model": model, "rows": observations }).to_string();
    let mut command = Command::new(python);
    lines(command.args(["-c", SCRIPT]), input.as_bytes())
}
