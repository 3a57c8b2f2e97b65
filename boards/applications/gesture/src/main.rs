//! Gestures on the BBC micro:bit v1.5: an nRF51822, and an LSM303AGR on its I2C. What is told goes over the
//! serial line, and a light of the first row shows its class.
#![no_std]
#![no_main]

use core::convert::Infallible;
use cortex_m_rt::entry;
use eggroll_board as _;
use embedded_hal::digital::OutputPin;
use embedded_hal_02::serial::Write;
use gesture::Gestures;
use gesture::model::Signal;
use nrf51_hal::Clocks;
use nrf51_hal::gpio::{Level, Output, Pin, PushPull, p0};
use nrf51_hal::pac::{Peripherals, UART0};
use nrf51_hal::timer::Timer;
use nrf51_hal::twi::{self, Frequency, Twi};
use nrf51_hal::uart::{self, Baudrate, Parity, Uart};

#[entry]
fn main() -> ! {
    static mut SIGNAL: Signal = Signal::new();
    let Some(chip) = Peripherals::take() else { cortex_m::peripheral::SCB::sys_reset() };
    // The crystal: the internal oscillator is off by more than a baud rate may be.
    Clocks::new(chip.CLOCK).enable_ext_hfosc();
    let pins = p0::Parts::new(chip.GPIO);
    let (txd, rxd) = (pins.p0_24.into_push_pull_output(Level::High), pins.p0_25.into_floating_input());
    let serial = uart::Pins { txd: txd.degrade(), rxd: rxd.degrade(), cts: None, rts: None };
    let mut uart = Uart::new(chip.UART0, serial, Parity::EXCLUDED, Baudrate::BAUD115200);
    let bus = twi::Pins {
        scl: pins.p0_00.into_floating_input().degrade(),
        sda: pins.p0_30.into_floating_input().degrade(),
    };
    let bus = Twi::new(chip.TWI0, bus, Frequency::K100);
    // A light is on where its row is high and its column low.
    let _row = pins.p0_13.into_push_pull_output(Level::High);
    let mut lights = [
        pins.p0_04.into_push_pull_output(Level::High).degrade(),
        pins.p0_05.into_push_pull_output(Level::High).degrade(),
        pins.p0_06.into_push_pull_output(Level::High).degrade(),
        pins.p0_07.into_push_pull_output(Level::High).degrade(),
    ];
    let mut gestures = match Gestures::start(bus, &mut Timer::new(chip.TIMER0), SIGNAL) {
        Ok(gestures) => gestures,
        Err(_) => {
            print(&mut uart, &["no LSM303AGR answers: this is for a micro:bit v1.5"]);
            loop {
                cortex_m::asm::wfe();
            }
        }
    };
    loop {
        match gestures.poll() {
            Ok(None) => {}
            Ok(Some(answer)) => {
                print(&mut uart, &["window ", answer.window]);
                if let Some(gesture) = answer.gesture {
                    print(&mut uart, &["gesture ", gesture]);
                    show(&mut lights, answer.class);
                }
            }
            Err(_) => print(&mut uart, &["the bus has failed"]),
        }
    }
}

/// Prints a line.
fn print(uart: &mut Uart<UART0>, parts: &[&str]) {
    for byte in parts.iter().chain(&["\r\n"]).flat_map(|part| part.bytes()) {
        // It never fails, it only has to wait.
        while uart.write(byte).is_err() {}
    }
}

fn show(lights: &mut [Pin<Output<PushPull>>], class: Option<usize>) {
    for (number, light) in lights.iter_mut().enumerate() {
        let set: Result<(), Infallible> =
            if Some(number) == class { light.set_low() } else { light.set_high() };
        let Ok(()) = set;
    }
}
