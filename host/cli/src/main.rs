//! `eggroll-host`: see `eggroll-host --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    eggroll_cli::main()
}
