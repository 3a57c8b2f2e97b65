use super::{Cell, GROUP, Isa, Job, Level, PANEL, Sums, VOTERS};
use eggroll_firmware::kernel::clip;
use proptest::prelude::*;

/// The same on every level that this processor has.
fn on_all<T: PartialEq + std::fmt::Debug>(mut job: impl FnMut(Level) -> T, expected: &T) {
    for &level in Level::ALL.iter().filter(|level| level.is_available()) {
        assert_eq!(&job(level), expected, "{level}");
    }
}

struct Tile<'a> {
    x: &'a [u8],
    w: &'a [Cell],
    corrections: &'a Sums,
}

impl Job for Tile<'_> {
    type Output = Vec<Sums>;

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> Vec<Sums> {
        let (cells, inputs) = (self.w.len() / 4, self.x.len() / 5);
        let x = [0, 1, 2, 3, 4].map(|r| &self.x[r * inputs..(r + 1) * inputs]);
        let w = [0, 1, 2, 3].map(|p| &self.w[p * cells..(p + 1) * cells]);
        let mut out = [[[0; PANEL]; 4]; 5];
        isa.tile(x, w, [self.corrections; 4], &mut out);
        out.concat()
    }
}

fn extreme() -> impl Strategy<Value = i8> {
    prop_oneof![-127i8..=127, Just(127i8), Just(-127i8)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]

    #[test]
    fn tiles_are_products(cells in 1usize..20, seed: u64, extremes: bool) {
        let mut state = seed | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let value = (state >> 33) as i32 % 255 - 127;
            (if extremes { 127 * value.signum() } else { value }) as i8
        };
        let x: Vec<i8> = (0..5 * GROUP * cells).map(|_| next()).collect();
        let one: Vec<[i8; GROUP]> = (0..PANEL * cells).map(|_| [next(), next(), next(), next()]).collect();
        // All panels are alike, and so are their corrections.
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
        let corrections: Sums = std::array::from_fn(|i| -128 * output(&vec![1; GROUP * cells], i));
        let expected: Vec<Sums> = x
            .chunks(GROUP * cells)
            .flat_map(|x| [std::array::from_fn(|i| output(x, i)); 4])
            .collect();
        let raised: Vec<u8> = x.iter().map(|&x| x.cast_unsigned() ^ 0x80).collect();
        on_all(|level| level.run(Tile { x: &raised, w: &w, corrections: &corrections }), &expected);
    }

    #[test]
    fn dots(values in proptest::collection::vec((prop_oneof![any::<u8>(), Just(255)], extreme()), 0..300 * PANEL)) {
        struct Dots<'a>([&'a [u8]; PANEL], [&'a [i8]; PANEL]);
        impl Job for Dots<'_> {
            type Output = Sums;
            #[inline(always)]
            fn run<I: Isa>(self, isa: I) -> Sums {
                isa.dots(self.0, self.1)
            }
        }
        let len = values.len() / PANEL;
        let of = |i: usize| &values[i * len..(i + 1) * len];
        let expected: Sums = std::array::from_fn(|i| of(i).iter().map(|&(x, b)| i32::from(x) * i32::from(b)).sum());
        let x: [Vec<u8>; PANEL] = std::array::from_fn(|i| of(i).iter().map(|&(x, _)| x).collect());
        let b: [Vec<i8>; PANEL] = std::array::from_fn(|i| of(i).iter().map(|&(_, b)| b).collect());
        on_all(|level| level.run(Dots(x.each_ref().map(|x| &**x), b.each_ref().map(|b| &**b))), &expected);
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
