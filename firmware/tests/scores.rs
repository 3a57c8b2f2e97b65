//! Packed fitness: what is packed comes back, and nothing but what the packer writes is accepted.

mod common;

use common::{Dice, Report, pack, unpack};
use core::num::NonZeroU32;
use eggroll_firmware::Error;
use eggroll_firmware::estimator::scores::{Packer, Scores, Shape};
use proptest::prelude::*;

fn clips() -> impl Strategy<Value = i16> {
    // The bounds of how many digits share a byte: base 3, 5, 7, 9, 15, 17, 255, 257.
    prop_oneof![
        prop::sample::select(vec![1, 2, 3, 4, 7, 8, 127, 128, 32_766, 32_767]),
        1..=16i16,
        1..=i16::MAX
    ]
}

fn shapes() -> impl Strategy<Value = Shape> {
    let every = prop_oneof![2 => Just(1u32), 1 => 2..6u32];
    (prop_oneof![1..=9u32, 1..=256u32], clips(), any::<bool>(), every, 0..9u32).prop_map(
        |(values, clip, skippable, every, first)| {
            Shape::new(values, clip, skippable).every(NonZeroU32::new(every).unwrap()).from(first)
        },
    )
}

/// A report that the shape allows; extremes and zeros more often than chance would have it.
fn report(shape: Shape, units: usize, dice: &mut Dice) -> Report {
    let value = |dice: &mut Dice| match dice.below(4) {
        0 => shape.clip,
        1 => -shape.clip,
        2 => 0,
        _ => (dice.below(2 * shape.clip as usize + 1) as i32 - i32::from(shape.clip)) as i16,
    };
    (0..units)
        .map(|unit| {
            let kept = !shape.skippable || dice.below(3) > 0;
            kept.then(|| (0..shape.values_of(unit)).map(|_| value(dice)).collect())
        })
        .collect()
}

fn accepted(shape: Shape, units: usize, bytes: &[u8]) -> bool {
    match Scores::new(shape, units, bytes) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error, Error::BadScores);
            false
        }
    }
}

proptest! {
    #[test]
    fn what_is_packed_comes_back(shape in shapes(), units in 0..40usize, seed in any::<u32>()) {
        let report = report(shape, units, &mut Dice::new(seed));
        let bytes = pack(shape, &report);
        let kept = report.iter().filter(|unit| unit.is_some()).count();
        prop_assert!(bytes.len() <= shape.room(units));
        prop_assert!(kept < units || bytes.len() + 1 + 2 * shape.values as usize >= shape.room(units));
        let scores = Scores::new(shape, units, &bytes).unwrap();
        prop_assert_eq!((scores.units(), scores.kept()), (units, kept));
        prop_assert_eq!(unpack(shape, units, &bytes), report);
    }

    #[test]
    fn every_other_length_is_refused(shape in shapes(), units in 0..40usize, seed in any::<u32>()) {
        let bytes = pack(shape, &report(shape, units, &mut Dice::new(seed)));
        for len in (0..bytes.len()).filter(|len| len % 7 == 0 || len + 9 > bytes.len() || *len < 9) {
            prop_assert!(!accepted(shape, units, &bytes[..len]));
        }
        for more in [1, 2, 3, 100] {
            for fill in [0, 1, 0xFF] {
                let longer = [bytes.as_slice(), &vec![fill; more]].concat();
                prop_assert!(!accepted(shape, units, &longer));
            }
        }
    }

    /// Random bytes, and packed ones with a few changed: no panic, and what is accepted packs to the same
    /// bytes.
    #[test]
    fn only_what_the_packer_writes_is_accepted(
        shape in shapes(), units in 0..40usize, seed in any::<u32>(),
        bytes in prop::collection::vec(any::<u8>(), 0..80),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut changed = pack(shape, &report(shape, units, &mut Dice::new(seed)));
        for (place, byte) in changes.iter().filter(|_| !changed.is_empty()).collect::<Vec<_>>() {
            let place = place.index(changed.len());
            changed[place] ^= byte;
        }
        for (units, bytes) in [(units, &bytes), (bytes.len() * 8 / 9, &bytes), (bytes.len(), &bytes), (units, &changed)] {
            if accepted(shape, units, bytes) {
                prop_assert_eq!(&pack(shape, &unpack(shape, units, bytes)), bytes);
            }
        }
    }

    /// A range that `units_within` allows fits whatever is kept, and one unit more does not.
    #[test]
    fn ranges_that_surely_fit(shape in shapes(), bytes in 0..2000usize, most in 0..3000usize) {
        let units = shape.units_within(bytes, most);
        prop_assert!(units <= most && shape.room(units) <= bytes);
        prop_assert!(units == most || shape.room(units + 1) > bytes);
        let mut room = vec![0; bytes];
        prop_assert!(Packer::new(shape, units, &mut room).is_ok());
        if units < most {
            let needs = shape.room(units + 1) as u32;
            let error = Packer::new(shape, units + 1, &mut room).err();
            prop_assert_eq!(error, Some(Error::FrameTooSmall { needs, has: bytes as u32 }));
        }
    }
}

/// Small shapes in full: every byte string is refused, or is what the packer writes of its values.
#[test]
fn all_bytes_of_small_shapes() {
    for (clip, values, skippable) in [
        (1, 1, false),
        (1, 3, true),
        (1, 6, false),
        (7, 2, false),
        (7, 1, true),
        (127, 1, true),
        (32_767, 1, false),
    ] {
        let shape = Shape::new(values, clip, skippable);
        for units in 0..=3 {
            let mut count = usize::from(accepted(shape, units, &[]));
            for bytes in
                (0..=0xFF).map(|a| vec![a]).chain((0..=0xFFFF).map(|ab: u16| ab.to_le_bytes().to_vec()))
            {
                if accepted(shape, units, &bytes) {
                    assert_eq!(pack(shape, &unpack(shape, units, &bytes)), bytes);
                    count += 1;
                }
            }
            // As many as there are reports, unless some are longer than two bytes.
            let base = 2 * clip as usize + 1;
            let longest = shape.room(units);
            let of_unit = base.pow(values) + usize::from(skippable);
            if longest <= 2 {
                assert_eq!(count, of_unit.pow(units as u32), "{shape:?} {units}");
            }
        }
    }
}

/// Where only every third unit has values, and where nothing is reported at all.
#[test]
fn units_without_values() {
    let some = Shape::new(2, 127, true).every(NonZeroU32::new(3).unwrap());
    let units = [Some(vec![1, 2]), Some(vec![]), None, Some(vec![-1, -2]), Some(vec![])];
    assert_eq!(pack(some, &units), [0b11011, 128, 129, 126, 125]);
    // A range that begins elsewhere.
    assert_eq!(pack(some.from(2), &units[2..]), [0b110, 126, 125]);
    assert!(accepted(some.from(1), 2, &[0b11]) && !accepted(some, 2, &[0b11]));
    let silent = Shape::new(0, 127, false);
    assert!(silent.is_silent() && !some.is_silent());
    assert_eq!((pack(silent, &[Some(vec![]), Some(vec![])]), silent.room(5)), (vec![], 0));
    assert!(accepted(silent, 5, &[]) && !accepted(silent, 5, &[0]));
}

#[test]
fn the_layout_in_bytes() {
    let ternary = Shape::new(1, 1, false);
    let votes = [-1, 0, 1, 1, 0, 1].map(|f| Some(vec![f]));
    assert_eq!(pack(ternary, &votes), [3 + 2 * 9 + 2 * 27 + 81, 2]);
    let clip7 = Shape::new(3, 7, true);
    let slots = [None, Some(vec![-7, 7, 0]), None, Some(vec![1, 2, 3])];
    assert_eq!(pack(clip7, &slots), [0b1010, 14 * 15, 7 + 8 * 15, 9 + 10 * 15]);
    let large = Shape::new(1, 1000, false);
    assert_eq!(pack(large, &[Some(vec![-1000]), Some(vec![1000])]), [0, 0, 0xD0, 7]);
    // Beyond the clip a value counts as the clip.
    assert_eq!(pack(clip7, &[Some(vec![99, -99, i16::MIN])]), pack(clip7, &[Some(vec![7, -7, -7])]));
    let spare = [
        (ternary, 1, vec![3]),
        (clip7, 1, vec![2, 0, 0]),
        (clip7, 1, vec![1, 0, 15]),
        (large, 1, vec![0xD1, 7]),
    ];
    for (shape, units, bytes) in spare {
        assert!(!accepted(shape, units, &bytes), "{bytes:?}");
    }
}
