//! What a search tries next. It follows from what was tried alone, and so does the order of the trials.

use super::trial::{Candidate, Trial, is_perfect, ranking};

/// The sizes of hidden layers that are tried.
const SIZES: [&[u32]; 5] = [&[], &[32], &[64], &[128], &[64, 32]];
/// The rate is at most so many times doubled, and as often halved.
const DOUBLINGS: i32 = 2;
/// The seeds behind that of the defaults that are tried.
const SEEDS: u32 = 4;
/// The trials of different size or rate whose neighbours are tried.
const FOLLOWED: usize = 2;

/// The settings that a search may vary: those that the user has not fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Free {
    /// The sizes of hidden layers.
    pub(super) sizes: bool,
    /// The learning rate.
    pub(super) rates: bool,
    /// The seed.
    pub(super) seeds: bool,
}

impl Free {
    /// Whether there is anything to vary.
    pub(super) const fn any(self) -> bool {
        self.sizes || self.rates || self.seeds
    }
}

/// The candidate to try after these trials: the defaults, then all sizes, half and twice the rate of the best
/// trials, and other seeds of the best. `left_out` are candidates that cannot be trained. Returns `None` once
/// nothing is left.
pub(super) fn next(
    defaults: &Candidate,
    free: Free,
    trials: &[Trial],
    left_out: &[Candidate],
) -> Option<Candidate> {
    let is_new = |candidate: &Candidate| {
        !left_out.contains(candidate) && trials.iter().all(|trial| trial.candidate != *candidate)
    };
    let mut wanted = vec![defaults.clone()];
    if free.sizes {
        wanted.extend(SIZES.map(|sizes| Candidate { hidden: Some(sizes.to_vec()), ..defaults.clone() }));
    }
    if let Some(candidate) = wanted.into_iter().find(is_new) {
        return Some(candidate);
    }
    let ranked: Vec<&Trial> = ranking(trials).into_iter().filter_map(|place| trials.get(place)).collect();
    let best = ranked.first()?;
    if is_perfect(best.validation) {
        return None;
    }
    let mut wanted = Vec::new();
    if free.rates {
        for Trial { candidate, .. } in ranked.iter().take(FOLLOWED) {
            let rates = [candidate.doublings - 1, candidate.doublings + 1];
            let rates = rates.into_iter().filter(|doublings| doublings.abs() <= DOUBLINGS);
            wanted.extend(rates.map(|doublings| Candidate { doublings, ..candidate.clone() }));
        }
    }
    if free.seeds {
        let seeds = (0..=SEEDS).map(|more| defaults.seed.wrapping_add(more));
        wanted.extend(seeds.map(|seed| Candidate { seed, ..best.candidate.clone() }));
    }
    wanted.into_iter().find(is_new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_host::measure::Score;

    const ALL: Free = Free { sizes: true, rates: true, seeds: true };

    fn defaults() -> Candidate {
        Candidate { hidden: Some(vec![64]), doublings: 0, seed: 1 }
    }

    /// All that is tried, if a candidate has this accuracy.
    fn tried(free: Free, accuracy: impl Fn(&Candidate) -> f64) -> Vec<Candidate> {
        let mut trials: Vec<Trial> = Vec::new();
        while let Some(candidate) = next(&defaults(), free, &trials, &[]) {
            let validation = Score::accuracy(accuracy(&candidate));
            trials.push(Trial {
                candidate,
                validation,
                parameters: 1,
                rate: None,
                generations: 1,
                seconds: 0.0,
            });
            assert!(trials.len() < 1000, "it does not end");
        }
        trials.into_iter().map(|trial| trial.candidate).collect()
    }

    #[test]
    fn defaults_sizes_rates_and_seeds_in_this_order() {
        let all = tried(ALL, |candidate| if candidate.hidden == Some(vec![32]) { 0.9 } else { 0.8 });
        assert_eq!(all[0], defaults());
        let sizes: Vec<_> = all[..5].iter().map(|candidate| candidate.hidden.clone().unwrap()).collect();
        assert_eq!(sizes, [vec![64], vec![], vec![32], vec![128], vec![64, 32]]);
        let of = |doublings, seed| Candidate { hidden: Some(vec![32]), doublings, seed };
        assert_eq!(all[5..7], [of(-1, 1), of(1, 1)]);
        assert!(all.contains(&of(0, 2)) && all.contains(&of(-2, 1)) && !all.contains(&of(3, 1)));
        // No candidate comes twice.
        assert!((0..all.len()).all(|place| !all[..place].contains(&all[place])));
    }

    #[test]
    fn what_is_fixed_is_not_varied() {
        let fixed = Free { sizes: false, ..ALL };
        assert!(tried(fixed, |_| 0.5).iter().all(|candidate| candidate.hidden == defaults().hidden));
        assert!(
            tried(Free { rates: false, ..ALL }, |_| 0.5).iter().all(|candidate| candidate.doublings == 0)
        );
        let seeds = tried(Free { seeds: true, sizes: false, rates: false }, |_| 0.5);
        assert_eq!(seeds.iter().map(|candidate| candidate.seed).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        let none = Free { sizes: false, rates: false, seeds: false };
        assert!(!none.any() && tried(none, |_| 0.5).len() == 1);
    }

    #[test]
    fn nothing_is_better_than_all() {
        assert_eq!(tried(ALL, |_| 1.0).len(), 5);
    }

    #[test]
    fn what_cannot_be_trained_is_passed_over() {
        let none = Candidate { hidden: Some(vec![]), ..defaults() };
        let trials = [Trial {
            candidate: defaults(),
            validation: Score::accuracy(0.5),
            parameters: 1,
            rate: None,
            generations: 1,
            seconds: 0.0,
        }];
        assert_eq!(next(&defaults(), ALL, &trials, &[]), Some(none.clone()));
        let after = next(&defaults(), ALL, &trials, &[none]).unwrap();
        assert_eq!(after.hidden, Some(vec![32]));
    }
}
