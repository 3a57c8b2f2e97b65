//! Inputs: each a pure function of target, seed and number, so that any one can be had again.

use crate::Target;
use eggroll_firmware::noise::{Address, Stream};

/// Longest input.
const LONGEST: usize = 4096;

struct Dice(Stream);

impl Dice {
    /// A number below `end`, which is at least 1.
    fn below(&mut self, end: usize) -> usize {
        ((u64::from(self.0.next_word()) * end as u64) >> 32) as usize
    }

    fn byte(&mut self) -> u8 {
        (self.0.next_word() >> 24) as u8
    }
}

/// Writes input `number` of a seed to `out`: random bytes, or an entry of `corpus` with a few changes.
pub fn input(target: &Target, corpus: &[Vec<u8>], seed: u32, number: u64, out: &mut Vec<u8>) {
    let place = crate::TARGETS.iter().position(|other| other.name == target.name).unwrap_or(0);
    let (index, generation) = (number as u32, (number >> 32) as u32);
    let mut dice = Dice(Stream::new(Address { seed, generation, index, tensor: place as u32 }));
    out.clear();
    if corpus.is_empty() || dice.below(8) == 0 {
        let len = dice.below(257);
        out.extend((0..len).map(|_| dice.byte()));
        return;
    }
    out.extend(&corpus[dice.below(corpus.len())]);
    while dice.below(4) > 0 {
        change(target, corpus, &mut dice, out);
    }
    out.truncate(LONGEST);
}

fn change(target: &Target, corpus: &[Vec<u8>], dice: &mut Dice, out: &mut Vec<u8>) {
    const BYTES: [u8; 8] = [0, 1, 2, 0x7F, 0x80, 0x81, 0xFE, 0xFF];
    const WORDS: [u32; 8] = [0, 1, 0x7F, 0xFFFF, 1 << 20, i32::MAX as u32, 1 << 31, u32::MAX];
    let at = dice.below(out.len().max(1));
    let len = 1 + dice.below(16);
    let end = (at + len).min(out.len());
    match dice.below(10) {
        0 if !out.is_empty() => out[at] ^= 1 << dice.below(8),
        1 if !out.is_empty() => out[at] = dice.byte(),
        2 if !out.is_empty() => out[at] = BYTES[dice.below(BYTES.len())],
        3 if out.len() >= at + 4 => {
            out[at..at + 4].copy_from_slice(&WORDS[dice.below(WORDS.len())].to_le_bytes());
        }
        4 => drop(out.drain(at.min(end)..end)),
        5 => out.truncate(at),
        6 => {
            let piece: Vec<u8> = (0..len).map(|_| dice.byte()).collect();
            out.splice(at.min(out.len())..at.min(out.len()), piece);
        }
        7 if !out.is_empty() => {
            let piece = out[at..end].to_vec();
            let to = dice.below(out.len());
            out.splice(to..to, piece);
        }
        8 => {
            let other = &corpus[dice.below(corpus.len())];
            let from = dice.below(other.len().max(1)).min(other.len());
            out.truncate(at);
            out.extend(&other[from..]);
        }
        _ if !target.words.is_empty() => {
            let word = target.words[dice.below(target.words.len())].bytes();
            let until = if dice.below(2) == 0 { at } else { end };
            out.splice(at.min(out.len())..until.min(out.len()), word);
        }
        _ => out.extend((0..len).map(|_| dice.byte())),
    }
}
