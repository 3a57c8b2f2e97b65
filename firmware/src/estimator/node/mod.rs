//! Estimator `node`: each member adds `amplitude * eps` to all nodes of the model; its fitness is the
//! difference to the unperturbed model on one row, credited to that row's activations.

mod credit;
mod evaluate;
mod record;

pub use credit::{Deltas, GenerationCredit};
pub use evaluate::{NodeRun, Workspace, credit, evaluate};
pub(super) use evaluate::{NoisyMember, base_pass, member_pass};
pub use record::{Recorder, SlotCredit, finish};
pub(super) use record::{activate, input_of};

use super::scores::Shape;
use crate::kernel::{Twin, limit};
use crate::model::Program;
use crate::noise::{Address, Stream, fill_signs};
use crate::slice_ext::split_mut;
use crate::{Error, Setting};
use serde::{Deserialize, Serialize};

/// Settings of estimator `node`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Node {
    /// Samples of a generation, 1..=2^20.
    pub slots: u32,
    /// Members of a slot (antithetic: pairs), 1..=256.
    pub members: u32,
    /// Size of the noise in 1/16, 1..=127.
    pub amplitude: u8,
    /// Largest fitness reported, 1..=127.
    pub clip: i16,
    /// A slot whose base score is at least `-skip` has no members: a log-likelihood, in 1/16 bit, or an error
    /// of a regression, in the unit of its scores.
    pub skip: Option<u16>,
    /// Whether a fitness is the difference of two twins instead of member minus base.
    pub antithetic: bool,
}

impl Node {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the first that is outside.
    pub fn check(&self) -> Result<(), Error> {
        let fault = if !(1..=1 << 20).contains(&self.slots) {
            Setting::Slots
        } else if !(1..=256).contains(&self.members) {
            Setting::Members
        } else if !(1..=127).contains(&self.amplitude) {
            Setting::Amplitude
        } else if !(1..=127).contains(&self.clip) {
            Setting::Clip
        } else {
            return Ok(());
        };
        Err(Error::Setting(fault))
    }

    /// How the scores of slots are packed.
    pub const fn shape(&self) -> Shape {
        Shape::new(self.members, self.clip, self.skip.is_some())
    }

    /// The rows of a member: the noise as it is and, where antithetic, the noise turned round.
    pub const fn twins(&self) -> &'static [Twin] {
        if self.antithetic { &Twin::BOTH } else { &[Twin::Plus] }
    }

    /// What a member's noise is multiplied by.
    pub const fn signed_amplitude(&self, twin: Twin) -> i16 {
        self.amplitude as i16 * twin.sign() as i16
    }

    /// A member's fitness: the score of its first row less `reference`, the score of its second or, where it
    /// has none, of the base model; clipped.
    pub const fn fitness(&self, plus: i32, reference: i32) -> i16 {
        limit(plus - reference, self.clip as i32) as i16
    }

    /// Forward passes of `units` slots whose members reported so many values; base passes count.
    pub const fn passes(&self, units: u64, values: u64) -> u64 {
        units + values * if self.antithetic { 2 } else { 1 }
    }

    /// Index of a slot's member among all of a generation: the counter of its noise.
    pub const fn index(&self, slot: u32, member: u32) -> u32 {
        slot.wrapping_mul(self.members).wrapping_add(member)
    }

    /// Whether a slot has no members, by its base score.
    pub fn is_skipped(&self, base: i32) -> bool {
        self.skip.is_some_and(|skip| base >= -i32::from(skip))
    }

    /// Which sample number of the run a slot of a generation (from 1) is.
    pub const fn sample_number(&self, generation: u32, slot: u32) -> u64 {
        (generation as u64).saturating_sub(1) * self.slots as u64 + slot as u64
    }
}

/// Draws a member's noise on all nodes of a pass, one group after another. `index` is the member's
/// ([`Node::index`]).
pub fn fill_noise(seed: u32, generation: u32, index: u32, program: &Program, eps: &mut [i8]) {
    let mut rest = eps;
    for nodes in program.nodes() {
        let (here, after) = split_mut(rest, nodes.len);
        fill_signs(&mut Stream::new(Address { seed, generation, index, tensor: nodes.tensor }), here);
        rest = after;
    }
}
