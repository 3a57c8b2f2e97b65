//! The matmul unit of an FPGA on SPI0: GPIO 2 is SCK, 3 the data to it, 0 those from it, 1 its chip select,
//! 27 its reset and 26 says that it is configured, as a pico-ice is wired: hdl/boards/pico-ice.pcf says whose
//! files the numbers were checked against. **Not run on hardware.** The emulator shows the reset and the
//! waits; that the FPGA configures itself and answers is unproven.

use eggroll_board::accelerator::{Accelerator, Job, OnUnit, Packer, Spaced, Unit};
use embassy_rp::Peri;
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::{PIN_0, PIN_1, PIN_2, PIN_3, PIN_26, PIN_27, SPI0};
use embassy_rp::spi::{Blocking, Config, Spi};
use embedded_hal::delay::DelayNs;
use embedded_hal_bus::spi::ExclusiveDevice;

/// A quarter of the 24 MHz at which the unit is clocked there, and a little less: its oscillator is 10 %
/// exact.
const SCK_HZ: u32 = 5_000_000;
/// Weights that the driver remembers, so that only what moves is sent.
const REMEMBERED: usize = 16 << 10;
/// How long the FPGA is held in reset: over 200 ns, the least that starts its configuration anew (Lattice
/// FPGA-DS-02008, iCE40 UltraPlus, "sysCONFIG Port Timing", tCRESET_B).
const RESET_US: u32 = 2;
/// How long the FPGA may take to read its bitstream: 104 KB, bit by bit, from its flash.
const CONFIGURED_MS: u32 = 300;
/// How long a unit that does not answer at once is asked again, and how long the driver waits in between.
const ASKED_MS: u32 = 500;
const BETWEEN_MS: u32 = 10;
/// What a count of cortex-m's delay takes: half a turn of its loop, a subtraction and a taken branch, which
/// are three cycles of an M0+ (Arm DDI 0484C, table 3-1) at 125 MHz.
const COUNT_NS: u32 = 12;

type Bus = Spi<'static, SPI0, Blocking>;
type Device = Spaced<ExclusiveDevice<Bus, Output<'static>, Cycles>, Cycles>;
type OnFpga = OnUnit<Device, &'static mut [i8], 256>;

/// Waits by counting turns of a loop; waits of its flash make it longer, never shorter.
struct Cycles;

impl DelayNs for Cycles {
    fn delay_ns(&mut self, ns: u32) {
        cortex_m::asm::delay(ns / COUNT_NS + 1);
    }
}

/// What the FPGA is wired to.
pub(crate) struct Wires {
    pub(crate) spi: Peri<'static, SPI0>,
    pub(crate) sck: Peri<'static, PIN_2>,
    pub(crate) to_unit: Peri<'static, PIN_3>,
    pub(crate) from_unit: Peri<'static, PIN_0>,
    pub(crate) select: Peri<'static, PIN_1>,
    pub(crate) reset: Peri<'static, PIN_27>,
    pub(crate) done: Peri<'static, PIN_26>,
}

/// The FPGA and the unit that should be in it.
pub(crate) struct Fpga {
    unit: &'static mut OnFpga,
    /// CRESET, which a resistor pulls down, and so does the pad of the RP2040 after its reset (datasheet
    /// 2.19.6.3): it is driven as long as the FPGA is to run. Kept, because an embassy output that is dropped
    /// clears its pad.
    reset: Output<'static>,
    /// CDONE.
    done: Input<'static>,
}

impl Fpga {
    /// Starts the FPGA, and looks for its unit; `None` where there is no memory for it, at a second call.
    pub(crate) fn start(wires: Wires) -> Option<Self> {
        let reset = Output::new(wires.reset, Level::Low);
        // Open drain, with a resistor on the board.
        let done = Input::new(wires.done, Pull::None);
        let mut config = Config::default();
        config.frequency = SCK_HZ;
        let bus = Spi::new_blocking(wires.spi, wires.sck, wires.to_unit, wires.from_unit, config);
        // A pin of this chip never fails.
        let Ok(device) = ExclusiveDevice::new(bus, Output::new(wires.select, Level::High), Cycles);
        let unit = Unit::unasked(Spaced::new(device, Cycles));
        let weights = cortex_m::singleton!(: [i8; REMEMBERED] = [0; REMEMBERED])?;
        let unit = cortex_m::singleton!(: OnFpga = OnUnit::new(unit, &mut weights[..]))?;
        let mut fpga = Self { unit, reset, done };
        fpga.configure();
        Some(fpga)
    }

    /// Has the FPGA configure itself from its flash, and asks its unit until it answers, or for a while.
    fn configure(&mut self) {
        self.reset.set_low();
        Cycles.delay_us(RESET_US);
        self.reset.set_high();
        let mut waited = 0;
        while self.done.is_low() && waited < CONFIGURED_MS {
            Cycles.delay_ms(1);
            waited += 1;
        }
        if self.done.is_low() {
            defmt::error!("the FPGA has no bitstream: CDONE stays low");
        }
        for _ in 0..ASKED_MS / BETWEEN_MS {
            if self.unit.ask() {
                return;
            }
            Cycles.delay_ms(BETWEEN_MS);
        }
        defmt::error!("no FPGA unit answers on SPI0: members are evaluated without it until the next run");
    }
}

impl Accelerator for Fpga {
    fn run_begins(&mut self) {
        if !self.unit.answers() {
            self.configure();
        }
    }

    fn answers(&self) -> bool {
        self.unit.answers()
    }

    fn evaluate(&mut self, job: &Job<'_>, scores: &mut Packer<'_>) -> bool {
        self.unit.evaluate(job, scores)
    }
}
