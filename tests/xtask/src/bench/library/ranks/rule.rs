//! What chooses ranks and pairs while a run learns, from the signal and the noise of every tensor.

use eggroll_firmware::kernel::MAX_RANK;

/// The signal and the noise of a tensor's credit, in integers: sums over its entries, and over generations of
/// which an older one counts less.
///
/// The pairs of a generation are dealt into two halves, of credit Z1 and Z2. What both have in common is the
/// signal, `Z1 . Z2`; what they differ by is noise, `|Z1 - Z2|^2`. Of Z = Z1 + Z2 the mean has a square of 4
/// signals, and the deviation from it has one of a noise.
#[derive(Clone, Copy, Default)]
pub(super) struct Evidence {
    signal: i64,
    noise: i64,
}

/// Generations over which evidence is collected, as a shift.
const MEMORY: u32 = 4;
/// The unit of a ratio.
pub(super) const ONE: i64 = 1024;

impl Evidence {
    /// What one generation says of a tensor.
    pub(super) fn of(z1: &[i32], z2: &[i32]) -> Self {
        let mut here = Self::default();
        for (&z1, &z2) in z1.iter().zip(z2) {
            let (z1, z2) = (i64::from(z1), i64::from(z2));
            here.signal += z1 * z2;
            here.noise += (z1 - z2) * (z1 - z2);
        }
        here
    }

    fn take_in(&mut self, other: Self) {
        self.signal += other.signal - (self.signal >> MEMORY);
        self.noise += other.noise - (self.noise >> MEMORY);
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self { signal: self.signal + other.signal, noise: self.noise + other.noise }
    }

    fn sum(of: &[Self]) -> Self {
        of.iter().copied().fold(Self::default(), Self::plus)
    }

    /// Square of the mean of Z, in 1/[`ONE`] of the square of its deviation. Chance may bring it below 0.
    pub(super) fn ratio(self) -> i64 {
        (i128::from(self.signal) * 4 * i128::from(ONE) / i128::from(self.noise.max(1))) as i64
    }
}

/// What chooses.
///
/// Where scores are linear in the weights, the ratio of all tensors together is pairs / parameters, whatever
/// the rank: what is left is noise of the directions themselves. The limits of the rules are shares of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Nothing does.
    Fixed,
    /// Every [`PACE`] generations the rank of all tensors, or of `each` by its own evidence, is doubled where
    /// the ratio is below half of that of linear scores, and halved where it is above all of it.
    Ratio {
        each: bool,
        /// The other way round.
        inverse: bool,
    },
    /// The ranks 1, 2, 4 and 8 are tried for [`PACE`] generations each; then every tensor has that of its
    /// best ratio for eight times as long as all were tried; and again.
    Trial,
    /// Every [`PACE`] generations pairs are doubled where the ratio of all tensors together is below half of
    /// that of linear scores with the pairs of the beginning, and halved where it is above all of it; from a
    /// quarter to four times as many as at first.
    Pairs,
}

/// Generations between two changes.
const PACE: u32 = 16;
const RANKS: [usize; 4] = [1, 2, 4, MAX_RANK];

/// A rule at work.
pub(super) struct Chooser {
    rule: Rule,
    /// The rank of each tensor.
    pub(super) ranks: Vec<usize>,
    pub(super) pairs: u32,
    first_pairs: u32,
    parameters: usize,
    evidence: Vec<Evidence>,
    /// Evidence of each rank that is tried, of every tensor.
    tried: [Vec<Evidence>; RANKS.len()],
    /// Generations, of a trial since it began.
    age: u32,
}

impl Chooser {
    pub(super) fn new(rule: Rule, rank: usize, pairs: u32, tensors: usize, parameters: usize) -> Self {
        let none = || vec![Evidence::default(); tensors];
        let rank = if rule == Rule::Trial { RANKS[0] } else { rank };
        let tried = std::array::from_fn(|_| none());
        Self {
            rule,
            ranks: vec![rank; tensors],
            pairs,
            first_pairs: pairs,
            parameters,
            evidence: none(),
            tried,
            age: 0,
        }
    }

    /// A ratio as a share of that of linear scores, in 1/[`ONE`].
    fn share(&self, evidence: Evidence) -> i64 {
        evidence.ratio() * self.parameters as i64 / i64::from(self.pairs)
    }

    /// That of all tensors together.
    fn share_of_all(&self) -> i64 {
        self.share(Evidence::sum(&self.evidence))
    }

    /// Takes in a generation's evidence, and chooses for the next.
    pub(super) fn take_in(&mut self, here: &[Evidence]) {
        for (evidence, &here) in self.evidence.iter_mut().zip(here) {
            evidence.take_in(here);
        }
        self.age += 1;
        let due = self.age.is_multiple_of(PACE);
        match self.rule {
            Rule::Ratio { each, inverse } if due => {
                let of_all = self.share_of_all();
                for tensor in 0..self.ranks.len() {
                    let share = if each { self.share(self.evidence[tensor]) } else { of_all };
                    let (low, high) = (share < ONE / 2, share > ONE);
                    let (up, down) = if inverse { (high, low) } else { (low, high) };
                    self.ranks[tensor] = changed(self.ranks[tensor], up, down).clamp(1, MAX_RANK);
                }
            }
            Rule::Pairs if due => {
                let of_first = self.share_of_all() * i64::from(self.pairs) / i64::from(self.first_pairs);
                let pairs = changed(self.pairs as usize, of_first < ONE / 2, of_first > ONE) as u32;
                self.pairs = pairs.clamp(self.first_pairs / 4, self.first_pairs * 4);
            }
            Rule::Trial => self.try_ranks(here),
            _ => {}
        }
    }

    fn try_ranks(&mut self, here: &[Evidence]) {
        let all = RANKS.len() as u32 * PACE;
        if let Some(tried) = self.tried.get_mut(((self.age - 1) / PACE) as usize) {
            tried.iter_mut().zip(here).for_each(|(tried, &here)| *tried = tried.plus(here));
        }
        if let Some(&next) = RANKS.get((self.age / PACE) as usize) {
            self.ranks.fill(next);
        } else if self.age == all {
            for (tensor, rank) in self.ranks.iter_mut().enumerate() {
                let ratio = |&place: &usize| self.tried[place][tensor].ratio();
                // The least of equals: it costs least.
                *rank = RANKS[(0..RANKS.len()).rev().max_by_key(ratio).unwrap_or(0)];
            }
        } else if self.age == 9 * all {
            self.age = 0;
            self.ranks.fill(RANKS[0]);
            self.tried.iter_mut().for_each(|tried| tried.fill(Evidence::default()));
        }
    }
}

const fn changed(value: usize, up: bool, down: bool) -> usize {
    if up {
        value * 2
    } else if down {
        value / 2
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evidence of a ratio in 1/[`ONE`].
    const fn evidence(ratio: i64) -> Evidence {
        Evidence { signal: ratio, noise: 4 * ONE }
    }

    #[test]
    fn halves_that_agree_are_signal() {
        let here = Evidence::of(&[3, -2, 0], &[3, 2, 1]);
        assert_eq!((here.signal, here.noise), (9 - 4, 16 + 1));
        assert_eq!(here.ratio(), 4 * 5 * ONE / 17);
        assert_eq!(evidence(70).ratio(), 70);
    }

    #[test]
    fn ranks_follow_the_ratio_of_their_layer() {
        let rule = |inverse| Rule::Ratio { each: true, inverse };
        // Linear scores have a ratio of 8 / 16.
        let chosen = |inverse| {
            let mut chooser = Chooser::new(rule(inverse), 2, 8, 3, 16);
            (0..PACE)
                .for_each(|_| chooser.take_in(&[evidence(ONE / 8), evidence(3 * ONE / 8), evidence(ONE)]));
            chooser.ranks
        };
        assert_eq!((chosen(false), chosen(true)), (vec![4, 2, 1], vec![1, 2, 4]));
    }

    #[test]
    fn a_trial_keeps_the_best_rank_of_each_layer() {
        let mut chooser = Chooser::new(Rule::Trial, 2, 8, 2, 16);
        for _ in 0..4 * PACE {
            let rank = chooser.ranks[0] as i64;
            chooser.take_in(&[evidence(100 * rank), evidence(100 - rank)]);
        }
        assert_eq!(chooser.ranks, [8, 1]);
        (0..32 * PACE).for_each(|_| chooser.take_in(&[evidence(0); 2]));
        assert_eq!(chooser.ranks, [1, 1]);
    }

    #[test]
    fn pairs_stay_within_a_quarter_and_four_times_as_many() {
        let after = |ratio| {
            let mut chooser = Chooser::new(Rule::Pairs, 1, 8, 1, 16);
            (0..10 * PACE).for_each(|_| chooser.take_in(&[evidence(ratio)]));
            chooser.pairs
        };
        assert_eq!((after(0), after(3 * ONE / 8), after(ONE)), (32, 8, 2));
    }
}
