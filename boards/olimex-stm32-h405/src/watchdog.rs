//! The independent watchdog. ST RM0090, chapter "Independent watchdog (IWDG)". QEMU has none: **not seen at
//! work.**

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use eggroll_board::PATIENCE_MS;
use stm32_metapac::IWDG;
use stm32_metapac::iwdg::vals::{Key, Pr};

/// What it counts: an oscillator of 32 kHz (17 to 47, ST DS8626), divided by 256.
const HZ: u32 = 32_000 / 256;
/// Clocks between two interrupts of the SysTick: as many as its 24 bits hold, a tenth of a second at 168 MHz.
const TICKS: u32 = (1 << 24) - 1;

/// The chip's watchdog.
pub(crate) struct Watchdog(());

impl Watchdog {
    /// It waits from now on, and nothing stops it again but a reset. So the core is woken from its sleep now
    /// and then by the SysTick, and whoever waits for its host feeds it, too.
    pub(crate) fn start(mut ticks: SYST) -> Self {
        ticks.set_clock_source(SystClkSource::Core);
        ticks.set_reload(TICKS);
        ticks.clear_current();
        ticks.enable_interrupt();
        ticks.enable_counter();
        IWDG.kr().write(|w| w.set_key(Key::ENABLE));
        IWDG.pr().write(|w| w.set_pr(Pr::DIVIDE_BY256));
        IWDG.rlr().write(|w| w.set_rl((PATIENCE_MS * HZ / 1000) as u16));
        IWDG.kr().write(|w| w.set_key(Key::START));
        Self(())
    }
}

impl eggroll_board::Watchdog for Watchdog {
    fn feed(&mut self) {
        IWDG.kr().write(|w| w.set_key(Key::RESET));
    }
}
