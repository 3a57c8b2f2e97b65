//! The watchdog of the CMSDK: Arm DDI 0479 (Cortex-M System Design Kit), chapter 4.4. Emulated by QEMU; not
//! tried on an FPGA.

use eggroll_board::PATIENCE_MS;

/// A watchdog of an image.
#[derive(Clone, Copy)]
pub struct Watchdog {
    /// The address of its registers.
    pub address: usize,
    /// What it counts, in Hz.
    pub clock: u32,
}

/// Registers, in bytes from the first.
const LOAD: usize = 0x000;
const CONTROL: usize = 0x008;
const CLEAR: usize = 0x00C;
const LOCK: usize = 0xC00;

/// What opens the other registers for writing.
const KEY: u32 = 0x1ACC_E551;
/// It counts, and raises its interrupt where it ends.
const COUNT: u32 = 1 << 0;
/// It resets the board where it ends once more.
const RESET: u32 = 1 << 1;

impl Watchdog {
    fn write(self, register: usize, value: u32) {
        // SAFETY: a register above of a watchdog that exists, aligned, and used by this module alone.
        unsafe { ((self.address + register) as *mut u32).write_volatile(value) };
    }
}

/// The watchdog of a board that may have none. Where its counter ends it raises the NMI, which starts the
/// board anew; where it ends once more it resets the board by itself.
pub(crate) struct Watching(pub(crate) Option<Watchdog>);

impl eggroll_board::Watchdog for Watching {
    fn feed(&mut self) {
        let Some(watchdog) = self.0 else { return };
        watchdog.write(LOCK, KEY);
        watchdog.write(LOAD, PATIENCE_MS * (watchdog.clock / 1000));
        // Any value loads the counter anew.
        watchdog.write(CLEAR, 1);
        watchdog.write(CONTROL, COUNT | RESET);
    }

    fn pause(&mut self) {
        if let Some(watchdog) = self.0 {
            watchdog.write(CONTROL, 0);
        }
    }
}
