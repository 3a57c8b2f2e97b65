//! Tests of the CSV reader.

use std::{fs, path::PathBuf};

use proptest::prelude::*;

use super::super::{Fraction, InputError, Scale};
use super::*;

fn read(text: &str) -> Result<Dataset, DataError> {
    parse_csv(Path::new("folder/a.csv"), text.as_bytes())
}

/// A table of which nothing is said, whose small integers are taken as they are.
fn parse_csv(path: &Path, bytes: &[u8]) -> Result<Dataset, DataError> {
    let parts = Parts { holdout: Fraction::ZERO, validation: Fraction::ZERO, split: 0 };
    let read =
        |scale| parse_table(path, bytes, &Reading { scale: Some(scale), ..Reading::default() }, &parts);
    match read(Scale::None) {
        Err(error) if error.to_string().contains("--scale none") => read(Scale::Minmax),
        other => other,
    }
}

fn rows(data: &Dataset) -> Vec<(Vec<i8>, u8)> {
    (0..data.len()).map(|i| (data.row(i).to_vec(), data.label(i))).collect()
}

#[track_caller]
fn refused(text: &str, want: &str) {
    let message = read(text).unwrap_err().to_string();
    assert!(message.starts_with("folder/a.csv") && message.contains(want), "{message}");
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn small_values_are_kept() {
    let data = read("1,-127,0\n127,+0,2\n").unwrap();
    assert_eq!(rows(&data), [(vec![1, -127], 0), (vec![127, 0], 1)]);
    assert_eq!((data.name.as_str(), data.features, data.classes), ("a.csv", 2, 2));
    assert_eq!(data.preprocessing.scale, Scale::None);
}

#[test]
fn spaces_quotes_headers_blank_lines_and_line_ends() {
    let want = rows(&read("1,2,0\n3,4,1").unwrap());
    for text in [
        " 1 ,\t2,0 \n3,4,1\n",
        "\"1\",\" 2\",0\n3,\"4\",1\n",
        "x,y,class\n1,2,0\n3,4,1\n",
        "\"a \"\"b\"\"\nline\",z,\n1,2,0\n3,4,1\n",
        "\n\n1,2,0\n   \n\n3,4,1\n\n \t\n",
        "1,2,0\r\n3,4,1\r\n",
        "1,2,0\r\r3,4,1\r",
        "\u{FEFF}1,2,0\n3,4,1\n",
        "\u{FEFF}x,y,class\r\n1,2,0\r\n3,4,1",
    ] {
        let data = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(rows(&data), want, "{text:?}");
    }
}

#[test]
fn extreme_values_scale() {
    let data = read(&format!("{},0\n-1,1\n{},1\n", i64::MIN, i64::MAX)).unwrap();
    assert_eq!(rows(&data), [(vec![-127], 0), (vec![0], 1), (vec![127], 1)]);
}

#[test]
fn labels_make_the_classes() {
    let classes = |text: &str| {
        let data = read(text).unwrap();
        let labels: Vec<u8> = (0..data.len()).map(|i| data.label(i)).collect();
        (data.preprocessing.classes.join(" "), labels)
    };
    assert_eq!(classes("1,255\n1,-0\n"), ("0 255".to_owned(), vec![1, 0]));
    assert_eq!(classes("1,30\n1,-10\n1,20.0\n"), ("-10 20 30".to_owned(), vec![2, 0, 1]));
    assert_eq!(classes("1,b\n1,a b\n1,b\n"), ("a b b".to_owned(), vec![1, 0, 1]));
    refused("1,0\n1,1\n1,cat\n", "line 3, column 2: label \"cat\" is no number as the others are");
    refused("1,0\n1,0.5\n", "line 2, column 2: label \"0.5\" is no whole number");
    refused("1,0\n1,99999999999999999999\n", "line 2, column 2: label 99999999999999999999 does not fit");
    refused("1,2,0\n1,2,0\n", "every label in column 3 is 0");
    refused("1,2,7\n1,2,7\n", "every label in column 3 is 7");
    let many: String = (0..257).map(|class| format!("1,{class}\n")).collect();
    refused(&many, "line 257, column 2: label \"256\" makes more than 256 classes");
}

#[test]
fn wrong_shapes() {
    for empty in ["", "\n\r\n\n", "  \n", "\u{FEFF}"] {
        refused(empty, "the file is empty");
    }
    refused("\nx,y\n", "line 2: no row follows this header");
    refused("\"x,y\n1,2,0\n3,4,1\n", "found 1 column");
    refused("x,\"y\n1,2,0\n3,4,1\n", "line 1: no row follows this header");
    refused("5\n6\n", "line 1: found 1 column");
    refused("1_2_0\n", "put commas");
    refused("\nx,y,z\n\n1,2\n", "line 4: found 2 columns, expected 3 as on line 2");
    refused("1,2,0\n1,2,0,1\n", "line 2: found 4 columns, expected 3 as on line 1");
}

#[test]
fn wrong_fields() {
    refused("1,2,0\n1,,1\n", "line 2, column 2: a value is missing");
    refused("1,2,0\n1,- 2,1\n", "column 2: \"- 2\" is no number");
    refused("1,2,0\n1,\u{0663},1\n", "column 2: \"\u{0663}\"");
    refused("1,2,0\n\"1\n\",2,1\n", "line 2, column 1: \"1\\n\" is no number");
    refused("1,0\n99999999999999999999x,1\n", "is a number and `x`");
    let long = format!("1,0\n{},1\n", "z".repeat(10_000));
    refused(&long, &format!("\"{}... (10000 characters)\" is no number", "z".repeat(40)));
}

#[test]
fn lines_are_the_files() {
    refused("\"a\nb\r\nc\",d\n1,0\n\n\r\n  \nx,1\n", "line 8, column 1");
    refused("# a\n#b\nx,y\n  # c\n\n1,0\n#,,\nx,1\n", "line 8, column 1");
    refused("1,0\r\n\r\n2,1\r\n\r\nx,1\r\n", "line 5, column 1");
    refused("1,0\r\r2,1\rx,1\r", "line 4, column 1");
    let no_text = parse_csv(Path::new("a"), b"1,0\r\n2,1\r\n3,\xFF\0\n").unwrap_err().to_string();
    assert!(no_text.contains("line 3: the file is no text that is known"), "{no_text}");
}

#[test]
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my data.csv");
    let csv = |path: &Path| {
        let parts = Parts { holdout: Fraction::ZERO, validation: Fraction::ZERO, split: 0 };
        table(path, &Reading { scale: Some(Scale::None), ..Reading::default() }, &parts)
    };
    let missing = csv(&path).unwrap_err();
    assert!(matches!(missing, DataError::Input(InputError::Open { .. })));
    assert!(missing.to_string().contains("my data.csv: cannot open the file"), "{missing}");
    fs::write(&path, "4,0\n5,1\n").unwrap();
    let data = csv(&path).unwrap();
    assert_eq!((data.name.as_str(), rows(&data)), ("my data.csv", vec![(vec![4], 0), (vec![5], 1)]));
    let folder = csv(folder.path()).unwrap_err().to_string();
    assert!(folder.contains("give --window N"), "{folder}");
}

#[test]
fn rows_of_a_bounded_size() {
    let row = |fields: usize| "1,".repeat(fields - 1) + "1\n";
    assert!(
        read(&(row(MAX_COLUMNS) + &row(MAX_COLUMNS) + "0," + &row(MAX_COLUMNS - 1).replace("1\n", "2\n")))
            .is_ok()
    );
    refused(&row(MAX_COLUMNS + 1), "line 1: found 65537 columns, more than 65536");
    // Whatever stands in it, and also behind rows that are right.
    for long in [",".repeat(5 << 20), "x".repeat(5 << 20), format!("1,\"{}", "0\n".repeat(3 << 20))] {
        refused(&long, "line 1: the row has more than 2097152 bytes");
        refused(&format!("1,0\n\n2,1\n{long}"), "the row has more than 2097152 bytes");
    }
    assert!(read(&"1,0\n2,1\n".repeat(MAX_ROW_BYTES / 4)).is_ok());
}

/// A table as text in some of the many ways to write it, with the line of each row.
fn render(table: &[Vec<i64>], style: &[u8], header: bool) -> (String, Vec<usize>) {
    let (mut text, mut lines, mut line) = (String::new(), Vec::new(), 1);
    // One for the file: a `\r` line before a `\n` line would read as a single `\r\n`.
    let end = ["\n", "\r\n", "\r", "\n"][usize::from(style[0] >> 2 & 3)];
    if header {
        text.push_str("\"two\r\nlines\"");
        text.push_str(&",c".repeat(table[0].len() - 1));
        text.push_str(end);
        line += 2;
    }
    for (row, &style) in table.iter().zip(style.iter().cycle()) {
        let blanks = usize::from(style & 3);
        text.push_str(&end.repeat(blanks));
        lines.push(line + blanks);
        line += blanks + 1;
        let fields: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, value)| match (usize::from(style >> 4) + column) % 3 {
                0 => value.to_string(),
                1 => format!("\"{value}\""),
                _ => format!(" {value}\t"),
            })
            .collect();
        text.push_str(&fields.join(","));
        text.push_str(end);
    }
    (text, lines)
}

fn tables() -> impl Strategy<Value = (Vec<Vec<i64>>, Vec<u8>, bool)> {
    (1usize..5, any::<bool>()).prop_flat_map(|(features, wide)| {
        let value = if wide { any::<i64>().boxed() } else { (-127i64..=127).boxed() };
        let row = (prop::collection::vec(value, features), 0i64..4).prop_map(|(mut row, label)| {
            row.push(label);
            row
        });
        (prop::collection::vec(row, 1..20), prop::collection::vec(any::<u8>(), 1..20), any::<bool>())
    })
}

proptest! {
    #[test]
    fn any_bytes(bytes: Vec<u8>) {
        let _ = parse_csv(&PathBuf::from("x"), &bytes);
    }

    #[test]
    fn any_csv_like_text(text in "(\u{FEFF})?[-+0-9,,,\n\n\r\" \tx]{0,80}") {
        if let Err(error) = read(&text) {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn tables_come_back((table, style, header) in tables()) {
        let (text, _) = render(&table, &style, header);
        let features = table[0].len() - 1;
        let Some(data) = read(&text).ok() else {
            prop_assert!(table.iter().all(|row| row[features] == table[0][features]));
            return Ok(());
        };
        prop_assert_eq!(data.len(), table.len());
        let small = table.iter().all(|row| row[..features].iter().all(|v| (-127..=127).contains(v)));
        prop_assert_eq!(small, data.preprocessing.scale == Scale::None);
        for (i, row) in table.iter().enumerate() {
            // Labels from 0 without a gap are the classes.
            prop_assert_eq!(&data.preprocessing.classes[usize::from(data.label(i))], &row[features].to_string());
            prop_assert!(data.classes < 4 || i64::from(data.label(i)) == row[features]);
            for (column, &value) in row[..features].iter().enumerate() {
                let rule = data.preprocessing.rule(column).unwrap();
                prop_assert_eq!(rule.apply(&value.to_string()), Ok(data.row(i)[column]));
                prop_assert!(!small || i64::from(data.row(i)[column]) == value);
            }
        }
    }

    #[test]
    fn faults_name_their_line((table, style, header) in tables(), at: prop::sample::Index) {
        // A single row with a fault would be a header.
        prop_assume!(table.len() > 1);
        let mut lines_of_text = table.clone();
        let row = at.index(table.len());
        // A value that no other field holds marks the place, and then becomes the fault.
        let marker = 1_234_567_890_123_456_789;
        prop_assume!(table.iter().flatten().all(|&v| v != marker));
        lines_of_text[row][0] = marker;
        let (text, lines) = render(&lines_of_text, &style, header);
        let error = read(&text.replace(&marker.to_string(), "9999 9999")).unwrap_err();
        let want = format!("line {}, column 1: \"9999", lines[row]);
        prop_assert!(error.to_string().contains(&want), "{}: {:?}", error, text);
    }
}
