//! A controller on the Raspberry Pi Pico, which a host trains over USB by what the Pico measures: PWM on GPIO
//! 15, behind it two stages of 3.3 kOhm and 10 uF, and the second capacitor's voltage on GPIO 26.
#![no_std]
#![no_main]

use controller::{Converter, Level};
use cortex_m_rt::entry;
use eggroll_board::{Board, Features, Runtime, Watched};
use eggroll_board_rp2040::{Watchdog, models, start_usb};
use embassy_rp::adc::{self, Adc, Blocking, Channel};
use embassy_rp::gpio::Pull;
use embassy_rp::pwm::{self, Pwm};
use embedded_hal::delay::DelayNs;

/// The PWM counts to this: 12 bits at 30 kHz, of which two stages leave no ripple that the converter sees.
const TOP: u16 = 4095;

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
    let mut chip = embassy_rp::init(embassy_rp::config::Config::default());
    let port = start_usb(chip.USB, chip.FLASH.reborrow());
    let port = Watched::new(port, Watchdog::new(chip.WATCHDOG));
    let mut config = pwm::Config::default();
    config.top = TOP;
    let pwm = Pwm::new_output_b(chip.PWM_SLICE7, chip.PIN_15, config);
    let adc = Adc::new_blocking(chip.ADC, adc::Config::default());
    let pin = Pin { adc, channel: Channel::new_pin(chip.PIN_26, Pull::None) };
    let board = Board { name: "pico", core: "Cortex-M0+", features: Features::default() };
    let runtime = Runtime::new(board, port).with_models(models(chip.FLASH));
    runtime.with_task(Level::new(pwm, pin, Timer)).run()
}
