use super::{
    Acrobot, Balance, CartPole, Environment, Episode, LineFollower, MountainCar, Pendulum, RETURN_UNIT,
    Thermal,
};
use crate::task::Member;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// An environment that every board simulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum EnvironmentKind {
    /// [`CartPole`].
    #[serde(rename = "cartpole")]
    CartPole,
    /// [`MountainCar`].
    MountainCar,
    /// [`Acrobot`].
    Acrobot,
    /// [`Pendulum`].
    Pendulum,
    /// [`Balance`].
    Balance,
    /// [`LineFollower`].
    LineFollower,
    /// [`Thermal`].
    Thermal,
}

/// What one environment promises, as values.
struct Promise {
    name: &'static str,
    inputs: usize,
    outputs: usize,
    steps: u32,
    largest_return: u32,
}

const fn promise<E: Environment>(name: &'static str) -> Promise {
    Promise {
        name,
        inputs: E::INPUTS,
        outputs: E::OUTPUTS,
        steps: E::STEPS,
        largest_return: E::LARGEST_RETURN * RETURN_UNIT as u32,
    }
}

impl EnvironmentKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::CartPole,
        Self::MountainCar,
        Self::Acrobot,
        Self::Pendulum,
        Self::Balance,
        Self::LineFollower,
        Self::Thermal,
    ];

    const fn promise(self) -> Promise {
        match self {
            Self::CartPole => promise::<CartPole>("cartpole"),
            Self::MountainCar => promise::<MountainCar>("mountain-car"),
            Self::Acrobot => promise::<Acrobot>("acrobot"),
            Self::Pendulum => promise::<Pendulum>("pendulum"),
            Self::Balance => promise::<Balance>("balance"),
            Self::LineFollower => promise::<LineFollower>("line-follower"),
            Self::Thermal => promise::<Thermal>("thermal"),
        }
    }

    /// The name on a command line and in files.
    pub const fn name(self) -> &'static str {
        self.promise().name
    }

    /// Whether this firmware simulates it: some boards have no room for the robots.
    pub const fn is_there(self) -> bool {
        cfg!(feature = "robots") || !matches!(self, Self::Balance | Self::LineFollower | Self::Thermal)
    }

    /// Inputs of a model that fits: components of an observation.
    pub const fn inputs(self) -> usize {
        self.promise().inputs
    }

    /// Outputs of a model that fits.
    pub const fn outputs(self) -> usize {
        self.promise().outputs
    }

    /// Most steps of an episode.
    pub const fn steps(self) -> u32 {
        self.promise().steps
    }

    /// Largest magnitude of an episode's return, in [`RETURN_UNIT`]ths.
    pub const fn largest_return(self) -> u32 {
        self.promise().largest_return
    }

    /// Plays one episode; the member's return, in [`RETURN_UNIT`]ths of a reward unit, rounded down.
    pub fn play(self, episode: Episode, member: &mut dyn Member) -> i32 {
        self.play_spread(0, episode, member)
    }

    /// The same with parameters up to `spread` percent from the nominal ones.
    pub(super) fn play_spread(self, spread: u8, episode: Episode, member: &mut dyn Member) -> i32 {
        match self {
            Self::CartPole => episode.play(spread, &mut CartPole::default(), member),
            Self::MountainCar => episode.play(spread, &mut MountainCar::default(), member),
            Self::Acrobot => episode.play(spread, &mut Acrobot::default(), member),
            Self::Pendulum => episode.play(spread, &mut Pendulum::default(), member),
            // What a board without them does not need is not linked.
            Self::Balance | Self::LineFollower | Self::Thermal if !self.is_there() => 0,
            Self::Balance => episode.play(spread, &mut Balance::default(), member),
            Self::LineFollower => episode.play(spread, &mut LineFollower::default(), member),
            Self::Thermal => episode.play(spread, &mut Thermal::default(), member),
        }
    }
}

impl fmt::Display for EnvironmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no environment's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownEnvironment;

impl fmt::Display for UnknownEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown environment; there are:")?;
        let mut between = "";
        for kind in EnvironmentKind::ALL {
            write!(f, "{between} {kind}")?;
            between = ",";
        }
        Ok(())
    }
}

impl core::error::Error for UnknownEnvironment {}

impl FromStr for EnvironmentKind {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironment> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownEnvironment)
    }
}
