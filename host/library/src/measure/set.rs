//! What a figure is taken on: some of the samples, or episodes with fresh starts.

use super::accuracy::accuracy;
use super::bits::bits_per_byte;
use super::score::Score;
use crate::data::Dataset;
use crate::scratch::HeapScratch;
use eggroll_firmware::model::Program;
use eggroll_firmware::task::environment::{Base, EnvironmentKind, Episode, FRESH, RETURN_UNIT, play_base};
use std::ops::Range;

/// Fresh starts of the final figure.
pub const FINAL_STARTS: Range<u32> = 0..100;
/// Fresh starts that progress is watched on: others than those of the final figure.
pub const WATCHED_STARTS: Range<u32> = 1000..1100;

/// What a figure is taken on.
#[derive(Clone, Debug)]
pub enum Part<'a> {
    /// Rows of a data set.
    Samples {
        /// The data set.
        data: &'a Dataset,
        /// Row numbers.
        rows: &'a [u32],
    },
    /// Episodes with starts that no training meets.
    Episodes {
        /// The environment.
        kind: EnvironmentKind,
        /// Seed of the run.
        seed: u32,
        /// Their numbers among the fresh ones.
        starts: Range<u32>,
    },
    /// A piece of text.
    Text {
        /// Its bytes.
        bytes: &'a [u8],
    },
}

impl Part<'_> {
    /// Samples, episodes, or bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Samples { rows, .. } => rows.len(),
            Self::Episodes { starts, .. } => starts.len(),
            Self::Text { bytes } => bytes.len(),
        }
    }

    /// Whether there is nothing to take a figure on.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The figure of these weights, of a model that fits; `None` of an empty part.
    pub fn score(&self, program: &Program, weights: &[i8]) -> Option<Score> {
        match self {
            Self::Samples { data, rows } => accuracy(program, weights, data, rows).map(Score::accuracy),
            Self::Text { bytes } => bits_per_byte(program, weights, bytes).map(Score::bits),
            Self::Episodes { kind, seed, starts } => {
                let mut scratch = HeapScratch::new(program);
                let base = Base { program, weights, pass: scratch.get() };
                mean_return(play_base(*kind, *seed, starts.clone(), base))
            }
        }
    }
}

/// The episode of a fresh start, as [`play_base`] plays it.
pub(super) const fn fresh(seed: u32, index: u32) -> Episode {
    Episode { seed, generation: FRESH, index }
}

/// The mean of returns in [`RETURN_UNIT`]ths; `None` of none.
pub(super) fn mean_return(returns: impl ExactSizeIterator<Item = i32>) -> Option<Score> {
    let count = returns.len();
    let total: i64 = returns.map(i64::from).sum();
    (count > 0).then(|| Score::mean_return(total as f64 / (f64::from(RETURN_UNIT) * count as f64)))
}
