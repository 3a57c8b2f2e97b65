//! A model as kernels take it: its operations on a tile, with their places in shared memory, and its
//! parameters packed. What the numbers mean is said in `kernels/args.cuh`.

use super::args::{Op, PANEL, Place, Scale};
use super::noise::Places;
use eggroll_firmware::kernel::Divisor;
use eggroll_firmware::model::Program as Lowered;
use eggroll_firmware::model::{Activation, Layer, LayerPlace, Role, Tensor, TensorKind};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Rows of the tensor cores' tiles.
const ROWS: usize = 16;
/// Tiles of a block's threads that there are kernels for, the largest first.
pub(super) const TILES: [usize; 3] = [4, 2, 1];
/// Bytes of a cell of a packed matrix.
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

/// Words of shared memory before what is noted of rows, and of a row beside its low-rank terms: `Notes` of
/// `kernels/tile.cuh`.
const TABLES: usize = 256 + 128 + 2 * size_of::<Op>() / 4;
const NOTES: usize = 7;

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

/// Where every tensor lies among the packed parameters.
#[derive(Clone, Debug)]
pub(super) struct Packing {
    tensors: Vec<(Tensor, usize)>,
    len: usize,
}

impl Packing {
    /// `None` where the packed parameters could not be addressed, or the model has layers that these kernels
    /// do not compute.
    pub(super) fn new(program: &Lowered) -> Option<Self> {
        if program.is_convolutional() || program.first_tensor() > 0 {
            return None;
        }
        let (mut tensors, mut len) = (Vec::new(), 0usize);
        for tensor in program.tensors() {
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

    fn at(&self, id: u32) -> i32 {
        self.tensors[id as usize].1 as i32
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

/// Packs a row-major matrix panel by panel of outputs, each cell by cell of inputs. A cell holds what the 32
/// lanes of a warp load, 16 bytes each, twice: the fragments of B of two products, then those of two others.
/// Lane 4 i + j has of column i of each the inputs 4 j to 4 j + 3 and those 16 further on. Columns 2 l and 2
/// l + 1 of product n are outputs 8 l + 2 n and the next: lane l of a row then gets eight neighbours.
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
    pub(super) fn new(program: &Lowered) -> Self {
        let width = program.states().next().map_or(0, |state| state.len());
        Self { blocks: program.states().count(), width }
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
    /// The operations.
    pub(super) ops: Vec<Op>,
    /// Where the notes on rows begin in shared memory.
    pub(super) notes: usize,
    /// Bytes of shared memory.
    pub(super) shared: usize,
}

impl Program {
    /// A model's program; `rank` is that of the perturbation.
    pub(super) fn new(
        program: &Lowered,
        packing: &Packing,
        places: &Places,
        rank: usize,
        tiles: usize,
    ) -> Self {
        let builder = Builder { packing, places, rows: ROWS * tiles, ops: Vec::new(), room: 0, group: 0 };
        let Builder { ops, room, rows, .. } = builder.lower(program);
        let notes = room.next_multiple_of(ROWS);
        let shared = notes + 4 * (TABLES + (NOTES + rank) * rows);
        Self { tiles, ops, notes, shared }
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

/// Places in shared memory.
#[derive(Clone, Copy)]
struct Shared {
    first: Place,
    second: Place,
    wide: Place,
}

impl Shared {
    /// Of the first two the other one.
    const fn other(&self, place: Place) -> Place {
        if place.at == self.first.at { self.second } else { self.first }
    }
}

/// Values of a row, in whole cells.
pub(super) const fn whole(width: usize) -> usize {
    width.next_multiple_of(PANEL)
}

impl Builder<'_> {
    /// Room for a value of every row.
    fn place(&mut self, width: usize) -> Place {
        let stride = whole(width) + SKEW;
        let place = Place { at: self.room as i32, stride: stride as i32 };
        self.room += self.rows * stride;
        place
    }

    /// Where the next group of nodes has its noise.
    fn nodes(&mut self) -> i32 {
        self.group += 1;
        self.places.group(self.group - 1)
    }

    fn linear(&self, id: u32, shape: (usize, usize), from: Place, to: Place) -> Op {
        let (right, left) = self.places.factors(id);
        Op {
            kind: KIND_LINEAR,
            from,
            to,
            inputs: shape.0 as i32,
            outputs: shape.1 as i32,
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
        let size = len as i32;
        let op = Op { kind: KIND_NORM, from, to, inputs: size, outputs: size, divisor, ..Op::default() };
        Op { flags: 0, ..self.with_vector(op, id) }
    }

    /// Lowers a model, layer by layer.
    fn lower(mut self, program: &Lowered) -> Self {
        let layers: Vec<LayerPlace> = program.layers().collect();
        let places = self.shared(program, &layers);
        let mut from = places.first;
        if !program.is_recurrent() {
            let outputs = program.inputs() as i32;
            self.ops.push(Op { kind: KIND_INPUT, to: from, outputs, ..Op::default() });
        }
        let mut block = 0;
        for (index, &LayerPlace { layer, inputs, tensor }) in layers.iter().enumerate() {
            let width = layer.outputs() as usize;
            let is_last = index + 1 == layers.len();
            match layer {
                Layer::Dense { bias, activation, .. } => {
                    let to = places.other(from);
                    let mut op = self.linear(
                        tensor,
                        (inputs, width),
                        from,
                        if is_last { Place::default() } else { to },
                    );
                    if bias {
                        op = self.with_vector(op, tensor + 1);
                    }
                    op.flags |= if self.places.is_noisy(index) { NOISY } else { 0 };
                    op.flags |= if activation == Activation::Relu { RELU } else { 0 };
                    op.nodes = self.nodes();
                    op.sink = if is_last { SINK_LOGITS } else { SINK_KEEP };
                    self.ops.push(op);
                    from = to;
                }
                Layer::Embedding { .. } => {
                    let (right, left) = self.places.factors(tensor);
                    let embed = Op {
                        kind: KIND_EMBED,
                        flags: NOISY,
                        to: from,
                        inputs: inputs as i32,
                        outputs: width as i32,
                        matrix: self.packing.at(tensor),
                        right,
                        left,
                        nodes: self.nodes(),
                        ..Op::default()
                    };
                    self.ops.push(embed);
                }
                Layer::Block { .. } => {
                    self.block(tensor, width, block, [from, places.other(from), places.wide]);
                    block += 1;
                }
                Layer::Norm { .. } => {
                    let to = places.other(from);
                    self.ops.push(self.norm(tensor, width, from, to));
                    from = to;
                }
                // Such a model has no packing.
                Layer::Conv { .. }
                | Layer::Depthwise { .. }
                | Layer::Pool { .. }
                | Layer::Fork { .. }
                | Layer::Shortcut { .. }
                | Layer::Join { .. }
                | Layer::Front { .. } => {}
            }
        }
        self
    }

    /// Places for what layers hand on, in turns: the first for the input, or the residual stream of blocks,
    /// whose normed input, and after it the state, take the other. Each is as wide as it must be. And what
    /// blocks need beside these: the gates and what they let through, or the middle of the MLP.
    fn shared(&mut self, program: &Lowered, layers: &[LayerPlace]) -> Shared {
        let (mut widths, mut turn, mut wide) = ([0; 2], 0, 0);
        if !program.is_recurrent() {
            widths[0] = program.inputs();
        }
        for (index, LayerPlace { layer, .. }) in layers.iter().enumerate() {
            let width = layer.outputs() as usize;
            let is_last = index + 1 == layers.len();
            match layer {
                Layer::Embedding { .. } => widths[turn] = widths[turn].max(width),
                Layer::Block { .. } => {
                    widths[1 - turn] = widths[1 - turn].max(width);
                    wide = wide.max(4 * width).max(3 * whole(width));
                }
                // Logits stay in registers.
                Layer::Dense { .. } if is_last => {}
                Layer::Dense { .. } | Layer::Norm { .. } => {
                    turn = 1 - turn;
                    widths[turn] = widths[turn].max(width);
                }
                Layer::Conv { .. }
                | Layer::Depthwise { .. }
                | Layer::Pool { .. }
                | Layer::Fork { .. }
                | Layer::Shortcut { .. }
                | Layer::Join { .. }
                | Layer::Front { .. } => {}
            }
        }
        let [first, second] = widths.map(|width| self.place(width));
        Shared { first, second, wide: if wide > 0 { self.place(wide) } else { Place::default() } }
    }

    /// A block, whose first parameter is `id`.
    fn block(&mut self, id: u32, width: usize, block: usize, [stream, normed, wide]: [Place; 3]) {
        let square = (width, width);
        let part = |number: usize| Place { at: wide.at + (number * whole(width)) as i32, ..wide };
        let [f, candidate, gated] = [part(0), part(1), part(2)];
        // Once both products of the normed input are there, the state takes its place.
        let state = normed;
        let states = (block * eights(width)) as i32;
        let load = Op { kind: KIND_STATE, to: state, outputs: width as i32, states, ..Op::default() };
        self.ops.push(self.norm(id, width, stream, normed));
        self.ops.push(self.linear(id + 1, square, normed, f));
        self.ops.push(self.linear(id + 4, square, normed, candidate));
        self.ops.push(load);
        let sum = |op: Op, nodes: i32| Op { flags: op.flags | SUMMAND | NOISY, nodes, state, ..op };
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
