//! What kernels are handed: the structures of `kernels/`, field by field. Both sides assert their sizes.

use zerocopy::{Immutable, IntoBytes};

/// Outputs and inputs of a cell of a packed matrix: kernels have the same.
pub(crate) const PANEL: usize = 32;

/// What an operation does: `Kind` of `kernels/args.cuh`.
pub(crate) mod kind {
    pub(crate) const EMBED: i32 = 0;
    pub(crate) const INPUT: i32 = 1;
    pub(crate) const NORM: i32 = 2;
    pub(crate) const STATE: i32 = 3;
    pub(crate) const LINEAR: i32 = 4;
    pub(crate) const WINDOWS: i32 = 5;
    pub(crate) const DEPTHWISE: i32 = 6;
    pub(crate) const MAX_POOL: i32 = 7;
    pub(crate) const AVERAGE_POOL: i32 = 8;
    pub(crate) const JOIN: i32 = 9;
    pub(crate) const SCORE: i32 = 10;
}

/// What becomes of outputs before their sink: `Flags` of `kernels/args.cuh`.
pub(crate) mod flag {
    pub(crate) const SUMMAND: i32 = 1;
    pub(crate) const VECTOR: i32 = 2;
    pub(crate) const NOISY: i32 = 4;
    pub(crate) const RELU: i32 = 8;
    pub(crate) const FEATURES: i32 = 16;
    pub(crate) const WORDS: i32 = 32;
    pub(crate) const EIGHTS: i32 = 64;
}

/// Where outputs go: `Sink` of `kernels/args.cuh`.
pub(crate) mod sink {
    pub(crate) const KEEP: i32 = 0;
    pub(crate) const GATE: i32 = 1;
    pub(crate) const BLEND: i32 = 2;
    pub(crate) const ADD: i32 = 3;
    pub(crate) const LOGITS: i32 = 4;
}

/// An address in a device's memory.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(transparent)]
pub(crate) struct Address(pub(crate) u64);

/// One operation on all rows of a tile: `Op` of `kernels/args.cuh`. Places are bytes of shared memory,
/// strides those from row to row.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Op {
    pub(crate) kind: i32,
    pub(crate) flags: i32,
    pub(crate) sink: i32,
    pub(crate) from: Place,
    pub(crate) to: Place,
    pub(crate) inputs: i32,
    pub(crate) outputs: i32,
    /// Where the packed matrix, or table, begins among the parameters, in bytes.
    pub(crate) matrix: i32,
    pub(crate) vector: i32,
    pub(crate) divisor: Scale,
    /// The noise of the factors B and A, of the vector, and of the nodes.
    pub(crate) right: Column,
    pub(crate) left: Column,
    pub(crate) vector_noise: Column,
    pub(crate) nodes: i32,
    /// Where a block's states begin among those of a row.
    pub(crate) states: i32,
    pub(crate) state: Place,
    pub(crate) gate: i32,
    pub(crate) gated: i32,
    pub(crate) stream: Place,
}

/// Where a value of each row lies in shared memory.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Place {
    pub(crate) at: i32,
    pub(crate) stride: i32,
}

/// Where columns of noise lie, in words: the first, and how far it is from one to the next.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Column {
    pub(crate) at: i32,
    pub(crate) step: i32,
}

/// An operation of a model with windows, and the window: `Windowed` of `kernels/args.cuh`.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Windowed {
    pub(crate) op: Op,
    /// What the window moves over.
    pub(crate) rows: i32,
    pub(crate) columns: i32,
    pub(crate) channels: i32,
    pub(crate) kernel: [i32; 2],
    pub(crate) stride: [i32; 2],
    /// Rows of zeros above, columns of zeros to the left.
    pub(crate) before: [i32; 2],
    pub(crate) places: i32,
    pub(crate) places_across: i32,
    /// Places that are brought together at once, and the threads that copy a row of one.
    pub(crate) at_once: i32,
    pub(crate) lanes: i32,
    pub(crate) unused: i32,
}

/// A floor division: a shift where that is not negative, else by `by` with its reciprocal.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Scale {
    pub(crate) shift: i32,
    pub(crate) by: i32,
    pub(crate) reciprocal: u32,
}

/// Arguments of the kernels `forward_*`: `Forward` of `kernels/args.cuh`.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Forward {
    pub(crate) ops: Address,
    pub(crate) op_count: i64,
    pub(crate) parameters: Address,
    pub(crate) noise: Address,
    pub(crate) noise_words: i64,
    pub(crate) rows: Address,
    pub(crate) row_count: i64,
    pub(crate) reads: Reading,
    pub(crate) scores: Address,
    pub(crate) members: Altering,
    pub(crate) notes: i64,
    pub(crate) ends: Address,
    pub(crate) logits: Address,
    pub(crate) judged: Address,
    pub(crate) errors: Address,
    pub(crate) loss: i64,
    pub(crate) values: Address,
    pub(crate) row_len: i64,
    pub(crate) stage: i64,
}

/// A sample that members of a run with a guide are judged on: `Judged` of `kernels/args.cuh`.
#[derive(Clone, Copy, Debug, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Judged {
    pub(crate) sample: u32,
    pub(crate) base: i32,
}

/// What rows read.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Reading {
    pub(crate) inputs: Address,
    pub(crate) input_stride: i64,
    pub(crate) is_text: i64,
    pub(crate) steps: i64,
    pub(crate) initial: Address,
    pub(crate) states: Address,
    pub(crate) state_len: i64,
    pub(crate) keep: i64,
}

/// What makes rows members.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Altering {
    pub(crate) twins: i64,
    pub(crate) rank: i64,
    pub(crate) left_shift: i64,
    pub(crate) right_shift: i64,
    pub(crate) vector_shift: i64,
    pub(crate) embeddings_move: i64,
    pub(crate) amplitude: i64,
    pub(crate) clip: i64,
}

/// A run of entries of one tensor's stream that one thread draws: `Draw` of `kernels/args.cuh`.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Draw {
    pub(crate) tensor: u32,
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(crate) rank: u32,
    pub(crate) to: u32,
    pub(crate) step: u32,
    pub(crate) is_spread: u32,
}

/// Arguments of the kernels `draw_*`: `Drawing` of `kernels/args.cuh`.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Drawing {
    pub(crate) draws: Address,
    pub(crate) draw_count: i64,
    pub(crate) members: Address,
    pub(crate) member_count: i64,
    pub(crate) noise: Address,
    pub(crate) noise_words: i64,
    pub(crate) seed: i64,
    pub(crate) generation: i64,
}

/// Arguments of the kernels `terms_*` and `credit_pairs`: `Crediting` of `kernels/credit.cu`.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Crediting {
    pub(crate) tensor: i64,
    pub(crate) rows: i64,
    pub(crate) columns: i64,
    pub(crate) rank: i64,
    pub(crate) first: i64,
    pub(crate) pairs: i64,
    pub(crate) fitness: Address,
    pub(crate) digits: i64,
    pub(crate) left: Address,
    pub(crate) right: Address,
    pub(crate) z: Address,
    pub(crate) parts: i64,
    pub(crate) seed: i64,
    pub(crate) generation: i64,
}

/// Arguments of the kernel `busy`: `Busy` of `kernels/busy.cu`.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Busy {
    pub(crate) rounds: i64,
    pub(crate) sums: Address,
}

const _: () = {
    assert!(size_of::<Op>() == 112);
    assert!(size_of::<Windowed>() == 168);
    assert!(size_of::<Forward>() == 264);
    assert!(size_of::<Judged>() == 8);
    assert!(size_of::<Draw>() == 28);
    assert!(size_of::<Drawing>() == 64);
    assert!(size_of::<Crediting>() == 112);
    assert!(size_of::<Busy>() == 16);
};
