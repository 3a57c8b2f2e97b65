//! The terminal interface of `--tui`: boards, speeds, the curve of the score so far and the time left. It is
//! a feature, because what draws it takes a fifth of the program's first build.

mod log;
#[cfg(feature = "tui")]
mod screen;
#[cfg(feature = "tui")]
mod taken;
#[cfg(not(feature = "tui"))]
mod without;

pub(crate) use log::Log;
#[cfg(feature = "tui")]
pub(crate) use screen::Tui;
#[cfg(feature = "tui")]
pub(crate) use taken::{Taken, quits};
#[cfg(not(feature = "tui"))]
pub(crate) use without::Tui;

use crate::error::Error;
use eggroll_host::fleet::Share;
use eggroll_host::measure::{Measure, Score};
use std::io::{IsTerminal, stderr, stdout};
use std::time::Duration;

/// The state of a run that is shown.
#[cfg_attr(not(feature = "tui"), expect(dead_code, reason = "only the screen reads it"))]
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) title: String,
    pub(crate) run: String,
    pub(crate) generation: u32,
    pub(crate) planned: u32,
    pub(crate) passes: u64,
    /// The passes in a second.
    pub(crate) rate: f64,
    pub(crate) elapsed: Duration,
    /// The time that is left; `None` if it is not known.
    pub(crate) left: Option<Duration>,
    pub(crate) measure: Measure,
    /// The points of the curve: forward passes or episodes, and the score on its axis.
    pub(crate) curve: Vec<(f64, f64)>,
    pub(crate) latest: Option<Score>,
    pub(crate) boards: Vec<Share>,
    pub(crate) stopping: bool,
}

/// Makes sure that there is a terminal, and that the program can draw on it.
///
/// # Errors
/// [`Error::Usage`] if not.
pub(crate) fn possible() -> Result<(), Error> {
    if cfg!(not(feature = "tui")) {
        let message = "--tui is not part of this program: build it with `--features tui`, or leave --tui out";
        return Err(Error::Usage(message.to_owned()));
    }
    for (name, there) in
        [("standard output", stdout().is_terminal()), ("standard error", stderr().is_terminal())]
    {
        if !there {
            let message = format!("--tui needs a terminal, {name} is none: leave it out, or use --quiet");
            return Err(Error::Usage(message));
        }
    }
    Ok(())
}
