//! The RP2350's watchdog, by which the chip is reset, too, all but its oscillators (RP2350 datasheet,
//! "Watchdog").

use eggroll_board::PATIENCE_MS;
use rp235x_hal as hal;
use rp235x_hal::fugit::MicrosDurationU32;

const PATIENCE: MicrosDurationU32 = MicrosDurationU32::millis(PATIENCE_MS);

/// The chip's watchdog.
pub(crate) struct Watchdog {
    inner: hal::Watchdog,
    running: bool,
}

impl Watchdog {
    /// It waits from the first time on that it is fed.
    pub(crate) const fn new(inner: hal::Watchdog) -> Self {
        Self { inner, running: false }
    }
}

/// Feeds the watchdog during work that takes longer than it waits. Where it stands still this changes
/// nothing.
pub(crate) fn feed() {
    // SAFETY: it writes one register, which counts microseconds, and which whoever else feeds it writes, too.
    unsafe { (*hal::pac::WATCHDOG::ptr()).load().write(|w| w.bits(PATIENCE.to_micros())) };
}

impl eggroll_board::Watchdog for Watchdog {
    fn feed(&mut self) {
        if self.running {
            self.inner.feed();
        } else {
            self.inner.start(PATIENCE);
            self.running = true;
        }
    }

    fn pause(&mut self) {
        self.inner.disable();
        self.running = false;
    }
}

/// Starts the chip anew, as after a panic. What the log holds is lost: waiting for a probe to take it might
/// never end.
#[unsafe(no_mangle)]
fn eggroll_reset() -> ! {
    hal::reset()
}
