//! Fewer classes than ten digits, or more.

use anyhow::Result;
use eggroll_host::data::{Dataset, Preprocessing};

/// Pixels of a line.
const SIDE: usize = 8;
/// Classes of the digits as they are.
const DIGITS: u8 = 10;
/// Digits that are also shown upside down, where more classes are wanted than three ways of showing ten
/// digits give: two that look like no other then.
const UPSIDE_DOWN: [u8; 2] = [4, 7];

/// The class of a digit that is shown in one of four ways: as it is, turned by a quarter, mirrored, upside
/// down.
fn class(digit: u8, way: u8) -> Option<u8> {
    match way {
        0..=2 => Some(DIGITS * way + digit),
        _ => (0..).zip(UPSIDE_DOWN).find(|(_, shown)| *shown == digit).map(|(place, _)| 3 * DIGITS + place),
    }
}

fn shown(row: &[i8], way: u8) -> impl Iterator<Item = i8> + '_ {
    let last = SIDE - 1;
    let from = move |y: usize, x: usize| match way {
        0 => (y, x),
        1 => (last - x, y),
        2 => (y, last - x),
        _ => (last - y, last - x),
    };
    (0..SIDE * SIDE).map(move |place| {
        let (y, x) = from(place / SIDE, place % SIDE);
        row[SIDE * y + x]
    })
}

/// The samples of the first `classes` classes, 2 to 32.
pub(super) fn digits(digits: &Dataset, classes: u8) -> Result<Dataset> {
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for sample in 0..digits.len() {
        for way in 0..4 {
            if let Some(class) = class(digits.label(sample), way).filter(|&class| class < classes) {
                rows.extend(shown(digits.row(sample), way));
                labels.push(class);
            }
        }
    }
    let preprocessing = Preprocessing {
        classes: (0..classes).map(|class| class.to_string()).collect(),
        ..(*digits.preprocessing).clone()
    };
    Ok(Dataset::new(digits.name.clone(), rows, labels, preprocessing)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_classes_are_the_digits_and_others_are_fewer_or_more() {
        let all = eggroll_host::data::digits().unwrap();
        assert_eq!(digits(&all, 10).unwrap(), all);
        assert_eq!(digits(&all, 2).unwrap().len(), 178 + 182);
        assert_eq!(digits(&all, 32).unwrap().len(), 3 * all.len() + 181 + 179);
        let row: Vec<i8> = (0..64).collect();
        let first = |way| shown(&row, way).take(2).collect::<Vec<_>>();
        assert_eq!([first(0), first(1), first(2), first(3)], [[0, 1], [56, 48], [7, 6], [63, 62]]);
    }
}
