use crate::kernel::{absolute_error, log_likelihood, output_error, squared_error, target_error};
use serde::{Deserialize, Serialize};

/// How the outputs' distances from a sample's targets become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Loss {
    /// The sum of their squares. A score is in 16 of these, so that noise of the usual size moves it by as
    /// much as a fitness can hold.
    #[default]
    Squared,
    /// The sum of their sizes.
    Absolute,
}

impl Loss {
    /// The largest error of a sample, in the unit of scores, of a model with so many outputs.
    pub const fn largest(self, outputs: u64) -> u64 {
        match self {
            Self::Squared => (254 * 254 * outputs) >> SQUARES,
            Self::Absolute => 254 * outputs,
        }
    }
}

/// Bits of a sum of squares that a score leaves out.
const SQUARES: u32 = 4;

/// What the samples of a run say a model should answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// A class: one byte of a record.
    Class,
    /// Numbers: as many bytes of a record as the model has outputs.
    Values {
        /// The model's outputs.
        outputs: usize,
        /// How their errors are put together.
        loss: Loss,
    },
}

impl TargetKind {
    /// Bytes of a record behind its features.
    pub const fn len(self) -> usize {
        match self {
            Self::Class => 1,
            Self::Values { outputs, .. } => outputs,
        }
    }

    /// Whether a record has nothing behind its features: never of a model that is possible.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Outputs whose errors are free of each other; 0 where they sum to 0.
    pub const fn free_errors(self) -> u64 {
        match self {
            Self::Class => 0,
            Self::Values { outputs, .. } => outputs as u64,
        }
    }
}

/// What a pass is scored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// The output that should be largest: a label, or the next token.
    Class(usize),
    /// What every output should be.
    Values {
        /// A value an output, within [-127, 127].
        values: &'a [i8],
        /// How the errors are put together.
        loss: Loss,
    },
}

impl Default for Target<'_> {
    fn default() -> Self {
        Self::Class(0)
    }
}

impl Target<'_> {
    /// The score of outputs: the log-likelihood of the class in 1/16 bit; or the negative error, in 16
    /// squares of a step or in steps.
    #[cfg_attr(target_arch = "arm", inline)]
    #[cfg_attr(not(target_arch = "arm"), inline(always))]
    pub fn score(&self, outputs: &[i8]) -> i32 {
        match *self {
            Self::Class(class) => log_likelihood(outputs, class),
            Self::Values { values, loss: Loss::Squared } => -(squared_error(outputs, values) >> SQUARES),
            Self::Values { values, loss: Loss::Absolute } => -absolute_error(outputs, values),
        }
    }

    /// The error at every output, which a guide turns into credit: of a class they sum to 0.
    pub fn error(&self, outputs: &[i8], error: &mut [i8]) {
        match *self {
            Self::Class(class) => output_error(outputs, class, error),
            Self::Values { values, .. } => target_error(outputs, values, error),
        }
    }
}

/// The raw value that an output `y` of a scaled target stands for: the inverse of
/// `clip(((raw - centre) * mul + 2^(shift - 1)) >> shift)`.
///
/// `centre + y * 2^shift / mul`, rounded to the nearest, halves up, within an `i32`; `centre` where `mul` is
/// not above 0. `shift` is at most 62. Where `mul < 2^shift`, its target is `y` again, unless an `i32` was
/// too small.
///
/// # Example
/// ```
/// use eggroll_firmware::task::raw_value;
///
/// // A standard deviation of 77 around 152 is about 32 steps: 27,235 / 2^16 = 32 / 77.
/// assert_eq!([-32, 0, 1, 127].map(|y| raw_value(y, 152, 27_235, 16)), [75, 152, 154, 458]);
/// ```
pub fn raw_value(y: i8, centre: i32, mul: i32, shift: u8) -> i32 {
    if mul <= 0 {
        return centre;
    }
    let doubled = i128::from(y) << (shift.min(62) + 1);
    let by = (doubled + i128::from(mul)).div_euclid(2 * i128::from(mul));
    (i128::from(centre) + by).clamp(i32::MIN.into(), i32::MAX.into()) as i32
}
