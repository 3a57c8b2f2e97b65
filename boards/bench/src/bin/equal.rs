//! The kernels of this core against their portable definitions: random and extreme values, odd lengths, any
//! alignment.
#![no_std]
#![no_main]

use eggroll_bench::{Dice, entry, exit, say};
use eggroll_firmware::kernel::{
    Divisor, add, add_multiple, add_node_noise, advance_by_one, advance_by_sums, advance_by_two,
    depthwise_products, dot, larger, portable, products, relu, scale,
};
use eggroll_firmware::noise::{Address, Stream, fill_signs};

const MOST_INPUTS: usize = 300;
const MOST_ROWS: usize = 11;
/// Weights that are moved at once, in stack that a small core has.
const MOST_MOVED: usize = 61;
const BYTES: usize = 4096;
const ROUNDS: u32 = 3000;

static mut ROOM: [i8; BYTES] = [0; BYTES];

/// Where the program begins.
#[entry]
fn main() -> ! {
    // SAFETY: here alone, once.
    let bytes: &mut [i8; BYTES] = unsafe { &mut *(&raw mut ROOM) };
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
        let positions = inputs / rows;
        portable::depthwise_products(w, &x[..positions * rows], &mut expected[..rows]);
        depthwise_products(w, &x[..positions * rows], &mut sums[..rows]);
        if sums != expected {
            say(format_args!("differs\t{rows} channels at {positions} positions, round {round}"));
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
        if ours != theirs || !self.bytes_equal(dice) {
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
        ours == theirs && self.advance_equal(dice, signs)
    }

    /// What makes bytes of sums and of bytes.
    fn bytes_equal(&self, dice: &mut Dice) -> bool {
        let Self { x, .. } = self;
        let len = x.len().min(MOST_MOVED);
        let mut of_sums = [0i32; MOST_MOVED];
        let shift = dice.number() % 30;
        of_sums.iter_mut().for_each(|sum| *sum = dice.number() as i32 >> shift);
        let divisor = match dice.number() % 4 {
            0 => Divisor::by(1 << (dice.number() % 21)),
            1 => Divisor::by(16 * (1 + dice.number() % 16)),
            _ => Divisor::by(1 + dice.number() % (1 << 20)),
        };
        let (mut ours, mut theirs) = ([0i8; MOST_MOVED], [0i8; MOST_MOVED]);
        scale(&of_sums[..len], divisor, &mut ours[..len]);
        portable::scale(&of_sums[..len], divisor, &mut theirs[..len]);
        let mut equal = ours == theirs;
        let others = x.get(x.len() - len..).unwrap_or_default();
        type Way = fn(&mut [i8], &[i8]);
        for (way, definition) in
            [(add as Way, portable::add as Way), (larger as Way, portable::larger as Way)]
        {
            // Also where one is longer than the other.
            let most = len - dice.number() as usize % len.min(9);
            way(&mut ours[..len], &others[..most]);
            definition(&mut theirs[..len], &others[..most]);
            equal &= ours == theirs;
        }
        relu(&mut ours[..len]);
        portable::relu(&mut theirs[..len]);
        equal && ours == theirs
    }

    /// Residuals and weights, moved by sums, by one input and by two.
    fn advance_equal(&self, dice: &mut Dice, other: &[i8]) -> bool {
        let len = self.x.len().min(MOST_MOVED);
        let (x, other) = (&self.x[..len], &other[..len]);
        let mut start = ([0i8; MOST_MOVED], [0i16; MOST_MOVED], [0i32; MOST_MOVED]);
        dice.fill(&mut start.0);
        start.0.iter_mut().for_each(|w| *w = (*w).max(-127));
        start.1.iter_mut().for_each(|r| *r = dice.number() as i16);
        start.2.iter_mut().for_each(|sum| *sum = (dice.number() as i32) >> 15);
        let (scale, shift) = ((dice.number() & 0x7FFF) as i32, dice.number() % 31);
        let scales = [scale, scale - 0x3FFF];
        let sums = &start.2[..len];
        let by_sums = |way: BySums| moved(&start, len, |w, r| way(w, r, sums, (scale, shift)));
        let by_one = |way: ByOne| moved(&start, len, |w, r| way(w, r, x, (scale, shift)));
        let by_two = |way: ByTwo| moved(&start, len, |w, r| way(w, r, [x, other], (scales, shift)));
        by_sums(advance_by_sums) == by_sums(portable::advance_by_sums)
            && by_one(advance_by_one) == by_one(portable::advance_by_one)
            && by_two(advance_by_two) == by_two(portable::advance_by_two)
    }
}

type BySums = fn(&mut [i8], &mut [i16], &[i32], (i32, u32)) -> u32;
type ByOne = fn(&mut [i8], &mut [i16], &[i8], (i32, u32)) -> u32;
type ByTwo = fn(&mut [i8], &mut [i16], [&[i8]; 2], ([i32; 2], u32)) -> u32;
type Values = ([i8; MOST_MOVED], [i16; MOST_MOVED], [i32; MOST_MOVED]);

/// What becomes of so many weights and residuals, and how many weights moved.
fn moved(start: &Values, len: usize, way: impl Fn(&mut [i8], &mut [i16]) -> u32) -> (Values, u32) {
    let mut values = *start;
    let moved = way(&mut values.0[..len], &mut values.1[..len]);
    (values, moved)
}
