//! The application on the BBC micro:bit v1.5: an nRF51822, an LSM303AGR on its I2C, two buttons, 25 lights. A
//! host may connect meanwhile, as to any board.
#![no_std]
#![no_main]

mod display;
#[cfg(feature = "trace")]
mod trace;

use cortex_m_rt::entry;
use display::Display;
#[cfg(feature = "trace")]
use eggroll_board::deploy::ModelStore;
use eggroll_board::deploy::{SampleLog, Slots, WithSamples};
use eggroll_board::{Board, Features, Region, Runtime, Watched};
use eggroll_board_nrf51::{Flash, Serial, WORD, Watchdog};
#[cfg(not(feature = "trace"))]
use gesture::Sensor;
#[cfg(not(feature = "trace"))]
use learner::{Application, Buttons};
use learner::{INPUTS, Screen, Shown};
use nrf51_hal::Clocks;
use nrf51_hal::gpio::{Level, p0};
use nrf51_hal::pac::Peripherals;
use nrf51_hal::timer::Timer;
#[cfg(not(feature = "trace"))]
use nrf51_hal::twi::{self, Frequency, Twi};

#[entry]
fn main() -> ! {
    static mut FEATURES: learner::Features = learner::Features::new();
    let board = Board { name: "learner", core: "Cortex-M0", features: Features::default() };
    let Some(chip) = Peripherals::take() else { cortex_m::peripheral::SCB::sys_reset() };
    // The crystal: the internal oscillator is off by more than a baud rate may be.
    Clocks::new(chip.CLOCK).enable_ext_hfosc();
    let pins = p0::Parts::new(chip.GPIO);
    let (txd, rxd) = (pins.p0_24.into_push_pull_output(Level::High), pins.p0_25.into_floating_input());
    let serial = Serial::start(chip.UART0, txd, rxd);
    let port = Watched::new(serial, Watchdog::start(chip.WDT));
    let log = SampleLog::<_, WORD>::new(Flash::new(&chip.NVMC, Region::samples()), INPUTS);
    let models = Slots::<_, WORD>::new(Flash::new(&chip.NVMC, Region::models()));
    let (Some(log), Some(models)) = (log, models) else {
        // `memory.x` has other pages than the chip.
        cortex_m::peripheral::SCB::sys_reset()
    };
    let mut display = Display::start(chip.TIMER1);
    let mut screen = Screen::default();
    let delay = &mut Timer::new(chip.TIMER0);
    #[cfg(feature = "trace")]
    let mut application = trace::start(FEATURES, delay, log.is_empty());
    #[cfg(not(feature = "trace"))]
    let mut application = {
        let bus = twi::Pins {
            scl: pins.p0_00.into_floating_input().degrade(),
            sda: pins.p0_30.into_floating_input().degrade(),
        };
        let sensor = Sensor::start(Twi::new(chip.TWI0, bus, Frequency::K100), delay);
        // The board pulls the pins of its buttons up.
        let buttons = Buttons::new(pins.p0_17.into_floating_input(), pins.p0_26.into_floating_input());
        sensor.ok().map(|sensor| Application::new(sensor, buttons, FEATURES))
    };
    if application.is_none() {
        display.show(Shown::Failed.picture());
    }
    Runtime::new(board, port).with_models(WithSamples { models, log }).run_beside(
        |learner, store, progress| {
            let Some(application) = &mut application else { return };
            #[cfg(feature = "trace")]
            if store.models.deployed().is_none() {
                // It begins once there is a model.
                return;
            }
            let polled = application.poll(learner, store, progress);
            #[cfg(feature = "trace")]
            let shown = trace::shown(polled);
            #[cfg(not(feature = "trace"))]
            let shown = polled.unwrap_or(Some(Shown::Failed));
            if let Some(picture) = shown.and_then(|shown| screen.show(shown)) {
                display.show(picture);
            }
        },
    )
}
