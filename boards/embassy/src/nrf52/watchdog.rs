//! The nRF52's watchdog: nRF52840 and nRF52833 product specifications, "WDT". **Not seen at work.**

use eggroll_board::PATIENCE_MS;
use embassy_nrf::Peri;
use embassy_nrf::peripherals::WDT;
use embassy_nrf::wdt::{self, Config, HaltConfig, SleepConfig, WatchdogHandle};

/// Its clock.
const HZ: u64 = 32_768;

/// The chip's watchdog.
pub struct Watchdog(Option<WatchdogHandle>);

impl Watchdog {
    /// It waits from now on. Once started it can neither be stopped nor set in another way until the chip is
    /// reset.
    pub fn start(chip: Peri<'static, WDT>) -> Self {
        let mut config = Config::default();
        config.timeout_ticks = (PATIENCE_MS as u64 * HZ / 1000) as u32 - 1;
        // It stands still while the core sleeps, as a board does that waits for its host, and where a
        // debugger holds it.
        config.action_during_sleep = SleepConfig::Pause;
        config.action_during_debug_halt = HaltConfig::Pause;
        // Refused where it runs already, set in another way: by a bootloader, which then resets the chip.
        let started = wdt::Watchdog::try_new::<_, 1>(chip, config);
        Self(started.ok().map(|(_, [handle])| handle))
    }
}

impl eggroll_board::Watchdog for Watchdog {
    fn feed(&mut self) {
        if let Some(handle) = &mut self.0 {
            handle.pet();
        }
    }
}
