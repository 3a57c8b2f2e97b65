//! Estimator `node`, guided: training from data with as few passes as backpropagation, forward-only.
//!
//! The credit of the last layer is known exactly from the base pass. For the trained layers before it, the
//! *hidden* ones, a linear guide turns the error at the outputs into credit. That is direct feedback
//! alignment (Nøkland 2016; in integers PocketNN, Song and Lin 2022). Members teach the guide what really
//! raises the score, as feedback is learned by node perturbation in Lansdell, Prakash and Kording (2020). The
//! integer arithmetic, the error that sums to 0 and the rule against saturation are this project's.

mod evaluate;
mod explained;
mod guide;
mod lessons;
#[cfg(feature = "recurrent")]
mod text;

pub use evaluate::{GuidedRun, SlotCredit, Sums, Workspace, credit, evaluate};
pub use explained::{Explained, Watch};
pub use guide::Guide;
pub use lessons::Lessons;
#[cfg(feature = "recurrent")]
pub use text::{BlockPlaces, Blocks, StreamCredit, TextPlaces, TextRun, TextWorkspace, stream_len};

use super::node::Node;
use super::scores::Shape;
use crate::kernel::{Mixture, free_shift, guide_shift};
use crate::model::{Activation, Description, Layer, LayerSet, Nodes, Program, Step};
use crate::slice_ext::part;
use crate::task::TargetKind;
use crate::{Error, Setting};
use core::num::NonZeroU32;
use serde::{Deserialize, Serialize};

/// Settings of estimator `node`, guided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Guided {
    /// Slots, their members and the members' noise. Members are 0..=256, never antithetic, and 0 where no
    /// hidden layer is trained.
    pub node: Node,
    /// Every so many-th slot has members, from the first on; at least 1.
    pub member_slots: u32,
    /// Weight of what members report beyond what the guide expects, in 1/16: 0..=16.
    pub residual_weight: u8,
    /// Size of the guide's entries at the start, 0..=4096. Without members it stays as it starts, and must
    /// not be 0.
    pub guide_scale: u16,
    /// The layers that are trained, each with its bias.
    pub train: LayerSet,
}

/// A hidden layer: a trained one before the last.
#[derive(Clone, Copy, Debug)]
pub struct Hidden {
    /// Its operation.
    pub step: Step,
    /// Its nodes.
    pub nodes: Nodes,
    /// Offset of the first of them among the nodes of all hidden layers.
    pub at: usize,
}

impl Hidden {
    /// What shuts its nodes, as it is recorded before its ReLU; nothing where no ReLU can.
    fn gates<'r>(&self, record: &'r [i8]) -> &'r [i8] {
        self.step.gate().map_or(&[], |gate| part(record, gate as usize, self.nodes.len))
    }
}

/// Whether no noise of size `amplitude` could turn on an output whose gate is `u`.
const fn is_dead(u: i8, amplitude: u8) -> bool {
    (u as i16) <= -(amplitude as i16)
}

impl Guided {
    /// Checks every setting against its range, and that the model is one that can be guided.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the first that is outside.
    pub fn check(&self, model: &Description) -> Result<(), Error> {
        if cfg!(feature = "recurrent") && model.is_recurrent() {
            return self.check_recurrent();
        }
        // The members have a range of their own.
        Node { members: 1, ..self.node }.check()?;
        let last = model.layers.len().saturating_sub(1);
        // Of a pool, a fork or a join there is nothing to train.
        let (mut has_layers, mut hidden) = (false, false);
        for (place, layer) in model.layers.iter().enumerate() {
            if self.train.has(place) && layer.is_linear() {
                has_layers |= layer.has_bias() || !self.train.is_of_biases();
                hidden |= place < last;
            }
        }
        let has_layers = has_layers && (self.train.is_all() || self.train == self.train.before(last + 1));
        let linear = match model.layers.last() {
            Some(layer @ Layer::Dense { .. }) => layer.activation() == Activation::None,
            // A layer of windows is known exactly where it has one place.
            #[cfg(feature = "convolution")]
            Some(layer @ Layer::Conv { window, .. }) => {
                layer.activation() == Activation::None && window.count() == 1
            }
            _ => false,
        };
        let fault = if self.node.antithetic || !linear {
            Setting::Guide
        } else if !has_layers {
            Setting::TrainedLayers
        } else if self.node.members > 256 || (self.node.members > 0 && !hidden) {
            Setting::GuidedMembers
        } else {
            return self.check_numbers(hidden && self.node.members == 0);
        };
        Err(Error::Setting(fault))
    }

    /// Checks the settings that only a guide has; its start must not be 0 where it `stays` as it starts.
    fn check_numbers(&self, stays: bool) -> Result<(), Error> {
        let fault = if self.member_slots == 0 {
            Setting::MemberSlots
        } else if self.residual_weight > 16 {
            Setting::ResidualWeight
        } else if self.guide_scale > 4096 || (stays && self.guide_scale == 0) {
            Setting::GuideScale
        } else {
            return Ok(());
        };
        Err(Error::Setting(fault))
    }

    /// On a text there are no members, no slot is skipped, and all layers are trained.
    fn check_recurrent(&self) -> Result<(), Error> {
        Node { members: 1, ..self.node }.check()?;
        let fault = if self.node.antithetic || self.node.skip.is_some() {
            Setting::Guide
        } else if self.node.members > 0 {
            Setting::GuidedMembers
        } else if !self.train.is_all() || self.train.is_of_biases() {
            Setting::TrainedLayers
        } else {
            return self.check_numbers(true);
        };
        Err(Error::Setting(fault))
    }

    /// How the scores of slots are packed. Without members nothing is reported, since whoever credits a slot
    /// sees from its own base pass whether it is skipped.
    pub const fn shape(&self) -> Shape {
        let every = match NonZeroU32::new(self.member_slots) {
            Some(every) => every,
            None => NonZeroU32::MIN,
        };
        let skippable = self.node.skip.is_some() && self.node.members > 0;
        Shape::new(self.node.members, self.node.clip, skippable).every(every)
    }

    /// Members of a slot.
    pub const fn members_of(&self, slot: u32) -> u32 {
        if slot.is_multiple_of(self.member_slots) { self.node.members } else { 0 }
    }

    /// The hidden layers: the trained ones before the last.
    pub fn hidden_layers(&self, program: &Program) -> LayerSet {
        self.train.before(program.layers().count().saturating_sub(1))
    }

    /// The hidden layers in order.
    pub fn hidden<'p>(&self, program: &'p Program) -> impl Iterator<Item = Hidden> + use<'p> {
        let layers = self.hidden_layers(program);
        let mut at = 0;
        let steps = program.steps().filter(move |step| layers.has(step.layer));
        steps.filter_map(|step| step.nodes.map(|nodes| (step, nodes))).map(move |(step, nodes)| {
            at += nodes.len;
            Hidden { step, nodes, at: at - nodes.len }
        })
    }

    /// Nodes of all hidden layers.
    pub fn hidden_nodes(&self, program: &Program) -> usize {
        // Without a walk over the steps: boards ask once a slot.
        if self.train.is_all() {
            return program.node_count().saturating_sub(program.outputs());
        }
        self.hidden(program).map(|hidden| hidden.nodes.len).sum()
    }

    /// Nodes of all trained layers.
    pub fn trained_nodes(&self, program: &Program) -> usize {
        let last = self.train.has(program.layers().count().saturating_sub(1));
        self.hidden_nodes(program) + if last { program.outputs() } else { 0 }
    }

    /// How the credit of hidden nodes is put together.
    pub const fn mixture(&self) -> Mixture {
        Mixture { residual_weight: self.residual_weight, members: self.node.members }
    }

    /// The shift of the guide's step, of a run on such targets.
    pub const fn guide_shift(&self, hidden_nodes: usize, kind: TargetKind) -> u32 {
        guide_shift(hidden_nodes as u64, self.node.members, self.node.slots, self.member_slots)
            + free_shift(kind.free_errors())
    }
}
