use crate::memory;
use eggroll_host::data::{DataError, Dataset, FEATURE_MAX, Fraction, Parts, Reading, Scale, parse_table};
use std::fmt::Write;
use std::path::Path;

/// Values as they are where they are small integers, otherwise as the program chooses.
fn parse(path: &Path, data: &[u8]) -> Result<Dataset, DataError> {
    let parts = Parts { holdout: Fraction::ZERO, validation: Fraction::ZERO, split: 0 };
    let reading = Reading { scale: Some(Scale::None), ..Reading::default() };
    match parse_table(path, data, &reading, &parts) {
        Err(error) if error.to_string().contains("--scale none") => {
            parse_table(path, data, &Reading::default(), &parts)
        }
        other => other,
    }
}

/// A CSV file: an error of one line, or a data set within its ranges; small values are kept as they are, and
/// come back from a file written anew.
///
/// Heap: 64 KiB, and 1024 bytes for each of the file (what is known of a column, and columns are at least two
/// bytes wide).
pub fn csv(data: &[u8]) {
    let path = Path::new("folder/data.csv");
    match memory::within((64 << 10) + 1024 * data.len(), || parse(path, data)) {
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("folder/data.csv") && !message.contains('\n'), "{message}");
        }
        Ok(set) => {
            assert!(!set.is_empty() && set.features > 0 && (2..=256).contains(&set.classes));
            assert!((0..set.len()).all(|i| usize::from(set.label(i)) < set.classes));
            assert!((0..set.len()).all(|i| set.row(i).iter().all(|&value| value >= -FEATURE_MAX)));
            let again = parse(path, rewritten(&set).as_bytes()).expect("small values are well formed");
            assert_eq!(again.preprocessing.scale, Scale::None);
            // Classes have the numbers that are written here; their names, and what was understood, are of
            // another file.
            assert_eq!((again.features, again.classes, again.len()), (set.features, set.classes, set.len()));
            for i in 0..set.len() {
                assert_eq!((again.row(i), again.label(i)), (set.row(i), set.label(i)));
            }
        }
    }
}

fn rewritten(set: &Dataset) -> String {
    let mut text = String::new();
    for i in 0..set.len() {
        set.row(i).iter().try_for_each(|value| write!(text, "{value},")).expect("strings grow");
        writeln!(text, "{}", set.label(i)).expect("strings grow");
    }
    text
}

pub(super) const WORDS: &[&str] = &[
    ",",
    "\n",
    "\r",
    "\r\n",
    "\"",
    "\"\"",
    " ",
    "\t",
    "-",
    "+0",
    "-128",
    "127",
    "255",
    "256",
    "x",
    "\u{FEFF}",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
];

/// Files of every kind that is understood.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        "1,-127,0\n127,+0,2\n",
        "x,y,class\n1,2,0\n3,4,1\n-5,6,1\n",
        "\"1\",\" 2\",0\r\n3,\"4\",1\r\n",
        "\u{FEFF}a,b,c,d\r1000,2,3,0\r-4,5,600,1\r7,8,9,2\r",
        "\n\n 1 ,2,0\n   \n3,4,1\n",
        "0,0\n-9223372036854775808,1\n9223372036854775807,3\n",
        "1,1\n2,255\n",
        "5,6,7,8,9,10,11,12,13,14,0\n1,2,3,4,5,6,7,8,9,10,1\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
