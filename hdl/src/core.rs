use crate::model::{Model, models};

/// Inputs of `rank_r_matmul` for a cycle.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
#[allow(missing_docs, reason = "the ports are described in the Verilog, by these names")]
pub struct CoreIn {
    pub key: u64,
    pub index: u32,
    pub x_data: u32,
    pub n: u16,
    pub m: u16,
    pub tensor: u16,
    pub rst: bool,
    pub start: bool,
    pub mode: u8,
    pub rank: u8,
    pub sigma_shift: u8,
    pub streams: u8,
    pub emit_base: bool,
    pub emit_plus: bool,
    pub emit_minus: bool,
    pub amplitude: u8,
    pub x_valid: bool,
    pub w_valid: bool,
    pub y_ready: bool,
    pub w_data: [i8; 32],
}

/// Its outputs.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
#[allow(missing_docs, reason = "the ports are described in the Verilog, by these names")]
pub struct CoreOut {
    pub busy: bool,
    pub x_ready: bool,
    pub w_ready: bool,
    pub y_valid: bool,
    pub y_last: bool,
    pub y_data: i8,
}

models! {
    CoreIn, CoreOut;
    SMALL: eggroll_CoreSmall_new, eggroll_CoreSmall_free, eggroll_CoreSmall_clock;
    LARGE: eggroll_CoreLarge_new, eggroll_CoreLarge_free, eggroll_CoreLarge_clock;
    TINY: eggroll_CoreTiny_new, eggroll_CoreTiny_free, eggroll_CoreTiny_clock;
}

/// Which parameters a model of the core was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The UP5K's: 8 lanes.
    Small,
    /// The ECP5's: 32 lanes.
    Large,
    /// 4 lanes, 13 inputs, 9 outputs, rank 1, one stream, a pipelined generator.
    Tiny,
}

impl Kind {
    /// Products a cycle.
    pub const fn lanes(self) -> usize {
        match self {
            Self::Small => 8,
            Self::Large => 32,
            Self::Tiny => 4,
        }
    }

    /// Most outputs and inputs.
    pub const fn largest(self) -> (usize, usize) {
        match self {
            Self::Small | Self::Large => (256, 256),
            Self::Tiny => (9, 13),
        }
    }

    /// Most ranks.
    pub const fn ranks(self) -> usize {
        match self {
            Self::Small | Self::Large => 8,
            Self::Tiny => 1,
        }
    }

    /// Most streams of noise.
    pub const fn streams(self) -> usize {
        match self {
            Self::Small | Self::Large => 4,
            Self::Tiny => 1,
        }
    }
}

/// `rank_r_matmul`.
pub struct Core {
    model: Model<CoreIn, CoreOut>,
    kind: Kind,
}

impl Core {
    /// A core after its reset.
    pub fn new(kind: Kind) -> Self {
        let functions = match kind {
            Kind::Small => &SMALL,
            Kind::Large => &LARGE,
            Kind::Tiny => &TINY,
        };
        let mut core = Self { model: Model::new(functions), kind };
        core.clock(&CoreIn { rst: true, ..CoreIn::default() });
        core
    }

    /// Its parameters.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// One clock cycle; returns the outputs before its edge.
    pub fn clock(&mut self, input: &CoreIn) -> CoreOut {
        self.model.clock(input)
    }
}
