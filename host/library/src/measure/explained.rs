//! What the guide of a run explains of the members' reports.

use eggroll_firmware::estimator::guided::Explained;
use serde::{Deserialize, Serialize};

/// The windows that a run is divided into for [`GuideFacts`].
const WINDOWS: u64 = 10;

/// A part of the members' reports, by the sums of their squares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reports {
    /// The share of the variance that the guide explains: 1 where it foresees every report, 0 where it
    /// foresees nothing, and less where it is wrong.
    pub explained: f64,
    /// The sum of the squares of the reports, by which parts are put together.
    pub squares: f64,
}

impl Reports {
    /// The share by exact sums. It is `None` if no member reported anything but 0.
    pub fn of(sums: Explained) -> Option<Self> {
        let explained = 1.0 - sums.unexplained as f64 / sums.reports as f64;
        (sums.reports > 0).then_some(Self { explained, squares: sums.reports as f64 })
    }

    /// The share over several parts.
    pub fn together(parts: impl Iterator<Item = Self>) -> Option<f64> {
        let add = |(explained, all): (f64, f64), part: Self| {
            (explained + part.explained * part.squares, all + part.squares)
        };
        let (explained, all) = parts.fold((0.0, 0.0), add);
        (all > 0.0).then(|| explained / all)
    }
}

/// What the guide of a run explained while the run went on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GuideFacts {
    /// The share of the variance of the members' reports over the last tenth of the generations that are
    /// done; `None` if no member reported anything.
    pub guide_explains: Option<f64>,
    /// The share in each tenth of the generations that are done.
    pub guide_explains_by_tenth: Vec<Option<f64>>,
}

impl GuideFacts {
    /// The shares of a run whose looks have these generations and reports. What was reported since the look
    /// before counts where a look is, so a tenth without a look has no share.
    pub fn new(looks: &[(u32, Option<Reports>)]) -> Self {
        let last = looks.last().map_or(0, |(generation, _)| *generation);
        // A look is about the generations up to its own.
        let tenth =
            |generation: u32| (u64::from(generation) * WINDOWS).saturating_sub(1) / u64::from(last.max(1));
        let of = |wanted: u64| {
            let here = looks.iter().filter(|(generation, _)| tenth(*generation) == wanted);
            Reports::together(here.filter_map(|(_, reports)| *reports))
        };
        let by_tenth: Vec<Option<f64>> = (0..WINDOWS).map(of).collect();
        Self { guide_explains: by_tenth.last().copied().flatten(), guide_explains_by_tenth: by_tenth }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_put_together_by_the_size_of_the_reports() {
        assert_eq!(Reports::of(Explained::default()), None);
        let of = |unexplained, reports| Reports::of(Explained { reports, unexplained });
        assert_eq!(of(25, 100).map(|part| part.explained), Some(0.75));
        assert_eq!(of(300, 100).map(|part| part.explained), Some(-2.0));
        let parts = [of(25, 100), of(300, 300), None];
        assert_eq!(Reports::together(parts.into_iter().flatten()), Some(0.1875));
        assert_eq!(Reports::together(std::iter::empty()), None);
    }

    #[test]
    fn a_run_has_ten_tenths() {
        let part = |explained| Some(Reports { explained, squares: 4.0 });
        let looks: Vec<_> = (1..=20).map(|look| (look * 5, part(f64::from(look)))).collect();
        let facts = GuideFacts::new(&looks);
        assert_eq!(facts.guide_explains_by_tenth.len(), 10);
        assert_eq!((facts.guide_explains_by_tenth[0], facts.guide_explains), (Some(1.5), Some(19.5)));
        // Of a run with one look, only the last tenth is known.
        let one = GuideFacts::new(&looks[..1]);
        assert_eq!((one.guide_explains_by_tenth[8], one.guide_explains), (None, Some(1.0)));
        assert_eq!(GuideFacts::new(&[]).guide_explains, None);
    }
}
