//! Tests of files that are no text of rows.

use super::super::{DataError, Dataset, Fraction, Parts, Reading, Scale, split, table, table_as};
use super::*;
use std::io::Write;
use std::path::PathBuf;

fn parts() -> Parts {
    Parts { holdout: "0.25".parse().unwrap(), validation: Fraction::ZERO, split: 0 }
}

/// Values as they are.
fn plain() -> Reading {
    Reading { scale: Some(Scale::None), ..Reading::default() }
}

/// Features and class of each row.
fn shown(data: &Dataset) -> String {
    let row = |i| {
        let values: Vec<String> = data.row(i).iter().map(ToString::to_string).collect();
        format!("{}:{}", values.join(" "), data.preprocessing.classes[usize::from(data.label(i))])
    };
    (0..data.len()).map(row).collect::<Vec<_>>().join(", ")
}

/// The bytes of an array of NumPy.
fn npy(kind: &str, shape: &str, fortran: bool, body: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), body].concat()
}

/// The bytes of an IDX file.
fn idx(kind: u8, sizes: &[u32], body: &[u8]) -> Vec<u8> {
    let sizes = sizes.iter().flat_map(|size| size.to_be_bytes()).collect::<Vec<u8>>();
    [&[0, 0, kind, (sizes.len() / 4) as u8], &sizes[..], body].concat()
}

/// A zip archive of arrays.
fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        archive.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Files in a folder, and what is read of the first one.
struct Folder(tempfile::TempDir);

impl Folder {
    fn of(files: &[(&str, &[u8])]) -> Folder {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, bytes)| std::fs::write(folder.path().join(name), bytes).unwrap());
        Folder(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str, reading: &Reading) -> Result<Dataset, DataError> {
        table(&self.path(name), reading, &parts())
    }
}

const FOUR: &str = "1 2:a, 3 4:b, 5 6:a, 7 8:b";

#[test]
fn arrays_of_numpy() {
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let names: Vec<u8> = "abab".chars().flat_map(|name| u32::from(name).to_le_bytes()).collect();
    let files = [
        ("u1.npy", npy("|u1", "(4, 2)", false, &[1, 2, 3, 4, 5, 6, 7, 8])),
        ("f4.npy", npy("<f4", "(4, 2)", false, &bytes(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]))),
        ("f4-fortran.npy", npy("<f4", "(4, 2)", true, &bytes(&[1.0, 3.0, 5.0, 7.0, 2.0, 4.0, 6.0, 8.0]))),
        ("i2-big.npy", npy(">i2", "(4L, 2L)", false, &[0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8])),
        ("idx", idx(8, &[4, 1, 2], &[1, 2, 3, 4, 5, 6, 7, 8])),
        ("names.npy", npy("<U1", "(4,)", false, &names)),
        ("names.txt", b"a\nb\na\n b\n".to_vec()),
    ];
    let folder = Folder::of(&files.each_ref().map(|(name, bytes)| (*name, &bytes[..])));
    for name in ["u1.npy", "f4.npy", "f4-fortran.npy", "i2-big.npy", "idx"] {
        for labels in ["names.npy", "names.txt"] {
            let reading = Reading { labels: Some(folder.path(labels)), ..plain() };
            assert_eq!(shown(&folder.read(name, &reading).unwrap()), FOUR, "{name} {labels}");
        }
    }
    // Without labels in another file the last column has them.
    assert_eq!(shown(&folder.read("u1.npy", &plain()).unwrap()), "1:2, 3:4, 5:6, 7:8");
    let lines = folder.read("u1.npy", &plain()).unwrap().understood.unwrap().lines(&[]);
    assert_eq!(lines[0], "rows     4; of a NumPy array");
}

#[test]
fn floats_keep_their_shortest_form() {
    let [x, y] = [0.1f32, 123.456].map(f32::to_le_bytes);
    let [a, b] = [0.1f64, -1e300].map(f64::to_le_bytes);
    let labels = b"0\n1\n";
    for (name, file, wanted) in [
        ("f4", npy("<f4", "(2, 1)", false, &[x, y].concat()), ["1e-1", "1.23456e2"]),
        ("f8", npy("<f8", "(2, 1)", false, &[a, b].concat()), ["1e-1", "-1e300"]),
    ] {
        let text =
            convert(Path::new(name), &file, Some((Path::new("l"), labels.to_vec()))).unwrap().unwrap().text;
        let text = String::from_utf8(text).unwrap();
        let fields: Vec<&str> = text.lines().map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(fields, wanted);
    }
}

#[test]
fn archives_of_arrays() {
    let x = |values: &[u8]| npy("|u1", &format!("({}, 2)", values.len() / 2), false, values);
    let y = |values: &[u8]| npy("|u1", &format!("({},)", values.len()), false, values);
    let both = npz(&[("x", x(&[1, 2, 3, 4])), ("y", y(&[7, 9])), ("note", y(&[1]))]);
    let split_up = npz(&[
        ("x_train", x(&[1, 2, 3, 4])),
        ("y_train", y(&[7, 9])),
        ("x_test", x(&[5, 6])),
        ("y_test", y(&[9])),
    ]);
    let nameless = npz(&[("arr_0", x(&[1, 2]))]);
    let folder = Folder::of(&[("both", &both), ("split", &split_up), ("nameless", &nameless)]);
    let data = folder.read("both", &plain()).unwrap();
    assert_eq!(shown(&data), "1 2:7, 3 4:9");
    let warnings = &data.understood.as_ref().unwrap().warnings;
    assert_eq!(warnings[..2], ["features are array x, and labels array y", "array note is not used"]);
    let data = folder.read("split", &plain()).unwrap();
    assert_eq!(shown(&data), "1 2:7, 3 4:9, 5 6:9");
    let split = split(&data, parts().holdout, parts().validation, 0).unwrap();
    assert_eq!((split.train, split.test), (vec![0, 1], vec![2]));
    // A model that is there reads the same rows.
    assert_eq!(
        table_as(&folder.path("split"), &plain(), &data.preprocessing).unwrap().sha256(),
        data.sha256()
    );
    let message = folder.read("nameless", &plain()).unwrap_err().to_string();
    assert!(message.contains("no array is called x, data") && message.contains("arr_0 [1, 2]"), "{message}");
}

#[test]
fn labels_lie_beside_images() {
    let images = idx(8, &[4, 1, 2], &[1, 2, 3, 4, 5, 6, 7, 8]);
    let files =
        [("a-images-idx3-ubyte", &images[..]), ("a-labels-idx1-ubyte", &idx(8, &[4], &[3, 5, 3, 5])[..])];
    let data = Folder::of(&files).read("a-images-idx3-ubyte", &plain()).unwrap();
    assert_eq!(shown(&data), "1 2:3, 3 4:5, 5 6:3, 7 8:5");
    let warnings = &data.understood.as_ref().unwrap().warnings;
    assert!(warnings[0].contains("labels are those of") && warnings[0].contains("a-labels-idx1-ubyte"));
}

const SERIES: &str = "# a comment\n@problemName x\n@timeStamps false\n@classLabel true a b\n@data\n";

#[test]
fn series_of_equal_and_other_lengths() {
    let equal = format!("{SERIES}1,2:3,4:a\n5,6:7,8:b\n");
    let ragged = format!("{SERIES}1,2,3:a\n4:a\n5,?:b\n6,7:b\n");
    let folder = Folder::of(&[("equal.ts", equal.as_bytes()), ("ragged.ts", ragged.as_bytes())]);
    assert_eq!(shown(&folder.read("equal.ts", &plain()).unwrap()), "1 2 3 4:a, 5 6 7 8:b");
    let mean = Reading { missing: super::super::Missing::Drop, ..plain() };
    let all = Parts { holdout: Fraction::ZERO, ..parts() };
    let data = table(&folder.path("ragged.ts"), &mean, &all).unwrap();
    assert_eq!(shown(&data), "1 2 3:a, 4 4 4:a, 6 7 7:b");
    let warnings = &data.understood.as_ref().unwrap().warnings;
    assert!(warnings[0].contains("3 of 4 series are shorter than 3 values"), "{warnings:?}");
    let names: Vec<&str> = data.preprocessing.columns.iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["t1", "t2", "t3"]);
    // Longer ones than the model was trained on are cut.
    std::fs::write(folder.path("long.ts"), format!("{SERIES}1,2,3,9,9:b\n")).unwrap();
    let long = table_as(&folder.path("long.ts"), &mean, &data.preprocessing).unwrap();
    assert_eq!(shown(&long), "1 2 3:b");
    assert!(long.understood.unwrap().warnings[0].contains("1 series are longer than 3 values"));
}

#[test]
fn numbers_of_series_are_targets() {
    let text = "@targetLabel true\n@data\n1,2:0.5\n3,4:-1.5\n5,6:2.5\n";
    let folder = Folder::of(&[("numbers.ts", text.as_bytes())]);
    let all = Parts { holdout: Fraction::ZERO, ..parts() };
    let message = table(&folder.path("numbers.ts"), &plain(), &all).unwrap_err().to_string();
    assert!(message.contains("learn the numbers themselves by --target"), "{message}");
    let reading = Reading { target: vec!["target".to_owned()], ..plain() };
    let data = table(&folder.path("numbers.ts"), &reading, &all).unwrap();
    assert_eq!((data.features, data.targets().unwrap().raw.len()), (2, 3));
}

/// The longest series that trains decides, and no other.
#[test]
fn held_out_series_do_not_decide_the_length() {
    let rows: String = (0..8).map(|i| format!("1,2,{}:{}\n", i + 1, ["a", "b"][i % 2])).collect();
    for long in 0..8usize {
        let lines: Vec<String> = rows
            .lines()
            .enumerate()
            .map(|(i, line)| if i == long { line.replace("1,2", "1,2,3,4") } else { line.to_owned() })
            .collect();
        let folder = Folder::of(&[("a.ts", format!("{SERIES}{}\n", lines.join("\n")).as_bytes())]);
        let data = folder.read("a.ts", &plain()).unwrap();
        let split = split(&data, parts().holdout, parts().validation, 0).unwrap();
        assert_eq!(data.features, if split.test.contains(&(long as u32)) { 3 } else { 5 }, "{long}");
    }
}

#[test]
fn faults_are_named() {
    let labels = |name: &str| Reading { labels: Some(name.into()), ..plain() };
    let cut = &npy("|u1", "(4, 2)", false, &[1, 2, 3])[..];
    let complex = npy("<c8", "(1, 1)", false, &[0; 8]);
    let long = [&idx(8, &[1], &[1])[..], b"x"].concat();
    let stamped = SERIES.replace("@timeStamps false", "@timeStamps true") + "1:a\n";
    let dimensions = format!("{SERIES}1:2:a\n1:b\n");
    let damaged = b"PK\x03\x04 and nothing else".to_vec();
    let huge = idx(0x0E, &[u32::MAX, u32::MAX], &[]);
    for (bytes, want) in [
        (cut, "the NumPy file ends too early"),
        (&complex, "values of type <c8 are no numbers or names"),
        (&idx(8, &[4, 2], &[1])[..], "the IDX file ends too early"),
        (&huge, "the IDX file ends too early"),
        (&long, "1 bytes follow the values of the IDX file"),
        (stamped.as_bytes(), "line 3, column 1: the values have time stamps"),
        (dimensions.as_bytes(), "line 7, column 1: found 1 dimensions, expected 2"),
        (SERIES.as_bytes(), "the file is empty"),
        (&damaged, "the archive is damaged"),
        (
            b"PAR1",
            if cfg!(feature = "parquet") { "the Parquet file is damaged" } else { "--features parquet" },
        ),
    ] {
        let folder = Folder::of(&[("a", bytes)]);
        let message = folder.read("a", &plain()).unwrap_err().to_string();
        assert!(message.contains(want) && !message.contains('\n'), "{message}");
    }
    let folder =
        Folder::of(&[("a.csv", b"1,0\n2,1\n"), ("l.txt", b"0\n1\n2\n"), ("x", &idx(8, &[2], &[1, 2]))]);
    let message = folder.read("a.csv", &labels("l.txt")).unwrap_err().to_string();
    assert!(message.contains("l.txt: cannot open"), "{message}");
    let reading = Reading { labels: Some(folder.path("l.txt")), ..plain() };
    let message = folder.read("a.csv", &reading).unwrap_err().to_string();
    assert!(message.contains("a table has its classes in a column of its own"), "{message}");
    let message = folder.read("x", &reading).unwrap_err().to_string();
    assert!(message.contains("there are 2 rows of features and 3 labels"), "{message}");
}

#[test]
#[cfg(feature = "images")]
fn folders_of_images() {
    let folder = tempfile::tempdir().unwrap();
    let grey = |name: &str, pixels: [u8; 4]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::GrayImage::from_raw(2, 2, pixels.to_vec()).unwrap().save(path).unwrap();
    };
    let read = |path: &Path| table(path, &plain(), &parts());
    grey("set/a/1.png", [1, 2, 3, 4]);
    grey("set/a/2.png", [5, 6, 7, 8]);
    grey("set/b/1.bmp", [9, 9, 9, 9]);
    let set = folder.path().join("set");
    assert_eq!(shown(&read(&set).unwrap()), "1 2 3 4:a, 5 6 7 8:a, 9 9 9 9:b");
    let stored = read(&set).unwrap().preprocessing;
    assert_eq!(stored.columns[1].name, "y1x2");
    // Images without classes are rows without labels.
    grey("new/x.png", [4, 3, 2, 1]);
    let rows = super::super::samples(&folder.path().join("new"), &plain(), &stored).unwrap();
    assert_eq!((rows.values, rows.labels), (vec![4, 3, 2, 1], vec![None]));
    let red = image::RgbImage::from_fn(2, 2, |_, _| image::Rgb([100, 0, 50]));
    red.save(set.join("b/2.png")).unwrap();
    assert_eq!(read(&set).unwrap().features, 12);
    image::GrayImage::new(3, 2).save(set.join("b/3.png")).unwrap();
    let message = read(&set).unwrap_err().to_string();
    assert!(
        message.contains("3.png has 3 x 2 pixels, the first image 2 x 2; bring all to one size"),
        "{message}"
    );
    std::fs::write(set.join("b/3.png"), "none").unwrap();
    let message = read(&set).unwrap_err().to_string();
    assert!(message.contains("3.png: this is no image that is understood"), "{message}");
}

#[test]
#[cfg(feature = "parquet")]
fn parquet_files() {
    use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
    use ::parquet::file::writer::SerializedFileWriter;
    let schema = "message m { required int64 a; required double b; required binary kind (UTF8); }";
    let schema = std::sync::Arc::new(::parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[1, 2, 3], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&[0.5, -1.5, 1e3], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let names = ["x,y", "z", "x,y"].map(ByteArray::from);
    column.typed::<ByteArrayType>().write_batch(&names, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let bytes = writer.into_inner().unwrap();
    let folder = Folder::of(&[("a.parquet", &bytes)]);
    let text = convert(Path::new("a"), &bytes, None).unwrap().unwrap().text;
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text, "\"a\",\"b\",\"kind\"\n1,5e-1,\"x,y\"\n2,-1.5e0,\"z\"\n3,1e3,\"x,y\"\n");
    let data = folder.read("a.parquet", &Reading::default()).unwrap();
    assert_eq!(data.preprocessing.classes, ["x,y", "z"]);
}

proptest::proptest! {
    #[test]
    fn any_bytes_behind_a_magic(magic in 0usize..4, bytes: Vec<u8>) {
        let magic: &[u8] = [&b"\x93NUMPY\x01\0"[..], b"\0\0\x08\x02", b"PK\x03\x04", b"@data\n"][magic];
        let bytes = [magic, &bytes].concat();
        let _ = super::super::parse_table(Path::new("x"), &bytes, &Reading::default(), &parts());
    }
}
