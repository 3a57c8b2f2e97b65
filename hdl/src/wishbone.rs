use crate::model::{Model, models};

#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct WishboneIn {
    adr: u32,
    dat: u32,
    rst: bool,
    cyc: bool,
    stb: bool,
    we: bool,
    sel: u8,
}

#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct WishboneOut {
    dat: u32,
    ack: bool,
    irq: bool,
}

models! {
    WishboneIn, WishboneOut;
    UNIT: eggroll_UnitWishbone_new, eggroll_UnitWishbone_free, eggroll_UnitWishbone_clock;
}

/// `matmul_wishbone` with a controller that has one access under way.
pub struct Wishbone {
    model: Model<WishboneIn, WishboneOut>,
    irq: bool,
}

impl Default for Wishbone {
    fn default() -> Self {
        Self::new()
    }
}

impl Wishbone {
    /// A unit after its reset.
    pub fn new() -> Self {
        let mut unit = Self { model: Model::new(&UNIT), irq: false };
        unit.reset();
        unit
    }

    /// A cycle of reset, whatever is under way.
    pub fn reset(&mut self) {
        self.model.clock(&WishboneIn { rst: true, ..WishboneIn::default() });
    }

    /// Cycles without an access.
    pub fn idle(&mut self, cycles: u32) {
        for _ in 0..cycles {
            self.irq = self.model.clock(&WishboneIn::default()).irq;
        }
    }

    /// Whether the unit has finished a product, as of the last cycle.
    pub const fn irq(&self) -> bool {
        self.irq
    }

    /// Writes the bytes of a word that `sel` picks.
    pub fn write(&mut self, at: u32, word: u32, sel: u8) {
        self.access(WishboneIn { adr: at, dat: word, we: true, sel, ..WishboneIn::default() });
    }

    /// Reads a word.
    pub fn read(&mut self, at: u32) -> u32 {
        self.access(WishboneIn { adr: at, sel: 0xF, ..WishboneIn::default() })
    }

    /// # Panics
    /// Where no acknowledge comes within eight cycles.
    fn access(&mut self, input: WishboneIn) -> u32 {
        for _ in 0..8 {
            let out = self.model.clock(&WishboneIn { cyc: true, stb: true, ..input });
            self.irq = out.irq;
            if out.ack {
                return out.dat;
            }
        }
        panic!("no acknowledge of {input:?}");
    }
}
