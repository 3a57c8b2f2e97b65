//! Statistics of the noise with fixed seeds (every |z| below 5), its addresses, and the choice of samples.

use eggroll_firmware::noise::{
    Address, BLOCKS_PER_TENSOR, Noise, Stream, TENSOR_CHOICE, TENSOR_INITIAL, TENSOR_STARTS, fill_initial,
    fill_near_normal, fill_signs, near_normal, sample_index, threefry2x32,
};
use proptest::prelude::*;
use rand_core::Rng;
use std::collections::HashSet;

/// Limit of every test statistic, in standard deviations.
const LIMIT: f64 = 5.0;
const SEEDS: [u32; 4] = [0, 1, 7, u32::MAX];

fn at(seed: u32, generation: u32, index: u32, tensor: u32) -> Address {
    Address { seed, generation, index, tensor }
}

fn draw(noise: Noise, at: Address, len: usize) -> Vec<f64> {
    let mut entries = vec![0; len];
    noise.fill(&mut Stream::new(at), &mut entries);
    entries.into_iter().map(f64::from).collect()
}

/// Mean square of an entry.
fn variance(noise: Noise) -> f64 {
    match noise {
        Noise::Sign => 1.0,
        Noise::NearNormal => moments().1,
    }
}

/// Exact mean and variance of a near-normal entry, from the distribution of a sum of four bytes.
fn moments() -> (f64, f64) {
    let mut ways = vec![1u64];
    for _ in 0..4 {
        let mut next = vec![0; ways.len() + 255];
        for (sum, &count) in ways.iter().enumerate() {
            next[sum..sum + 256].iter_mut().for_each(|n| *n += count);
        }
        ways = next;
    }
    assert_eq!(ways.iter().sum::<u64>(), 1 << 32);
    let entry = |sum: usize| {
        let bytes = [0, 1, 2, 3].map(|i| sum.saturating_sub(255 * i).min(255) as u8);
        f64::from(near_normal(u32::from_le_bytes(bytes)))
    };
    let average = |of: &dyn Fn(f64) -> f64| -> f64 {
        ways.iter().enumerate().map(|(sum, &n)| of(entry(sum)) * n as f64).sum::<f64>() / 2f64.powi(32)
    };
    (average(&|e| e), average(&|e| e * e))
}

#[test]
fn near_normal_entries_have_the_stated_distribution() {
    let (mean, variance) = moments();
    assert_eq!(mean, 0.0);
    assert!((16.02..16.03).contains(&variance.sqrt()), "{}", variance.sqrt());
    assert_eq!([near_normal(0), near_normal(u32::MAX)], [-55, 55]);
    for seed in SEEDS {
        let mut words = Stream::new(at(seed, 3, 1, 0));
        for _ in 0..100_000 {
            let word = words.next_word();
            // Depends on the sum of the bytes alone, and is odd.
            assert_eq!(near_normal(word), near_normal(word.swap_bytes().rotate_left(8)));
            assert_eq!(near_normal(word), -near_normal(!word));
            assert!((-55..=55).contains(&near_normal(word)));
        }
    }
}

/// Draws many short streams as a run does, and holds mean and variance against the expected ones.
#[test]
fn entries_are_unbiased() {
    for (noise, seed) in [Noise::Sign, Noise::NearNormal].into_iter().flat_map(|n| SEEDS.map(|s| (n, s))) {
        let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
        let mut by_place = [0.0; 64];
        for (generation, index) in (1..=40).flat_map(|g| (0..40).map(move |i| (g, i))) {
            for tensor in 0..4 {
                let entries = draw(noise, at(seed, generation, index, tensor), 64);
                sum += entries.iter().sum::<f64>();
                squares += entries.iter().map(|e| e * e).sum::<f64>();
                count += entries.len() as f64;
                by_place.iter_mut().zip(&entries).for_each(|(sum, e)| *sum += e);
            }
        }
        let variance = variance(noise);
        let z = |sum: f64, count: f64| sum / (variance * count).sqrt();
        assert!(z(sum, count).abs() < LIMIT, "{noise:?} {seed} {}", z(sum, count));
        assert!(by_place.iter().all(|&sum| z(sum, count / 64.0).abs() < LIMIT), "{noise:?} {seed}");
        // The fourth moment of a near-normal entry is below 3 sigma^4: 2 bounds the variance of its square.
        let of_squares = (squares - count * variance) / (2.0 * variance * variance * count).sqrt();
        assert!(of_squares.abs() < LIMIT, "{noise:?} {seed} {of_squares}");
    }
}

/// |z| of the correlation of two draws, over all pairs of streams given.
fn correlation(noise: Noise, pairs: impl Iterator<Item = (Vec<f64>, Vec<f64>)>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (a, b) in pairs {
        sum += a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>();
        count += a.len().min(b.len()) as f64;
    }
    (sum / (count.sqrt() * variance(noise))).abs()
}

/// From one address to a neighbour.
type Shift = Box<dyn Fn(Address) -> Address>;

#[test]
fn neighbours_are_uncorrelated() {
    for (noise, seed) in [Noise::Sign, Noise::NearNormal].into_iter().flat_map(|n| SEEDS.map(|s| (n, s))) {
        let base = |i: u32| at(seed, 1 + i / 16, i % 16, i % 3);
        let mut shifted: Vec<(&str, Shift)> = vec![];
        for by in [1, 2, 3, 8, 1 << 16, 1 << 31] {
            shifted.push(("pair", Box::new(move |a| Address { index: a.index ^ by, ..a })));
            shifted.push(("next pair", Box::new(move |a| Address { index: a.index.wrapping_add(by), ..a })));
            shifted.push(("generation", Box::new(move |a| Address { generation: a.generation ^ by, ..a })));
            shifted.push(("seed", Box::new(move |a| Address { seed: a.seed.wrapping_add(by), ..a })));
        }
        for by in [1, 2, 3, 31, TENSOR_STARTS, TENSOR_CHOICE] {
            shifted.push(("tensor", Box::new(move |a| Address { tensor: a.tensor + by, ..a })));
        }
        let swap = |a: Address| at(a.generation + 100, a.seed, a.index, a.tensor);
        let here = |a: Address| Address { generation: a.generation + 100, ..a };
        let swapped = (0..128).map(|i| (draw(noise, here(base(i)), 200), draw(noise, swap(base(i)), 200)));
        assert!(correlation(noise, swapped) < LIMIT, "{noise:?} {seed}: seed and generation exchanged");
        for (what, shift) in &shifted {
            let streams = (0..128).map(|i| (draw(noise, base(i), 200), draw(noise, shift(base(i)), 200)));
            let z = correlation(noise, streams);
            assert!(z < LIMIT, "{noise:?} {seed} {what}: {z}");
        }
    }
}

/// A and B of one pair, a stream and itself a few entries on, two entries of one vector component.
#[test]
fn parts_of_one_stream_are_uncorrelated() {
    for (noise, seed) in [Noise::Sign, Noise::NearNormal].into_iter().flat_map(|n| SEEDS.map(|s| (n, s))) {
        for lag in (1..=64).chain([65, 96, 128, 192, 640]) {
            let streams = (0..128).map(|i| {
                let entries = draw(noise, at(seed, 1 + i / 16, i % 16, i % 3), 200 + lag);
                (entries[..200].to_vec(), entries[lag..].to_vec())
            });
            let z = correlation(noise, streams);
            assert!(z < LIMIT, "{noise:?} {seed} lag {lag}: {z}");
        }
        for (m, n, r) in [(10, 64, 1), (64, 64, 4), (33, 7, 3), (1, 1, 1)] {
            let factors = (0..256).map(|pair| {
                let mut b = draw(noise, at(seed, 2, pair, 0), (m + n) * r);
                let a = b.split_off(n * r);
                (a, b)
            });
            let z = correlation(noise, factors);
            assert!(z < LIMIT, "{noise:?} {seed} {m}x{n} rank {r}: {z}");
        }
        let components = (0..256).map(|pair| {
            let entries = draw(noise, at(seed, 2, pair, 1), 200);
            let of = |odd: usize| entries.iter().skip(odd).step_by(2).copied().collect();
            (of(0), of(1))
        });
        assert!(correlation(noise, components) < LIMIT);
    }
}

/// No two places in the noise show the same 64 bits, at any shift by whole words.
#[test]
fn no_stream_runs_into_another() {
    let mut seen = HashSet::new();
    let addresses = [0, 1, 7].into_iter().flat_map(|seed| {
        [0, 1, 2, 3, 7, 1 << 20].into_iter().flat_map(move |generation| {
            [0, 1, 2, 3, 7, 64].into_iter().flat_map(move |index| {
                [0, 1, 2, 7, TENSOR_STARTS, TENSOR_CHOICE, TENSOR_INITIAL]
                    .into_iter()
                    .map(move |tensor| at(seed, generation, index, tensor))
            })
        })
    });
    for address in addresses {
        let mut stream = Stream::new(address);
        let mut window = u64::from(stream.next_word());
        for place in 0..200 {
            window = (window << 32) | u64::from(stream.next_word());
            assert!(seen.insert(window), "{address:?} word {place}");
        }
    }
    // A tensor's stream ends where the next tensor's begins: whoever needs more words is refused at load.
    let mut stream = Stream::new(at(7, 1, 5, 2));
    for _ in 0..2 * BLOCKS_PER_TENSOR {
        stream.next_word();
    }
    assert_eq!(stream.next_word(), Stream::new(at(7, 1, 5, 3)).next_word());
    let initial = threefry2x32([7, 0], [5, TENSOR_INITIAL * BLOCKS_PER_TENSOR]).map(near_normal);
    let mut weights = [0; 2];
    fill_initial(7, 5, &mut weights);
    assert_eq!(weights, initial);
}

#[test]
fn the_generator_is_an_ordinary_one() {
    let address = at(7, 3, 5, 2);
    let mut words = Stream::new(address);
    let words: Vec<u32> = (0..64).map(|_| words.next_word()).collect();
    for (i, pair) in words.chunks_exact(2).enumerate() {
        let counter = [5, 2 * BLOCKS_PER_TENSOR + i as u32];
        assert_eq!(pair, threefry2x32([7, 3], counter));
    }
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    for len in 0..=bytes.len() {
        let (mut rng, mut filled) = (Stream::new(address), vec![0; len]);
        rng.fill_bytes(&mut filled);
        assert_eq!(filled, bytes[..len]);
        // A word begun is a word used.
        assert!(words.get(len.div_ceil(4)).is_none_or(|&next| next == rng.next_u32()));
    }
    let mut rng = Stream::new(address);
    assert_eq!(rng.next_u32(), words[0]);
    assert_eq!(rng.next_u64(), u64::from(words[1]) | u64::from(words[2]) << 32);
    assert_eq!(rng.next_word(), words[3]);

    // Entries take the words in the same order.
    let (mut signs, mut normals) = ([0; 64 * 32], [0; 64]);
    fill_signs(&mut Stream::new(address), &mut signs);
    fill_near_normal(&mut Stream::new(address), &mut normals);
    for (i, &sign) in signs.iter().enumerate() {
        assert_eq!(sign, if words[i / 32] >> (i % 32) & 1 == 1 { -1 } else { 1 });
    }
    assert!(normals.iter().zip(&words).all(|(&n, &w)| n == near_normal(w)));
    for len in 0..70 {
        let mut some = vec![9; len];
        fill_signs(&mut Stream::new(address), &mut some);
        assert_eq!(some, signs[..len]);
    }
}

fn epoch(seed: u32, epoch: u64, count: u32) -> Vec<u32> {
    (0..u64::from(count)).map(|p| sample_index(seed, epoch * u64::from(count) + p, count)).collect()
}

fn is_permutation(order: &[u32]) -> bool {
    let mut seen = vec![false; order.len()];
    order.iter().all(|&i| !std::mem::replace(&mut seen[i as usize], true))
}

#[test]
fn every_epoch_is_a_permutation() {
    assert_eq!(sample_index(1, 9, 0), 0);
    for count in 1..=300 {
        let orders = [0, 1, 2, 1 << 20].map(|e| epoch(7, e, count));
        assert!(orders.iter().all(|order| is_permutation(order)), "{count}");
        let other_seed = epoch(8, 0, count);
        if count >= 20 {
            let identity: Vec<u32> = (0..count).collect();
            let all: HashSet<_> = orders.iter().chain([&identity, &other_seed]).collect();
            assert_eq!(all.len(), 6, "{count}");
        }
    }
    for count in [65_535, 65_536, 65_537] {
        assert!(is_permutation(&epoch(3, 5, count)));
    }
    for number in [0, 1, 1 << 33, u64::MAX] {
        assert!(sample_index(3, number, u32::MAX) < u32::MAX);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn large_epochs_are_permutations(seed in any::<u32>(), at in 0..1u64 << 32, count in 301u32..60_000) {
        prop_assert!(is_permutation(&epoch(seed, at, count)));
    }
}

/// Over many epochs every sample comes in every place equally often. Exactly so where the count fills the
/// network (powers of four); walking back into a smaller count skews the order of less than about 60 samples,
/// by up to a third for five of them. Every epoch still has each sample once.
#[test]
fn every_sample_comes_at_every_place() {
    const EPOCHS: u64 = 4000;
    for count in [2, 3, 4, 5, 7, 10, 16, 23, 64, 100, 150] {
        let mut times = vec![vec![0u32; count as usize]; count as usize];
        for e in 0..EPOCHS {
            epoch(11, e, count).iter().enumerate().for_each(|(place, &i)| times[place][i as usize] += 1);
        }
        let (expected, p) = (EPOCHS as f64 / f64::from(count), 1.0 / f64::from(count));
        let off = times.iter().flatten().map(|&n| (f64::from(n) - expected).abs()).fold(0.0, f64::max);
        if count >= 64 || [4, 16].contains(&count) {
            assert!(off / (expected * (1.0 - p)).sqrt() < LIMIT, "{count}: {off} of {expected}");
        } else {
            assert!(off / expected < 0.4, "{count}: {off} of {expected}");
        }
    }
}
