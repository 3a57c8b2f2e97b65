use serde::{Deserialize, Serialize};

/// The step sizes of consecutive generations: learning rates in 1/65536 (`residual`), q in 1/16 (`vote`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Pace {
    /// `initial * (generations - (g - 1)) // generations` in generation g: linearly down to almost nothing.
    Linear {
        /// Of the first generation.
        initial: u32,
        /// Planned generations.
        generations: u32,
    },
    /// Always the same.
    Constant(u32),
}

impl Pace {
    /// The step size of a generation, from 1; 0 beyond the planned ones.
    pub const fn at(self, generation: u32) -> u32 {
        match self {
            Self::Constant(rate) => rate,
            Self::Linear { initial, generations } => {
                let left = generations.saturating_sub(generation.saturating_sub(1)) as u64;
                match (initial as u64 * left).checked_div(generations as u64) {
                    Some(rate) => rate as u32,
                    None => 0,
                }
            }
        }
    }
}
