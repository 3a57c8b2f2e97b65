//! eggroll on the Raspberry Pi Pico 2: an RP2350 at 150 MHz with 520 KB of RAM, as a serial port over USB.
//! The same program is built for either kind of processor that the chip has, Cortex-M33 and Hazard3 (RISC-V).
//! **Not run yet**, on hardware or under emulation.
#![no_std]
#![no_main]

mod flash;
#[cfg(target_arch = "riscv32")]
mod risc_v;
mod usb;
mod watchdog;

use eggroll_board::{Board, Features, Runtime, Watched};
use rp235x_hal as hal;
use usb::Usb;
use watchdog::Watchdog;

/// What the boot ROM wants to know of an image: for which processor it is, and that it is a program.
#[unsafe(link_section = ".start_block")]
#[used]
static IMAGE: hal::block::ImageDef = hal::block::ImageDef::secure_exe();

/// The crystal of the board.
const CRYSTAL_HZ: u32 = 12_000_000;

const ARM: bool = cfg!(target_arch = "arm");
const BOARD: Board<'static> = Board {
    name: if ARM { "pico2" } else { "pico2-riscv" },
    core: if ARM { "Cortex-M33" } else { "Hazard3" },
    features: Features { dsp: ARM, fpga: false },
};

/// Starts the clocks and USB, and serves for ever.
#[hal::entry]
fn main() -> ! {
    // Taken by nobody before; without it, or with a clock that does not start, the board would be silent.
    let Some(mut chip) = hal::pac::Peripherals::take() else { hal::reset() };
    let mut watchdog = hal::Watchdog::new(chip.WATCHDOG);
    let clocks = hal::clocks::init_clocks_and_plls(
        CRYSTAL_HZ,
        chip.XOSC,
        chip.CLOCKS,
        chip.PLL_SYS,
        chip.PLL_USB,
        &mut chip.RESETS,
        &mut watchdog,
    );
    let Ok(clocks) = clocks else { hal::reset() };
    usb::start(chip.USB, chip.USB_DPRAM, clocks.usb_clock, &mut chip.RESETS);
    let port = Watched::new(Usb, Watchdog::new(watchdog));
    Runtime::new(BOARD, port).with_models(flash::models()).run()
}
