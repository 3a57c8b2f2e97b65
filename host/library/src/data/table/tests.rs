//! Tests of tables of every kind that people have.

use super::super::Scaling;
use super::*;

fn read(text: &str, reading: &Reading) -> Result<Dataset, DataError> {
    parse_table(Path::new("folder/a.csv"), text.as_bytes(), reading)
}

/// Features and class of each row, and the classes.
fn shown(data: &Dataset) -> String {
    let row = |i| {
        let values: Vec<String> = data.row(i).iter().map(ToString::to_string).collect();
        format!("{}:{}", values.join(" "), data.names[usize::from(data.label(i))])
    };
    (0..data.len()).map(row).collect::<Vec<_>>().join(", ")
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
        ("binary noise", "a,b\n0.30000000000000004,0\n123.45,1\n1e-17,0\n", &none, "-127:0, 127:1, -127:0"),
        ("huge-values", "a,b\n61000000000000000,0\n28000000000000000,1\n", &none, "127:0, -127:1"),
        (
            "huge-values-20",
            "a,b\n6100000000000000000000,0\n1,1\n",
            &none,
            "!line 2, column 1: 6100000000000000000000 does not fit in 64 bits; use a larger unit",
        ),
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
        ("float in the first row", "6.1,0\n5,1\n7,0\n", &none, "12:0, -127:1, 127:0"),
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
        let data = parse_table(Path::new("a"), &bytes, &Reading::default()).unwrap();
        assert_eq!(shown(&data), "1:0, 2:1");
        let understood = data.understood.unwrap();
        assert_eq!(understood.encoding, encoding);
        assert_eq!(understood.columns[0].name, "L\u{e4}nge");
    }
    for odd in [&b"\xFF\xFE1"[..], b"\xFF\xFE\x00\xD8", b"1\0,\x000\0\n\0", b"\x89PNG\x1a\n\xff\0,"] {
        let message = parse_table(Path::new("a"), odd, &Reading::default()).unwrap_err().to_string();
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
        understood.lines(&data.names),
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

/// The bytes of files of integers, from before tables were read any other way.
#[test]
fn files_of_integers_keep_their_bytes() {
    for (scale, want) in [
        (1i64, "fc7038eae184fa77522375635d21252ea7ceb4dcef747aef93e565eec647b467"),
        (37, "413d2a823bf8af39ed741e1e3b715a1c3da915a44cf95027f0efbce88c3db11b"),
    ] {
        let mut text = String::from("a,b,c,class\n");
        for i in 0..100i64 {
            let [a, b, c] = [i * 31 % 101 - 50, i * 17 % 59 - 20, i * 7 % 13].map(|value| value * scale);
            text += &format!("{a}, {b},{c},{}\n", i % 3);
        }
        let data = read(&text, &Reading::default()).unwrap();
        assert_eq!(data.scaling == Scaling::AsIs, scale == 1);
        let hash: String = data.sha256().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, want);
    }
}
