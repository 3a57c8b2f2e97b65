//! The watchdog: SiFive's FE310-G002 manual, chapter of the watchdog timer. It counts the slow clock, 32,768
//! Hz, and resets the chip.

use e310x::Wdog;
use eggroll_board::PATIENCE_MS;

/// Without it a write to any other register is ignored.
const KEY: u32 = 0x51_F15E;
/// What starts the count anew.
const FOOD: u32 = 0xD09_F00D;
/// What it counts, in Hz, and by which power of two that is divided before it is compared with 16 bits.
const HZ: u32 = 32_768;
const SCALE: u8 = 3;

/// The watchdog.
pub(crate) struct Watchdog(Wdog);

impl Watchdog {
    /// One that stands still.
    pub(crate) const fn new(watchdog: Wdog) -> Self {
        Self(watchdog)
    }

    fn unlock(&self) {
        // SAFETY: the key is a number.
        self.0.wdogkey().write(|w| unsafe { w.bits(KEY) });
    }

    /// It resets the chip once its count, divided, is `most`; at 0 that is so at once.
    fn count_to(&self, most: u32) {
        self.unlock();
        // SAFETY: any value may be compared with.
        self.0.wdogcmp().write(|w| unsafe { w.bits(most) });
        self.unlock();
        // SAFETY: a power of two below the largest.
        self.0.wdogcfg().write(|w| unsafe { w.scale().bits(SCALE) }.rsten().set_bit().enalways().set_bit());
    }
}

impl eggroll_board::Watchdog for Watchdog {
    fn feed(&mut self) {
        self.unlock();
        // SAFETY: the number that the manual gives.
        self.0.wdogfeed().write(|w| unsafe { w.bits(FOOD) });
        self.count_to(PATIENCE_MS * (HZ >> SCALE) / 1000);
    }

    fn pause(&mut self) {
        self.unlock();
        self.0.wdogcfg().write(|w| w.enalways().clear_bit());
    }
}

/// Resets the chip.
#[unsafe(no_mangle)]
fn eggroll_reset() -> ! {
    // SAFETY: whoever had it before does not go on.
    let watchdog = Watchdog(unsafe { Wdog::steal() });
    loop {
        watchdog.count_to(0);
    }
}
