//! The Raspberry Pi Pico with its USB port, emulated by the npm package rp2040js.

use super::emulated::Emulated;
use super::{Link, LinkError, emulator, images};

const PROGRAM: &str = "node";
const INSTALL: &str = "install Node.js (the package nodejs), then run `cargo xtask setup`";
const PACKAGE: &str = "rp2040js";
const INSTALL_PACKAGE: &str =
    "run `cargo xtask setup`, or `npm install --no-package-lock` in the folder boards";

/// The runner writes this line once the serial port of the board is ready.
const READY: &str = "ready";

/// Starts the emulator.
pub(super) async fn open(which: &Emulated, name: String) -> Result<Link, LinkError> {
    let Some(program) = emulator::installed(PROGRAM) else {
        return Err(LinkError::NoEmulator { name, program: PROGRAM, install: INSTALL });
    };
    let boards = images::boards();
    if !boards.join("node_modules").join(PACKAGE).is_dir() {
        return Err(LinkError::NoEmulator { name, program: PACKAGE, install: INSTALL_PACKAGE });
    }
    let image = images::find(&name, &which.board, which.image.as_deref())?;
    let mut command = emulator::command(&program);
    command.arg(boards.join("rp2040js.mjs")).arg(image);
    emulator::start(name, command, Some(READY)).await
}
