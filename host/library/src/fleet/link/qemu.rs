//! Boards that QEMU emulates. They run the image that a real board is flashed with.

use super::emulated::Emulated;
use super::{Link, LinkError, emulator, images};

const PROGRAM: &str = "qemu-system-arm";
const INSTALL: &str = "run `cargo xtask setup`, or install the package qemu-system-arm (QEMU 8 or later)";

/// Starts the emulator. The name of a board is that of QEMU's machine.
pub(super) async fn open(which: &Emulated, name: String) -> Result<Link, LinkError> {
    let Some(program) = emulator::installed(PROGRAM) else {
        return Err(LinkError::NoEmulator { name, program: PROGRAM, install: INSTALL });
    };
    let image = images::find(&name, &which.board, which.image.as_deref())?;
    let mut command = emulator::command(&program);
    command.args(["-M", &which.board, "-display", "none", "-monitor", "none", "-serial", "stdio", "-kernel"]);
    command.arg(image);
    emulator::start(name, command, None).await
}
