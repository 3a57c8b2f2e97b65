//! Spoken words on the Raspberry Pi Pico: a microphone with an amplifier on GPIO 26, whose silence is half of
//! the supply. The converter runs by itself at 16 kHz, and DMA fills one buffer while the other is worked on.
//! What is told goes over UART 0, GPIO 0.
#![no_std]
#![no_main]

use cortex_m::singleton;
use cortex_m_rt::entry;
use eggroll_board as _;
use keyword::model::{RATE, Signal};
use keyword::{Keywords, sample_of};
use rp2040_hal::adc::{Adc, AdcPin};
use rp2040_hal::clocks::init_clocks_and_plls;
use rp2040_hal::dma::{DMAExt, double_buffer};
use rp2040_hal::fugit::RateExtU32;
use rp2040_hal::gpio::Pins;
use rp2040_hal::pac::Peripherals;
use rp2040_hal::uart::{DataBits, StopBits, UartConfig, UartPeripheral};
use rp2040_hal::{Clock, Sio, Watchdog};

#[unsafe(link_section = ".boot2")]
#[used]
static BOOT2: [u8; 256] = rp2040_boot2::BOOT_LOADER_W25Q080;

/// The Pico's crystal, and what the converter is clocked with.
const CRYSTAL: u32 = 12_000_000;
const CONVERTER: u32 = 48_000_000;
/// Samples of a buffer: a step between frames.
const BUFFER: usize = 320;

#[entry]
fn main() -> ! {
    static mut SIGNAL: Signal = Signal::new();
    let Some(mut chip) = Peripherals::take() else { cortex_m::peripheral::SCB::sys_reset() };
    let mut watchdog = Watchdog::new(chip.WATCHDOG);
    let clocks = init_clocks_and_plls(
        CRYSTAL,
        chip.XOSC,
        chip.CLOCKS,
        chip.PLL_SYS,
        chip.PLL_USB,
        &mut chip.RESETS,
        &mut watchdog,
    );
    let Ok(clocks) = clocks else { cortex_m::peripheral::SCB::sys_reset() };
    let sio = Sio::new(chip.SIO);
    let pins = Pins::new(chip.IO_BANK0, chip.PADS_BANK0, sio.gpio_bank0, &mut chip.RESETS);
    let config = UartConfig::new(115_200.Hz(), DataBits::Eight, None, StopBits::One);
    let uart = UartPeripheral::new(
        chip.UART0,
        (pins.gpio0.into_function(), pins.gpio1.into_function()),
        &mut chip.RESETS,
    )
    .enable(config, clocks.peripheral_clock.freq());
    let (Ok(uart), Ok(mut microphone)) = (uart, AdcPin::new(pins.gpio26.into_floating_input())) else {
        cortex_m::peripheral::SCB::sys_reset()
    };
    let (Some(first), Some(second)) =
        (singleton!(: [u16; BUFFER] = [0; BUFFER]), singleton!(: [u16; BUFFER] = [0; BUFFER]))
    else {
        cortex_m::peripheral::SCB::sys_reset()
    };
    let mut converter = Adc::new(chip.ADC, &mut chip.RESETS);
    // A conversion begins every so many clocks and one.
    let divider = (CONVERTER / RATE - 1) as u16;
    let mut readings = converter
        .build_fifo()
        .clock_divider(divider, 0)
        .set_channel(&mut microphone)
        .enable_dma()
        .start_paused();
    let dma = chip.DMA.split(&mut chip.RESETS);
    let transfer = double_buffer::Config::new((dma.ch0, dma.ch1), readings.dma_read_target(), first).start();
    let mut transfer = transfer.write_next(second);
    readings.resume();
    let mut keywords = Keywords::new(SIGNAL);
    loop {
        let (buffer, next) = transfer.wait();
        for &reading in buffer.iter() {
            let Some(answer) = keywords.push(sample_of(reading)) else { continue };
            print(&uart, &["window ", answer.window]);
            if let Some(word) = answer.word {
                print(&uart, &["word ", word]);
            }
        }
        // What was worked on is free before the other one is full, as long as that takes no 20 ms.
        transfer = next.write_next(buffer);
    }
}

/// Prints a line.
fn print<D, P>(uart: &UartPeripheral<rp2040_hal::uart::Enabled, D, P>, parts: &[&str])
where
    D: rp2040_hal::uart::UartDevice,
    P: rp2040_hal::uart::ValidUartPinout<D>,
{
    parts.iter().chain(&["\r\n"]).for_each(|part| uart.write_full_blocking(part.as_bytes()));
}
