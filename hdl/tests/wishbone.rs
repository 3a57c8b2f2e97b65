//! The register map over Wishbone: products, and everything that is refused.

#[cfg(verilator)]
#[allow(dead_code, reason = "one set of helpers for several tests")]
mod common;
#[macro_use]
#[path = "common/simulated.rs"]
mod simulated;

#[cfg(verilator)]
mod body {
    use super::common::Dice;
    use eggroll_hdl::product::Product;
    use eggroll_hdl::{Kind, Wishbone};

    const STATUS: u32 = 0x10;
    const CONTROL: u32 = 0x1C;
    const SHAPE: u32 = 0x20;
    const X: u32 = 0x0010_0000;
    const Y: u32 = 0x0020_0000;
    const W: u32 = 0x8000_0000;
    const LANES: usize = 32;

    fn cleared() -> Wishbone {
        let mut unit = Wishbone::new();
        assert_eq!(unit.read(STATUS), 0x8004, "a unit that was reset says so");
        unit.write(CONTROL, 2, 1);
        assert_eq!(unit.read(STATUS), 0);
        unit
    }

    fn words(values: &[i8]) -> impl Iterator<Item = u32> {
        values.chunks(4).map(|part| {
            let mut bytes = [0; 4];
            bytes.iter_mut().zip(part).for_each(|(byte, &v)| *byte = v.cast_unsigned());
            u32::from_le_bytes(bytes)
        })
    }

    fn set(unit: &mut Wishbone, product: &Product) {
        let s = product.settings();
        let emits = u32::from(s.emit_base) | u32::from(s.emit_plus) << 1 | u32::from(s.emit_minus) << 2;
        let mode = u32::from(s.mode)
            | u32::from(s.rank) << 4
            | u32::from(s.sigma_shift) << 8
            | emits << 12
            | u32::from(s.streams) << 16
            | u32::from(s.amplitude) << 24;
        let registers = [
            u32::from(s.m) << 16 | u32::from(s.n),
            mode,
            0,
            s.key as u32,
            (s.key >> 32) as u32,
            s.index,
            u32::from(s.tensor),
        ];
        for (at, register) in (SHAPE..).step_by(4).zip(registers) {
            unit.write(at, register, 0xF);
            assert_eq!(unit.read(at), register, "{at:#x}");
        }
        for (at, word) in (X..).step_by(4).zip(words(&product.x)) {
            unit.write(at, word, 0xF);
        }
        for (row, values) in product.w.chunks(product.n).enumerate() {
            let stride = product.n.next_multiple_of(LANES);
            for (at, word) in (W + (row * stride) as u32..).step_by(4).zip(words(values)) {
                unit.write(at, word, 0xF);
            }
        }
    }

    fn outputs(unit: &mut Wishbone, product: &Product) -> Vec<i8> {
        let mut read = |row: usize, member: usize| {
            let at = Y + (member * 256 + row) as u32;
            (unit.read(at & !3) >> (8 * (at & 3))) as i8
        };
        (0..product.m)
            .flat_map(|row| (0..product.members()).map(move |member| (row, member)))
            .map(|(row, member)| read(row, member))
            .collect()
    }

    /// Room for what the unit refuses is left out of the values.
    fn product(dice: &mut Dice) -> Product {
        let mut product = dice.product(Kind::Large);
        product.w.iter_mut().chain(&mut product.x).for_each(|v| *v = (*v).max(-127));
        product
    }

    pub(super) fn products() {
        let (mut dice, mut unit) = (Dice::new(21), cleared());
        for number in 0..300 {
            let product = product(&mut dice);
            set(&mut unit, &product);
            unit.write(CONTROL, 1, 1);
            unit.idle(1);
            assert!(!unit.irq());
            for _ in 0..100 {
                unit.idle(500);
                if unit.irq() {
                    break;
                }
            }
            assert_eq!(unit.read(STATUS) & 0xFF07, 2, "done, nothing else");
            assert_eq!(outputs(&mut unit, &product), product.expected(), "{number}: {product:?}");
            let lanes = unit.read(0x18) as usize;
            assert_eq!(lanes, product.m * product.n.div_ceil(LANES));
        }
    }

    pub(super) fn refusals() {
        let (mut dice, mut unit) = (Dice::new(22), cleared());
        let product = product(&mut dice);
        set(&mut unit, &product);
        let fault = |unit: &mut Wishbone| {
            let status = unit.read(STATUS);
            unit.write(CONTROL, 2, 1);
            status >> 8 & 0xFF
        };
        // -128, in any byte that is written, and only there.
        unit.write(W, 0x0080_0000, 0b1011);
        unit.write(X, 0x8000_0000, 0b0111);
        assert_eq!(fault(&mut unit), 0);
        unit.write(W, 0x0080_0000, 0b0100);
        assert_eq!(fault(&mut unit), 0x20);
        unit.write(X, 0x8000_0000, 0b1000);
        assert_eq!(fault(&mut unit), 0x20);
        // Places where nothing is.
        for at in [0x0030_0000, 0x7FFF_FFFC, W + (1 << 17), X + 256] {
            unit.write(at, 0, 0xF);
            assert_eq!(fault(&mut unit), 0x40, "{at:#x}");
        }
        // Settings out of range.
        let (shape, mode) = (unit.read(SHAPE), unit.read(SHAPE + 4));
        for (shape, mode) in [
            (shape & 0xFFFF_0000, mode),
            (shape & 0xFFFF, mode),
            (shape | 0x1000, mode),
            (shape | 0x0200_0000, mode),
            (0x0001_0001, 0x3),         // no such mode
            (0x0001_0001, 0x0000_0000), // plain without its member
            (0x0001_0001, 0x0001_1000), // plain with a stream
            (0x0001_0001, 0x0000_2011), // low rank without a stream
            (0x0001_0001, 0x0005_2011), // more streams than there are
            (0x0001_0001, 0x0001_2001), // rank 0
            (0x0001_0001, 0x0001_2091), // rank 9
            (0x0001_0001, 0x0001_1011), // neither plus nor minus
        ] {
            unit.write(SHAPE, shape, 0xF);
            unit.write(SHAPE + 4, mode, 0xF);
            unit.write(CONTROL, 1, 1);
            assert_eq!(fault(&mut unit), 0x08, "{shape:#x} {mode:#x}");
        }
        // Whoever writes while it computes is told, and disturbs nothing.
        let large = Product { ..dice.shaped(Kind::Large, 200, 200) };
        let mut large = Product { x: vec![3; 200], ..large };
        large.w.iter_mut().for_each(|w| *w = (*w).max(-127));
        set(&mut unit, &large);
        unit.write(CONTROL, 1, 1);
        for at in [SHAPE, W, X, CONTROL] {
            unit.write(at, 0x0101_0101, 0xF);
        }
        assert_eq!(unit.read(STATUS) >> 8 & 0xFF, 0x10);
        unit.idle(30_000);
        assert_eq!(outputs(&mut unit, &large), large.expected());
        // Nothing runs while a fault stands.
        unit.write(CONTROL, 1, 1);
        unit.idle(30_000);
        assert_eq!(unit.read(STATUS) & 3, 2, "still the product before");
        // A product that is cleared away is not done, and the next one is right.
        unit.write(CONTROL, 2, 1);
        unit.write(CONTROL, 1, 1);
        unit.idle(500);
        unit.write(CONTROL, 2, 1);
        unit.idle(30_000);
        assert_eq!(unit.read(STATUS) & 7, 0);
        unit.write(CONTROL, 1, 1);
        unit.idle(30_000);
        assert_eq!(outputs(&mut unit, &large), large.expected());
    }
}

simulated! {
    products_over_the_register_map: body::products();
    what_makes_no_sense_is_refused: body::refusals();
}
