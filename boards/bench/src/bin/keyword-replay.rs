//! The application `keyword` on samples that the host hands over: what it answers of each window, and what a
//! hop costs.
#![no_std]
#![no_main]

use core::ptr::addr_of_mut;
use eggroll_bench::{begin, end, entry, exit, handed_samples, say};
use keyword::Keywords;
use keyword::model::{HOP, Signal};

static mut SIGNAL: Signal = Signal::new();

/// Where the program begins.
#[entry]
fn main() -> ! {
    // SAFETY: nothing else names it, and the program starts once.
    let signal = unsafe { &mut *addr_of_mut!(SIGNAL) };
    let mut keywords = Keywords::new(signal);
    let mut samples = handed_samples();
    let mut count = 0;
    // A whole hop is counted, from the sample behind a window to the end of the next one.
    let mut is_counted = false;
    loop {
        if is_counted {
            say(format_args!("measure\thop\t{HOP}"));
            begin();
            for sample in samples.by_ref().take(HOP - 1) {
                keywords.push(sample);
            }
            count += HOP - 1;
        }
        let Some(sample) = samples.next() else {
            end();
            exit()
        };
        let answer = keywords.push(sample);
        count += 1;
        if is_counted {
            end();
        }
        is_counted = answer.is_some();
        if let Some(answer) = answer {
            say(format_args!("{count}\t{} {}", answer.window, answer.word.unwrap_or("-")));
        }
    }
}
