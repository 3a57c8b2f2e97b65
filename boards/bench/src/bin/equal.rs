//! The kernels of this core against their portable definitions: random and extreme values, odd lengths, any
//! alignment.
#![no_std]
#![no_main]

use cortex_m::singleton;
use cortex_m_rt::entry;
use eggroll_bench::{Dice, exit, say};
use eggroll_firmware::kernel::{add_multiple, add_node_noise, dot, portable, products};
use eggroll_firmware::noise::{Address, Stream, fill_signs};

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
        let vectors = Vectors { x, place, rows, sums };
        if !vectors.equal(&mut dice) {
            say(format_args!("differs\tvectors of {inputs} values at {place}, round {round}"));
            exit();
        }
        compared += rows as u32;
    }
    say(format_args!("equal\t{compared}"));
    exit()
}

/// What works on vectors.
struct Vectors<'a> {
    x: &'a [i8],
    place: usize,
    rows: usize,
    sums: [i32; MOST_ROWS],
}

impl Vectors<'_> {
    fn equal(&self, dice: &mut Dice) -> bool {
        let Self { x, place, rows, sums } = self;
        let by = dice.number() as i32;
        let (mut ours, mut theirs) = (*sums, *sums);
        add_multiple(&mut ours[..*rows], &x[..(*rows).min(x.len())], by);
        portable::add_multiple(&mut theirs[..*rows], &x[..(*rows).min(x.len())], by);
        if ours != theirs {
            return false;
        }
        // Signs at an odd place in memory, against bits of the words themselves.
        let at = Address { seed: dice.number(), generation: 1, index: 2, tensor: 3 };
        let mut signs = [0i8; MOST_INPUTS + 4];
        let signs = &mut signs[*place..][..x.len()];
        fill_signs(&mut Stream::new(at), signs);
        let mut stream = Stream::new(at);
        for chunk in signs.chunks(32) {
            let word = stream.next_word();
            if chunk.iter().enumerate().any(|(bit, &sign)| sign != 1 - 2 * (word >> bit & 1) as i8) {
                return false;
            }
        }
        let amplitude = (dice.number() % 255) as i16 - 127;
        let (mut ours, mut theirs) = ([0i8; MOST_INPUTS + 4], [0i8; MOST_INPUTS + 4]);
        let (ours, theirs) = (&mut ours[*place..][..x.len()], &mut theirs[*place..][..x.len()]);
        (ours.copy_from_slice(x), theirs.copy_from_slice(x));
        add_node_noise(ours, signs, amplitude);
        portable::add_node_noise(theirs, signs, amplitude);
        ours == theirs
    }
}
