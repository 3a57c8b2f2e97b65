//! eggroll on Olimex's STM32-H405: an STM32F405RG, Cortex-M4F with 192 KB of RAM. Its serial line is on two
//! pins.
#![no_std]
#![no_main]

mod clocks;
mod uart;
mod watchdog;

use cortex_m::Peripherals;
use cortex_m_rt::{entry, exception};
use eggroll_board::deploy::{RamFlash, Slots};
use eggroll_board::{Board, Features, Region, Runtime, Watched};
use uart::Serial;
use watchdog::Watchdog;

#[entry]
fn main() -> ! {
    let features = Features { dsp: true, ..Features::default() };
    let board = Board { name: "olimex-stm32-h405", core: "Cortex-M4F", features };
    let Some(core) = Peripherals::take() else {
        // Taken by nobody before; without it the board would be silent.
        cortex_m::peripheral::SCB::sys_reset()
    };
    let port = Watched::new(Serial::start(clocks::start()), Watchdog::start(core.SYST));
    // RAM in the place of flash: it survives a reset, and no loss of power.
    let models = Slots::<_, 4>::new(RamFlash::new(Region::models().ram()));
    Runtime::new(board, port).with_models(models).run()
}

// It wakes the core, and nothing else.
#[exception]
fn SysTick() {}
