use super::{Cell, GROUP, Isa, Job, Level, PANEL, Sums, VOTERS};
use eggroll_firmware::kernel::{Divisor, clip};
use proptest::prelude::*;

/// The same on every level that this processor has.
fn on_all<T: PartialEq + std::fmt::Debug>(mut job: impl FnMut(Level) -> T, expected: &T) {
    for &level in Level::ALL.iter().filter(|level| level.is_available()) {
        assert_eq!(&job(level), expected, "{level}");
    }
}

/// What is added to five rows of four panels, by rank.
type Signed = ([[i32; 5]; 2], [[[u16; 4]; 5]; 2]);

struct Tile<'a> {
    x: &'a [i8],
    w: &'a [Cell],
    signed: Option<Signed>,
}

impl Job for Tile<'_> {
    type Output = Vec<Sums>;

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> Vec<Sums> {
        let (cells, inputs) = (self.w.len() / 4, self.x.len() / 5);
        let x = [0, 1, 2, 3, 4].map(|r| &self.x[r * inputs..(r + 1) * inputs]);
        let raised: Vec<Cell> =
            self.w.iter().map(|cell| Cell(cell.0.map(|w| if I::RAISED { w ^ i8::MIN } else { w }))).collect();
        let w = [0, 1, 2, 3].map(|p| &raised[p * cells..(p + 1) * cells]);
        let total = |x: &[i8]| x.iter().map(|&x| i32::from(x)).sum::<i32>();
        let starts = x.map(|x| 7 - if I::RAISED { 128 * total(x) } else { 0 });
        let mut out = [[[0; PANEL]; 4]; 5];
        match &self.signed {
            Some((c, signs)) => isa.tile_signed(x, w, &starts, (c, signs), &mut out),
            None => isa.tile(x, w, &starts, &mut out),
        }
        out.concat()
    }
}

fn extreme() -> impl Strategy<Value = i8> {
    prop_oneof![-127i8..=127, Just(127i8), Just(-127i8)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]

    #[test]
    fn tiles_are_products(cells in 1usize..20, seed: u64, extremes: bool, c: [[i16; 5]; 2], signs: [[[u16; 4]; 5]; 2]) {
        let mut state = seed | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let value = (state >> 33) as i32 % 255 - 127;
            (if extremes { 127 * value.signum() } else { value }) as i8
        };
        let x: Vec<i8> = (0..5 * GROUP * cells).map(|_| next()).collect();
        let one: Vec<[i8; GROUP]> = (0..PANEL * cells).map(|_| [next(), next(), next(), next()]).collect();
        // All panels are alike.
        let w: Vec<Cell> = [0, 1, 2, 3]
            .iter()
            .flat_map(|_| one.chunks(PANEL).map(|cell| Cell(cell.as_flattened().try_into().unwrap())))
            .collect();
        let output = |x: &[i8], i: usize| -> i32 {
            (0..cells)
                .flat_map(|c| (0..GROUP).map(move |k| (c, k)))
                .map(|(c, k)| i32::from(x[GROUP * c + k]) * i32::from(one[PANEL * c + i][k]))
                .sum()
        };
        let c = c.map(|c| c.map(i32::from));
        let expected = |signed: bool| -> Vec<Sums> {
            let places = (0..5).flat_map(|r| (0..4).map(move |p| (r, p)));
            let of_place = |(r, p): (usize, usize)| -> Sums {
                std::array::from_fn(|i| {
                    let by = |k: usize| if signs[k][r][p] >> i & 1 == 1 { -c[k][r] } else { c[k][r] };
                    7 + if signed { by(0) + by(1) } else { 0 } + output(&x[r * GROUP * cells..(r + 1) * GROUP * cells], i)
                })
            };
            places.map(of_place).collect()
        };
        for signed in [None, Some((c, signs))] {
            let of_level = |level: Level| level.run(Tile { x: &x, w: &w, signed });
            on_all(of_level, &expected(signed.is_some()));
        }
    }

    #[test]
    fn sums_of_rows(values in proptest::collection::vec((extreme(), extreme()), 0..300 * PANEL), bits: [[u64; 5]; PANEL]) {
        type Rows<'a> = [&'a [i8]; PANEL];
        struct Dots<'a>(Rows<'a>, Rows<'a>, [&'a [u64]; PANEL]);
        impl Job for Dots<'_> {
            type Output = [Sums; 3];
            #[inline(always)]
            fn run<I: Isa>(self, isa: I) -> Self::Output {
                [isa.dots(self.0, self.1), isa.totals(self.0), isa.chosen(self.0, self.2)]
            }
        }
        let len = values.len() / PANEL;
        let of = |i: usize| &values[i * len..(i + 1) * len];
        let sum = |of: &dyn Fn(usize) -> i32| -> i32 { (0..len).map(of).sum() };
        let expected: [Sums; 3] = [
            std::array::from_fn(|i| sum(&|j| i32::from(of(i)[j].0) * i32::from(of(i)[j].1))),
            std::array::from_fn(|i| sum(&|j| i32::from(of(i)[j].0))),
            std::array::from_fn(|i| sum(&|j| i32::from(of(i)[j].0) * (bits[i][j / 64] >> (j % 64) & 1) as i32)),
        ];
        let x: [Vec<i8>; PANEL] = std::array::from_fn(|i| of(i).iter().map(|&(x, _)| x).collect());
        let b: [Vec<i8>; PANEL] = std::array::from_fn(|i| of(i).iter().map(|&(_, b)| b).collect());
        let (x, b) = (x.each_ref().map(|x| &**x), b.each_ref().map(|b| &**b));
        on_all(|level| level.run(Dots(x, b, bits.each_ref().map(|bits| &bits[..]))), &expected);
    }

    #[test]
    fn signs(sums: [i32; PANEL], bits: u16, c in -1_000_000i32..1_000_000) {
        struct Signed(Sums, u16, i32);
        impl Job for Signed {
            type Output = Sums;
            #[inline(always)]
            fn run<I: Isa>(mut self, isa: I) -> Sums {
                isa.add_signed(&mut self.0, self.1, self.2);
                self.0
            }
        }
        let sums = sums.map(|sum| sum >> 2);
        let expected: Sums = std::array::from_fn(|i| if bits >> i & 1 == 1 { sums[i] - c } else { sums[i] + c });
        on_all(|level| level.run(Signed(sums, bits, c)), &expected);
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
