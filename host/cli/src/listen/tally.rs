//! Counts of what is stored, by label.

use indicatif::HumanCount;

/// What is stored with a label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) recordings: u64,
    pub(super) rows: u64,
}

/// What is stored, by label, in the order in which the labels were first stored.
#[derive(Default)]
pub(super) struct Tallies(Vec<(String, Tally)>);

impl Tallies {
    /// Counts a row, which may begin a recording.
    pub(super) fn row(&mut self, label: &str, begins: bool) {
        // A label is often that of the row before.
        let at = self.0.iter().rposition(|(other, _)| other == label).unwrap_or_else(|| {
            self.0.push((label.to_owned(), Tally::default()));
            self.0.len() - 1
        });
        if let Some((_, tally)) = self.0.get_mut(at) {
            tally.rows += 1;
            tally.recordings += u64::from(begins);
        }
    }

    /// What is stored with a label.
    #[cfg(any(feature = "tui", test))]
    pub(super) fn of(&self, label: &str) -> Tally {
        self.0.iter().find(|(other, _)| other == label).map_or(Tally::default(), |(_, tally)| *tally)
    }

    /// The rows of all labels.
    pub(super) fn rows(&self) -> u64 {
        self.0.iter().map(|(_, tally)| tally.rows).sum()
    }

    /// The recordings of all labels.
    pub(super) fn recordings(&self) -> u64 {
        self.0.iter().map(|(_, tally)| tally.recordings).sum()
    }

    /// The labels that there are.
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(label, _)| label.as_str())
    }

    /// In words: `3 recordings, 1,200 samples (idle 400, wave 800)`.
    pub(super) fn said(&self) -> String {
        let many = |count: u64, what: &str| {
            format!("{} {what}{}", HumanCount(count), if count == 1 { "" } else { "s" })
        };
        let all = format!("{}, {}", many(self.recordings(), "recording"), many(self.rows(), "sample"));
        let each = self.0.iter().map(|(label, tally)| format!("{label} {}", HumanCount(tally.rows)));
        format!("{all} ({})", each.collect::<Vec<_>>().join(", "))
    }
}
