//! A controller on the Raspberry Pi Pico, which a host trains over USB by what the Pico measures: PWM on GPIO
//! 15, behind it two stages of 3.3 kOhm and 10 uF, and the second capacitor's voltage on GPIO 26.
#![no_std]
#![no_main]

// The port of the board itself, and the number that it is known by.
#[path = "../../../pico/src/serial.rs"]
mod serial;
#[path = "../../../pico/src/usb.rs"]
mod usb;

use controller::{Converter, Level};
use cortex_m_rt::entry;
use eggroll_board::{Board, Features};
use eggroll_board_embassy::Port;
use embassy_executor::InterruptExecutor;
use embassy_rp::adc::{self, Adc, Blocking, Channel};
use embassy_rp::gpio::Pull;
use embassy_rp::interrupt;
use embassy_rp::interrupt::InterruptExt;
use embassy_rp::pwm::{self, Pwm};
use embedded_hal::delay::DelayNs;

static USB: InterruptExecutor = InterruptExecutor::new();

/// The PWM counts to this: 12 bits at 30 kHz, of which two stages leave no ripple that the converter sees.
const TOP: u16 = 4095;

/// An interrupt without a peripheral, which the executor of USB's tasks raises and runs in.
#[interrupt]
unsafe fn SWI_IRQ_0() {
    // SAFETY: only called here, and the interrupt is enabled by `start`.
    unsafe { USB.on_interrupt() }
}

/// The pin of the second capacitor.
struct Pin {
    adc: Adc<'static, Blocking>,
    channel: Channel<'static>,
}

impl Converter for Pin {
    type Error = adc::Error;

    fn read(&mut self) -> Result<u16, adc::Error> {
        self.adc.blocking_read(&mut self.channel)
    }
}

/// The lower half of the chip's timer, which counts microseconds (RP2040 data sheet, 4.6.5: TIMERAWL).
const MICROSECONDS: *const u32 = 0x4005_4028 as *const u32;

/// Waits by that timer, so that interrupts of USB do not lengthen a wait.
struct Timer;

impl Timer {
    fn now() -> u32 {
        // SAFETY: the register exists, is aligned, and reading it changes nothing.
        unsafe { MICROSECONDS.read_volatile() }
    }
}

impl DelayNs for Timer {
    fn delay_ns(&mut self, ns: u32) {
        let (begins, micros) = (Self::now(), ns.div_ceil(1000));
        while Self::now().wrapping_sub(begins) < micros {}
    }
}

#[entry]
fn main() -> ! {
    let chip = embassy_rp::init(embassy_rp::config::Config::default());
    // Before anything runs that might be interrupted: meanwhile the flash, where all code is, cannot be read.
    let serial = serial::of_flash(chip.FLASH);
    interrupt::SWI_IRQ_0.set_priority(interrupt::Priority::P3);
    let spawner = USB.start(interrupt::SWI_IRQ_0);
    // There is one task and it is spawned once, so there is room for it; without it the board would be
    // silent.
    if let Ok(task) = usb::serve(chip.USB, serial) {
        spawner.spawn(task);
    }
    let mut config = pwm::Config::default();
    config.top = TOP;
    let pwm = Pwm::new_output_b(chip.PWM_SLICE7, chip.PIN_15, config);
    let adc = Adc::new_blocking(chip.ADC, adc::Config::default());
    let pin = Pin { adc, channel: Channel::new_pin(chip.PIN_26, Pull::None) };
    let board = Board { name: "pico", core: "Cortex-M0+", features: Features::default() };
    eggroll_board::run_with_task(board, Port, Level::new(pwm, pin, Timer))
}
