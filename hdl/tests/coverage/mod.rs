//! Which corner cases the random passes have met.

use eggroll_hdl::Kind;
use eggroll_hdl::product::{Cycles, Perturbation, Product};
use std::collections::BTreeMap;

/// How often each case was met.
#[derive(Default)]
pub(crate) struct Coverage(BTreeMap<String, u64>);

impl Coverage {
    fn hit(&mut self, case: impl Into<String>, met: bool) {
        *self.0.entry(case.into()).or_default() += u64::from(met);
    }

    /// A reset after `cycles`, in the middle of a pass or after its end.
    pub(crate) fn resets(&mut self, middle: bool, cycles: Cycles) {
        self.hit("reset in the middle", middle);
        self.hit("reset before the first word of W", middle && cycles.lanes == 0);
        self.hit("reset while lanes work", middle && cycles.lanes > 0);
    }

    /// A pass that gave what it should.
    pub(crate) fn pass(
        &mut self,
        kind: Kind,
        product: &Product,
        chances: [usize; 3],
        y: &[i8],
        cycles: Cycles,
    ) {
        let Product { m, n, perturbation, streams, .. } = *product;
        let (most_m, most_n) = kind.largest();
        self.hit("passes", true);
        self.hit("1 x 1", (m, n) == (1, 1));
        self.hit("largest shape", (m, n) == (most_m, most_n));
        self.hit("odd rows and columns", m % 2 == 1 && n % 2 == 1);
        self.hit("a row of exactly one word", n == kind.lanes());
        self.hit("a row of one word and a value", n == kind.lanes() + 1);
        self.hit("n with no integer root", n.isqrt().pow(2) != n);
        self.hit("every weight and input -128", product.w.iter().chain(&product.x).all(|&v| v == i8::MIN));
        self.hit("every weight and input 127", product.w.iter().chain(&product.x).all(|&v| v == 127));
        self.hit("saturated at 127", y.contains(&127));
        self.hit("saturated at -127", y.contains(&-127));
        self.hit("plain", perturbation == Perturbation::Plain);
        for rank in 1..=kind.ranks() as u8 {
            let here = |p| matches!(p, Perturbation::LowRank { rank: r, .. } if r == rank);
            self.hit(format!("rank {rank}"), here(perturbation));
        }
        for shift in 0..16 {
            let here = |p| matches!(p, Perturbation::LowRank { sigma_shift, .. } if sigma_shift == shift);
            self.hit(format!("sigma shift {shift:2}"), here(perturbation));
        }
        self.hit("node", matches!(perturbation, Perturbation::Node { .. }));
        self.hit("node, largest amplitude", perturbation == Perturbation::Node { amplitude: 127 });
        for count in 1..=kind.streams() as u8 {
            self.hit(format!("{count} streams"), streams == count);
        }
        let members = [product.emit_base, product.emit_plus, product.emit_minus];
        for (name, which) in [
            ("base, plus and minus", [true; 3]),
            ("base and plus", [true, true, false]),
            ("plus alone", [false, true, false]),
            ("minus alone", [false, false, true]),
            ("plus and minus", [false, true, true]),
        ] {
            self.hit(format!("members: {name}"), members == which);
        }
        let entries = match perturbation {
            Perturbation::LowRank { rank, .. } => (m + n) * usize::from(rank),
            Perturbation::Node { .. } => m,
            Perturbation::Plain => 0,
        };
        self.hit("noise of several blocks", entries > 64);
        self.hit("A begins inside a block", entries > 64 && m > 0 && n % 64 != 0);
        self.hit("index wraps", streams > 1 && product.at.index > u32::MAX - u32::from(streams) + 1);
        for (stream, chance) in ["x", "W", "y"].iter().zip(chances) {
            self.hit(format!("{stream} scarcely moves"), chance == 1);
        }
        self.hit("all streams at full speed", chances == [16; 3]);
        self.hit("lanes wait for nothing", cycles.lanes + 40 > cycles.all);
    }

    /// Adds another's counts.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (case, count) in &other.0 {
            *self.0.entry(case.clone()).or_default() += count;
        }
    }

    /// Prints a line a case.
    pub(crate) fn print(&self, title: &str) {
        println!("Cases met, {title}:");
        for (case, count) in &self.0 {
            println!("{count:>8}  {case}");
        }
    }

    /// # Panics
    /// Where a case was never met.
    pub(crate) fn check_everything(&self, kind: Kind) {
        let never: Vec<_> = self.0.iter().filter(|&(_, &count)| count == 0).map(|(case, _)| case).collect();
        // One stream has no second index, and 22 entries no second block.
        let excused = |case: &str| {
            kind == Kind::Tiny
                && ["index wraps", "noise of several blocks", "A begins inside a block"].contains(&case)
        };
        let never: Vec<_> = never.into_iter().filter(|case| !excused(case)).collect();
        assert!(never.is_empty(), "never met: {never:?}");
    }
}
