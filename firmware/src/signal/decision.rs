//! From the answers about windows to an answer about what happened.

/// Most windows of which a majority is taken.
pub const LONGEST_MAJORITY: usize = 32;

/// How the answers about windows that follow one another are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoothing {
    /// The class of most of the last windows.
    Majority {
        /// How many windows, 1 to [`LONGEST_MAJORITY`].
        windows: u8,
        /// The least number of them that must be of the class.
        least: u8,
    },
    /// The class of the greatest sum of outputs, each of which counts by `1 / 2^shift` and from then on less
    /// and less.
    Leaky {
        /// 0 to 15.
        shift: u8,
    },
}

/// Takes the answers about windows together. `S` is memory for one i32 a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<S> {
    smoothing: Smoothing,
    /// How far the greatest output must be ahead of the second.
    level: u8,
    /// Windows without an answer after one.
    hold_off: u16,
    /// Windows that are left of them.
    held: u16,
    sums: S,
    /// The classes of the last windows, the latest first; none of a window that was rejected.
    last: [Option<u16>; LONGEST_MAJORITY],
}

impl<S: AsRef<[i32]> + AsMut<[i32]>> Decision<S> {
    /// A decision before the first window.
    ///
    /// `level` is the reject level, 0 to 254: how far the greatest output must be ahead of the second one, of
    /// a window for a majority and of the sums for a leaky sum. `hold_off` is how many windows pass without
    /// an answer after one, so that what happens once is answered once. `sums` holds a number a class.
    pub fn new(smoothing: Smoothing, level: u8, hold_off: u16, mut sums: S) -> Decision<S> {
        sums.as_mut().fill(0);
        Decision { smoothing, level, hold_off, held: 0, sums, last: [None; LONGEST_MAJORITY] }
    }

    /// Begins anew.
    pub fn restart(&mut self) {
        self.sums.as_mut().fill(0);
        self.last = [None; LONGEST_MAJORITY];
        self.held = 0;
    }

    /// Takes the outputs of the model for a window, one a class, and returns the class that is answered.
    pub fn push(&mut self, outputs: &[i8]) -> Option<usize> {
        let found = match self.smoothing {
            Smoothing::Majority { windows, least } => self.majority(outputs, windows.into(), least.into()),
            Smoothing::Leaky { shift } => {
                for (sum, &output) in self.sums.as_mut().iter_mut().zip(outputs) {
                    *sum += ((i32::from(output) << 16) - *sum) >> shift.min(15);
                }
                ahead(self.sums.as_ref().iter().copied(), i32::from(self.level) << 16)
            }
        };
        if self.held > 0 {
            self.held -= 1;
            return None;
        }
        if found.is_some() {
            self.held = self.hold_off;
        }
        found
    }

    fn majority(&mut self, outputs: &[i8], windows: usize, least: usize) -> Option<usize> {
        self.last.rotate_right(1);
        if let Some(first) = self.last.first_mut() {
            let found = ahead(outputs.iter().map(|&output| output.into()), self.level.into());
            *first = found.map(|class| class as u16);
        }
        let last = self.last.iter().take(windows.max(1));
        let count = |class: u16| last.clone().filter(|&&other| other == Some(class)).count();
        // Of classes with as many windows, the one of the latest window is first in line.
        let mut best = None;
        for &class in last.clone().flatten() {
            let votes = count(class);
            if best.is_none_or(|(most, _)| votes > most) {
                best = Some((votes, class));
            }
        }
        best.filter(|&(votes, _)| votes >= least).map(|(_, class)| class.into())
    }
}

/// The first of the greatest values, if it is at least `lead` ahead of all others.
fn ahead(values: impl Iterator<Item = i32>, lead: i32) -> Option<usize> {
    let mut best: Option<(usize, i32)> = None;
    let mut second: Option<i32> = None;
    for (class, value) in values.enumerate() {
        match best {
            Some((_, greatest)) if value <= greatest => second = Some(second.map_or(value, |s| s.max(value))),
            _ => {
                second = best.map(|(_, greatest)| greatest);
                best = Some((class, value));
            }
        }
    }
    let is_ahead = |greatest: i32| second.is_none_or(|second| greatest.saturating_sub(second) >= lead);
    best.filter(|&(_, greatest)| is_ahead(greatest)).map(|(class, _)| class)
}
