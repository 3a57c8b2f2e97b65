//! Boards that QEMU emulates: the image that is flashed to the real one.

use super::emulated::Emulated;
use super::{Link, LinkError, emulator, images};

const PROGRAM: &str = "qemu-system-arm";
const INSTALL: &str = "run `cargo xtask setup`, or install the package qemu-system-arm (QEMU 8 or later)";

/// Starts the emulator. A board is called as QEMU calls its machine.
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
