//! Arrays of NumPy: a magic, a version, the length of a header, the header, which is a Python dictionary of
//! three keys, and the values (NumPy Enhancement Proposal 1).
//!
//! The crates for this form bring a parser of Python's literals, and with it more to build than the rest of
//! the host's files; of that language a header needs three patterns.

use super::values::{Array, Values, chunks};

/// The bytes before the length of the header.
const START: usize = 8;

/// Reads an array.
pub(super) fn read(bytes: &[u8]) -> Result<Array, String> {
    let short = || "the NumPy file ends too early; take another copy of it".to_owned();
    let version = *bytes.get(6).ok_or_else(short)?;
    let wide = version >= 2;
    let from = START + if wide { 4 } else { 2 };
    let length = bytes.get(START..from).ok_or_else(short)?;
    let length = length.iter().rev().fold(0usize, |length, &byte| length << 8 | usize::from(byte));
    let to = from.checked_add(length).ok_or_else(short)?;
    let header = String::from_utf8_lossy(bytes.get(from..to).ok_or_else(short)?).into_owned();
    let header =
        Header::of(&header).ok_or_else(|| format!("this NumPy header is not understood: {header}"))?;
    let size = Array::size(&header.shape).ok_or("the shape of the NumPy file is too large")?;
    let end = size.checked_mul(header.width).and_then(|len| len.checked_add(to)).ok_or_else(short)?;
    let body = bytes.get(to..end).ok_or_else(short)?;
    let values = values(&header, body).ok_or_else(|| {
        format!(
            "values of type {} are no numbers or names; save them as integers, floats or text",
            header.kind
        )
    })?;
    let array = Array { shape: header.shape, values };
    Ok(if header.fortran { row_major(array) } else { array })
}

/// What a header says.
struct Header {
    /// The type of a value, such as `<f4`.
    kind: String,
    /// The bytes of a value.
    width: usize,
    /// Whether the first dimension is that which lies together.
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    fn of(text: &str) -> Option<Header> {
        let after = |key: &str| {
            let at = [format!("'{key}'"), format!("\"{key}\"")]
                .iter()
                .find_map(|key| Some(text.find(key)? + key.len()))?;
            Some(text.get(at..)?.trim_start().strip_prefix(':')?.trim_start())
        };
        let kind = after("descr")?;
        let quote = kind.chars().next().filter(|c| ['\'', '"'].contains(c))?;
        let kind = kind.get(1..)?.split(quote).next()?.to_owned();
        let fortran = after("fortran_order")?.starts_with("True");
        let shape = after("shape")?.strip_prefix('(')?.split(')').next()?;
        let size = |n: &str| n.trim().trim_end_matches('L').parse::<usize>().ok();
        let shape: Option<Vec<usize>> = shape.split(',').filter(|n| !n.trim().is_empty()).map(size).collect();
        let shape = shape.filter(|shape| !shape.is_empty())?;
        let count: usize = kind.get(2..)?.parse().ok()?;
        let width = if kind.get(1..2)? == "U" { count.checked_mul(4)? } else { count };
        Some(Header { kind, width, fortran, shape })
    }
}

/// The values of an array in the order of the file.
fn values(header: &Header, body: &[u8]) -> Option<Values> {
    let big = header.kind.starts_with('>');
    let kind = header.kind.get(1..)?;
    macro_rules! all {
        ($to:ty, $collected:expr) => {
            $collected(
                chunks(body)
                    .map(|value| {
                        if big { <$to>::from_be_bytes(value) } else { <$to>::from_le_bytes(value) }.into()
                    })
                    .collect(),
            )
        };
    }
    Some(match kind {
        "b1" | "u1" => Values::Integers(body.iter().map(|&value| value.into()).collect()),
        "i1" => Values::Integers(body.iter().map(|value| value.cast_signed().into()).collect()),
        "i2" => all!(i16, Values::Integers),
        "u2" => all!(u16, Values::Integers),
        "i4" => all!(i32, Values::Integers),
        "u4" => all!(u32, Values::Integers),
        "i8" => all!(i64, Values::Integers),
        "u8" => all!(u64, Values::Integers),
        "f4" => all!(f32, Values::Floats),
        "f8" => all!(f64, Values::Doubles),
        _ if kind.starts_with('U') && header.width > 0 => {
            let name = |value: &[u8]| {
                let code = |c: [u8; 4]| if big { u32::from_be_bytes(c) } else { u32::from_le_bytes(c) };
                let letters = chunks(value).map(code).take_while(|&code| code != 0);
                letters.map(char::from_u32).collect::<Option<String>>()
            };
            Values::Names(body.chunks_exact(header.width).map(name).collect::<Option<_>>()?)
        }
        _ if kind.starts_with('S') && header.width > 0 => {
            let name = |value: &[u8]| {
                let end = value.iter().position(|&byte| byte == 0).unwrap_or(value.len());
                String::from_utf8_lossy(&value[..end]).into_owned()
            };
            Values::Names(body.chunks_exact(header.width).map(name).collect())
        }
        _ => return None,
    })
}

/// An array whose first dimension lies together, row after row.
fn row_major(array: Array) -> Array {
    let (shape, size) = (&array.shape, Array::size(&array.shape).unwrap_or(0));
    let order: Vec<usize> = (0..size)
        .map(|at| {
            let (mut rest, mut places) = (at, vec![0; shape.len()]);
            for (place, &n) in places.iter_mut().zip(shape).rev() {
                (*place, rest) = (rest % n, rest / n);
            }
            places.iter().zip(shape).rev().fold(0, |at, (&place, &n)| at * n + place)
        })
        .collect();
    fn pick<T: Clone>(values: &[T], order: &[usize]) -> Vec<T> {
        order.iter().filter_map(|&at| values.get(at).cloned()).collect()
    }
    let values = match &array.values {
        Values::Integers(values) => Values::Integers(pick(values, &order)),
        Values::Floats(values) => Values::Floats(pick(values, &order)),
        Values::Doubles(values) => Values::Doubles(pick(values, &order)),
        Values::Names(values) => Values::Names(pick(values, &order)),
    };
    Array { shape: array.shape, values }
}
