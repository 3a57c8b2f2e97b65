use super::{Cell, GROUP, Isa, Job, Level, PANEL, Sums, TALL, TileInputs, VOTERS};
use eggroll_firmware::kernel::{Divisor, clip};
use proptest::prelude::*;

/// The same on every level that this processor has.
fn on_all<T: PartialEq + std::fmt::Debug>(mut job: impl FnMut(Level) -> T, expected: &T) {
    for &level in Level::ALL.iter().filter(|level| level.is_available()) {
        assert_eq!(&job(level), expected, "{level}");
    }
}

/// A tile of `R` rows and `P` of four panels.
struct Tile<'a, const R: usize, const P: usize> {
    x: &'a [i8],
    w: &'a [Cell],
}

impl<const R: usize, const P: usize> Job for Tile<'_, R, P> {
    type Output = Vec<Sums>;

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> Vec<Sums> {
        let (cells, stride) = (self.w.len() / 4, self.x.len() / TALL);
        let raised: Vec<Cell> =
            self.w.iter().map(|cell| Cell(cell.0.map(|w| if I::RAISED { w ^ i8::MIN } else { w }))).collect();
        let w: [&[Cell]; P] = std::array::from_fn(|p| &raised[p * cells..(p + 1) * cells]);
        let total = |x: &[i8]| x[..GROUP * cells].iter().map(|&x| i32::from(x)).sum::<i32>();
        let mut out: [[Sums; P]; R] = std::array::from_fn(|r| {
            let raised = if I::RAISED { 128 * total(&self.x[r * stride..]) } else { 0 };
            std::array::from_fn(|p| std::array::from_fn(|i| before(r, p, i) - raised))
        });
        isa.tile(TileInputs { values: self.x, stride }, w, &mut out);
        out.concat()
    }
}

/// What a sum is before its products are added.
const fn before(r: usize, p: usize, i: usize) -> i32 {
    (1000 * r + 100 * p + i) as i32
}

/// A tile is what it must be, on every level.
fn compare<const R: usize, const P: usize>(
    (x, w): (&[i8], &[Cell]),
    expected: impl Fn(usize, usize, usize) -> i32,
) {
    let places = (0..R).flat_map(|r| (0..P).map(move |p| (r, p)));
    let expected =
        places.map(|(r, p)| std::array::from_fn(|i| before(r, p, i) + expected(r, p, i))).collect();
    on_all(|level| level.run(Tile::<R, P> { x, w }), &expected);
}

fn extreme() -> impl Strategy<Value = i8> {
    prop_oneof![-127i8..=127, Just(127i8), Just(-127i8)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]

    #[test]
    fn tiles_are_products(
        cells in 1usize..40,
        between in 0usize..2,
        seed: u64,
        extremes: bool,
    ) {
        let mut state = seed | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let value = (state >> 33) as i32 % 255 - 127;
            (if extremes { 127 * value.signum() } else { value }) as i8
        };
        // Rows may have more values than panels have inputs.
        let stride = GROUP * (cells + between);
        let x: Vec<i8> = (0..TALL * stride).map(|_| next()).collect();
        let w: Vec<Cell> = (0..4 * cells).map(|_| Cell(std::array::from_fn(|_| next()))).collect();
        let output = |r: usize, p: usize, i: usize| -> i32 {
            let products = w[p * cells..(p + 1) * cells].iter().enumerate().flat_map(|(cell, w)| {
                let x = &x[r * stride + GROUP * cell..];
                x.iter().zip(&w.0[GROUP * i..GROUP * (i + 1)]).map(|(&x, &w)| i32::from(x) * i32::from(w))
            });
            products.sum()
        };
        compare::<5, 4>((&x, &w), output);
        compare::<6, 1>((&x, &w), output);
        compare::<TALL, 4>((&x, &w), output);
        compare::<TALL, 1>((&x, &w), output);
    }

    #[test]
    fn sums_of_rows(values in proptest::collection::vec((extreme(), extreme()), 0..300 * PANEL)) {
        type Rows<'a> = [&'a [i8]; PANEL];
        struct Dots<'a>(Rows<'a>, Rows<'a>);
        impl Job for Dots<'_> {
            type Output = [Sums; 2];
            #[inline(always)]
            fn run<I: Isa>(self, isa: I) -> Self::Output {
                let of_b = self.1.map(|b| b.iter().map(|&b| i32::from(b)).sum());
                [isa.dots(self.0, self.1, &of_b), isa.totals(self.0)]
            }
        }
        let len = values.len() / PANEL;
        let of = |i: usize| &values[i * len..(i + 1) * len];
        let sum = |of: &dyn Fn(usize) -> i32| -> i32 { (0..len).map(of).sum() };
        let expected: [Sums; 2] = [
            std::array::from_fn(|i| sum(&|j| i32::from(of(i)[j].0) * i32::from(of(i)[j].1))),
            std::array::from_fn(|i| sum(&|j| i32::from(of(i)[j].0))),
        ];
        let x: [Vec<i8>; PANEL] = std::array::from_fn(|i| of(i).iter().map(|&(x, _)| x).collect());
        let b: [Vec<i8>; PANEL] = std::array::from_fn(|i| of(i).iter().map(|&(_, b)| b).collect());
        let (x, b) = (x.each_ref().map(|x| &**x), b.each_ref().map(|b| &**b));
        on_all(|level| level.run(Dots(x, b)), &expected);
    }

    #[test]
    fn signs(bits: u16, values: [i32; 2], codes: [u8; PANEL], table: [i32; PANEL]) {
        struct Chosen(u16, [i32; 2], [u8; PANEL], [i32; PANEL]);
        impl Job for Chosen {
            type Output = [Sums; 2];
            #[inline(always)]
            fn run<I: Isa>(self, isa: I) -> [Sums; 2] {
                let mut sums = [[0; PANEL]; 2];
                isa.signed(self.0, self.1, &mut sums[0]);
                isa.coded(&self.2, &self.3, &mut sums[1]);
                sums
            }
        }
        let codes = codes.map(|code| code % PANEL as u8);
        let expected: [Sums; 2] = [
            std::array::from_fn(|i| values[usize::from(bits >> i & 1)]),
            std::array::from_fn(|i| table[usize::from(codes[i])]),
        ];
        on_all(|level| level.run(Chosen(bits, values, codes, table)), &expected);
    }

    #[test]
    fn scaled(sums: [i32; 64], small: bool, len in 1usize..=64, inputs in 1u32..300) {
        struct Scaled<'a>(&'a [i32], Divisor, usize);
        impl Job for Scaled<'_> {
            type Output = Vec<i8>;
            #[inline(always)]
            fn run<I: Isa>(self, isa: I) -> Vec<i8> {
                let mut y = vec![0; self.2];
                isa.scale(self.0, self.1, &mut y);
                y
            }
        }
        let sums = if small { sums.map(|sum| sum >> 16) } else { sums };
        let by = 16 * inputs.isqrt() as i32;
        let expected: Vec<i8> = sums[..len].iter().map(|sum| clip(sum.div_euclid(by))).collect();
        on_all(|level| level.run(Scaled(&sums, Divisor::for_inputs(inputs), len)), &expected);
    }

    #[test]
    fn node_noise(u in proptest::collection::vec(extreme(), 0..200), bits: [u64; 4], amplitude in -127i8..=127) {
        struct Noisy<'a>(Vec<i8>, &'a [u64], i8);
        impl Job for Noisy<'_> {
            type Output = Vec<i8>;
            #[inline(always)]
            fn run<I: Isa>(mut self, isa: I) -> Vec<i8> {
                isa.add_node_noise(&mut self.0, self.1, self.2);
                self.0
            }
        }
        let of = |(i, &u): (usize, &i8)| {
            let eps = if bits[i / 64] >> (i % 64) & 1 == 1 { -1 } else { 1 };
            clip(i32::from(u) + i32::from(amplitude) * eps)
        };
        let expected: Vec<i8> = u.iter().enumerate().map(of).collect();
        on_all(|level| level.run(Noisy(u.clone(), &bits, amplitude)), &expected);
    }

    #[test]
    fn differences(words in proptest::collection::vec(any::<[u64; 2 * VOTERS]>(), 0..40)) {
        type Rows<'a> = [&'a [u64]; VOTERS];
        struct Differing<'a>(Rows<'a>, Rows<'a>);
        impl Job for Differing<'_> {
            type Output = [[u32; VOTERS]; VOTERS];
            #[inline(always)]
            fn run<I: Isa>(self, isa: I) -> Self::Output {
                isa.differing(self.0, self.1)
            }
        }
        let rows: [Vec<u64>; 2 * VOTERS] = std::array::from_fn(|part| words.iter().map(|w| w[part]).collect());
        let ones = |i: usize, j: usize| words.iter().map(|w| (w[i] ^ w[VOTERS + j]).count_ones()).sum::<u32>();
        let expected = std::array::from_fn(|i| std::array::from_fn(|j| ones(i, j)));
        let half = |first: usize| -> Rows<'_> { std::array::from_fn(|i| &*rows[first + i]) };
        on_all(|level| level.run(Differing(half(0), half(VOTERS))), &expected);
    }
}

#[test]
fn levels_by_name() {
    for &level in Level::ALL {
        assert_eq!(level.to_string().parse(), Ok(level));
    }
    assert_eq!("sse9".parse::<Level>(), Err(()));
    assert!(Level::best().is_available());
}
