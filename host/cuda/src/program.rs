//! A model as kernels take it: its operations on a tile, with their places in shared memory, and its parameters packed.
//! What the numbers mean is said in `kernels/args.cuh`.

use super::noise::Places;
use eggroll_firmware::kernel::Divisor;
use eggroll_firmware::model::{Activation, Kind, Layout, Placed, Role, Tensor, TensorKind};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Rows of the tensor cores' tiles.
const ROWS: usize = 16;
/// Tiles of a block's threads that there are kernels for, the largest first.
pub(super) const TILES: [usize; 3] = [4, 2, 1];
/// Outputs and inputs of a cell of a packed matrix, and its bytes.
pub(super) const PANEL: usize = 32;
const CELL: usize = PANEL * PANEL;
/// What a stride has beyond whole cells: rows that are read together lie in different banks.
const SKEW: usize = 16;

const KIND_EMBED: i32 = 0;
const KIND_INPUT: i32 = 1;
const KIND_NORM: i32 = 2;
const KIND_STATE: i32 = 3;
const KIND_LINEAR: i32 = 4;

const SUMMAND: i32 = 1;
const VECTOR: i32 = 2;
const NOISY: i32 = 4;
const RELU: i32 = 8;

const SINK_KEEP: i32 = 0;
const SINK_GATE: i32 = 1;
const SINK_BLEND: i32 = 2;
const SINK_ADD: i32 = 3;
const SINK_LOGITS: i32 = 4;

/// Words of an operation.
const WORDS: usize = 28;
/// Words of shared memory before what is noted of rows, and of a row beside its low-rank terms: `Notes` of
/// `kernels/tile.cuh`.
const TABLES: usize = 256 + 128 + 2 * WORDS;
const NOTES: usize = 7;

/// One operation: the fields of `Op`, in order.
#[derive(Clone, Copy, Debug, Default)]
struct Op {
    kind: i32,
    flags: i32,
    sink: i32,
    from: Place,
    to: Place,
    inputs: usize,
    outputs: usize,
    matrix: usize,
    vector: usize,
    divisor: Scale,
    right: Column,
    left: Column,
    vector_noise: Column,
    nodes: usize,
    states: usize,
    state: Place,
    gate: usize,
    gated: usize,
    stream: Place,
}

/// Where a value of each row lies in shared memory.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    at: usize,
    stride: usize,
}

/// Where columns of noise lie, in words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    /// The first.
    pub(super) at: usize,
    /// From one to the next.
    pub(super) step: usize,
}

/// A floor division.
#[derive(Clone, Copy, Debug, Default)]
struct Scale {
    shift: i32,
    by: i32,
    reciprocal: u32,
}

impl Scale {
    fn of(inputs: usize) -> Self {
        let by = match Divisor::for_inputs(inputs as u32) {
            Divisor::Shift(shift) => return Self { shift: shift.into(), ..Self::default() },
            Divisor::Reciprocal { by, .. } => by,
            Divisor::Floor(by) => by.get(),
        };
        Self::by(by)
    }

    /// A divisor of 2 or more by its reciprocal.
    fn by(by: i32) -> Self {
        let reciprocal = (1u64 << 32) / u64::from(by.unsigned_abs()) + 1;
        Self { shift: -1, by, reciprocal: reciprocal as u32 }
    }
}

impl Op {
    fn words(&self) -> [i32; WORDS] {
        let n = |value: usize| value as i32;
        let Self { from, to, divisor, right, left, vector_noise, state, stream, .. } = *self;
        [
            self.kind,
            self.flags,
            self.sink,
            n(from.at),
            n(from.stride),
            n(to.at),
            n(to.stride),
            n(self.inputs),
            n(self.outputs),
            n(self.matrix),
            n(self.vector),
            divisor.shift,
            divisor.by,
            divisor.reciprocal.cast_signed(),
            n(right.at),
            n(right.step),
            n(left.at),
            n(left.step),
            n(vector_noise.at),
            n(vector_noise.step),
            n(self.nodes),
            n(self.states),
            n(state.at),
            n(state.stride),
            n(self.gate),
            n(self.gated),
            n(stream.at),
            n(stream.stride),
        ]
    }
}

/// Where every tensor lies among the packed parameters.
#[derive(Clone, Debug)]
pub(super) struct Packing {
    tensors: Vec<(Tensor, usize)>,
    len: usize,
}

impl Packing {
    /// `None` where the packed parameters could not be addressed.
    pub(super) fn new(layout: &Layout) -> Option<Self> {
        let (mut tensors, mut len) = (Vec::new(), 0usize);
        for tensor in layout.tensors() {
            tensors.push((tensor, len));
            len += match (tensor.kind, cells(&tensor)) {
                (_, Some(cells)) => cells * CELL,
                (TensorKind::Matrix { rows, columns }, None) => {
                    (rows * eights(columns)).next_multiple_of(CELL)
                }
                // Components may be read as far as a panel has outputs.
                (TensorKind::Vector { len }, None) => len.next_multiple_of(PANEL),
            };
        }
        (len <= i32::MAX as usize).then_some(Self { tensors, len })
    }

    fn at(&self, id: u32) -> usize {
        self.tensors[id as usize].1
    }

    /// Packs all parameters.
    pub(super) fn pack(&self, weights: &[i8]) -> Vec<u8> {
        let mut packed = vec![0u8; self.len];
        for (tensor, at) in &self.tensors {
            let values: &[u8] = bytemuck::cast_slice(&weights[tensor.offset..tensor.offset + tensor.len()]);
            match (cells(tensor), tensor.kind) {
                (Some(cells), TensorKind::Matrix { rows, columns }) => {
                    pack_matrix(values, (rows, columns), &mut packed[*at..at + cells * CELL]);
                }
                (None, TensorKind::Matrix { columns, .. }) => {
                    let rows = packed[*at..].chunks_exact_mut(eights(columns));
                    for (row, values) in rows.zip(values.chunks_exact(columns)) {
                        row[..columns].copy_from_slice(values);
                    }
                }
                _ => packed[*at..at + values.len()].copy_from_slice(values),
            }
        }
        packed
    }
}

/// Cells of a matrix that multiplies; `None` of another tensor.
fn cells(tensor: &Tensor) -> Option<usize> {
    match (tensor.kind, tensor.role) {
        (TensorKind::Matrix { rows, columns }, Role::Weight) => Some(rows.div_ceil(PANEL) * blocks(columns)),
        _ => None,
    }
}

/// Cells of a panel: an even number, since kernels take two at once.
const fn blocks(columns: usize) -> usize {
    columns.div_ceil(2 * PANEL) * 2
}

/// Bytes of a row of a table, or of a block's states: what a lane takes begins on eight bytes.
const fn eights(width: usize) -> usize {
    width.next_multiple_of(8)
}

/// Packs a row-major matrix panel by panel of outputs, each cell by cell of inputs. A cell holds what the 32 lanes of a warp
/// load, 16 bytes each, twice: the fragments of B of two products, then those of two others. Lane 4 i + j has of column i
/// of each the inputs 4 j to 4 j + 3 and those 16 further on. Columns 2 l and 2 l + 1 of product n are outputs 8 l + 2 n and
/// the next: lane l of a row then gets eight neighbours.
fn pack_matrix(values: &[u8], (rows, columns): (usize, usize), packed: &mut [u8]) {
    let blocks = blocks(columns);
    packed.par_chunks_exact_mut(blocks * CELL).enumerate().for_each(|(panel, packed)| {
        for (block, cell) in packed.chunks_exact_mut(CELL).enumerate() {
            for (quad, four) in cell.chunks_exact_mut(4).enumerate() {
                let (half, lane, part) = (quad / 128, quad / 4 % 32, quad % 4);
                let (product, of_product) = (half * 2 + part / 2, lane / 4);
                let row = panel * PANEL + of_product / 2 * 8 + product * 2 + of_product % 2;
                let column = block * PANEL + part % 2 * 16 + lane % 4 * 4;
                if row < rows && column < columns {
                    let len = (columns - column).min(4);
                    four[..len].copy_from_slice(&values[row * columns + column..][..len]);
                }
            }
        }
    });
}

/// The states of a row, as a device has them.
#[derive(Clone, Copy, Debug)]
pub(super) struct States {
    blocks: usize,
    width: usize,
}

impl States {
    pub(super) fn new(layout: &Layout) -> Self {
        let width =
            layout.layers().iter().find(|layer| layer.kind == Kind::Block).map_or(0, |layer| layer.outputs);
        Self { blocks: layout.state_len().checked_div(width).unwrap_or(0), width }
    }

    /// Bytes.
    pub(super) const fn len(self) -> usize {
        self.blocks * eights(self.width)
    }

    /// States of any number of rows, from how the firmware lays them out.
    pub(super) fn spread(self, states: &[u8]) -> Vec<u8> {
        let mut spread = vec![0; states.len().checked_div(self.width).unwrap_or(0) * eights(self.width)];
        for (to, from) in
            spread.chunks_exact_mut(eights(self.width).max(1)).zip(states.chunks_exact(self.width.max(1)))
        {
            to[..self.width].copy_from_slice(from);
        }
        spread
    }

    /// Adds states to others as the firmware lays them out.
    pub(super) fn gather(self, spread: &[u8], states: &mut Vec<i8>) {
        for block in spread.chunks_exact(eights(self.width).max(1)) {
            states.extend_from_slice(bytemuck::cast_slice(&block[..self.width]));
        }
    }
}

/// A model for tiles of some size.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// Rows of a block, in tiles of the tensor cores.
    pub(super) tiles: usize,
    /// The operations' words.
    pub(super) ops: Vec<i32>,
    /// How many they are.
    pub(super) count: usize,
    /// Where the notes on rows begin in shared memory.
    pub(super) notes: usize,
    /// Bytes of shared memory.
    pub(super) shared: usize,
}

impl Program {
    /// A model's program; `rank` is that of the perturbation.
    pub(super) fn new(
        layout: &Layout,
        packing: &Packing,
        places: &Places,
        rank: usize,
        tiles: usize,
    ) -> Self {
        let mut builder = Builder { packing, places, rows: ROWS * tiles, ops: Vec::new(), room: 0, group: 0 };
        if layout.is_recurrent() {
            builder.recurrent(layout)
        } else {
            builder.dense(layout)
        }
        let notes = builder.room.next_multiple_of(ROWS);
        let shared = notes + 4 * (TABLES + (NOTES + rank) * builder.rows);
        let ops: Vec<i32> = builder.ops.iter().flat_map(Op::words).collect();
        Self { tiles, ops, count: builder.ops.len(), notes, shared }
    }

    /// Rows of a block.
    pub(super) const fn rows(&self) -> usize {
        ROWS * self.tiles
    }
}

struct Builder<'a> {
    packing: &'a Packing,
    places: &'a Places,
    rows: usize,
    ops: Vec<Op>,
    room: usize,
    /// Groups of nodes so far.
    group: usize,
}

/// Values of a row, in whole cells.
const fn whole(width: usize) -> usize {
    width.next_multiple_of(PANEL)
}

impl Builder<'_> {
    /// Room for a value of every row.
    fn place(&mut self, width: usize) -> Place {
        let place = Place { at: self.room, stride: whole(width) + SKEW };
        self.room += self.rows * place.stride;
        place
    }

    /// Where the next group of nodes has its noise.
    fn nodes(&mut self) -> usize {
        self.group += 1;
        self.places.group(self.group - 1)
    }

    fn linear(&self, id: u32, shape: (usize, usize), from: Place, to: Place) -> Op {
        let (right, left) = self.places.factors(id);
        Op {
            kind: KIND_LINEAR,
            from,
            to,
            inputs: shape.0,
            outputs: shape.1,
            matrix: self.packing.at(id),
            divisor: Scale::of(shape.0),
            right,
            left,
            ..Op::default()
        }
    }

    /// Adds a vector to an op's outputs.
    fn with_vector(&self, op: Op, id: u32) -> Op {
        let (vector_noise, _) = self.places.factors(id);
        Op { flags: op.flags | VECTOR, vector: self.packing.at(id), vector_noise, ..op }
    }

    fn norm(&self, id: u32, len: usize, from: Place, to: Place) -> Op {
        let divisor = Scale::by(len as i32);
        let op = Op { kind: KIND_NORM, from, to, inputs: len, outputs: len, divisor, ..Op::default() };
        Op { flags: 0, ..self.with_vector(op, id) }
    }

    fn dense(&mut self, layout: &Layout) {
        let layers = layout.layers();
        // Two places in turns, each as wide as it must be.
        let widest = |odd: usize| {
            let inputs = layers.iter().skip(odd).step_by(2).map(|layer| layer.inputs);
            inputs.max().unwrap_or(0)
        };
        let places = [self.place(widest(0)), self.place(widest(1))];
        let input = Op { kind: KIND_INPUT, to: places[0], outputs: layout.inputs(), ..Op::default() };
        self.ops.push(input);
        for (index, layer) in layers.iter().enumerate() {
            let (from, to) = (places[index % 2], places[(index + 1) % 2]);
            let mut op = self.linear(layer.tensor, (layer.inputs, layer.outputs), from, to);
            if is_biased(layout, layer) {
                op = self.with_vector(op, layer.tensor + 1);
            }
            op.flags |= NOISY | if layer.activation == Activation::Relu { RELU } else { 0 };
            op.nodes = self.nodes();
            op.sink = if index + 1 == layers.len() { SINK_LOGITS } else { SINK_KEEP };
            self.ops.push(op);
        }
    }

    fn recurrent(&mut self, layout: &Layout) {
        let width = layout.layers().first().map_or(0, |embedding| embedding.outputs);
        // The residual stream; a normed input, and after it the state; the gates and what they let through, or the middle
        // of the MLP.
        let stream = self.place(width);
        let normed = self.place(width);
        let wide = self.place((4 * width).max(3 * whole(width)));
        let mut block = 0;
        for layer in layout.layers() {
            match layer.kind {
                Kind::Embedding => {
                    let (right, left) = self.places.factors(layer.tensor);
                    let embed = Op {
                        kind: KIND_EMBED,
                        flags: NOISY,
                        to: stream,
                        inputs: layer.inputs,
                        outputs: width,
                        matrix: self.packing.at(layer.tensor),
                        right,
                        left,
                        nodes: self.nodes(),
                        ..Op::default()
                    };
                    self.ops.push(embed);
                }
                Kind::Block => {
                    self.block(layer.tensor, width, block, [stream, normed, wide]);
                    block += 1;
                }
                Kind::Norm => self.ops.push(self.norm(layer.tensor, width, stream, normed)),
                Kind::Dense => {
                    let shape = (layer.inputs, layer.outputs);
                    let head = self.linear(layer.tensor, shape, normed, Place::default());
                    let nodes = self.nodes();
                    self.ops.push(Op { flags: NOISY, sink: SINK_LOGITS, nodes, ..head });
                }
            }
        }
    }

    /// A block, whose first parameter is `id`.
    fn block(&mut self, id: u32, width: usize, block: usize, [stream, normed, wide]: [Place; 3]) {
        let square = (width, width);
        let part = |number: usize| Place { at: wide.at + number * whole(width), ..wide };
        let [f, candidate, gated] = [part(0), part(1), part(2)];
        // Once both products of the normed input are there, the state takes its place.
        let state = normed;
        let states = block * eights(width);
        let load = Op { kind: KIND_STATE, to: state, outputs: width, states, ..Op::default() };
        self.ops.push(self.norm(id, width, stream, normed));
        self.ops.push(self.linear(id + 1, square, normed, f));
        self.ops.push(self.linear(id + 4, square, normed, candidate));
        self.ops.push(load);
        let sum = |op: Op, nodes: usize| Op { flags: op.flags | SUMMAND | NOISY, nodes, state, ..op };
        let (nodes, open) = (self.nodes(), self.with_vector(self.linear(id + 2, square, state, f), id + 3));
        self.ops.push(Op { sink: SINK_GATE, gated: gated.at, ..sum(open, nodes) });
        let (nodes, moved) =
            (self.nodes(), self.with_vector(self.linear(id + 5, square, gated, candidate), id + 6));
        self.ops.push(Op { sink: SINK_BLEND, gate: f.at, stream, states, ..sum(moved, nodes) });
        self.ops.push(self.norm(id + 7, width, stream, normed));
        let (nodes, up) = (self.nodes(), self.linear(id + 8, (width, 4 * width), normed, wide));
        self.ops.push(Op { flags: NOISY, nodes, ..up });
        let (nodes, down) = (self.nodes(), self.linear(id + 9, (4 * width, width), wide, wide));
        self.ops.push(Op { flags: NOISY, sink: SINK_ADD, nodes, stream, ..down });
    }
}

/// Whether a layer has a bias behind its matrix.
fn is_biased(layout: &Layout, layer: &Placed) -> bool {
    layout.tensors().any(|tensor| tensor.id == layer.tensor + 1 && tensor.role == Role::Bias)
}
