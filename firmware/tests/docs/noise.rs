//! Words, entries, initial weights, the choice of samples.

use crate::{Example, list};
use eggroll_firmware::model::{Description, Program};
use eggroll_firmware::noise::{Address, Noise, Stream, near_normal, sample_index, threefry2x32};
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("threefry", threefry()),
        ("stream", stream()),
        ("near-normal", rounding()),
        ("initial", initial()),
        ("choice", choice()),
    ]
}

fn words(words: impl IntoIterator<Item = u32>) -> String {
    list(words.into_iter().map(|word| format!("{word:08x}")))
}

fn threefry() -> String {
    let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
    let cases = [([0, 0], [0, 0]), ([u32::MAX; 2], [u32::MAX; 2]), ([pi[2], pi[3]], [pi[0], pi[1]])];
    cases.iter().fold(String::new(), |mut text, &(key, counter)| {
        let out = threefry2x32(key, counter);
        let _ = writeln!(text, "key {}  counter {}  x0 x1 {}", words(key), words(counter), words(out));
        text
    })
}

fn stream() -> String {
    let at = Address { seed: 1, generation: 2, index: 3, tensor: 4 };
    let mut text =
        "seed 1, generation 2, index 3, tensor 4: key (1, 2), counter (3, 4194304), (3, 4194305), ...\n"
            .to_owned();
    let mut stream = Stream::new(at);
    let first = [(); 4].map(|()| stream.next_word());
    let _ = writeln!(text, "words        {}", words(first));
    for (name, noise, count) in [("sign", Noise::Sign, 40), ("near-normal", Noise::NearNormal, 4)] {
        let mut entries = vec![0; count];
        noise.fill(&mut Stream::new(at), &mut entries);
        let _ = writeln!(text, "{name:12} {}", list(entries));
    }
    text
}

fn rounding() -> String {
    let samples = [0, u32::MAX, 0x7f7f_7f80, 0x8080_7f7f, 0x8081_8081, 0x0102_0304, 0x90a0_b0c0];
    samples.iter().fold(String::new(), |mut text, &word| {
        let sum: i32 = word.to_le_bytes().iter().map(|&byte| i32::from(byte)).sum();
        let _ = writeln!(text, "word {word:08x}  s {:5}  entry {:3}", 2 * sum - 1020, near_normal(word));
        text
    })
}

fn initial() -> String {
    let program = Program::new(&Description::mlp(&[3, 4, 2], true).unwrap()).unwrap();
    let mut weights = vec![0; program.parameters()];
    program.initialize(1, &mut weights);
    program.tensors().fold(String::new(), |mut text, tensor| {
        let (rows, columns) = tensor.kind.shape();
        let values = &weights[tensor.offset..][..tensor.len()];
        let _ = writeln!(text, "tensor {} [{rows}, {columns}]: {}", tensor.id, list(values));
        text
    })
}

fn choice() -> String {
    let mut text = String::new();
    for (seed, count, numbers) in [(1, 10, 0..20), (7, 1, 0..3), (1, 1293, 1290..1296)] {
        let chosen = numbers.clone().map(|number| sample_index(seed, number, count));
        let range = format!("{} to {}", numbers.start, numbers.end - 1);
        let _ = writeln!(text, "seed {seed}, N {count}, numbers {range}: {}", list(chosen));
    }
    text
}
