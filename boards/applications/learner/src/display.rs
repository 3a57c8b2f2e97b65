//! The display of a micro:bit v1: 25 lights as a matrix of three rows and nine columns, of which one row is
//! on at a time. A timer takes one row after the other, so that the picture stays while the model learns.

use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::peripheral::NVIC;
use nrf51_hal::pac::{GPIO, Interrupt, TIMER1, interrupt};

/// Pins of the matrix (schematic of the BBC micro:bit 1.5): columns 1 to 9 are P0.04 to P0.12, low where a
/// light is to be on, and rows 1 to 3 P0.13 to P0.15, high.
const FIRST_COLUMN: u32 = 4;
const FIRST_ROW: u32 = 13;
const COLUMNS: u32 = 0x1ff << FIRST_COLUMN;
const ROWS: u32 = 0b111 << FIRST_ROW;

/// The place in the picture, five times its row and its column, of the light on each column of each row; none
/// where there is no light.
const LIGHTS: [[Option<u8>; 9]; 3] = [
    [Some(0), Some(2), Some(4), Some(19), Some(18), Some(17), Some(16), Some(15), Some(11)],
    [Some(14), Some(10), Some(12), Some(1), Some(3), Some(23), Some(21), None, None],
    [Some(22), Some(24), Some(20), Some(5), Some(6), Some(7), Some(8), Some(9), Some(13)],
];

/// Microseconds of a row: the whole picture comes 111 times a second.
const ROW_US: u32 = 3000;

/// The pins of columns that are low while each row is on.
static LOW: [AtomicU32; 3] = [const { AtomicU32::new(0) }; 3];
/// The row that comes next.
static ROW: AtomicU32 = AtomicU32::new(0);

#[interrupt]
fn TIMER1() {
    // SAFETY: the registers exist for ever; [`Display`] owns the timer and leaves this one to the interrupt.
    let timer = unsafe { &*TIMER1::ptr() };
    let [event, ..] = &timer.events_compare;
    event.reset();
    let row = ROW.load(Ordering::Relaxed);
    ROW.store(if row < 2 { row + 1 } else { 0 }, Ordering::Relaxed);
    let low = LOW.get(row as usize).map_or(0, |low| low.load(Ordering::Relaxed));
    // SAFETY: OUTSET and OUTCLR change the pins whose bits are 1 and no others; these are the display's.
    unsafe {
        let pins = &*GPIO::ptr();
        pins.outclr.write(|w| w.bits(ROWS));
        pins.outset.write(|w| w.bits(COLUMNS));
        pins.outclr.write(|w| w.bits(low));
        pins.outset.write(|w| w.bits(1 << (FIRST_ROW + row)));
    }
}

/// The display.
pub(crate) struct Display(());

impl Display {
    /// Turns it on, dark. Nobody else uses its pins.
    pub(crate) fn start(timer: TIMER1) -> Self {
        // SAFETY: DIRSET changes the pins whose bits are 1, the display's. Values that the timer takes: 16
        // bits, 16 MHz by 2 to the power of 4, and writing 1 starts a task.
        unsafe {
            (*GPIO::ptr()).dirset.write(|w| w.bits(ROWS | COLUMNS));
            timer.bitmode.write(|w| w.bitmode()._16bit());
            timer.prescaler.write(|w| w.bits(4));
            let [compare, ..] = &timer.cc;
            compare.write(|w| w.bits(ROW_US));
            timer.shorts.write(|w| w.compare0_clear().enabled());
            timer.intenset.write(|w| w.compare0().set_bit());
            timer.tasks_start.write(|w| w.bits(1));
            NVIC::unmask(Interrupt::TIMER1);
        }
        Self(())
    }

    /// Shows a picture: its rows from the top, of which the highest of five bits is the leftmost light.
    pub(crate) fn show(&mut self, picture: [u8; 5]) {
        let is_on = |place: u8| {
            picture.get(usize::from(place / 5)).is_some_and(|row| row >> (4 - place % 5) & 1 == 1)
        };
        for (low, places) in LOW.iter().zip(LIGHTS) {
            let columns = (FIRST_COLUMN..).zip(places);
            let on = columns.filter(|(_, place)| place.is_some_and(is_on));
            low.store(on.fold(0, |low, (column, _)| low | 1 << column), Ordering::Relaxed);
        }
    }
}
