//! `--smooth`: from the answers about windows to an answer about what happened.

use eggroll_firmware::signal::{Decision, LONGEST_MAJORITY, Smoothing};
use eggroll_host::data::Window;
use std::str::FromStr;
use std::sync::Arc;

/// The reject level of `--level`, at most: one below the difference of the ends of outputs.
const MOST_LEVEL: u8 = 254;

/// How the answers about windows are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Smooth(Smoothing);

impl FromStr for Smooth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            format!(
                "majority:N, majority:N/LEAST (1 to {LONGEST_MAJORITY} windows, of which at least LEAST must agree; more \
                 than half without it) or leaky:SHIFT (0 to 15)"
            )
        };
        let number = |text: &str, least: u8, most: u8| {
            text.parse::<u8>().ok().filter(|number| (least..=most).contains(number)).ok_or_else(form)
        };
        match text.split_once(':') {
            Some(("majority", numbers)) => {
                let (windows, least) = numbers
                    .split_once('/')
                    .map_or((numbers, None), |(windows, least)| (windows, Some(least)));
                let windows = number(windows, 1, LONGEST_MAJORITY as u8)?;
                let least = least.map_or(Ok(windows / 2 + 1), |least| number(least, 1, windows))?;
                Ok(Self(Smoothing::Majority { windows, least }))
            }
            Some(("leaky", shift)) => Ok(Self(Smoothing::Leaky { shift: number(shift, 0, 15)? })),
            _ => Err(form()),
        }
    }
}

/// Reads the reject level.
pub(crate) fn level(text: &str) -> Result<u8, String> {
    let level = text.parse().ok().filter(|level| *level <= MOST_LEVEL);
    level.ok_or_else(|| format!("how far the greatest output must be ahead of the second, 0 to {MOST_LEVEL}"))
}

/// How the answers about windows are taken together, as the flags say it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decides {
    pub(crate) smooth: Smooth,
    pub(crate) level: u8,
    pub(crate) hold_off: u16,
}

/// The decision about the windows of recordings, one after another.
pub(super) struct Decided {
    decision: Decision<Vec<i32>>,
    recording: Option<Arc<str>>,
}

impl Decided {
    /// The decision before the first window, of a model of so many outputs.
    pub(super) fn new(flags: Decides, outputs: usize) -> Decided {
        let Decides { smooth: Smooth(smoothing), level, hold_off } = flags;
        Decided { decision: Decision::new(smoothing, level, hold_off, vec![0; outputs]), recording: None }
    }

    /// The class that is answered at a window, if one is.
    pub(super) fn push(&mut self, window: &Window, outputs: &[i8]) -> Option<usize> {
        let is_same = self.recording.as_ref().is_some_and(|of| Arc::ptr_eq(of, &window.recording));
        if !is_same {
            self.decision.restart();
            self.recording = Some(window.recording.clone());
        }
        self.decision.push(outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags() {
        let majority = |windows, least| Ok(Smooth(Smoothing::Majority { windows, least }));
        assert_eq!("majority:5".parse(), majority(5, 3));
        assert_eq!("majority:4".parse(), majority(4, 3));
        assert_eq!("majority:1".parse(), majority(1, 1));
        assert_eq!("majority:32/2".parse(), majority(32, 2));
        assert_eq!("leaky:3".parse(), Ok(Smooth(Smoothing::Leaky { shift: 3 })));
        let odd = [
            "",
            "majority",
            "majority:",
            "majority:0",
            "majority:33",
            "majority:5/6",
            "majority:5/0",
            "leaky:16",
        ];
        for text in odd.into_iter().chain(["leaky", "median:5", "majority:5/3/2", "leaky:-1"]) {
            let refused = text.parse::<Smooth>().unwrap_err();
            assert!(refused.contains("majority:N") && refused.contains("leaky:SHIFT"), "{text}: {refused}");
        }
        assert_eq!((level("0"), level("254")), (Ok(0), Ok(254)));
        assert!(level("255").is_err() && level("-1").is_err() && level("x").is_err());
    }

    #[test]
    fn recordings_begin_anew() {
        let flags = Decides { smooth: "majority:2/2".parse().unwrap(), level: 10, hold_off: 0 };
        let mut decided = Decided::new(flags, 2);
        // Two recordings may have one name.
        let [first, second] = ["r", "r"].map(Arc::<str>::from);
        let mut push = |recording: &Arc<str>, outputs: [i8; 2]| {
            decided.push(&Window { recording: recording.clone(), sample: 1 }, &outputs)
        };
        assert_eq!((push(&first, [50, 0]), push(&first, [50, 0])), (None, Some(0)));
        assert_eq!((push(&second, [50, 0]), push(&second, [50, 41])), (None, None));
        assert_eq!((push(&second, [0, 10]), push(&second, [0, 10])), (None, Some(1)));
    }
}
