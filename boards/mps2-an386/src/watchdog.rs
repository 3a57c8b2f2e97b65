//! The watchdog of the CMSDK: Arm DDI 0479 (Cortex-M System Design Kit), chapter 4.4, at the address that
//! AN386 gives it. Emulated by QEMU; not tried on an FPGA.

use eggroll_board::PATIENCE_MS;

const LOAD: *mut u32 = 0x4000_8000 as *mut u32;
const CONTROL: *mut u32 = 0x4000_8008 as *mut u32;
const CLEAR: *mut u32 = 0x4000_800C as *mut u32;
const LOCK: *mut u32 = 0x4000_8C00 as *mut u32;

/// What opens the other registers for writing.
const KEY: u32 = 0x1ACC_E551;
/// It counts, and raises its interrupt where it ends.
const COUNT: u32 = 1 << 0;
/// It resets the board where it ends once more.
const RESET: u32 = 1 << 1;
/// The clock of the AN386.
const HZ: u32 = 25_000_000;

fn write(register: *mut u32, value: u32) {
    // SAFETY: only called with the registers above, which exist, are aligned, and are used by this module
    // alone.
    unsafe { register.write_volatile(value) };
}

/// The watchdog.
pub(crate) struct Watchdog(());

impl Watchdog {
    /// It waits from now on. Where its counter ends it raises the NMI, which starts the board anew; where it
    /// ends once more it resets the board by itself.
    pub(crate) fn start() -> Self {
        write(LOCK, KEY);
        write(LOAD, PATIENCE_MS * (HZ / 1000));
        write(CONTROL, COUNT | RESET);
        Self(())
    }
}

impl eggroll_board::Watchdog for Watchdog {
    fn feed(&mut self) {
        // Any value loads the counter anew.
        write(CLEAR, 1);
        write(CONTROL, COUNT | RESET);
    }

    fn pause(&mut self) {
        write(CONTROL, 0);
    }
}
