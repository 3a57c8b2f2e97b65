//! The chip's clocks. ST RM0090, chapters of the flash interface and the RCC.

use stm32_metapac::flash::vals::Latency;
use stm32_metapac::rcc::vals::{Pllm, Plln, Pllp, Pllsrc, Ppre, Sw};
use stm32_metapac::{FLASH, RCC};

/// The clock at reset, of an oscillator that is within 1 % at room temperature (ST DS8626).
const INTERNAL: u32 = 16_000_000;
/// The clock of USART 1, half the core's 168 MHz.
const FAST: u32 = 84_000_000;
/// How often a clock is asked for: many times the 2 ms that a crystal takes, at the clock of the reset.
const PATIENCE: u32 = 100_000;

fn wait(is_ready: impl Fn() -> bool) -> bool {
    (0..PATIENCE).any(|_| is_ready())
}

/// Runs the core at 168 MHz by the board's crystal of 8 MHz, or, where that does not swing, by the oscillator
/// of the reset; returns the clock of USART 1. QEMU has no crystal, so that no emulator shows the first.
pub(crate) fn start() -> u32 {
    RCC.cr().modify(|w| w.set_hseon(true));
    if !wait(|| RCC.cr().read().hserdy()) {
        return INTERNAL;
    }
    RCC.pllcfgr().modify(|w| {
        w.set_pllsrc(Pllsrc::HSE);
        w.set_pllm(Pllm::DIV4);
        w.set_plln(Plln::MUL168);
        w.set_pllp(Pllp::DIV2);
    });
    RCC.cr().modify(|w| w.set_pllon(true));
    if !wait(|| RCC.cr().read().pllrdy()) {
        return INTERNAL;
    }
    FLASH.acr().modify(|w| w.set_latency(Latency::WS5));
    // The slower bus takes 42 MHz, the faster 84.
    RCC.cfgr().modify(|w| {
        w.set_ppre1(Ppre::DIV4);
        w.set_ppre2(Ppre::DIV2);
    });
    RCC.cfgr().modify(|w| w.set_sw(Sw::PLL1_P));
    while RCC.cfgr().read().sws() != Sw::PLL1_P {}
    FAST
}
