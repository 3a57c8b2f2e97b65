use super::Hidden;
use crate::kernel::guide_credit;
use crate::noise::start_of_guide;
use crate::slice_ext::part_mut;

/// The guide: for every hidden node a row of as many entries as the model has outputs.
#[derive(Clone, Copy)]
pub enum Guide<'a> {
    /// The rows of all hidden nodes, one after another.
    Kept(&'a [i16]),
    /// A guide that nobody teaches stays as it started, and is drawn anew wherever it is needed.
    Start {
        /// Seed of the run.
        seed: u32,
        /// Size of its entries.
        scale: u16,
    },
}

impl Guide<'_> {
    /// What the guide makes of the error at the outputs, for every hidden node.
    pub fn credit(&self, hidden: impl Iterator<Item = Hidden>, error: &[i8], credit: &mut [i16]) {
        for Hidden { step, nodes, at } in hidden {
            let credit = part_mut(credit, at, nodes.len);
            match *self {
                Self::Kept(guide) => {
                    let rows = guide.chunks_exact(error.len().max(1)).skip(at);
                    for (credit, row) in credit.iter_mut().zip(rows) {
                        *credit = guide_credit(row.iter().copied(), error);
                    }
                }
                Self::Start { seed, scale } => {
                    let mut entries = start_of_guide(seed, step.tensor, scale);
                    for credit in credit {
                        *credit = guide_credit(entries.by_ref().take(error.len()), error);
                    }
                }
            }
        }
    }

    /// All entries in the order of the rows, some at a time.
    pub fn entries(
        &self,
        hidden: impl Iterator<Item = Hidden>,
        outputs: usize,
        some: &mut dyn FnMut(&[i16]),
    ) {
        match *self {
            Self::Kept(guide) => some(guide),
            Self::Start { seed, scale } => {
                for Hidden { step, nodes, .. } in hidden {
                    let entries = start_of_guide(seed, step.tensor, scale).take(nodes.len * outputs);
                    entries.for_each(|entry| some(&[entry]));
                }
            }
        }
    }
}
