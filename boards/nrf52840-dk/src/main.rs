//! eggroll on Nordic's nRF52840-DK: a Cortex-M4F at 64 MHz with 256 KB of RAM, as a serial port over the
//! chip's own USB. **Not run yet**, on hardware or under emulation.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use eggroll_board::usb_id::Serial;
use eggroll_board::{Board, Features, Runtime, Watched};
use eggroll_board_embassy::nrf52::{Watchdog, models};
use eggroll_board_embassy::{Port, usb};
use embassy_executor::InterruptExecutor;
use embassy_nrf::config::{Config, HfclkSource};
use embassy_nrf::interrupt::{InterruptExt, Priority};
use embassy_nrf::peripherals::USBD;
use embassy_nrf::usb::vbus_detect::HardwareVbusDetect;
use embassy_nrf::usb::{Driver, InterruptHandler, vbus_detect};
use embassy_nrf::{Peri, bind_interrupts, interrupt, pac};

static TASKS: InterruptExecutor = InterruptExecutor::new();

bind_interrupts!(struct Interrupts {
    USBD => InterruptHandler<USBD>;
    // Tells when the cable is plugged in.
    CLOCK_POWER => vbus_detect::InterruptHandler;
});

/// An interrupt without a peripheral, which the executor of USB's tasks raises and runs in.
#[interrupt]
unsafe fn EGU0_SWI0() {
    // SAFETY: only called here, and the interrupt is enabled by `start`.
    unsafe { TASKS.on_interrupt() }
}

/// Serves USB for ever.
#[embassy_executor::task]
async fn serve(device: Peri<'static, USBD>, serial: Serial) {
    let mut memory = usb::Memory::new().with_serial(serial.text());
    let driver = Driver::new(device, Interrupts, HardwareVbusDetect::new(Interrupts));
    usb::serve(driver, "eggroll nrf52840-dk", &mut memory).await;
}

/// The chip's number (product specification, "FICR": DEVICEID).
fn serial() -> Serial {
    let [low, high] = [0, 1].map(|half| pac::FICR.deviceid(half).read().to_le_bytes());
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(low.into_iter().chain(high).rev()).for_each(|(place, byte)| *place = byte);
    Serial::of(bytes)
}

#[entry]
fn main() -> ! {
    let mut config = Config::default();
    // The crystal: USB is not allowed the internal oscillator (product specification, "USBD").
    config.hfclk_source = HfclkSource::ExternalXtal;
    let chip = embassy_nrf::init(config);
    interrupt::EGU0_SWI0.set_priority(Priority::P3);
    let spawner = TASKS.start(interrupt::EGU0_SWI0);
    // There is one task and it is spawned once, so there is room for it; without it the board would be
    // silent.
    if let Ok(task) = serve(chip.USBD, serial()) {
        spawner.spawn(task);
    }
    let features = Features { dsp: true, ..Features::default() };
    let board = Board { name: "nrf52840-dk", core: "Cortex-M4F", features };
    let port = Watched::new(Port, Watchdog::start(chip.WDT));
    Runtime::new(board, port).with_models(models(chip.NVMC)).run()
}
