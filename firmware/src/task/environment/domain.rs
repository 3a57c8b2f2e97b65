use super::{EnvironmentKind, Episode, MAX_SPREAD};
use crate::task::Member;
use serde::{Deserialize, Serialize};

/// An environment whose episodes each have physical parameters of their own (domain randomization, Tobin and
/// others 2017), so that what is learned holds for more than the nominal ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Domain {
    /// The environment.
    pub kind: EnvironmentKind,
    /// How far parameters may lie from their nominal values, in percent: 0 to [`MAX_SPREAD`]. 0 is the
    /// environment as it is.
    pub spread: u8,
}

impl Domain {
    /// The environment as it is.
    pub const fn nominal(kind: EnvironmentKind) -> Self {
        Self { kind, spread: 0 }
    }

    /// Whether the spread is within its range.
    pub const fn is_valid(self) -> bool {
        self.spread <= MAX_SPREAD
    }

    /// Plays one episode; the member's return, in [`RETURN_UNIT`](super::RETURN_UNIT)ths of a reward unit,
    /// rounded down.
    pub fn play(self, episode: Episode, member: &mut dyn Member) -> i32 {
        self.kind.play_spread(self.spread, episode, member)
    }
}

impl From<EnvironmentKind> for Domain {
    fn from(kind: EnvironmentKind) -> Self {
        Self::nominal(kind)
    }
}
