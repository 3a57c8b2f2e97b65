//! The application `gesture` on a bus in memory, whose sensor plays what the host hands over: what it answers
//! of each window, and what a hop costs.
#![no_std]
#![no_main]

use core::ptr::addr_of_mut;
use eggroll_bench::{begin, end, entry, exit, handed_samples, say};
use embedded_hal::delay::DelayNs;
use gesture::model::{HOP, Signal};
use gesture::replay::{BusFault, Replay};
use gesture::{Fault, Gestures};

static mut SIGNAL: Signal = Signal::new();

/// Nothing has to be waited for.
struct NoDelay;

impl DelayNs for NoDelay {
    fn delay_ns(&mut self, _: u32) {}
}

/// Where the program begins.
#[entry]
fn main() -> ! {
    // SAFETY: nothing else names it, and the program starts once.
    let signal = unsafe { &mut *addr_of_mut!(SIGNAL) };
    let mut values = handed_samples();
    let samples = core::iter::from_fn(|| Some([values.next()?, values.next()?, values.next()?]));
    let Ok(mut gestures) = Gestures::start(Replay::new(samples), &mut NoDelay, signal) else {
        say(format_args!("failed\tthere is no sensor"));
        exit()
    };
    let mut count = 0;
    let mut poll = || gestures.poll();
    // A whole hop is counted, from the sample behind a window to the end of the next one.
    let mut is_counted = false;
    loop {
        if is_counted {
            say(format_args!("measure\thop\t{HOP}"));
            begin();
            for _ in 1..HOP {
                if poll().is_err() {
                    break;
                }
            }
            count += HOP - 1;
        }
        let answer = poll();
        count += 1;
        if is_counted {
            end();
        }
        is_counted = false;
        match answer {
            Ok(None) => {}
            Ok(Some(answer)) => {
                say(format_args!("{count}\t{} {}", answer.window, answer.gesture.unwrap_or("-")));
                is_counted = true;
            }
            Err(Fault::Bus(BusFault::End)) => exit(),
            Err(fault) => {
                say(format_args!("failed\t{fault:?}"));
                exit()
            }
        }
    }
}
