//! One pass of the unit: what goes in, what must come out, and how it is driven.

use crate::{Core, CoreIn};
use eggroll_firmware::kernel::{
    Divisor, LowRank, MAX_RANK, Twin, add_low_rank, add_node_noise, low_rank_inputs, products, scale,
};
use eggroll_firmware::noise::{Address, Noise, Stream, fill_signs};

/// What perturbs the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Perturbation {
    /// Nothing.
    Plain,
    /// Sign noise of low rank.
    LowRank {
        /// Rank.
        rank: u8,
        /// Sigma is `2^-sigma_shift`.
        sigma_shift: u8,
    },
    /// Noise on what comes out.
    Node {
        /// Its size in 1/16.
        amplitude: u8,
    },
}

/// A pass.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the settings are described in the Verilog, by these names")]
pub struct Product {
    pub m: usize,
    pub n: usize,
    pub perturbation: Perturbation,
    pub streams: u8,
    pub emit_base: bool,
    pub emit_plus: bool,
    pub emit_minus: bool,
    pub at: Address,
    pub w: Vec<i8>,
    pub x: Vec<i8>,
}

impl Product {
    /// Members of the pass.
    pub fn members(&self) -> usize {
        let each = usize::from(self.emit_plus) + usize::from(self.emit_minus);
        usize::from(self.emit_base) + each * usize::from(self.streams)
    }

    /// What the firmware's kernels make of it, row by row, in a row member by member.
    pub fn expected(&self) -> Vec<i8> {
        let mut sums = vec![0; self.m];
        products(&self.w, &self.x, &mut sums);
        let mut members = Vec::new();
        if self.emit_base {
            members.push(self.scaled(&sums));
        }
        let twins = [(self.emit_plus, Twin::Plus), (self.emit_minus, Twin::Minus)];
        for stream in 0..u32::from(self.streams) {
            let mut noise = Stream::new(Address { index: self.at.index.wrapping_add(stream), ..self.at });
            match self.perturbation {
                Perturbation::Plain => {}
                Perturbation::LowRank { rank, sigma_shift } => {
                    let shape = LowRank { rank: rank.into(), noise: Noise::Sign, sigma_shift, wide: false };
                    // One stream: A's entries follow B's without a gap.
                    let mut entries = vec![0; (self.n + self.m) * shape.rank];
                    fill_signs(&mut noise, &mut entries);
                    let (b, a) = entries.split_at(self.n * shape.rank);
                    let inputs: [i32; MAX_RANK] = low_rank_inputs(b, shape.rank, &self.x);
                    for (_, twin) in twins.into_iter().filter(|&(emitted, _)| emitted) {
                        let mut sums = sums.clone();
                        add_low_rank(&mut sums, a, &inputs, twin, shape);
                        members.push(self.scaled(&sums));
                    }
                }
                Perturbation::Node { amplitude } => {
                    let mut eps = vec![0; self.m];
                    fill_signs(&mut noise, &mut eps);
                    for (_, twin) in twins.into_iter().filter(|&(emitted, _)| emitted) {
                        let mut y = self.scaled(&sums);
                        add_node_noise(&mut y, &eps, twin.sign() as i16 * i16::from(amplitude));
                        members.push(y);
                    }
                }
            }
        }
        (0..self.m).flat_map(|row| members.iter().map(move |y| y[row])).collect()
    }

    fn scaled(&self, sums: &[i32]) -> Vec<i8> {
        let mut y = vec![0; sums.len()];
        scale(sums, Divisor::for_inputs(self.n as u32), &mut y);
        y
    }

    /// The settings, as the core's ports have them.
    pub fn settings(&self) -> CoreIn {
        let (mode, rank, sigma_shift, amplitude) = match self.perturbation {
            Perturbation::Plain => (0, 0, 0, 0),
            Perturbation::LowRank { rank, sigma_shift } => (1, rank, sigma_shift, 0),
            Perturbation::Node { amplitude } => (2, 0, 0, amplitude),
        };
        CoreIn {
            n: self.n as u16,
            m: self.m as u16,
            mode,
            rank,
            sigma_shift,
            amplitude,
            streams: self.streams,
            emit_base: self.emit_base,
            emit_plus: self.emit_plus,
            emit_minus: self.emit_minus,
            key: u64::from(self.at.generation) << 32 | u64::from(self.at.seed),
            index: self.at.index,
            tensor: self.at.tensor as u16,
            ..CoreIn::default()
        }
    }
}

/// What a pass took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cycles {
    /// From the first word of x to the last y.
    pub all: u64,
    /// In which the lanes took a word of W.
    pub lanes: u64,
}

/// Runs a pass on a core. Each cycle and stream, `flow` says whether x and W are offered and y is taken; a
/// stream that has offered a word keeps to it. `stop` ends the pass after that many cycles by a reset.
///
/// # Errors
/// What the core did wrong: a word of y that changed before it was taken, a `y_last` that is not the last, a
/// pass without an end.
pub fn run(
    core: &mut Core,
    product: &Product,
    mut flow: impl FnMut() -> [bool; 3],
    stop: Option<u64>,
) -> Result<(Vec<i8>, Cycles), String> {
    let lanes = core.kind().lanes();
    let settings = product.settings();
    let x: Vec<u32> = product.x.chunks(4).map(|part| word(part, 0x55)).collect();
    let words = product.n.div_ceil(lanes);
    let outputs = product.m * product.members();
    let (mut x_at, mut w_at, mut y) = (0, 0, Vec::with_capacity(outputs));
    let (mut x_valid, mut w_valid) = (false, false);
    let mut held = None;
    let mut cycles = Cycles::default();
    core.clock(&CoreIn { start: true, ..settings });
    let most = 1000 + 40 * (product.m * (words + 40) + 9 * product.n + outputs) as u64;
    while y.len() < outputs {
        if stop == Some(cycles.all) {
            core.clock(&CoreIn { rst: true, ..settings });
            return Ok((y, cycles));
        }
        let [offer_x, offer_w, y_ready] = flow();
        (x_valid, w_valid) =
            ((x_valid || offer_x) && x_at < x.len(), (w_valid || offer_w) && w_at < words * product.m);
        let mut input = CoreIn { x_valid, w_valid, y_ready, ..settings };
        // What is not offered is rubbish: it must not matter.
        input.x_data = if x_valid { x[x_at] } else { 0xDEAD_BEEF };
        input.w_data = [0x3C; 32];
        if w_valid {
            let (row, word) = (w_at / words, w_at % words);
            let from = row * product.n + word * lanes;
            let values = &product.w[from..(row * product.n + product.n).min(from + lanes)];
            input.w_data[..values.len()].copy_from_slice(values);
        }
        let out = core.clock(&input);
        cycles.all += 1;
        if x_valid && out.x_ready {
            (x_at, x_valid) = (x_at + 1, false);
        }
        if w_valid && out.w_ready {
            (w_at, w_valid) = (w_at + 1, false);
            cycles.lanes += 1;
        }
        if held.is_some_and(|held| !out.y_valid || held != out.y_data) {
            return Err(format!("y {} changed before it was taken: {held:?}, {out:?}", y.len()));
        }
        held = (out.y_valid && !y_ready).then_some(out.y_data);
        if out.y_valid && y_ready {
            y.push(out.y_data);
            if out.y_last != (y.len() == outputs) {
                return Err(format!("y_last is {} at {} of {outputs}", out.y_last, y.len()));
            }
        }
        if cycles.all > most {
            return Err(format!("no end: {} of {outputs} outputs after {most} cycles", y.len()));
        }
    }
    // Nothing more comes, and nothing more is asked for.
    for _ in 0..3 {
        let out = core.clock(&CoreIn { y_ready: true, ..settings });
        if out.y_valid || out.x_ready || out.w_ready || out.busy {
            return Err(format!("not at rest after the last output: {out:?}"));
        }
    }
    Ok((y, cycles))
}

/// Four values of x, the first in the low byte; past the end, anything.
fn word(part: &[i8], rest: u8) -> u32 {
    let mut bytes = [rest; 4];
    bytes.iter_mut().zip(part).for_each(|(byte, &x)| *byte = x.cast_unsigned());
    u32::from_le_bytes(bytes)
}
