//! A trace in flash in the place of sensor and buttons, neither of which QEMU's micro:bit has: tests put one
//! there, and it plays once, on a board that has a model and no samples yet.

use core::convert::Infallible;
use core::ptr::addr_of;
use core::sync::atomic::{AtomicU32, Ordering};
use embedded_hal::digital::{ErrorType, InputPin};
use gesture::replay::{BusFault, Replay};
use gesture::{Fault, Sensor};
use learner::{Application, Buttons, Features, STEADY, Shown};

unsafe extern "C" {
    static _trace_start: [u8; STEP];
    static _trace_end: u8;
}

/// Bytes of a step: three numbers of 16 bits, little endian. They are a sample, or [`PRESS`] and which
/// buttons.
const STEP: usize = 6;
/// What a press begins with, and no sample, whose numbers are even.
const PRESS: i16 = i16::MAX;
/// What erased flash holds, which no sample is either: the end.
const END: [i16; 3] = [-1; 3];

/// The buttons that are pressed, a bit each.
static DOWN: AtomicU32 = AtomicU32::new(0);

/// A button by its bit.
pub(crate) struct Key(u32);

impl ErrorType for Key {
    type Error = Infallible;
}

impl InputPin for Key {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(!self.is_low()?)
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(DOWN.load(Ordering::Relaxed) & self.0 != 0)
    }
}

/// What is left of a trace.
pub(crate) struct Steps {
    rest: &'static [[u8; STEP]],
    /// Times that the sensor is asked until a press is over.
    left: u8,
}

impl Iterator for Steps {
    type Item = [i16; 3];

    fn next(&mut self) -> Option<[i16; 3]> {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            if left == 2 * STEADY {
                DOWN.store(0, Ordering::Relaxed);
            }
            return None;
        }
        let (&[x0, x1, y0, y1, z0, z1], rest) = self.rest.split_first()?;
        self.rest = rest;
        let step = [[x0, x1], [y0, y1], [z0, z1]].map(i16::from_le_bytes);
        match step {
            END => {
                self.rest = &[];
                None
            }
            [PRESS, which, _] => {
                DOWN.store(which as u32, Ordering::Relaxed);
                self.left = 4 * STEADY;
                None
            }
            sample => Some(sample),
        }
    }
}

/// The application with a trace for a sensor.
pub(crate) fn start(
    features: &'static mut Features,
    delay: &mut impl embedded_hal::delay::DelayNs,
    plays: bool,
) -> Option<Application<'static, Replay<Steps>, Key, Key>> {
    let len = (addr_of!(_trace_end) as usize).saturating_sub(addr_of!(_trace_start) as usize) / STEP;
    // SAFETY: flash of the chip, in which the linker places nothing and which nothing writes.
    let rest = unsafe { core::slice::from_raw_parts(addr_of!(_trace_start), if plays { len } else { 0 }) };
    let sensor = Sensor::start(Replay::new(Steps { rest, left: 0 }), delay).ok()?;
    Some(Application::new(sensor, Buttons::new(Key(1), Key(2)), features))
}

/// What there is to show: a trace that has no sample at the moment is no fault.
pub(crate) fn shown(polled: Result<Option<Shown>, Fault<BusFault>>) -> Option<Shown> {
    polled.unwrap_or_else(|fault| (fault != Fault::Bus(BusFault::End)).then_some(Shown::Failed))
}
