//! The matmul unit of an FPGA on SPI0: GPIO 2 is SCK, 3 the data to it, 0 those from it, 1 its chip select,
//! as a pico-ice is wired: hdl/boards/pico-ice.pcf says whose files the numbers were checked against. **Not
//! run on hardware.**

use eggroll_board::accelerator::{OnUnit, Unit};
use embassy_rp::Peri;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::peripherals::{PIN_0, PIN_1, PIN_2, PIN_3, SPI0};
use embassy_rp::spi::{Blocking, Config, Spi};
use embedded_hal_bus::spi::{ExclusiveDevice, NoDelay};

/// A quarter of the 24 MHz at which the unit is clocked there, and a little less: its oscillator is 10 %
/// exact.
const SCK_HZ: u32 = 5_000_000;
/// Weights that the driver remembers, so that only what moves is sent.
const REMEMBERED: usize = 16 << 10;

type Device = ExclusiveDevice<Spi<'static, SPI0, Blocking>, Output<'static>, NoDelay>;
type OnFpga = OnUnit<Device, &'static mut [i8], 256>;

/// The unit; `None`, with a line in the log, where none answers as it should.
pub(crate) fn unit(
    spi: Peri<'static, SPI0>,
    sck: Peri<'static, PIN_2>,
    to_unit: Peri<'static, PIN_3>,
    from_unit: Peri<'static, PIN_0>,
    select: Peri<'static, PIN_1>,
) -> Option<&'static mut OnFpga> {
    let mut config = Config::default();
    config.frequency = SCK_HZ;
    let bus = Spi::new_blocking(spi, sck, to_unit, from_unit, config);
    // A pin of this chip never fails.
    let Ok(device) = ExclusiveDevice::new_no_delay(bus, Output::new(select, Level::High));
    match Unit::new(device) {
        Ok(unit) => {
            let weights = cortex_m::singleton!(: [i8; REMEMBERED] = [0; REMEMBERED])?;
            cortex_m::singleton!(: OnFpga = OnUnit::new(unit, &mut weights[..]))
        }
        Err(_) => {
            defmt::error!("no FPGA unit answers on SPI0: members are evaluated without it");
            None
        }
    }
}
