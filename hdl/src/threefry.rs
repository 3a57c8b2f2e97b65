use crate::model::{Model, models};

/// Inputs of `threefry` for a cycle; keys and counters have their first word in the low half.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
#[allow(missing_docs, reason = "the ports are described in the Verilog, by these names")]
pub struct ThreefryIn {
    pub key: u64,
    pub counter: u64,
    pub rst: bool,
    pub in_valid: bool,
    pub out_ready: bool,
}

/// Its outputs.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
#[allow(missing_docs, reason = "the ports are described in the Verilog, by these names")]
pub struct ThreefryOut {
    pub block: u64,
    pub in_ready: bool,
    pub out_valid: bool,
}

models! {
    ThreefryIn, ThreefryOut;
    PIPELINED: eggroll_Threefry0_new, eggroll_Threefry0_free, eggroll_Threefry0_clock;
    ONE: eggroll_Threefry1_new, eggroll_Threefry1_free, eggroll_Threefry1_clock;
    TWO: eggroll_Threefry2_new, eggroll_Threefry2_free, eggroll_Threefry2_clock;
    FOUR: eggroll_Threefry4_new, eggroll_Threefry4_free, eggroll_Threefry4_clock;
}

/// `threefry`.
pub struct Threefry(Model<ThreefryIn, ThreefryOut>);

impl Threefry {
    /// Every form, by its parameter ROUNDS, after its reset.
    pub fn all() -> [(u32, Self); 4] {
        [(0, &PIPELINED), (1, &ONE), (2, &TWO), (4, &FOUR)].map(|(rounds, functions)| {
            let mut model = Model::new(functions);
            model.clock(&ThreefryIn { rst: true, ..ThreefryIn::default() });
            (rounds, Self(model))
        })
    }

    /// One clock cycle; returns the outputs before its edge.
    pub fn clock(&mut self, input: &ThreefryIn) -> ThreefryOut {
        self.0.clock(input)
    }
}
