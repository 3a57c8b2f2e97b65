//! A model as kernels take it: its operations on a tile, with their places in shared memory. What the numbers
//! mean is said in `kernels/args.cuh`.

use super::args::{Op, Place, Scale, flag, kind, sink};
use super::noise::Places;
use super::packing::{Packing, eights, whole};
use eggroll_firmware::kernel::Divisor;
use eggroll_firmware::model::Program as Lowered;
use eggroll_firmware::model::{Activation, Layer, LayerPlace};
use zerocopy::IntoBytes;

/// Rows of the tensor cores' tiles.
pub(super) const ROWS: usize = 16;
/// Tiles of a block's threads that there are kernels for, the largest first.
pub(super) const TILES: [usize; 3] = [4, 2, 1];
/// What a stride has beyond whole cells: rows that are read together lie in different banks.
const SKEW: usize = 16;

/// Words of shared memory before what is noted of rows, and of a row beside its low-rank terms: `Notes` of
/// `kernels/tile.cuh`.
const TABLES: usize = 256 + 128 + 2 * size_of::<Op>() / 4;
const NOTES: usize = 7;

/// Bytes of what is noted of so many rows, which have so many low-rank terms together.
pub(super) const fn notes_len(rows: usize, terms: usize) -> usize {
    4 * (TABLES + NOTES * rows + terms)
}

/// Bytes from row to row of values that tensor cores read.
pub(super) const fn stride(width: usize) -> usize {
    whole(width) + SKEW
}

impl Scale {
    /// Any divisor; one of [`Self::DIVIDED`] or more has no reciprocal.
    pub(super) fn of(divisor: Divisor) -> Self {
        let by = match divisor {
            Divisor::Shift(shift) => return Self { shift: shift.into(), ..Self::default() },
            Divisor::Reciprocal { by, .. } => by,
            Divisor::Floor(by) => by.get(),
        };
        if by < Self::DIVIDED { Self::by(by) } else { Self { shift: -1, by, reciprocal: 0 } }
    }

    /// Where a quotient by the reciprocal is no longer sure to be the floor: `divide` of
    /// `kernels/arithmetic.cuh`.
    const DIVIDED: i32 = 1 << 12;

    /// A divisor of 2 or more by its reciprocal.
    fn by(by: i32) -> Self {
        let reciprocal = (1u64 << 32) / u64::from(by.unsigned_abs()) + 1;
        Self { shift: -1, by, reciprocal: reciprocal as u32 }
    }
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

/// A model for a kernel.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// The kernel's name before and behind the way of being a member.
    pub(super) kernel: (&'static str, &'static str),
    /// Rows of a block.
    pub(super) rows: usize,
    /// The operations: of the kind that the kernel takes.
    pub(super) ops: Vec<u8>,
    pub(super) op_count: usize,
    /// Where the notes on rows begin in shared memory.
    pub(super) notes: usize,
    /// Bytes of shared memory.
    pub(super) shared: usize,
    /// Of a model with windows: bytes of a row's values, whether these lie in shared memory, and where what
    /// lies under windows is brought together there.
    pub(super) row_len: usize,
    pub(super) is_shared: bool,
    pub(super) stage: usize,
}

impl Program {
    /// The program of a model of vectors for so many of the tensor cores' tiles; `rank` is that of the
    /// perturbation.
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
        let behind = match tiles {
            1 => "_1",
            2 => "_2",
            _ => "_4",
        };
        Self {
            kernel: ("forward_", behind),
            rows,
            op_count: ops.len(),
            ops: ops.as_bytes().to_vec(),
            notes,
            shared: notes + notes_len(rows, rank * rows),
            row_len: 0,
            is_shared: true,
            stage: 0,
        }
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

impl Builder<'_> {
    /// Room for a value of every row.
    fn place(&mut self, width: usize) -> Place {
        let stride = stride(width);
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
            kind: kind::LINEAR,
            from,
            to,
            inputs: shape.0 as i32,
            outputs: shape.1 as i32,
            matrix: self.packing.at(id),
            divisor: Scale::of(Divisor::for_inputs(shape.0 as u32)),
            right,
            left,
            ..Op::default()
        }
    }

    /// Adds a vector to an op's outputs.
    fn with_vector(&self, op: Op, id: u32) -> Op {
        let (vector_noise, _) = self.places.factors(id);
        Op { flags: op.flags | flag::VECTOR, vector: self.packing.at(id), vector_noise, ..op }
    }

    fn norm(&self, id: u32, len: usize, from: Place, to: Place) -> Op {
        let divisor = Scale::by(len as i32);
        let size = len as i32;
        let op = Op { kind: kind::NORM, from, to, inputs: size, outputs: size, divisor, ..Op::default() };
        Op { flags: 0, ..self.with_vector(op, id) }
    }

    /// Lowers a model, layer by layer.
    fn lower(mut self, program: &Lowered) -> Self {
        let layers: Vec<LayerPlace> = program.layers().collect();
        let places = self.shared(program, &layers);
        let mut from = places.first;
        if !program.is_recurrent() {
            let outputs = program.inputs() as i32;
            self.ops.push(Op { kind: kind::INPUT, to: from, outputs, ..Op::default() });
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
                    op.flags |= if self.places.is_noisy(index) { flag::NOISY } else { 0 };
                    op.flags |= if activation == Activation::Relu { flag::RELU } else { 0 };
                    op.nodes = self.nodes();
                    op.sink = if is_last { sink::LOGITS } else { sink::KEEP };
                    self.ops.push(op);
                    from = to;
                }
                Layer::Embedding { .. } => {
                    let (right, left) = self.places.factors(tensor);
                    let embed = Op {
                        kind: kind::EMBED,
                        flags: flag::NOISY,
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
                Layer::Block { .. } | Layer::ReluBlock { .. } => {
                    let relu = matches!(layer, Layer::ReluBlock { .. });
                    self.block((tensor, relu), width, block, [from, places.other(from), places.wide]);
                    block += 1;
                }
                Layer::Norm { .. } => {
                    let to = places.other(from);
                    self.ops.push(self.norm(tensor, width, from, to));
                    from = to;
                }
                // A front makes nothing, and models with windows are those of `windows.rs`.
                _ => {}
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
                Layer::Block { .. } | Layer::ReluBlock { .. } => {
                    widths[1 - turn] = widths[1 - turn].max(width);
                    wide = wide.max(4 * width).max(3 * whole(width));
                }
                // Logits stay in registers.
                Layer::Dense { .. } if is_last => {}
                Layer::Dense { .. } | Layer::Norm { .. } => {
                    turn = 1 - turn;
                    widths[turn] = widths[turn].max(width);
                }
                _ => {}
            }
        }
        let [first, second] = widths.map(|width| self.place(width));
        Shared { first, second, wide: if wide > 0 { self.place(wide) } else { Place::default() } }
    }

    /// A block, whose first parameter is `id`, and whose MLP may have a ReLU.
    fn block(
        &mut self,
        (id, relu): (u32, bool),
        width: usize,
        block: usize,
        [stream, normed, wide]: [Place; 3],
    ) {
        let square = (width, width);
        let part = |number: usize| Place { at: wide.at + (number * whole(width)) as i32, ..wide };
        let [f, candidate, gated] = [part(0), part(1), part(2)];
        // Once both products of the normed input are there, the state takes its place.
        let state = normed;
        let states = (block * eights(width)) as i32;
        let load = Op { kind: kind::STATE, to: state, outputs: width as i32, states, ..Op::default() };
        self.ops.push(self.norm(id, width, stream, normed));
        self.ops.push(self.linear(id + 1, square, normed, f));
        self.ops.push(self.linear(id + 4, square, normed, candidate));
        self.ops.push(load);
        let sum =
            |op: Op, nodes: i32| Op { flags: op.flags | flag::SUMMAND | flag::NOISY, nodes, state, ..op };
        let (nodes, open) = (self.nodes(), self.with_vector(self.linear(id + 2, square, state, f), id + 3));
        self.ops.push(Op { sink: sink::GATE, gated: gated.at, ..sum(open, nodes) });
        let (nodes, moved) =
            (self.nodes(), self.with_vector(self.linear(id + 5, square, gated, candidate), id + 6));
        self.ops.push(Op { sink: sink::BLEND, gate: f.at, stream, states, ..sum(moved, nodes) });
        self.ops.push(self.norm(id + 7, width, stream, normed));
        let (nodes, up) = (self.nodes(), self.linear(id + 8, (width, 4 * width), normed, wide));
        let flags = flag::NOISY | if relu { flag::RELU } else { 0 };
        self.ops.push(Op { flags, nodes, ..up });
        let (nodes, down) = (self.nodes(), self.linear(id + 9, (4 * width, width), wide, wide));
        self.ops.push(Op { flags: flag::NOISY, sink: sink::ADD, nodes, stream, ..down });
    }
}
