//! eggroll on Olimex's STM32-H405: an STM32F405RG, Cortex-M4F with 192 KB of RAM. Its serial line is on two
//! pins.
#![no_std]
#![no_main]

mod clocks;
mod uart;

use cortex_m_rt::entry;
use eggroll_board::deploy::{RamFlash, Slots};
use eggroll_board::{Board, Features, Region, Runtime};
use uart::Serial;

#[entry]
fn main() -> ! {
    let features = Features { dsp: true, ..Features::default() };
    let board = Board { name: "olimex-stm32-h405", core: "Cortex-M4F", features };
    // RAM in the place of flash: it survives a reset, and no loss of power.
    let models = Slots::<_, 4>::new(RamFlash::new(Region::models().ram()));
    Runtime::new(board, Serial::start(clocks::start())).with_models(models).run()
}
