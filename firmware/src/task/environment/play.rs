use super::domain::Domain;
use super::episode::{Episode, FRESH};
use crate::model::{Program, Scratch, Start, infer};
use crate::task::{Member, Task, Trial};
use core::ops::Range;

/// The task of a run on an environment: a member's score is the sum of its returns over its episodes.
///
/// Episode `i` of a pair is number `i` of the generation, so that all pairs meet the same starts, or, with
/// starts of their own, number `pair * episodes + i`. Both twins meet the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Episodes {
    /// The environment, and how far its parameters lie apart.
    pub domain: Domain,
    /// Episodes a member plays. For sums to fit, `episodes` times the largest return must be within 2^30.
    pub episodes: u32,
    /// Whether every pair has starts of its own.
    pub own: bool,
}

impl Task for Episodes {
    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        let Trial { seed, generation, pair } = trial;
        let first = if self.own { pair.wrapping_mul(self.episodes) } else { 0 };
        (0..self.episodes)
            .map(|i| Episode { seed, generation, index: first.wrapping_add(i) })
            .map(|episode| self.domain.play(episode, member))
            .sum()
    }
}

/// The unperturbed model as a member.
pub struct Base<'a, 'w> {
    /// The model.
    pub program: &'a Program,
    /// All parameters.
    pub weights: &'a [i8],
    /// Memory of a pass.
    pub pass: Scratch<'w>,
}

impl Member for Base<'_, '_> {
    /// The input must be as long as the model's.
    fn act(&mut self, input: &[i8]) -> &[i8] {
        infer(self.program, self.weights, Start::Input(input), &mut [], &mut self.pass)
    }
}

/// Plays the unperturbed model on fresh episodes of a seed ([`FRESH`]: starts that no training has met) and
/// brings their returns, in [`RETURN_UNIT`](super::RETURN_UNIT)ths of a reward unit. The model must fit the
/// environment.
///
/// # Example
/// ```
/// use eggroll_firmware::model::{Description, Program, Scratch};
/// use eggroll_firmware::task::environment::{Base, EnvironmentKind, RETURN_UNIT, play_base};
///
/// let program = Program::new(&Description::mlp(&[4, 16, 2], false)?)?;
/// let mut weights = vec![0; program.parameters()];
/// program.initialize(1, &mut weights);
/// let (mut bytes, mut products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
/// let pass = Scratch::new(&program, &mut bytes, &mut products)?;
/// let base = Base { program: &program, weights: &weights, pass };
/// let returns: Vec<i32> = play_base(EnvironmentKind::CartPole, 1, 0..10, base).collect();
/// assert!(returns.iter().all(|&r| (8 * RETURN_UNIT..=500 * RETURN_UNIT).contains(&r)));
/// # Ok::<(), eggroll_firmware::Error>(())
/// ```
pub fn play_base(
    domain: impl Into<Domain>,
    seed: u32,
    episodes: Range<u32>,
    mut base: Base<'_, '_>,
) -> impl ExactSizeIterator<Item = i32> {
    let domain = domain.into();
    episodes.map(move |index| domain.play(Episode { seed, generation: FRESH, index }, &mut base))
}
