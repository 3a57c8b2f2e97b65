//! Single operations: products, norms, gates, log-likelihoods.

use crate::{Example, list, rows};
use eggroll_firmware::kernel::{
    Divisor, LowRank, Twin, add_low_rank, add_two, blend, gate, log_likelihood, low_rank_inputs, norm,
    probability, products, scale,
};
use eggroll_firmware::noise::Noise;
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("linear", linear()),
        ("norm", norms()),
        ("gates", gates()),
        ("octave", octave()),
        ("log-likelihood", log_likelihoods()),
        ("probability", probabilities()),
        ("perturbation", perturbation()),
    ]
}

fn linear() -> String {
    let cases: [(&[i8], &[i8]); 3] =
        [(&[16, -16, 8], &[20, 3, -7]), (&[127, 127, 127, 127], &[127, 127, 127, 127]), (&[1; 7], &[-1; 7])];
    cases.iter().fold(String::new(), |mut text, (w, x)| {
        let (mut sums, mut y) = ([0], [0]);
        products(w, x, &mut sums);
        scale(&sums, Divisor::for_inputs(x.len() as u32), &mut y);
        let _ = writeln!(
            text,
            "W {}  x {}: sum {}, d {}, y {}",
            list(*w),
            list(*x),
            sums[0],
            16 * (x.len() as u32).isqrt(),
            y[0]
        );
        text
    })
}

fn norms() -> String {
    let cases: [(&[i8], &[i8]); 3] = [
        (&[10, -20, 30, 0], &[16, 16, -8, 16]),
        (&[1, -1, 0, 0], &[16, 16, 16, 16]),
        (&[127, -127, 127, -127], &[127, 127, 16, 1]),
    ];
    cases.iter().fold(String::new(), |mut text, (x, w)| {
        let (mut sums, mut y) = ([0; 4], [0; 4]);
        norm(x, w, &mut sums, &mut y);
        let sum: u32 = x.iter().map(|x| u32::from(x.unsigned_abs())).sum();
        let _ = writeln!(text, "x {}  w {}: m {}, y {}", list(*x), list(*w), sum.max(1) / 4, list(y));
        text
    })
}

fn gates() -> String {
    let (mut f, u, b) = ([100, -100, -5, 127], [50, -50, 5, 0], [-20, 20, 0, 0]);
    let mut text = format!("W x {}  U S {}  b {}", list(f), list(u), list(b));
    add_two(&mut f, &u, &b);
    let _ = writeln!(text, ": f {}", list(f));
    let (mut state, candidate, mut through) = ([40, 40, -40, -3], [-127, 127, 6, 90], [0; 4]);
    gate(&f, &state, &mut through);
    let _ = writeln!(text, "S {}: g {}", list(state), list(through));
    blend(&f, &candidate, &mut state);
    let _ = writeln!(text, "c {}: S' {}", list(candidate), list(state));
    text
}

/// The table by its definition, `floor(2^(31 + f/16))`: four square roots of a number of 512 bits, found by
/// halving.
fn octave() -> String {
    let power = |x: u64, times: u32| {
        let mut limbs = vec![1u64];
        for _ in 0..times {
            let mut carry = 0u128;
            for limb in &mut limbs {
                let next = u128::from(*limb) * u128::from(x) + carry;
                *limb = next as u64;
                carry = next >> 64;
            }
            if carry > 0 {
                limbs.push(carry as u64);
            }
        }
        limbs
    };
    let at_most = |a: &[u64], b: &[u64]| match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Equal => a.iter().rev().le(b.iter().rev()),
        unequal => unequal.is_lt(),
    };
    let root = |f: u32| {
        let whole = power(2, 16 * 31 + f);
        (0..32).rev().fold(0, |found: u64, bit| {
            let more = found | 1 << bit;
            if at_most(&power(more, 16), &whole) { more } else { found }
        })
    };
    rows((0..16).map(root), 4)
}

fn log_likelihoods() -> String {
    let cases: [(&[i8], usize); 6] = [
        (&[0, 0], 0),
        (&[16, 0, -16], 0),
        (&[16, 0, -16], 2),
        (&[127, -127], 1),
        (&[127, -127], 0),
        (&[-127, -127, -127], 1),
    ];
    cases.iter().fold(String::new(), |mut text, (logits, target)| {
        let _ =
            writeln!(text, "logits {}, target {target}: {}", list(*logits), log_likelihood(logits, *target));
        text
    })
}

fn probabilities() -> String {
    let cases: [&[i8]; 5] = [&[0, 0], &[16, 0, -16], &[127, -127], &[-127, -127, -127], &[40, 38, 7, -90]];
    cases.iter().fold(String::new(), |mut text, logits| {
        let all = (0..logits.len()).map(|class| probability(logits, class));
        let _ = writeln!(text, "logits {}: {}", list(*logits), list(all));
        text
    })
}

fn perturbation() -> String {
    let mut text = String::new();
    let (b, a, x) = ([1, -1, -1, 1, 1, 1], [1, 1, -1, 1], [20, -7, 3]);
    let near = ([30, -5, -16, 7, 2, 55], [16, -3, -20, 9]);
    for (noise, sigma_shift, b, a) in
        [(Noise::Sign, 3, b, a), (Noise::Sign, 6, b, a), (Noise::NearNormal, 4, near.0, near.1)]
    {
        let shape = LowRank { rank: 2, noise, sigma_shift, wide: false };
        let inputs = low_rank_inputs(&b, 2, &x);
        let [plus, minus] = Twin::BOTH.map(|twin| {
            let mut sums = [0; 2];
            add_low_rank(&mut sums, &a, &inputs, twin, shape);
            list(sums)
        });
        let _ = writeln!(
            text,
            "{noise:?}, s {sigma_shift}; B {}  A {}  x {}\n  B^T x {}  P of + {plus}  P of - {minus}",
            list(b),
            list(a),
            list(x),
            list(&inputs[..2])
        );
    }
    text
}
