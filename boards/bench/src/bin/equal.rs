//! The kernels of this core against their portable definitions: random and extreme values, odd lengths, any alignment.
#![no_std]
#![no_main]

use cortex_m::singleton;
use cortex_m_rt::entry;
use eggroll_bench::{Dice, exit, say};
use eggroll_firmware::kernel::{dot, portable, products};

const MOST_INPUTS: usize = 300;
const MOST_ROWS: usize = 11;
const BYTES: usize = 4096;
const ROUNDS: u32 = 3000;

#[entry]
fn main() -> ! {
    let bytes: &mut [i8; BYTES] = singleton!(: [i8; BYTES] = [0; BYTES]).unwrap();
    let mut dice = Dice(0x1234_5678);
    let (mut compared, mut sums, mut expected) = (0u32, [0; MOST_ROWS], [0; MOST_ROWS]);
    for round in 0..ROUNDS {
        let mut below = |most: usize| dice.number() as usize % most;
        let (place, inputs) = (below(4), 1 + below(MOST_INPUTS));
        // Every other time whole words on boundaries of words, as the fastest paths want them.
        let inputs = if round % 2 == 0 { inputs.next_multiple_of(4) } else { inputs };
        let skip = if round % 2 == 0 { place.next_multiple_of(4) } else { below(4) };
        let rows = (1 + below(MOST_ROWS)).min((BYTES - 8 - inputs) / inputs);
        match round % 5 {
            0 => bytes.fill(127),
            1 => bytes.iter_mut().for_each(|x| *x = if dice.number() & 1 == 0 { 127 } else { -127 }),
            2 => bytes.fill(-127),
            _ => dice.fill(bytes),
        }
        let (x, w) = bytes.split_at(place + inputs);
        let (x, w) = (&x[place..], &w[(skip + 8 - (place + inputs) % 4) % 4..][..rows * inputs]);
        (sums.fill(-1), expected.fill(-1));
        portable::products(w, x, &mut expected[..rows]);
        products(w, x, &mut sums[..rows]);
        let of_row = dot(&w[..inputs], x);
        if sums != expected || of_row != expected[0] {
            say(format_args!(
                "differs\t{rows} rows of {inputs} inputs, at {place} and {skip}, round {round}"
            ));
            exit();
        }
        compared += rows as u32;
    }
    say(format_args!("equal\t{compared}"));
    exit()
}
