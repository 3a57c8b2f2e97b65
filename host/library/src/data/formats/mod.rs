//! Files of samples that are no text of rows. Each becomes the text of a table without a header, or with the
//! names that it has, and is read as one from then on: names, missing values, classes and scaling are then
//! said and chosen the same way whatever the file is.

mod idx;
#[cfg(feature = "images")]
mod images;
mod labels;
mod magic;
mod npy;
mod npz;
#[cfg(feature = "parquet")]
mod parquet;
mod series;
mod values;

use super::DataError;
use std::path::{Path, PathBuf};

pub use magic::Format;
pub(super) use series::{Length, Series, is_series};
pub(super) use values::quoted;

/// The text of a table that a file was turned into.
pub(super) struct Converted {
    /// Rows of fields with commas between them.
    pub(super) text: Vec<u8>,
    /// What kind of file it was.
    pub(super) format: Format,
    /// What a person should know.
    pub(super) warnings: Vec<String>,
    /// The rows that are for the test, at the end, where the file says so.
    pub(super) test: Option<usize>,
    /// Whether the last column holds labels, and no header says so.
    pub(super) labelled: bool,
}

/// The labels of a file that holds features alone, in another file.
pub(super) type Labels<'a> = Option<(&'a Path, Vec<u8>)>;

/// Turns the bytes of a file into the text of a table, unless they are one.
///
/// # Errors
/// [`DataError::Format`] for a file that begins as one of these and is none, or whose parts do not fit.
pub(super) fn convert(path: &Path, bytes: &[u8], labels: Labels<'_>) -> Result<Option<Converted>, DataError> {
    let fault = |why: String| DataError::Format { path: path.into(), why };
    let Some(format) = magic::format_of(bytes) else {
        return match labels {
            None => Ok(None),
            Some((labels, _)) => Err(fault(format!(
                "a table has its classes in a column of its own; leave out --labels {}",
                labels.display()
            ))),
        };
    };
    let labels = match labels {
        None => None,
        Some((at, bytes)) => {
            let fault = |why: String| DataError::Format { path: at.into(), why };
            Some(self::labels::read(&bytes).map_err(fault)?)
        }
    };
    let (columns, warnings, test) = match format {
        Format::Npy => (vec![npy::read(bytes).map_err(fault)?], Vec::new(), None),
        Format::Idx => (vec![idx::read(bytes).map_err(fault)?], Vec::new(), None),
        Format::Npz => {
            let found = npz::read(bytes).map_err(fault)?;
            (found.columns, found.warnings, found.test)
        }
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            if labels.is_some() {
                return Err(fault("its classes are in a column of its own; leave out --labels".to_owned()));
            }
            let text = parquet::read(bytes).map_err(fault)?;
            return Ok(Some(Converted { text, format, warnings: Vec::new(), test: None, labelled: false }));
        }
        other => {
            let feature = if other == Format::Parquet { "parquet" } else { "images" };
            return Err(fault(format!(
                "this program cannot read {other}: build it with --features {feature}, or save a table"
            )));
        }
    };
    let columns: Vec<values::Array> = columns.into_iter().chain(labels).collect();
    let labelled = columns.len() > 1;
    let text = values::text(columns).map_err(fault)?;
    Ok(Some(Converted { text, format, warnings, test, labelled }))
}

/// The file of the labels that belong to an IDX file of images, where they lie side by side as MNIST's do.
pub(super) fn labels_beside(path: &Path, bytes: &[u8]) -> Option<PathBuf> {
    let name = path.file_name()?.to_str().filter(|name| name.contains("images"))?;
    let labels = path.with_file_name(name.replace("images", "labels").replace("idx3", "idx1"));
    (magic::format_of(bytes) == Some(Format::Idx) && labels.is_file()).then_some(labels)
}

/// Turns a folder of images, one for each class, into the text of a table; images in the folder itself have
/// no class.
///
/// # Errors
/// [`DataError::Format`] if they are not alike, or the program was built without images.
pub(super) fn folder(path: &Path) -> Result<Converted, DataError> {
    let fault = |why: String| DataError::Format { path: path.into(), why };
    #[cfg(feature = "images")]
    let read = images::read(path);
    #[cfg(not(feature = "images"))]
    let read = Err(
        "it is a folder, and this program cannot read images: build it with --features images".to_owned()
    );
    let text = read.map_err(fault)?;
    Ok(Converted { text, format: Format::Images, warnings: Vec::new(), test: None, labelled: false })
}

#[cfg(test)]
mod tests;
