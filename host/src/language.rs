//! A recurrent model on the host, for figures and for writing text: the base model, token by token.

use eggroll_firmware::model::Layout;
use eggroll_firmware::model::recurrent::{Alteration, Sizes, Unaltered, Work, step};
use std::thread::{available_parallelism, scope};

/// Pieces that a text is measured in, side by side; each begins with a silent state. The same on every machine.
const PIECES: usize = 16;
/// The least bytes of a piece.
const LEAST: usize = 2048;

/// A model with the state of what it has read.
pub struct Reader<'a> {
    layout: &'a Layout,
    weights: &'a [i8],
    /// The state, block after block.
    pub state: Vec<i8>,
    products: Vec<i32>,
    small: Vec<i8>,
    logits: Vec<i8>,
    width: usize,
}

impl<'a> Reader<'a> {
    /// Before the first token of a recurrent model.
    pub fn new(layout: &'a Layout, weights: &'a [i8]) -> Self {
        let Sizes { width, products, logits } = Sizes::of(layout);
        Self {
            layout,
            weights,
            state: vec![0; layout.state_len()],
            products: vec![0; products],
            small: vec![0; 7 * width],
            logits: vec![0; logits],
            width,
        }
    }

    /// Reads a token; returns the logits of the next.
    pub fn read(&mut self, token: u8) -> &[i8] {
        self.read_as(token, &mut Unaltered)
    }

    /// The same, watched by what sees each value on its way.
    pub fn read_as(&mut self, token: u8, watch: &mut impl Alteration) -> &[i8] {
        let (stream, rest) = self.small.split_at_mut(self.width);
        let (branch, rest) = rest.split_at_mut(self.width);
        let (vector, wide) = rest.split_at_mut(self.width);
        let (products, logits) = (&mut self.products[..], &mut self.logits[..]);
        let mut work = Work { products, stream, branch, wide, vector, logits };
        step(self.layout, self.weights, &mut self.state, token, watch, &mut work);
        &self.logits
    }
}

/// Bits that `target` takes under these logits, 16 of which are a bit: the exact entropy, where boards score in whole
/// sixteenths.
pub fn bits(logits: &[i8], target: u8) -> f64 {
    let of = |logit: i8| f64::from(logit) / 16.0;
    let sum: f64 = logits.iter().map(|&logit| of(logit).exp2()).sum();
    sum.log2() - logits.get(usize::from(target)).map_or(-8.0, |&logit| of(logit))
}

/// Mean bits a byte of a text, each predicted from those before it; `None` of less than two bytes.
pub fn bits_per_byte(layout: &Layout, weights: &[i8], text: &[u8]) -> Option<f64> {
    watched(layout, weights, text, || Unaltered).map(|(bits, _)| bits)
}

/// The same, and what has watched: one a piece of the text.
pub fn watched<W: Watch>(
    layout: &Layout,
    weights: &[i8],
    text: &[u8],
    watch: impl Fn() -> W + Sync,
) -> Option<(f64, Vec<W>)> {
    let predicted = text.len().checked_sub(1).filter(|&count| count > 0)?;
    let pieces = (predicted / LEAST).clamp(1, PIECES);
    let of_piece = |piece: usize| {
        let (mut reader, mut watch, mut sum) = (Reader::new(layout, weights), watch(), 0.0);
        // The last byte of a piece is predicted in it, and read in the next.
        let text = &text[piece * predicted / pieces..=(piece + 1) * predicted / pieces];
        for pair in text.windows(2) {
            sum += bits(reader.read_as(pair[0], &mut watch), pair[1]);
            watch.state(&reader.state);
        }
        (sum, watch)
    };
    let threads = available_parallelism().map_or(1, usize::from).min(pieces);
    let mut found: Vec<Option<(f64, W)>> = (0..pieces).map(|_| None).collect();
    let share = pieces.div_ceil(threads);
    scope(|scope| {
        for (thread, found) in found.chunks_mut(share).enumerate() {
            let of_piece = &of_piece;
            scope.spawn(move || {
                for (piece, found) in (thread * share..).zip(found) {
                    *found = Some(of_piece(piece));
                }
            });
        }
    });
    let (sums, watches): (Vec<f64>, Vec<W>) = found.into_iter().flatten().unzip();
    Some((sums.iter().sum::<f64>() / predicted as f64, watches))
}

/// What sees all values of a model that reads, and its state after each token.
pub trait Watch: Alteration + Send {
    /// Sees a state, block after block.
    fn state(&mut self, state: &[i8]) {
        let _ = state;
    }
}

impl Watch for Unaltered {}

/// Draws the next byte by the softmax of logits at a temperature; at 0 the first of the likeliest. `chance` is uniform in
/// [0, 1).
pub fn draw(logits: &[i8], temperature: f64, chance: f64) -> u8 {
    let largest = logits.iter().copied().max().unwrap_or(0);
    if temperature <= 0.0 {
        return logits.iter().position(|&logit| logit == largest).unwrap_or(0) as u8;
    }
    let weight = |logit: i8| (f64::from(i16::from(logit) - i16::from(largest)) / (16.0 * temperature)).exp2();
    let mut left = chance * logits.iter().map(|&logit| weight(logit)).sum::<f64>();
    for (token, &logit) in logits.iter().enumerate() {
        left -= weight(logit);
        if left < 0.0 {
            return token as u8;
        }
    }
    logits.len().saturating_sub(1) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_firmware::model::Description;

    #[test]
    fn equal_logits_share_the_bits() {
        assert!((bits(&[5; 64], 3) - 6.0).abs() < 1e-12);
        assert!((bits(&[16, 0], 0) - 1.5f64.log2()).abs() < 1e-12);
    }

    #[test]
    fn pieces_are_the_whole() {
        let layout = Layout::new(&Description::egg(6, 1, 256).unwrap()).unwrap();
        let mut weights = vec![0; layout.parameters()];
        let text: Vec<u8> = (0..3 * LEAST as u32 + 5).map(|i| (i * i % 251) as u8).collect();
        // Logits that are all 0 cost eight bits each, wherever the pieces are cut.
        assert_eq!(bits_per_byte(&layout, &weights, &text), Some(8.0));
        assert_eq!(bits_per_byte(&layout, &weights, &text[..1]), None);
        layout.initialize(1, &mut weights);
        let mut reader = Reader::new(&layout, &weights);
        let short = &text[..100];
        let sum: f64 = short.windows(2).map(|pair| bits(reader.read(pair[0]), pair[1])).sum();
        assert_eq!(bits_per_byte(&layout, &weights, short), Some(sum / 99.0));
    }

    #[test]
    fn draws_follow_the_odds() {
        let logits = [0, 16, -127, 16];
        assert_eq!(draw(&logits, 0.0, 0.9), 1);
        // 1 : 2 : 0 : 2, of 5.
        assert_eq!([0.1, 0.3, 0.59, 0.7, 0.999].map(|chance| draw(&logits, 1.0, chance)), [0, 1, 1, 3, 3]);
        assert_eq!(draw(&logits, 0.01, 0.4), 1);
    }
}
