use super::Schedule;
use eggroll_firmware::train::Run;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// The version of the hash, which is hashed first.
const PREFIX: &[u8] = b"eggroll run 1\0";

/// The identity of a run: a SHA-256 over everything that decides its weights when it starts. Two runs with
/// the same identity train the same weights, as long as neither gets another length on the way. The location
/// of their data and the interval of validations make no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity([u8; 32]);

impl Identity {
    /// The identity of a run that starts with this schedule, this number of planned generations, and these
    /// sample records or this text. Without `start`, the weights are drawn from the run's seed.
    pub fn new(
        run: &Run,
        schedule: Schedule,
        generations: u32,
        samples: &[u8],
        text: &[u8],
        start: Option<&[i8]>,
    ) -> Self {
        let start: Option<Vec<u8>> = start.map(|weights| weights.iter().map(|w| w.cast_unsigned()).collect());
        // A run and its schedule consist of numbers, which always can be encoded.
        let run = postcard::to_stdvec(run).unwrap_or_default();
        let schedule = postcard::to_stdvec(&schedule).unwrap_or_default();
        let is_given = [u8::from(start.is_some())];
        let mut hash = Sha256::new();
        hash.update(PREFIX);
        // Each part is preceded by its length, so that different runs never hash the same bytes.
        let parts: [&[u8]; 7] = [
            &run,
            &schedule,
            &generations.to_le_bytes(),
            samples,
            text,
            &is_given,
            start.as_deref().unwrap_or_default(),
        ];
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// All 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first four bytes, little endian, which requests to boards carry.
    pub const fn short(&self) -> u32 {
        let [a, b, c, d, ..] = self.0;
        u32::from_le_bytes([a, b, c, d])
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The error of a text that is not an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the identity of a run: 64 hexadecimal digits")]
pub struct NoIdentity;

impl FromStr for Identity {
    type Err = NoIdentity;

    fn from_str(text: &str) -> Result<Self, NoIdentity> {
        let mut bytes = [0; 32];
        if text.len() != 2 * bytes.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoIdentity);
        }
        for (place, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(2 * place..2 * place + 2).ok_or(NoIdentity)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NoIdentity)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Preset;
    use eggroll_firmware::task::environment::EnvironmentKind;
    use eggroll_firmware::train::{Estimator, TaskKind};
    use eggroll_firmware::update::Optimizer;
    use std::collections::HashSet;

    #[test]
    fn everything_that_decides_weights_makes_another_run() {
        let preset = Preset::of(EnvironmentKind::CartPole);
        let run = Run {
            seed: 1,
            model: preset.model().unwrap().description().unwrap(),
            task: TaskKind::Environment(preset.kind),
            estimator: Estimator::Weight(preset.weight()),
            optimizer: Optimizer::Residual,
            saturation: false,
        };
        let rate = Schedule::LearningRate;
        let other = Run { seed: 2, ..run.clone() };
        let all = [
            Identity::new(&run, rate(7), 5, b"", b"", None),
            Identity::new(&other, rate(7), 5, b"", b"", None),
            Identity::new(&run, rate(8), 5, b"", b"", None),
            Identity::new(&run, Schedule::Q(7), 5, b"", b"", None),
            Identity::new(&run, rate(7), 6, b"", b"", None),
            Identity::new(&run, rate(7), 5, b"a", b"", None),
            Identity::new(&run, rate(7), 5, b"", b"a", None),
            Identity::new(&run, rate(7), 5, b"", b"", Some(&[])),
            Identity::new(&run, rate(7), 5, b"", b"", Some(&[-1])),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        let [identity, ..] = all;
        assert_eq!(identity.to_string().parse(), Ok(identity));
        let first = u32::from_str_radix(&identity.to_string()[..8], 16).unwrap();
        assert_eq!(identity.short(), first.swap_bytes());
        for odd in ["", "00", &"x".repeat(64), &"é".repeat(32)] {
            assert_eq!(odd.parse::<Identity>(), Err(NoIdentity), "{odd}");
        }
    }
}
