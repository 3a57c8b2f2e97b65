use super::{Pair, vector_noise};
use crate::credit::{Accumulator, Credit};
use crate::model::{Tensor, TensorKind};
use crate::noise::Noise;
use crate::progress::Progress;
use crate::slice_ext::{part_mut, split};

/// The credit of a whole generation: `Z = sum_p f_p sum_k A_p[:,k] B_p[:,k]^T` a matrix, `sum_p f_p N_p` a
/// vector (sign noise counts as +-1 in Z).
pub struct GenerationCredit<'a> {
    /// The pair's constants; `pair` is ignored.
    pub pair: Pair<'a>,
    /// Fitness of every pair.
    pub fitness: &'a [i16],
    /// Room for the noise of the largest tensor, [`Weight::entries`](super::Weight::entries).
    pub entries: &'a mut [i8],
    /// Hears of every pair that is added.
    pub progress: &'a mut dyn Progress,
}

impl Credit for GenerationCredit<'_> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let rank = self.pair.shape.rank;
        let entries = part_mut(self.entries, 0, self.pair.settings.entries(tensor));
        for (pair, &f) in (0..).zip(self.fitness) {
            if f == 0 {
                continue;
            }
            self.progress.computed(z.len() as u32);
            let f = i32::from(f);
            Pair { pair, ..self.pair }.fill(tensor, entries);
            match tensor.kind {
                TensorKind::Matrix { columns, .. } => {
                    let (b, a) = split(entries, columns * rank);
                    let a = a.get(first * rank..).unwrap_or_default().chunks_exact(rank.max(1));
                    for (row, a) in z.chunks_exact_mut(columns.max(1)).zip(a) {
                        add_row(row, f, a, b);
                    }
                }
                TensorKind::Vector { .. } => {
                    for (i, z) in z.iter_mut().enumerate() {
                        let noise = match self.pair.settings.noise {
                            Noise::Sign => entries.get(first + i).copied().map_or(0, i32::from),
                            Noise::NearNormal => vector_noise(Noise::NearNormal, entries, first + i),
                        };
                        *z += T::from(f * noise);
                    }
                }
            }
        }
    }
}

/// `row_j += f * sum_k a_k b_jk`.
#[inline]
fn add_row<T: Accumulator>(row: &mut [T], f: i32, a: &[i8], b: &[i8]) {
    if let [a] = *a {
        let fa = f * i32::from(a);
        for (z, &b) in row.iter_mut().zip(b) {
            *z += T::from(fa * i32::from(b));
        }
        return;
    }
    for (z, b) in row.iter_mut().zip(b.chunks_exact(a.len().max(1))) {
        let sum: i32 = a.iter().zip(b).map(|(&a, &b)| i32::from(i16::from(a) * i16::from(b))).sum();
        *z += T::from(f * sum);
    }
}
