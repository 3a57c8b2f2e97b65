//! What kind of file it is, by its first bytes.

use std::fmt;

/// What kind of file samples came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A text of rows.
    Table,
    /// An array of NumPy (`.npy`).
    Npy,
    /// Several arrays of NumPy (`.npz`).
    Npz,
    /// The form of MNIST's files.
    Idx,
    /// Series in the form of the UCR and UEA archives (`.ts`).
    Series,
    /// The columns of a Parquet file.
    Parquet,
    /// A folder of images for each class.
    Images,
    /// The features of a signal's windows.
    Windows,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "a table",
            Self::Npy => "a NumPy array",
            Self::Npz => "NumPy arrays",
            Self::Idx => "IDX",
            Self::Series => "series (.ts)",
            Self::Parquet => "Parquet",
            Self::Images => "images",
            Self::Windows => "windows of a signal",
        })
    }
}

/// What kind of file begins like this, unless it is a text.
pub(super) fn format_of(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Format::Npy),
        [b'P', b'K', 3, 4, ..] => Some(Format::Npz),
        [b'P', b'A', b'R', b'1', ..] => Some(Format::Parquet),
        [0, 0, 8 | 9 | 0x0B..=0x0E, 1..=8, ..] => Some(Format::Idx),
        _ => None,
    }
}
