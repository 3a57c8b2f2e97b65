//! Tortures the real `eggroll-host` on tiny runs: it is killed, its files are damaged, its disk is full, a
//! second host is there, its boards are hostile. Whatever happens, it ends with the right weights, or says
//! why not in one line that names a way out. `cargo xtask torture --help` says more.

#[cfg(target_os = "linux")]
mod linux {
    pub(crate) mod board;
    pub(crate) mod case;
    pub(crate) mod kinds;
    pub(crate) mod program;
    pub(crate) mod random;
    pub(crate) mod runner;
    pub(crate) mod runs;
    pub(crate) mod settle;
    pub(crate) mod tracer;
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::runner::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("error: torture needs Linux, which stops a program before a system call of its");
    std::process::ExitCode::FAILURE
}
