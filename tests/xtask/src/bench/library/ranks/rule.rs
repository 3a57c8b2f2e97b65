//! What chooses ranks and pairs while a run learns, from the signal and the noise of every tensor.

use eggroll_firmware::kernel::MAX_RANK;

/// The signal and the noise of a tensor's credit, in integers: sums over its entries, and over generations of
/// which an older one counts less.
///
/// The pairs of a generation are dealt into two halves, of credit Z1 and Z2. What both have in common is the
/// signal, `Z1 . Z2`; what they differ by is noise, `|Z1 - Z2|^2`. Of Z = Z1 + Z2 the mean has a square of 4
/// signals, and its deviation from it one of a noise.
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

    pub(super) fn take_in(&mut self, other: Self) {
        self.signal += other.signal - (self.signal >> MEMORY);
        self.noise += other.noise - (self.noise >> MEMORY);
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self { signal: self.signal + other.signal, noise: self.noise + other.noise }
    }

    /// Square of the mean of Z in 1/[`ONE`] of the square of its deviation; below 0 where chance says so.
    pub(super) fn ratio(self) -> i64 {
        (i128::from(self.signal) * 4 * i128::from(ONE) / i128::from(self.noise.max(1))) as i64
    }
}

/// What chooses.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// Nothing does.
    Fixed,
    /// Every [`PACE`] generations the rank is doubled where the ratio is below `low`, and halved where it is
    /// above `high`; or the other way round.
    Rank { each: bool, low: i64, high: i64, inverse: bool },
    /// Each of the ranks 1, 2, 4 and 8 is tried for so many generations, then that of the best ratio is kept
    /// for eight times as long as all were tried; and again.
    Trial { each: bool, generations: u32, per_product: bool },
    /// Pairs are doubled where the ratio of all tensors together is below `low`, and halved where it is above
    /// `high`.
    Pairs { low: i64, high: i64, least: u32, most: u32 },
}

/// Generations between two changes.
const PACE: u32 = 16;
const RANKS: [usize; 4] = [1, 2, 4, MAX_RANK];

/// A rule at work.
pub(super) struct Chooser {
    rule: Rule,
    pub(super) ranks: Vec<usize>,
    pub(super) pairs: u32,
    evidence: Vec<Evidence>,
    /// Evidence of each rank that is tried, of every tensor.
    tried: [Vec<Evidence>; 4],
    /// Generations of the current trial.
    age: u32,
}

impl Chooser {
    pub(super) fn new(rule: Rule, rank: usize, pairs: u32, tensors: usize) -> Self {
        let none = || vec![Evidence::default(); tensors];
        let rank = if matches!(rule, Rule::Trial { .. }) { RANKS[0] } else { rank };
        let tried = std::array::from_fn(|_| none());
        Self { rule, ranks: vec![rank; tensors], pairs, evidence: none(), tried, age: 0 }
    }

    /// The ratio of all tensors together.
    pub(super) fn ratio(&self) -> i64 {
        self.evidence.iter().copied().fold(Evidence::default(), Evidence::plus).ratio()
    }

    pub(super) fn ratios(&self) -> Vec<i64> {
        self.evidence.iter().map(|evidence| evidence.ratio()).collect()
    }

    /// Takes in a generation's evidence, and chooses for the next. `cost` says what a rank costs.
    pub(super) fn take_in(&mut self, here: &[Evidence], cost: impl Fn(usize) -> u64) {
        for (evidence, &here) in self.evidence.iter_mut().zip(here) {
            evidence.take_in(here);
        }
        self.age += 1;
        match self.rule {
            Rule::Fixed => {}
            Rule::Rank { each, low, high, inverse } => {
                if self.age.is_multiple_of(PACE) {
                    let all = self.ratio();
                    for (rank, evidence) in self.ranks.iter_mut().zip(&self.evidence) {
                        let ratio = if each { evidence.ratio() } else { all };
                        let (up, down) = (ratio < low, ratio > high);
                        let (up, down) = if inverse { (down, up) } else { (up, down) };
                        *rank = (if up {
                            *rank * 2
                        } else if down {
                            *rank / 2
                        } else {
                            *rank
                        })
                        .clamp(1, MAX_RANK);
                    }
                }
            }
            Rule::Pairs { low, high, least, most } => {
                if self.age.is_multiple_of(PACE) {
                    let ratio = self.ratio();
                    let pairs = if ratio < low {
                        self.pairs * 2
                    } else if ratio > high {
                        self.pairs / 2
                    } else {
                        self.pairs
                    };
                    self.pairs = pairs.clamp(least, most);
                }
            }
            Rule::Trial { each, generations, per_product } => {
                self.try_ranks(here, (each, generations, per_product), cost)
            }
        }
    }

    fn try_ranks(
        &mut self,
        here: &[Evidence],
        (each, generations, per_product): (bool, u32, bool),
        cost: impl Fn(usize) -> u64,
    ) {
        let (all, place) = (4 * generations, ((self.age - 1) / generations) as usize);
        if let Some(tried) = self.tried.get_mut(place) {
            tried.iter_mut().zip(here).for_each(|(tried, &here)| *tried = tried.plus(here));
        }
        match RANKS.get((self.age / generations) as usize) {
            Some(&next) => self.ranks.fill(next),
            None if self.age == all => {
                for tensor in 0..self.ranks.len() {
                    let worth = |place: usize| {
                        let evidence = if each {
                            self.tried[place][tensor]
                        } else {
                            self.tried[place].iter().copied().fold(Evidence::default(), Evidence::plus)
                        };
                        let unit = if per_product { cost(RANKS[place]) } else { 1 };
                        i128::from(evidence.ratio()) * (1 << 40) / i128::from(unit)
                    };
                    let best = (0..4).rev().max_by_key(|&place| worth(place)).unwrap_or(0);
                    self.ranks[tensor] = RANKS[best];
                }
            }
            None if self.age >= 9 * all => {
                self.age = 0;
                self.ranks.fill(RANKS[0]);
                self.tried.iter_mut().for_each(|tried| tried.fill(Evidence::default()));
            }
            None => {}
        }
    }
}
