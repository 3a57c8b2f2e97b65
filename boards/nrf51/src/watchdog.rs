//! The nRF51's watchdog: nRF51 Series Reference Manual 3.0, chapter 25. QEMU has none: **not seen at work.**

use eggroll_board::PATIENCE_MS;
use nrf51_hal::pac::WDT;

/// Its clock, which it starts by itself where it does not run (25.1).
const HZ: u64 = 32_768;

/// The chip's watchdog.
pub struct Watchdog(WDT);

impl Watchdog {
    /// It waits from now on. Once started it cannot be stopped, nor set in another way (25.1); a reset by
    /// software leaves it running, and it is fed before long.
    pub fn start(watchdog: WDT) -> Self {
        let ticks = (PATIENCE_MS as u64 * HZ / 1000) as u32 - 1;
        // SAFETY: any number of ticks from 15 on.
        watchdog.crv.write(|w| unsafe { w.bits(ticks) });
        watchdog.rren.write(|w| w.rr0().enabled());
        // It stands still while the core sleeps, as a board does that waits for its host, and where a
        // debugger holds it.
        watchdog.config.write(|w| w.sleep().pause().halt().pause());
        // SAFETY: writing 1 starts the task.
        watchdog.tasks_start.write(|w| unsafe { w.bits(1) });
        Self(watchdog)
    }
}

impl eggroll_board::Watchdog for Watchdog {
    fn feed(&mut self) {
        let [request, ..] = &self.0.rr;
        request.write(|w| w.rr().reload());
    }
}
