//! The project's chores behind one command: `cargo xtask --help` lists them.

mod bench;
mod boards;
#[cfg(all(test, feature = "chips"))]
mod chips;
mod cores;
mod cross;
mod cuda;
#[cfg(test)]
mod documents;
mod emulators;
mod examples;
mod exports;
mod facts;
mod figures;
mod flash;
mod floats;
mod fuzz;
mod hdl;
mod image;
mod neon;
mod packages;
mod panics;
mod process;
mod setup;
mod size;
mod test;
mod torture;
mod vectors;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The project's chores: prepare a machine, check everything, measure, write test vectors.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    Setup(setup::Args),
    Test(test::Args),
    Bench(bench::Args),
    Bitstream(hdl::BitstreamArgs),
    /// Read the FPGA's Verilog with every warning on, prove what hdl/formal says of it, and simulate what
    /// synthesis makes of it
    Hdl,
    /// Compile the CUDA kernels with NVRTC for two architectures, and print the registers and memory of each
    Cuda,
    Boards(boards::BoardsArgs),
    Flash(flash::Args),
    Size(size::Args),
    Figures(figures::Args),
    Packages(packages::Args),
    Panics(panics::Args),
    Fuzz(fuzz::Args),
    Torture(torture::Args),
    Vectors(vectors::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().chore {
        Chore::Setup(args) => setup::run(&args),
        Chore::Test(args) => test::run(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::Bitstream(args) => hdl::bitstream(&args),
        Chore::Hdl => hdl::lint().and_then(|()| hdl::netlist()).and_then(|()| hdl::formal()),
        Chore::Cuda => {
            cuda::install();
            cuda::compile()
        }
        Chore::Boards(args) => boards::run(&args),
        Chore::Flash(args) => flash::run(&args),
        Chore::Size(args) => size::run(&args),
        Chore::Figures(args) => figures::run(&args),
        Chore::Packages(args) => packages::run(&args),
        Chore::Panics(args) => panics::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
        Chore::Torture(args) => torture::run(&args),
        Chore::Vectors(args) => vectors::run(&args),
    };
    // Printed here, as one line: returning the error would add a backtrace where RUST_BACKTRACE is set.
    if let Err(error) = outcome {
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
