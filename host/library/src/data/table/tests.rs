//! Tests of tables of every kind that people have.

use super::super::formats::Length;
use super::super::{FEATURE_MAX, Fraction, Scale};
use super::file::converted;
use super::*;

fn read(text: &str, reading: &Reading) -> Result<Dataset, DataError> {
    let read = |scale| {
        let reading = Reading { scale: Some(scale), ..reading.clone() };
        parse_table(Path::new("folder/a.csv"), text.as_bytes(), &reading, &all())
    };
    // Small integers are the easiest to read as they are.
    match read(Scale::None) {
        Err(error) if error.to_string().contains("--scale none") => read(Scale::Minmax),
        other => other,
    }
}

/// All rows train.
fn all() -> Parts {
    Parts { holdout: Fraction::ZERO, validation: Fraction::ZERO, split: 0 }
}

/// Features and class of each row, and the classes.
fn shown(data: &Dataset) -> String {
    let row = |i| {
        let values: Vec<String> = data.row(i).iter().map(ToString::to_string).collect();
        format!("{}:{}", values.join(" "), data.preprocessing.classes[usize::from(data.label(i))])
    };
    (0..data.len()).map(row).collect::<Vec<_>>().join(", ")
}

/// Values as they are.
fn plain() -> Reading {
    Reading { scale: Some(Scale::None), ..Reading::default() }
}

fn named(label: &str) -> Reading {
    Reading { label: Some(label.to_owned()), ..Reading::default() }
}

fn dropping(columns: &[&str]) -> Reading {
    Reading { drop: columns.iter().map(|&name| name.to_owned()).collect(), ..Reading::default() }
}

fn missing(missing: Missing) -> Reading {
    Reading { missing, ..Reading::default() }
}

const PLAIN: &str = "61 28:1, 67 25:2, 65 28:1";

/// What each kind of file gives; or, behind a `!`, the words of its error.
#[test]
fn files_as_users_have_them() {
    let none = Reading::default();
    for (kind, text, reading, want) in [
        ("baseline", "sl,sw,class\n61,28,1\n67,25,2\n65,28,1\n", &none, PLAIN),
        ("no header", "61,28,1\n67,25,2\n65,28,1\n", &none, PLAIN),
        ("blank-lines", "sl,sw,class\n\n61,28,1\n\n67,25,2\n65,28,1\n\n\n,,\n", &none, PLAIN),
        ("bom", "\u{FEFF}sl,sw,class\n61,28,1\n67,25,2\n65,28,1\n", &none, PLAIN),
        ("comma-space", "sl, sw, class\n61, 28, 1\n67, 25, 2\n65, 28, 1\n", &none, PLAIN),
        (
            "comma-space, quoted",
            "\"sl\", \"sw\", \"class\"\n\"61\", \"28\", \"1\"\n67,25,2\n65,28,1",
            &none,
            PLAIN,
        ),
        ("cr-only", "sl,sw,class\r61,28,1\r67,25,2\r65,28,1\r", &none, PLAIN),
        ("cr-only, comments", "# sl,\"sw\rsl,sw,class\r61,28,1\r#\r67,25,2\r65,28,1\r", &none, PLAIN),
        ("crlf", "sl,sw,class\r\n61,28,1\r\n67,25,2\r\n65,28,1\r\n", &none, PLAIN),
        ("semicolon", "sl;sw;class\n61;28;1\n67;25;2\n65;28;1\n", &none, PLAIN),
        ("tab", "sl\tsw\tclass\n61\t28\t1\n67\t25\t2\n65\t28\t1\n", &none, PLAIN),
        ("space", "61 28 1\n67  25 2 \n 65 28   1\n", &none, PLAIN),
        ("space, comment", "# sl sw class\n61 28 1\n67 25 2\n65 28 1\n", &none, PLAIN),
        ("trailing-comma", "sl,sw,class,\n61,28,1,\n67,25,2,\n65,28,1,\n", &none, PLAIN),
        ("trailing-comma, no header", "61,28,1,\n67,25,2,\n65,28,1,\n", &none, PLAIN),
        ("no-final-newline", "sl,sw,class\n61,28,1\n67,25,2\n65,28,1", &none, PLAIN),
        ("plus-sign", "sl,sw,class\n+61,+28,1\n+67,+25,2\n+65,+28,1\n", &none, PLAIN),
        ("float-integral", "sl,sw,class\n61.0,28.0,1.0\n67.,2.5e1,2\n65.00,28,1\n", &none, PLAIN),
        (
            "quoted",
            "\"sl\",\"sw\",\"class\"\n\"61\",\"28\",\"1\"\n\"67\",\"25\",\"2\"\n65,28,1\n",
            &none,
            PLAIN,
        ),
        ("quoted-comma", "\"sepal, mm\",sw,class\n61,28,1\n67,25,2\n65,28,1\n", &none, PLAIN),
        ("duplicate-header-names", "a,a,class\n61,28,1\n67,25,2\n65,28,1\n", &none, PLAIN),
        ("label-first", "class,sl,sw\n1,61,28\n2,67,25\n1,65,28\n", &none, PLAIN),
        ("label by name", "kind,sl,sw\n1,61,28\n2,67,25\n1,65,28\n", &named("kind"), PLAIN),
        ("label by number", "1,61,28\n2,67,25\n1,65,28\n", &named("1"), PLAIN),
        (
            "label absent",
            "1,61,28\n2,67,25\n",
            &named("kind"),
            "!--label kind: there is no such column; there are 3, and no",
        ),
        ("y first", "y,a,b\n7,1,2\n8,2,3\n", &none, "1 2:7, 2 3:8"),
        ("y as a coordinate", "x,y,class\n7,1,2\n8,2,3\n", &none, "7 1:2, 8 2:3"),
        ("y beside names", "x,y,kind\n7,1,a\n8,2,b\n", &none, "7 1:a, 8 2:b"),
        (
            "two labels",
            "label,class,a\n1,2,3\n",
            &none,
            "!columns 1 and 2, label and class, may both be the classes",
        ),
        ("index-column", ",sl,sw,class\n0,61,28,1\n1,67,25,2\n2,65,28,1\n", &dropping(&["1"]), PLAIN),
        ("dropped names", "id,sl,sw,class\nx,61,28,1\ny,67,25,2\nz,65,28,1\n", &dropping(&["id"]), PLAIN),
        ("drop absent", "a,b\n1,0\n2,1\n", &dropping(&["c"]), "!--drop c: there is no such column"),
        ("drop all", "a,b\n1,0\n2,1\n", &dropping(&["a", "b"]), "!--drop leaves no column"),
        ("drop features", "a,b\n1,0\n2,1\n", &dropping(&["a"]), "!no column is left to learn from"),
        ("labels-big", "5,20\n6,30\n7,10\n", &none, "5:20, 6:30, 7:10"),
        ("labels-negative", "5,1\n6,-1\n", &none, "5:1, 6:-1"),
        ("string-labels", "5,versicolor\n6,setosa\n", &none, "5:versicolor, 6:setosa"),
        (
            "quoted-string-labels",
            "a,class\n5,\"versi, color\"\n6,\"setosa\"\n",
            &none,
            "5:versi, color, 6:setosa",
        ),
        ("names with spaces", "5,Iris setosa\n6,Iris virginica\n", &none, "5:Iris setosa, 6:Iris virginica"),
        ("booleans as labels", "5,True\n6,False\n", &none, "5:True, 6:False"),
        ("booleans", "a,b,class\ntrue,5,0\nfalse,6,1\n", &none, "1 5:0, 0 6:1"),
        ("float-features", "sl,class\n6.1,0\n5.5,1\n4.9,0\n", &none, "127:0, 0:1, -127:0"),
        ("exponents", "sl,class\n6.1e-3,0\n55E-4,1\n.0049,0\n", &none, "127:0, 0:1, -127:0"),
        ("decimal commas", "sl;class\n6,1;0\n5,5;1\n4,9;0\n", &none, "127:0, 0:1, -127:0"),
        ("decimal commas, tab", "6,1\t0\n5,5\t1\n4,9\t0\n", &none, "127:0, 0:1, -127:0"),
        ("binary noise", "a,b\n0.30000000000000004,0\n123.45,1\n1e-17,0\n", &none, "-126:0, 127:1, -127:0"),
        ("huge-values", "a,b\n61000000000000000,0\n28000000000000000,1\n", &none, "127:0, -127:1"),
        ("huge-values-20", "a,b\n6100000000000000000000,0\n1,1\n", &none, "127:0, -127:1"),
        ("huge exponents", "a,b\n6.1e21,0\n0,1\n", &none, "127:0, -127:1"),
        ("all-constant", "a,b\n7,1\n7,2\n", &none, "7:1, 7:2"),
        (
            "missing-empty",
            "a,b,class\n1,2,0\n,3,1\n",
            &none,
            "!line 3, column 1: a value is missing; leave such rows out by --missing drop",
        ),
        ("missing-na", "a,b,class\n1,2,0\n1,3,1\nNA,3,1\n", &none, "!line 4, column 1: a value is missing"),
        (
            "missing, dropped",
            "a,b,class\n1,2,0\n?,300,1\n3,4,1\n5,6,\n",
            &missing(Missing::Drop),
            "1 2:0, 3 4:1",
        ),
        (
            "missing, mean",
            "a,b,class\n1,2,0\nnan,3,1\n4,4,1\n",
            &missing(Missing::Mean),
            "1 2:0, 3 3:1, 4 4:1",
        ),
        (
            "missing label",
            "a,b,class\n1,2,0\n2,3,\n4,4,1\n",
            &missing(Missing::Mean),
            "!line 3, column 3: the label in column class is missing",
        ),
        (
            "missing everywhere",
            "a,b,class\n,2,0\n,3,1\n",
            &missing(Missing::Mean),
            "!line 2, column 1: no row has a value in this column; leave it out by --drop a",
        ),
        (
            "named categories",
            "a,b,class\nred,2,0\nblue,3,1\n",
            &none,
            "!line 2, column 1: \"red\" is a name, not a number; make each name of the column a feature by --categorical a, or leave it out by --drop a",
        ),
        ("hex", "a,class\n0x3d,1\n0x1c,0\n", &none, "!line 2, column 1: \"0x3d\" is hexadecimal"),
        (
            "thousands",
            "a,class\n\"6,100\",1\n\"6,700\",2\n",
            &none,
            "!line 2, column 1: \"6,100\" has a comma",
        ),
        (
            "two-headers",
            "a,b,class\nmm,mm,\n61,28,1\n67,25,2\n",
            &none,
            "!line 2, column 1: \"mm\" is no number; mend it, remove the line if it is a second header",
        ),
        (
            "typo-first-row",
            "5l,28,1\n67,25,2\n65,28,1\n",
            &none,
            "!line 1, column 1: \"5l\" is no number, while 2 other fields of this first row can be values: it is neither",
        ),
        ("float in the first row", "6.1,0\n5,1\n7,0\n", &none, "13:0, -127:1, 127:0"),
        (
            "ragged-short",
            "a,b,class\n1,2,0\n3,4,1\n3,4\n",
            &none,
            "!line 4: found 2 columns, expected 3 as on line 1",
        ),
        ("header-only", "a,b,c,class\n", &none, "!line 1: no row follows this header"),
        ("empty", "", &none, "!the file is empty"),
        ("one-class", "a,class\n1,0\n2,0\n", &none, "!every label in column 2 is 0"),
        ("one-row", "a,class\n1,0\n", &none, "!every label in column 2 is 0"),
        (
            "delimiter stated",
            "sep=;\na;b;class\n6,1;2;0\n5,5;3;1\n4,9;4;0\n",
            &none,
            "127 -127:0, 0 0:1, -127 127:0",
        ),
        ("bars", "a|class\n6,1|0\n5,5|1\n4,9|0\n", &none, "127:0, 0:1, -127:0"),
        (
            "classes that may be first",
            "kind,a,b\nred,1,5\nblue,2,5\n",
            &none,
            "!if its names are the classes, say --label kind",
        ),
        ("dates", "t,a,class\n2024-01-01,1,0\n2024-01-02,2,1\n", &none, "!is a date or a time"),
        ("json", "[{\"a\":1,\"b\":2}]\n", &none, "!this is JSON"),
        (
            "booleans among numbers",
            "a,class\n1,0\nyes,1\n3,1\n",
            &none,
            "!line 3, column 1: \"yes\" stands in a column of numbers",
        ),
    ] {
        match (read(text, reading), want.strip_prefix('!')) {
            (Ok(data), None) => assert_eq!(shown(&data), want, "{kind}"),
            (Err(error), Some(words)) => {
                let message = error.to_string();
                assert!(message.starts_with("folder/a.csv") && message.contains(words), "{kind}: {message}");
                assert_eq!(message.lines().count(), 1, "{kind}");
            }
            (Ok(data), Some(_)) => panic!("{kind}: {}", shown(&data)),
            (Err(error), None) => panic!("{kind}: {error}"),
        }
    }
}

#[test]
fn encodings() {
    let text = "L\u{e4}nge;class\n1;0\n2;1\n";
    let units: Vec<u16> = "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).collect();
    let latin1: Vec<u8> = text.chars().map(|c| c as u8).collect();
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), Encoding::Utf8),
        (units.iter().flat_map(|unit| unit.to_le_bytes()).collect(), Encoding::Utf16Le),
        (units.iter().flat_map(|unit| unit.to_be_bytes()).collect(), Encoding::Utf16Be),
        (latin1, Encoding::Latin1),
    ] {
        let data = parse_table(Path::new("a"), &bytes, &plain(), &all()).unwrap();
        assert_eq!(shown(&data), "1:0, 2:1");
        let understood = data.understood.unwrap();
        assert_eq!(understood.encoding, encoding);
        assert_eq!(understood.columns[0].name, "L\u{e4}nge");
    }
    for odd in [&b"\xFF\xFE1"[..], b"\xFF\xFE\x00\xD8", b"1\0,\x000\0\n\0", b"\x89PNG\x1a\n\xff\0,"] {
        let message = parse_table(Path::new("a"), odd, &plain(), &all()).unwrap_err().to_string();
        assert!(message.contains("no text that is known"), "{message}");
    }
}

#[test]
fn names_as_features() {
    let text = "colour,size,class\nred,2,0\nblue,3,1\ngreen,3,1\n";
    let reading = Reading { categorical: vec!["colour".to_owned()], ..Reading::default() };
    assert_eq!(shown(&read(text, &reading).unwrap()), "0 0 1 2:0, 1 0 0 3:1, 0 1 0 3:1");
    let scaled = read(&text.replace('2', "1000"), &reading).unwrap();
    assert_eq!(shown(&scaled), "-127 -127 127 127:0, 127 -127 -127 -127:1, -127 127 -127 -127:1");
    // Where only names stand, one that a flag or a word names makes a header.
    let names = "a,b\nx,p\ny,q\n";
    let reading =
        Reading { categorical: vec!["a".to_owned()], label: Some("b".to_owned()), ..Reading::default() };
    assert_eq!(shown(&read(names, &reading).unwrap()), "1 0:p, 0 1:q");
}

#[test]
fn what_was_understood() {
    let mut text = String::from("id,sl,on,note,species\n");
    for row in 0..6 {
        text += &format!("{row},{}.5,{},x{row},{}\n", row - 3, row % 2 == 0, ["b", "a"][row as usize % 2]);
    }
    let data = read(&text, &dropping(&["note"])).unwrap();
    let understood = data.understood.as_ref().unwrap();
    assert_eq!(
        understood.lines(&data.preprocessing.classes),
        [
            "rows     6; a header on line 1; separated by comma, UTF-8",
            "columns  3 to learn from: id integer 0..5, sl decimal -3.5..2.5, on boolean; left out: note",
            "classes  2 in column species (the last column): a 3, b 3",
        ]
    );
    assert_eq!(understood.warnings, ["column id merely counts the rows; leave it out by --drop id"]);
}

#[test]
fn delimiters_that_are_said() {
    let text = "1,5 0\n2,5 1\n";
    for (said, want) in [("spaces", "-127:0, 127:1"), (" ", "-127:0, 127:1")] {
        let reading = Reading { delimiter: Some(said.parse().unwrap()), ..Reading::default() };
        assert_eq!(shown(&read(text, &reading).unwrap()), want);
    }
    assert!("x".parse::<Delimiter>().is_err());
    for delimiter in Delimiter::ALL {
        assert_eq!(delimiter.name().parse(), Ok(delimiter));
    }
}

/// Features of a table whose scaling is chosen, and the rules.
fn scaled(text: &str, reading: &Reading, parts: &Parts) -> Dataset {
    parse_table(Path::new("a"), text.as_bytes(), reading, parts).unwrap()
}

#[test]
fn columns_are_centred_with_a_deviation_of_32() {
    let mut text = String::new();
    for i in 0..200i64 {
        let wave = i * 37 % 101 - 50;
        text += &format!("{},{}.25,{},7,{}\n", wave + 1000, wave, i % 2, i % 3);
    }
    let data = scaled(&text, &Reading::default(), &all());
    assert_eq!((data.preprocessing.scale, data.preprocessing.rules.len()), (Scale::Standard, 4));
    for (column, want) in [(0, 32.0), (1, 32.0), (2, 32.0), (3, 0.0)] {
        let values: Vec<f64> = (0..data.len()).map(|i| f64::from(data.row(i)[column])).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        assert!(mean.abs() < 1.0 && (deviation - want).abs() < 1.0, "column {column}: {mean} {deviation}");
    }
}

#[test]
fn outliers_do_not_decide() {
    let row = |i: i64| format!("{}.5,{}\n", i * 37 % 101, i % 2);
    let plain: String = (0..100).map(row).collect();
    let rule = |text: &str| scaled(text, &Reading::default(), &all()).preprocessing.rules[0];
    let (unit, least) = (rule(&plain), rule(&plain).apply("0.5").unwrap());
    for outlier in ["1e6", "-99999999999", "1e30", "1e300"] {
        let text = format!("{plain}{outlier},1\n");
        // One row in a hundred moves the centre and the spread a little.
        let feature = rule(&text).apply("0.5").unwrap();
        assert!((i32::from(feature) - i32::from(least)).abs() <= 16, "{outlier}: {feature}, not {least}");
        assert_eq!(rule(&text).apply(outlier).unwrap(), if outlier.starts_with('-') { -127 } else { 127 });
    }
    assert_eq!(unit.places(), 1);
    let far = scaled(&format!("{plain}1e30,1\n"), &Reading::default(), &all());
    let warnings = &far.understood.as_ref().unwrap().warnings;
    assert!(warnings[0].contains("1 value lies so far from the others"), "{warnings:?}");
}

#[test]
fn training_rows_alone_choose() {
    let text = |last: &str| -> String {
        let rows = (0..60).map(|i| format!("{}.{},{}\n", i * 31 % 47, i % 10, i % 2));
        rows.chain([last.to_owned()]).collect()
    };
    let parts = Parts { holdout: "0.5".parse().unwrap(), validation: Fraction::ZERO, split: 0 };
    let of = |last: &str| scaled(&text(last), &Reading::default(), &parts);
    let (data, other) = (of("5,1\n"), of("5000000.1234567,1\n"));
    let split = super::super::split(&data, parts.holdout, parts.validation, parts.split).unwrap();
    let same = data.preprocessing == other.preprocessing;
    assert_eq!(same, split.test.contains(&60), "the last row trains or not");
    // Whichever part it is in, a table that is read for a model keeps the model's rules.
    let again = converted(Path::new("a"), text("9,0\n").into_bytes(), &plain(), &Length::Features(1))
        .and_then(|file| stored_table(&file, &Reading::default(), &data.preprocessing));
    assert_eq!(again.unwrap().preprocessing, data.preprocessing);
}

#[test]
fn pixels_share_a_rule() {
    let mut text = String::new();
    for i in 0..80i64 {
        let pixels: Vec<String> = (0..20).map(|c| (i * (c + 3) * 7 % 256).to_string()).collect();
        text += &format!("{},{}\n", pixels.join(","), i % 2);
    }
    let data = scaled(&text, &Reading::default(), &all());
    assert_eq!((data.preprocessing.scale, data.preprocessing.rules.len()), (Scale::Image, 1));
    // The same pixels between 0 and 1, of which some columns have more decimals.
    let share = |field: &str| format!("{}", field.parse::<f32>().unwrap() / 256.0);
    let shares = text.lines().map(|line| {
        let (pixels, class) = line.rsplit_once(',').unwrap();
        format!("{},{class}\n", pixels.split(',').map(share).collect::<Vec<_>>().join(","))
    });
    let shares = scaled(&shares.collect::<String>(), &Reading::default(), &all());
    assert_eq!((shares.preprocessing.scale, shares.preprocessing.rules.len()), (Scale::Image, 1));
    let reading = Reading { scale: Some(Scale::Standard), ..Reading::default() };
    assert_eq!(scaled(&text, &reading, &all()).preprocessing.rules.len(), 20);
    let none = parse_table(Path::new("a"), text.as_bytes(), &plain(), &all()).unwrap_err().to_string();
    assert!(none.contains("--scale none takes as they are"), "{none}");
    assert!(data.row(0).iter().all(|value| (-FEATURE_MAX..=FEATURE_MAX).contains(value)));
}

#[test]
fn groups_stay_together() {
    let mut text = String::from("a,recording,class\n");
    for i in 0..120 {
        text += &format!("{i},r{},{}\n", i / 6, i / 6 % 2);
    }
    let parts = Parts { holdout: "0.25".parse().unwrap(), validation: "0.1".parse().unwrap(), split: 0 };
    let reading = Reading { group: Some("recording".to_owned()), ..Reading::default() };
    let data = scaled(&text, &reading, &parts);
    assert_eq!(data.features, 1);
    let split = super::super::split(&data, parts.holdout, parts.validation, parts.split).unwrap();
    let groups = |rows: &[u32]| rows.iter().map(|row| row / 6).collect::<std::collections::BTreeSet<_>>();
    let all = [&split.train, &split.validation, &split.test].map(|rows| groups(rows));
    assert!(all[0].is_disjoint(&all[1]) && all[0].is_disjoint(&all[2]) && all[1].is_disjoint(&all[2]));
    assert_eq!(split.test.len(), 36, "three groups of each class, of two and a half");
}

/// A model of one feature reads rows of one column; quotes of a name stay.
#[test]
fn rows_of_one_column() {
    let data = scaled("1.5,\"\"\"a\"\"\"\n2.5,b\n3.5,b\n", &Reading::default(), &all());
    assert_eq!(data.preprocessing.classes, ["\"a\"", "b"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.csv");
    for text in ["2.5\n1.5\n", "2.5\n\n1.5", "2.5,\n1.5,\n"] {
        std::fs::write(&file, text).unwrap();
        let rows = samples(&file, &Reading::default(), &data.preprocessing).unwrap();
        assert_eq!(
            (&rows.values[..], &rows.labels[..]),
            (&[data.row(1), data.row(0)].concat()[..], &[None; 2][..])
        );
    }
}

/// Targets of a regression are numbers, scaled as features are.
#[test]
fn targets_of_a_regression() {
    let text: String = (0..40).map(|i| format!("{i},{}.5,{}\n", 3 * i, 1000 - i)).collect();
    let reading = Reading { target: vec!["2".to_owned(), "3".to_owned()], ..Reading::default() };
    let data = scaled(
        &format!("a,b,c\n{text}"),
        &Reading { target: vec!["b".into(), "c".into()], ..reading.clone() },
        &all(),
    );
    let targets = data.targets().unwrap();
    assert_eq!((data.features, data.classes, targets.columns.len()), (1, 0, 2));
    assert_eq!((targets.raw_of(2), targets.columns[0].rule.places()), (&[65, 9980][..], 1));
    let lines = data.understood.as_ref().unwrap().lines(&[]);
    assert_eq!(lines[2], "targets  b 0.5..117.5, c 961..1000");
    // Without a header the columns are found by their places.
    let bare = scaled(&text, &reading, &all());
    assert_eq!(bare.sha256(), data.sha256());
    let again = converted(Path::new("a"), text.clone().into_bytes(), &reading, &Length::Features(1))
        .and_then(|file| stored_table(&file, &reading, &bare.preprocessing));
    assert_eq!(again.unwrap().sha256(), bare.sha256());
    for (text, target, want) in [
        ("1,4\n2,y\n3,4\n", "2", "target \"y\" in column 2 is no number"),
        ("1,\n2,5\n3,4\n", "2", "the label in column 2 is missing"),
        ("1,2\n2,5\n", "9", "--target 9: there is no such column"),
    ] {
        let reading = Reading { target: vec![target.to_owned()], ..Reading::default() };
        let message = read(text, &reading).unwrap_err().to_string();
        assert!(message.contains(want), "{message}");
    }
}

/// Rows for a model that is there: by name, in another order, with and without labels.
#[test]
fn rows_for_a_model() {
    let text = "sl,colour,sw,kind\n1.5,red,2,a\n2.5,blue,3,b\n3.5,red,4,a\n";
    let reading = Reading { categorical: vec!["colour".to_owned()], ..Reading::default() };
    let data = scaled(text, &reading, &all());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.csv");
    let read = |text: &str| {
        std::fs::write(&file, text).unwrap();
        samples(&file, &reading, &data.preprocessing)
    };
    let values = |i: usize| data.row(i).to_vec();
    for (text, labels) in [
        ("sl,colour,sw,kind\n1.5,red,2,a\n", [Some(0)]),
        ("kind,sw,colour,extra,sl\nb,2,red,9,1.5\n", [Some(1)]),
        ("sw,colour,sl\n2,red,1.5\n", [None]),
        ("1.5,red,2,\n1.5,red,2,a\n", [None]),
        ("1.5,red,2\n", [None]),
    ] {
        let rows = read(text).unwrap();
        assert_eq!((&rows.values[..4], rows.labels[0]), (&values(0)[..], labels[0]), "{text}");
    }
    for (text, want) in [
        ("sl,sw,kind\n1,2,a\n", "there is no column colour, which the model was trained on"),
        ("1,2\n", "there are 2 columns; the model was trained on 4, of which 3 are features"),
        ("1.5,red,2,c\n", "label \"c\" is none of the 2 classes that the model was trained on"),
        ("1.5,red,x,a\n2,red,2,a\n3,red,3,a\n", "\"x\" is no number"),
    ] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(want), "{text}: {message}");
    }
}
