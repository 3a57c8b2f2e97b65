//! Members of estimator `node`: their noise, a bit a node.

use super::isa::{Isa, Job, Level};
use eggroll_firmware::model::{LayerSet, Program};
use eggroll_firmware::noise::{block_counter, threefry2x32};

/// Entries of a block of noise.
const BLOCK: usize = 64;

/// Where the noise of a model's nodes comes from: the blocks of one member, tensor by tensor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocks {
    /// Second words of the counters.
    counters: Vec<u32>,
    /// Where a group of nodes begins, and how many they are.
    groups: Vec<(usize, usize)>,
}

impl Blocks {
    /// The noise of the nodes of some of a model's layers. The groups of the others have no nodes.
    pub(crate) fn of_nodes(program: &Program, layers: LayerSet) -> Self {
        let mut blocks = Self::default();
        for step in program.steps().filter(|step| step.makes_nodes) {
            let Some(nodes) = step.nodes.filter(|_| layers.has(step.layer)) else {
                blocks.groups.push((blocks.counters.len(), 0));
                continue;
            };
            blocks.groups.push((blocks.counters.len(), nodes.len));
            let of_nodes = 0..nodes.len.div_ceil(BLOCK) as u32;
            blocks.counters.extend(of_nodes.map(|block| block_counter(nodes.tensor, block)));
        }
        blocks
    }

    /// The blocks of near-normal entries of one tensor: two entries a block.
    pub(crate) fn of_entries(tensor: u32, entries: usize) -> Self {
        let counters = (0..entries.div_ceil(2) as u32).map(|block| block_counter(tensor, block)).collect();
        Self { counters, groups: Vec::new() }
    }

    /// Words of a member's noise.
    pub(crate) const fn words(&self) -> usize {
        self.counters.len()
    }

    /// Groups of nodes.
    pub(crate) const fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The words of a group among a member's, and how many nodes it has.
    #[inline(always)]
    pub(crate) fn group<'w>(&self, group: usize, words: &'w [u64]) -> (&'w [u64], usize) {
        let (at, len) = self.groups[group];
        (&words[at..at + len.div_ceil(BLOCK)], len)
    }

    /// Draws the noise of members, each by its index: [`Self::words`] a member, bit i of a group's words for
    /// its node i, set for -1.
    pub(crate) fn draw(&self, level: Level, key: [u32; 2], members: &[u32], words: &mut [u64]) {
        assert_eq!(words.len(), members.len() * self.words());
        level.run(Draw { counters: &self.counters, key, members, words });
    }
}

struct Draw<'a> {
    counters: &'a [u32],
    key: [u32; 2],
    members: &'a [u32],
    words: &'a mut [u64],
}

/// Blocks that are drawn side by side.
const LANES: usize = 16;

impl Job for Draw<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let of_members =
            self.members.iter().flat_map(|&member| self.counters.iter().map(move |&c| [member, c]));
        let mut counters = of_members.fuse();
        for words in self.words.chunks_mut(LANES) {
            let (mut members, mut of_tensors) = ([0; LANES], [0; LANES]);
            for (member, counter) in members.iter_mut().zip(&mut of_tensors).take(words.len()) {
                [*member, *counter] = counters.next().unwrap_or_default();
            }
            let mut drawn = [0; LANES];
            for ((drawn, member), counter) in drawn.iter_mut().zip(members).zip(of_tensors) {
                let [low, high] = threefry2x32(self.key, [member, counter]);
                *drawn = u64::from(low) | u64::from(high) << 32;
            }
            words.copy_from_slice(&drawn[..words.len()]);
        }
    }
}
