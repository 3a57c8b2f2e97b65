//! Packed scores, weight deltas, step sizes.

use crate::{Example, hex, list};
use eggroll_firmware::estimator::scores::{Packer, Shape};
use eggroll_firmware::train::Pace;
use eggroll_firmware::update::{Residual, WeightDelta};
use std::fmt::Write as _;
use std::num::NonZeroU32;

pub(crate) fn examples() -> Vec<Example> {
    vec![("scores", scores()), ("deltas", deltas()), ("rates", rates())]
}

/// What units report; `None` for one that is skipped.
type Units = Vec<Option<&'static [i16]>>;

fn scores() -> String {
    let skipped = None;
    let third = |first| Shape::new(2, 7, true).every(NonZeroU32::new(3).unwrap()).from(first);
    let (none, two): (Option<&[i16]>, Option<&[i16]>) = (Some(&[]), Some(&[7, -7]));
    let cases: [(&str, Shape, Units); 8] = [
        ("", Shape::new(1, 1, false), [1, -1, 0, 1, 1, -1].map(one).to_vec()),
        ("", Shape::new(3, 7, true), vec![Some(&[7, -7, 0]), skipped, Some(&[1, 2, -3]), skipped, skipped]),
        ("", Shape::new(1, 2, true), vec![skipped; 9]),
        ("", Shape::new(2, 127, false), vec![Some(&[127, -127]), Some(&[0, 5])]),
        ("", Shape::new(1, 128, false), [128, -128].map(one).to_vec()),
        (", at units 0, 3, 6, ...; from unit 0", third(0), vec![two, none, skipped, Some(&[0, 1])]),
        (", at units 0, 3, 6, ...; from unit 2", third(2), vec![none, two, none]),
        (" (a guide without members)", Shape::new(0, 127, false), vec![none; 3]),
    ];
    cases.iter().fold(String::new(), |mut text, (places, shape, units)| {
        let mut bytes = vec![0; shape.room(units.len())];
        let mut packer = Packer::new(*shape, units.len(), &mut bytes).unwrap();
        let mut said = Vec::new();
        for unit in units {
            let Some(values) = unit else {
                packer.skip();
                said.push("skipped".to_owned());
                continue;
            };
            packer.keep();
            values.iter().for_each(|&f| packer.push(f));
            said.push(format!("({})", list(*values)));
        }
        let len = packer.finish();
        let _ = writeln!(
            text,
            "clip {}, {} value(s) a unit{}{places}: units {}\n  bytes {}",
            shape.clip,
            shape.values,
            if shape.skippable { ", may be skipped" } else { "" },
            said.join(" "),
            if len == 0 { "none".to_owned() } else { hex(&bytes[..len]) }
        );
        text
    })
}

/// A unit of one value.
fn one(value: i16) -> Option<&'static [i16]> {
    Some(match value {
        1 => &[1],
        -1 => &[-1],
        128 => &[128],
        -128 => &[-128],
        _ => &[0],
    })
}

fn deltas() -> String {
    let cases: [(&[i8], &[i8], u8); 3] = [
        (&[5, 5, 5, 5, 5, 5, 5, 5], &[5, 5, 6, 5, 5, 5, 5, 3], 1),
        (&[0, 0, 0], &[1, -1, 0], 0),
        (&[9; 4], &[9; 4], 3),
    ];
    cases.iter().fold(String::new(), |mut text, (old, new, shift)| {
        let mut out = [0; 16];
        let (_, delta) = WeightDelta::encode(old, new, *shift, &mut out);
        let _ = writeln!(
            text,
            "from {} to {}: count {}, shift {}, bits {}",
            list(*old),
            list(*new),
            delta.count,
            delta.shift,
            if delta.bits.is_empty() { "none".to_owned() } else { hex(delta.bits) }
        );
        text
    })
}

fn rates() -> String {
    let mut text = String::new();
    let (initial, generations) = (26_214, 3);
    let linear = Pace::Linear { initial, generations };
    let _ = writeln!(
        text,
        "Linear initial {initial}, generations {generations}: {}",
        list((1..=4).map(|g| linear.at(g)))
    );
    for (rate, rho) in [(26_214, 64), (26_214, 1), (65_536, 3), (17_476, 1_000_000), (0, 64), (u32::MAX, 1)] {
        let Residual { mu, e } = Residual::new(rate, rho);
        let _ = writeln!(text, "L {rate}, rho {rho}: mu {mu}, e {e}");
    }
    let rule = Residual::new(26_214, 64);
    let z = [100, -100, 3000, -1, 64];
    let (mut weights, mut residuals) = ([0, 127, -127, 5, -3], [0, 30_000, -30_000, 0, 32_767]);
    let _ = writeln!(text, "L 26214, rho 64; Z {}\n  W {}  R {}", list(z), list(weights), list(residuals));
    rule.apply(3000, &z, &mut weights, &mut residuals);
    let _ = writeln!(text, "  W {}  R {}", list(weights), list(residuals));
    text
}
