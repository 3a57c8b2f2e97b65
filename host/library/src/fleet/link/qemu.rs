//! Boards that QEMU emulates. They run the image that a real board is flashed with.

use super::emulated::Emulated;
use super::{Link, LinkError, emulator, images};

/// An emulator of QEMU's, and how to come by it.
struct Program {
    name: &'static str,
    install: &'static str,
}

const ARM: Program = Program {
    name: "qemu-system-arm",
    install: "run `cargo xtask setup`, or install the package qemu-system-arm (QEMU 8 or later)",
};
const RISC_V: Program = Program {
    name: "qemu-system-riscv32",
    install: "run `cargo xtask setup`, or install the package qemu-system-riscv (QEMU 8 or later)",
};

/// The boards that QEMU knows by another name than ours, or that are no Arm: the board, its emulator, and the
/// machine. Every other board has the name that `qemu-system-arm` takes.
const MACHINES: [(&str, Program, &str); 1] = [("hifive1", RISC_V, "sifive_e,revb=true")];

/// The emulator of a board, and its machine there.
fn machine(board: &str) -> (Program, &str) {
    let known = MACHINES.into_iter().find(|(name, ..)| *name == board);
    known.map_or((ARM, board), |(_, program, machine)| (program, machine))
}

/// Starts the emulator.
pub(super) async fn open(which: &Emulated, name: String) -> Result<Link, LinkError> {
    let (Program { name: program, install }, machine) = machine(&which.board);
    let Some(file) = emulator::installed(program) else {
        return Err(LinkError::NoEmulator { name, program, install });
    };
    let image = images::find(&name, &which.board, which.image.as_deref())?;
    let mut command = emulator::command(&file);
    command.args(["-M", machine, "-display", "none", "-monitor", "none", "-serial", "stdio", "-kernel"]);
    command.arg(image);
    emulator::start(name, command, None).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_are_machines_of_the_right_emulator() {
        let of = |board| {
            let (program, machine) = machine(board);
            (program.name, machine.to_owned())
        };
        assert_eq!(of("microbit"), ("qemu-system-arm", "microbit".to_owned()));
        assert_eq!(of("hifive1"), ("qemu-system-riscv32", "sifive_e,revb=true".to_owned()));
    }
}
