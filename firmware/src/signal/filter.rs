//! Filters of the second order.

/// A filter of the second order: `y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''`, each coefficient in 1/2^29.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Biquad {
    /// The factors of this sample and of the two before it, each at most 2^30 in size.
    pub b: [i32; 3],
    /// The factors of the two results before this one, each at most 2^30 in size.
    pub a: [i32; 2],
}

/// What a filter knows of the samples so far. The default is that of a filter before its first sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BiquadState {
    /// The two samples before, in 1/2^14.
    x: [i32; 2],
    /// The two results before, in 1/2^14.
    y: [i32; 2],
    begun: bool,
}

/// Digits of samples and results behind the point.
const DIGITS: u32 = 14;
/// Digits of coefficients behind the point.
const COEFFICIENT_DIGITS: u32 = 29;

impl BiquadState {
    /// The state before any sample.
    pub const NEW: BiquadState = BiquadState { x: [0; 2], y: [0; 2], begun: false };

    /// The result for a sample. The first sample counts as one that was there for ever: the result is then
    /// the sample itself for a filter that passes what is constant, and otherwise 0.
    pub fn push(&mut self, biquad: &Biquad, sample: i16) -> i16 {
        let x = i32::from(sample) << DIGITS;
        let [b0, b1, b2] = biquad.b.map(i64::from);
        let [a1, a2] = biquad.a.map(i64::from);
        if !self.begun {
            let passes = b0 + b1 + b2 > 0;
            *self = BiquadState { x: [x; 2], y: [if passes { x } else { 0 }; 2], begun: true };
        }
        let ([x1, x2], [y1, y2]) = (self.x.map(i64::from), self.y.map(i64::from));
        // At most 3 * 2^30 * 2^29 + 2 * 2^30 * 2^30, which is below 2^63.
        let sum = b0 * i64::from(x) + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
        let y =
            ((sum + (1 << (COEFFICIENT_DIGITS - 1))) >> COEFFICIENT_DIGITS).clamp(-1 << 30, 1 << 30) as i32;
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        ((y + (1 << (DIGITS - 1))) >> DIGITS).clamp(-32767, 32767) as i16
    }
}

/// Filters one behind another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filters<'a>(pub &'a [Biquad]);

impl Filters<'_> {
    /// The result for a sample behind all filters, each of which has its state.
    pub fn push(&self, states: &mut [BiquadState], sample: i16) -> i16 {
        self.0.iter().zip(states).fold(sample, |sample, (biquad, state)| state.push(biquad, sample))
    }
}
