use super::{Environment, StartDraw};
use crate::noise::{Address, Stream, TENSOR_STARTS};
use crate::slice_ext::part_mut;
use crate::task::Member;
use fixed::types::I16F16;

/// Returns count in 1/16 of a reward unit.
pub const RETURN_UNIT: i32 = 16;

/// Generation of episodes for evaluation: no run trains that long, so their starts are fresh.
pub const FRESH: u32 = u32::MAX;

/// Most components of an observation.
const MAX_INPUTS: usize = 7;

/// Which start an episode has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Episode {
    /// Seed of the run.
    pub seed: u32,
    /// Training generation, from 1, or [`FRESH`].
    pub generation: u32,
    /// The episode within the generation.
    pub index: u32,
}

impl Episode {
    /// Draws its start, and parameters up to `spread` percent from the nominal ones.
    pub const fn start(self, spread: u8) -> StartDraw {
        let Self { seed, generation, index } = self;
        StartDraw::new(Stream::new(Address { seed, generation, index, tensor: TENSOR_STARTS }), spread)
    }

    /// Plays the episode to its end, with parameters up to `spread` percent from the nominal ones; the return
    /// in [`RETURN_UNIT`]ths of a reward unit, rounded down.
    pub fn play<E: Environment>(self, spread: u8, environment: &mut E, member: &mut dyn Member) -> i32 {
        let mut room = [0; MAX_INPUTS];
        let observation = part_mut(&mut room, 0, E::INPUTS);
        environment.reset(&mut self.start(spread));
        let mut total = I16F16::ZERO;
        for _ in 0..E::STEPS {
            environment.observe(observation);
            let step = environment.step(member.act(observation));
            total += step.reward;
            if step.done {
                break;
            }
        }
        total.to_bits() >> (16 - RETURN_UNIT.ilog2())
    }
}
