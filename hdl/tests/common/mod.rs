//! Random numbers, and random passes of the unit.

use eggroll_firmware::noise::Address;
use eggroll_hdl::Kind;
use eggroll_hdl::product::{Perturbation, Product};

/// xorshift64*: repeatable, and nothing that is tested uses it.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn word(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.word() as usize % end
    }

    pub(crate) fn within(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last + 1 - first)
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Weights or inputs of several kinds; -128 among the last, which the lanes must get right, too.
    pub(crate) fn values(&mut self, len: usize) -> Vec<i8> {
        let kind = self.below(9);
        (0..len)
            .map(|i| match kind {
                0 => 127,
                1 => -127,
                2 => [127, -127][i % 2],
                3 => 0,
                4 => self.within(0, 6) as i8 - 3,
                5 => i8::MIN,
                _ => self.below(255) as i8 ^ i8::MIN,
            })
            .collect()
    }

    /// A size from 1 on: mostly small, sometimes an edge.
    fn size(&mut self, largest: usize, lanes: usize) -> usize {
        let edges = [1, 2, lanes - 1, lanes, lanes + 1, 2 * lanes, 16, 17, 31, 33, 64];
        match self.below(12) {
            0 | 1 => edges[self.below(edges.len())].min(largest),
            2 => self.within(1, largest.min(100)),
            _ => self.within(1, largest.min(24)),
        }
    }

    /// Any pass that the core has room for.
    pub(crate) fn product(&mut self, kind: Kind) -> Product {
        let (most_m, most_n) = kind.largest();
        let (m, n) = match self.below(1000) {
            0 => (most_m, most_n),
            1 => (1, most_n),
            2 => (most_m, 1),
            _ => (self.size(most_m, kind.lanes()), self.size(most_n, kind.lanes())),
        };
        self.shaped(kind, m, n)
    }

    /// Any pass of a shape.
    pub(crate) fn shaped(&mut self, kind: Kind, m: usize, n: usize) -> Product {
        let perturbation = match self.below(5) {
            0 => Perturbation::Plain,
            1 => Perturbation::Node { amplitude: [1, 4, 127, self.within(1, 127)][self.below(4)] as u8 },
            _ => {
                let sigma_shift = self.below(16) as u8;
                Perturbation::LowRank { rank: self.within(1, kind.ranks()) as u8, sigma_shift }
            }
        };
        let plain = perturbation == Perturbation::Plain;
        let twins = self.within(1, 3);
        let at = Address {
            seed: self.word(),
            generation: self.word(),
            // The index wraps, too.
            index: if self.one_in(8) { u32::MAX - 1 } else { self.word() },
            tensor: self.below(4096) as u32,
        };
        Product {
            m,
            n,
            perturbation,
            streams: if plain { 0 } else { self.within(1, kind.streams()) as u8 },
            emit_base: plain || self.one_in(2),
            emit_plus: !plain && twins & 1 != 0,
            emit_minus: !plain && twins & 2 != 0,
            at,
            w: self.values(m * n),
            x: self.values(n),
        }
    }
}
