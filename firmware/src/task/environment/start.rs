use super::uniform;
use crate::noise::Stream;
use fixed::FixedI32;

/// Most that parameters may lie from their nominal values, in percent.
pub const MAX_SPREAD: u8 = 50;

/// Draws what an episode starts with: its state, and the physical parameters of its domain.
#[derive(Clone, Debug)]
pub struct StartDraw {
    /// The words of the episode.
    noise: Stream,
    /// How far parameters may lie from their nominal values, in percent.
    spread: u8,
}

/// What a physical parameter is multiplied by, in 1/65536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor(i32);

impl Factor {
    /// The nominal value.
    pub const ONE: Self = Self(1 << 16);

    /// The product with a parameter, rounded down.
    pub fn of<F>(self, nominal: FixedI32<F>) -> FixedI32<F> {
        FixedI32::from_bits(((i64::from(nominal.to_bits()) * i64::from(self.0)) >> 16) as i32)
    }
}

impl Default for Factor {
    fn default() -> Self {
        Self::ONE
    }
}

impl StartDraw {
    pub(super) const fn new(noise: Stream, spread: u8) -> Self {
        Self { noise, spread: if spread < MAX_SPREAD { spread } else { MAX_SPREAD } }
    }

    /// A value uniform over [low, high).
    pub fn uniform<F>(&mut self, low: FixedI32<F>, high: FixedI32<F>) -> FixedI32<F> {
        uniform(&mut self.noise, low, high)
    }

    /// The factor of a parameter, uniform over 1 - spread to 1 + spread; 1, without a word of the noise,
    /// where nothing is spread.
    pub fn factor(&mut self) -> Factor {
        if self.spread == 0 {
            return Factor::ONE;
        }
        let from_middle = i64::from(self.noise.next_word()) - (1 << 31);
        Factor((1 << 16) + ((from_middle * i64::from(self.spread)) / (100 << 15)) as i32)
    }

    /// The words that follow, for what happens in the episode.
    pub fn rest(&self) -> Stream {
        self.noise.clone()
    }
}
