//! Where a member's noise lies, and who draws it: the layout of `kernels/noise.cuh`.

use super::args::{Column, Draw, PANEL};
use super::packing::is_depthwise;
use eggroll_firmware::kernel::LowRank;
use eggroll_firmware::model::{LayerSet, Program, Role, TensorKind};
use eggroll_firmware::noise::Noise;

/// Where the noise of one member lies, in words, and what draws it.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// Of every tensor: B (or a vector), and A.
    factors: Vec<(Column, Column)>,
    /// The id of the first of them.
    first: u32,
    /// Of every group of nodes.
    groups: Vec<i32>,
    /// Layers whose nodes may have noise.
    noisy: LayerSet,
    /// Words of a member.
    pub(super) words: usize,
    /// What threads draw.
    pub(super) draws: Vec<Draw>,
    /// Whether entries are near-normal.
    pub(super) is_near_normal: bool,
}

impl Places {
    fn new(program: &Program, is_near_normal: bool, noisy: LayerSet) -> Self {
        let (factors, groups, draws) = (Vec::new(), Vec::new(), Vec::new());
        Self { factors, first: program.first_tensor(), groups, noisy, words: 0, draws, is_near_normal }
    }

    /// The factors of pairs.
    pub(super) fn of_pairs(program: &Program, shape: LowRank) -> Self {
        let is_near_normal = shape.noise == Noise::NearNormal;
        let mut places = Self::new(program, is_near_normal, LayerSet::ALL);
        for tensor in program.tensors() {
            let factors = match tensor.kind {
                TensorKind::Matrix { rows, columns } => {
                    // Only what tensor cores multiply takes signs four at once.
                    let multiplies = tensor.role == Role::Weight && !is_depthwise(program, &tensor);
                    let is_spread = !is_near_normal && multiplies;
                    let right = places.add(tensor.id, 0, columns, shape.rank, is_spread);
                    (right, places.add(tensor.id, columns * shape.rank, rows, shape.rank, false))
                }
                TensorKind::Vector { len } => {
                    let entries = if is_near_normal { 2 } else { 1 };
                    (places.add(tensor.id, 0, len, entries, false), Column::default())
                }
            };
            places.factors.push(factors);
        }
        places
    }

    /// The noise of the nodes of some layers, a sign each. The groups of the others have no words.
    pub(super) fn of_nodes(program: &Program, layers: LayerSet) -> Self {
        let mut places = Self::new(program, false, layers);
        for step in program.steps().filter(|step| step.makes_nodes) {
            let noisy = step.nodes.filter(|_| layers.has(step.layer));
            let at = noisy.map(|nodes| places.add(nodes.tensor, 0, nodes.len, 1, false).at);
            places.groups.push(at.unwrap_or_default());
        }
        places
    }

    /// Room for `len` times `rank` entries of a tensor's stream, from entry `first` on, as signs of inputs or
    /// of outputs.
    fn add(&mut self, tensor: u32, first: usize, len: usize, rank: usize, is_spread: bool) -> Column {
        let per_word = if self.is_near_normal { 4 } else { PANEL };
        // Whole panels, so that what is read of one is there.
        let step = len.next_multiple_of(PANEL) / per_word;
        for word in 0..len.div_ceil(per_word) {
            let before = word * per_word;
            self.draws.push(Draw {
                tensor,
                first: (first + before * rank) as u32,
                count: (len - before).min(per_word) as u32,
                rank: rank as u32,
                to: (self.words + word) as u32,
                step: step as u32,
                is_spread: is_spread.into(),
            });
        }
        let column = Column { at: self.words as i32, step: step as i32 };
        self.words += rank * step;
        column
    }

    /// Where the factors B and A of a tensor, or the noise of a vector, lie.
    pub(super) fn factors(&self, id: u32) -> (Column, Column) {
        self.factors.get((id - self.first) as usize).copied().unwrap_or_default()
    }

    /// Whether the nodes of a layer may have noise.
    pub(super) const fn is_noisy(&self, layer: usize) -> bool {
        self.noisy.has(layer)
    }

    /// Where the noise of a group of nodes lies.
    pub(super) fn group(&self, group: usize) -> i32 {
        self.groups.get(group).copied().unwrap_or_default()
    }
}
