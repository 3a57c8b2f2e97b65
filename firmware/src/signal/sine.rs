//! Sine and cosine in integers, the same bits on every target.
//!
//! A quarter of a turn is cut into 64 parts. The table holds the sines at their ends (made at compile time
//! from the power series); from the nearest end, `sin(a + d) = sin a cos d + cos a sin d` with `sin d` and
//! `cos d` by their first two terms: |d| <= pi / 256, so that what is left out is below 2^-29.
//!
//! Signals take fewer digits and less time: a table of the sines of each 1024th of a turn in 1/2^15, made of
//! those, and straight lines between them.

/// Pi in 1/2^60.
const PI_60: i128 = 3_622_009_729_038_561_421;
/// Parts of a quarter of a turn.
const PARTS: usize = 64;
/// A quarter of a turn, and one part of it.
const QUARTER: u32 = 1 << 30;
const PART: u32 = QUARTER / PARTS as u32;

/// Sines of 0 to a quarter of a turn, in 1/2^30.
static SINES: [i32; PARTS + 1] = table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn table() -> [i32; PARTS + 1] {
    let mut sines = [0; PARTS + 1];
    let mut i = 0;
    while i <= PARTS {
        let angle = PI_60 * i as i128 / (2 * PARTS as i128);
        let square = (angle * angle) >> 60;
        let (mut term, mut sum, mut k) = (angle, angle, 1);
        while k < 12 {
            term = -((term * square) >> 60) / (2 * k * (2 * k + 1));
            sum += term;
            k += 1;
        }
        sines[i] = ((sum + (1 << 29)) >> 30) as i32;
        i += 1;
    }
    sines
}

const fn multiply(a: i32, b: i32) -> i32 {
    ((a as i64 * b as i64 + (1 << 29)) >> 30) as i32
}

/// Sine and cosine, in 1/2^30, of an angle in 1/2^32 of a turn. Both are within 2^-28 of the exact values.
#[allow(clippy::indexing_slicing, reason = "a part of a quarter is one of the table")]
pub const fn sine_cosine_of_turn(turn: u32) -> (i32, i32) {
    let quadrant = turn / QUARTER;
    let within = turn % QUARTER;
    let nearest = (within + PART / 2) / PART;
    // At most half a part; in 1/2^30 of a radian, 2^30 * 2 pi / 2^32 of a turn: pi / 2.
    let offset = within as i64 - (nearest * PART) as i64;
    let d = ((offset * (PI_60 >> 30) as i64 + (1 << 30)) >> 31) as i32;
    let square = multiply(d, d);
    let sine_d = d - multiply(d, square) / 6;
    let cosine_d = (1 << 30) - square / 2;
    let (sine_a, cosine_a) = (SINES[nearest as usize], SINES[PARTS - nearest as usize]);
    let sine = multiply(sine_a, cosine_d) + multiply(cosine_a, sine_d);
    let cosine = multiply(cosine_a, cosine_d) - multiply(sine_a, sine_d);
    match quadrant {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// Parts of a quarter of a turn in the table for signals.
const STEPS: usize = 256;

/// Sines of 0 to a quarter of a turn, in 1/2^15; the last one would be 32768.
static SHORT_SINES: [i16; STEPS + 1] = short_table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn short_table() -> [i16; STEPS + 1] {
    let mut sines = [0; STEPS + 1];
    let mut i = 0;
    while i <= STEPS {
        let (sine, _) = sine_cosine_of_turn(i as u32 * (QUARTER / STEPS as u32));
        let rounded = (sine + (1 << 14)) >> 15;
        sines[i] = if rounded > 32767 { 32767 } else { rounded as i16 };
        i += 1;
    }
    sines
}

/// The sine, in 1/2^15, of so many 1024ths of a turn.
#[inline]
pub(super) fn sine_of_step(step: u32) -> i32 {
    let quadrant = step / STEPS as u32 % 4;
    let within = step as usize % STEPS;
    let at = if quadrant.is_multiple_of(2) { within } else { STEPS - within };
    let sine = i32::from(SHORT_SINES.get(at).copied().unwrap_or_default());
    if quadrant < 2 { sine } else { -sine }
}

/// The cosine, in 1/2^15, of so many 1024ths of a turn.
#[inline]
pub(super) fn cosine_of_step(step: u32) -> i32 {
    sine_of_step(step.wrapping_add(STEPS as u32))
}

/// The sine, in 1/2^15, of an angle in 1/2^32 of a turn: on a straight line between two 1024ths.
#[inline]
pub fn sine(turn: u32) -> i32 {
    let step = turn >> 22;
    let fraction = ((turn >> 7) & 0x7FFF) as i32;
    let (from, to) = (sine_of_step(step), sine_of_step(step + 1));
    from + (((to - from) * fraction) >> 15)
}
