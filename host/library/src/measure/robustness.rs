//! How well a policy holds where the environment is another than the one that it was trained in.

use super::eval_set::FINAL_STARTS;
use crate::scratch::HeapScratch;
use eggroll_firmware::model::Program;
use eggroll_firmware::task::environment::{Base, Domain, EnvironmentKind, RETURN_UNIT, play_base};

/// How far parameters lie from the nominal ones where a policy is judged, in percent.
pub const SPREADS: [u8; 5] = [0, 10, 20, 30, 50];

/// The returns of a policy in a domain of some spread, over fresh starts and parameters that training has not
/// met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpreadReturns {
    /// How far parameters lie from the nominal ones, in percent.
    pub spread: u8,
    /// The mean return, in reward units.
    pub mean: f64,
    /// The mean of the tenth of the episodes with the lowest returns.
    pub worst_tenth: f64,
}

impl SpreadReturns {
    /// The figures of a policy in a domain, over [`FINAL_STARTS`].
    pub fn of(program: &Program, weights: &[i8], domain: Domain, seed: u32) -> Self {
        let mut scratch = HeapScratch::new(program);
        let base = Base { program, weights, pass: scratch.get() };
        Self::from_returns(domain.spread, play_base(domain, seed, FINAL_STARTS, base).collect())
    }

    /// The figures of returns, which are counted in 1/[`RETURN_UNIT`].
    pub fn from_returns(spread: u8, mut returns: Vec<i32>) -> Self {
        returns.sort_unstable();
        let mean = |returns: &[i32]| {
            let sum: i64 = returns.iter().copied().map(i64::from).sum();
            sum as f64 / (f64::from(RETURN_UNIT) * returns.len().max(1) as f64)
        };
        let worst = &returns[..returns.len().div_ceil(10)];
        Self { spread, mean: mean(&returns), worst_tenth: mean(worst) }
    }

    /// The figures in every spread of [`SPREADS`].
    pub fn in_all(program: &Program, weights: &[i8], kind: EnvironmentKind, seed: u32) -> Vec<Self> {
        SPREADS.iter().map(|&spread| Self::of(program, weights, Domain { kind, spread }, seed)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_tenth_is_that_of_the_lowest_returns() {
        let returns = (1..=20).rev().map(|number| number * RETURN_UNIT).collect();
        let found = SpreadReturns::from_returns(20, returns);
        assert_eq!(found, SpreadReturns { spread: 20, mean: 10.5, worst_tenth: 1.5 });
        let one = SpreadReturns::from_returns(0, vec![RETURN_UNIT]);
        assert_eq!((one.mean, one.worst_tenth), (1.0, 1.0));
        assert_eq!(SpreadReturns::from_returns(0, Vec::new()).mean, 0.0);
    }
}
