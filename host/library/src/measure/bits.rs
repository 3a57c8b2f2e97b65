//! The number of bits that a byte of a text takes under a recurrent model.

use eggroll_batch::isa::Level;
use eggroll_batch::model::{Inputs, Model, Scratch, state_of};
use eggroll_firmware::model::{Perturbation, Program, Step, Unperturbed as Base};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::sync::Arc;

/// A text is cut into at most so many pieces, which are read at the same time. Each begins with a state of 0.
/// The pieces are the same on every machine.
const PIECES: usize = 16;
/// The fewest bytes of a piece.
const LEAST: usize = 2048;

/// The bits that `target` takes under these logits, which are in sixteenths of a bit. This is the exact
/// entropy, while boards score in whole sixteenths. `powers` holds `2^(logit / 16)` for the byte of each
/// logit.
fn bits_of(powers: &[f64; 256], logits: &[i8], target: u8) -> f64 {
    let sum: f64 = logits.iter().map(|&logit| powers[usize::from(logit.cast_unsigned())]).sum();
    sum.log2() - logits.get(usize::from(target)).map_or(-8.0, |&logit| f64::from(logit) / 16.0)
}

/// The mean number of bits that a byte of a text takes, where each is predicted from the bytes before it. It
/// is `None` for a text of less than two bytes.
pub fn bits_per_byte(program: &Program, weights: &[i8], text: &[u8]) -> Option<f64> {
    watched(program, weights, text, || Base).map(|(bits, _)| bits)
}

/// Does the same, and returns what has watched the model: one watch for each piece of the text.
pub(super) fn watched<W: Watch>(
    program: &Program,
    weights: &[i8],
    text: &[u8],
    watch: impl Fn() -> W + Sync,
) -> Option<(f64, Vec<W>)> {
    let predicted = text.len().checked_sub(1).filter(|&count| count > 0)?;
    let pieces = (predicted / LEAST).clamp(1, PIECES);
    // The last byte of a piece is predicted in that piece, and read in the next.
    let cut = |piece: usize| &text[piece * predicted / pieces..=(piece + 1) * predicted / pieces];
    let mut all: Vec<Piece<'_, W>> =
        (0..pieces).map(|piece| Piece { text: cut(piece), watch: watch(), bits: 0.0 }).collect();
    let model = Model::new(Level::best(), Arc::new(program.clone()), weights.into());
    // Pieces of the same length can be read together. The lengths of all pieces differ by one at most.
    let (mut shorter, mut longer): (Vec<_>, Vec<_>) =
        all.iter_mut().partition(|piece| piece.text.len() == predicted / pieces + 1);
    let share = pieces.div_ceil(rayon::current_num_threads()).max(1);
    let groups = shorter.chunks_mut(share).chain(longer.chunks_mut(share));
    groups.collect::<Vec<_>>().into_par_iter().for_each(|pieces| read_all(&model, pieces));
    let sum: f64 = all.iter().map(|piece| piece.bits).sum();
    Some((sum / predicted as f64, all.into_iter().map(|piece| piece.watch).collect()))
}

/// A piece of a text, and the bits that it takes.
struct Piece<'t, W> {
    text: &'t [u8],
    watch: W,
    bits: f64,
}

/// Reads pieces of the same length together.
fn read_all<W: Watch>(model: &Model, pieces: &mut [&mut Piece<'_, W>]) {
    let (rows, steps) = (pieces.len(), pieces.first().map_or(0, |piece| piece.text.len() - 1));
    let program = model.program();
    let (mut states, mut scratch) = (vec![0; rows * program.state_len()], Scratch::default());
    let mut state = vec![0; program.state_len()];
    let powers: [f64; 256] = std::array::from_fn(|logit| (f64::from(logit as u8 as i8) / 16.0).exp2());
    for t in 0..steps {
        let tokens: Vec<u8> = pieces.iter().map(|piece| piece.text[t]).collect();
        pieces.iter_mut().for_each(|piece| piece.watch.begin());
        let inputs = Inputs::Tokens(&tokens);
        let mut see = |step: &Step, values: &mut [i8]| {
            for (piece, values) in pieces.iter_mut().zip(values.chunks_exact_mut(step.to.len().max(1))) {
                piece.watch.nodes(step, values);
            }
        };
        let logits = model.run_seen(inputs, &mut states, &mut see, &mut scratch);
        for (row, logits) in logits.chunks_exact(logits.len() / rows).enumerate() {
            let piece = &mut *pieces[row];
            piece.bits += bits_of(&powers, logits, piece.text[t + 1]);
            state_of(program, &states, (row, rows), &mut state);
            piece.watch.state(&state);
        }
    }
}

/// Watches all values of a model that reads a text, and its state after each token.
pub(super) trait Watch: Perturbation + Send {
    /// Gets a state, block after block.
    fn state(&mut self, state: &[i8]) {
        let _ = state;
    }
}

impl Watch for Base {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Reader;
    use eggroll_firmware::model::Description;
    use std::ops::AddAssign;

    fn bits(logits: &[i8], target: u8) -> f64 {
        bits_of(&std::array::from_fn(|logit| (f64::from(logit as u8 as i8) / 16.0).exp2()), logits, target)
    }

    #[test]
    fn equal_logits_share_the_bits() {
        assert!((bits(&[5; 64], 3) - 6.0).abs() < 1e-12);
        assert!((bits(&[16, 0], 0) - 1.5f64.log2()).abs() < 1e-12);
    }

    #[test]
    fn pieces_are_the_whole() {
        let program = Program::new(&Description::egg(6, 1, 256).unwrap()).unwrap();
        let mut weights = vec![0; program.parameters()];
        let text: Vec<u8> = (0..3 * LEAST as u32 + 5).map(|i| (i * i % 251) as u8).collect();
        // If all logits are 0, every byte takes eight bits, wherever the text is cut.
        assert_eq!(bits_per_byte(&program, &weights, &text), Some(8.0));
        assert_eq!(bits_per_byte(&program, &weights, &text[..1]), None);
        program.initialize(1, &mut weights);
        let mut reader = Reader::new(&program, &weights);
        let short = &text[..100];
        let sum: f64 = short.windows(2).map(|pair| bits(reader.read(pair[0]), pair[1])).sum();
        assert_eq!(bits_per_byte(&program, &weights, short), Some(sum / 99.0));
    }

    /// Sums of all values and all states that a watch gets.
    #[derive(Default)]
    struct Sums(Vec<i64>, i64);

    impl Perturbation for Sums {
        fn begin(&mut self) {
            self.0.push(0);
        }

        fn nodes(&mut self, _: &Step, output: &mut [i8]) {
            let sum: i64 = output.iter().map(|&value| i64::from(value)).sum();
            self.0.iter_mut().last().unwrap().add_assign(sum);
        }
    }

    impl Watch for Sums {
        fn state(&mut self, state: &[i8]) {
            self.1 += state.iter().map(|&s| i64::from(s)).sum::<i64>();
        }
    }

    #[test]
    fn pieces_side_by_side_are_each_read_as_alone() {
        let program = Program::new(&Description::egg(7, 2, 200).unwrap()).unwrap();
        let mut weights = vec![0; program.parameters()];
        program.initialize(2, &mut weights);
        // This text has five pieces of two lengths.
        let text: Vec<u8> = (0..5 * LEAST as u32 + 4).map(|i| (i * i % 199) as u8).collect();
        let (_, watches) = watched(&program, &weights, &text, Sums::default).unwrap();
        assert_eq!(watches.len(), 5);
        let predicted = text.len() - 1;
        for (piece, seen) in watches.iter().enumerate() {
            let (mut reader, mut alone) = (Reader::new(&program, &weights), Sums::default());
            for &token in &text[piece * predicted / 5..(piece + 1) * predicted / 5] {
                reader.read_as(token, &mut alone);
                alone.state(&reader.state);
            }
            assert_eq!((&seen.0, seen.1), (&alone.0, alone.1), "{piece}");
        }
    }
}
