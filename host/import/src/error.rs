//! What can be wrong with a file or with the data that calibrate it.

/// Why a model was not imported. Each message names the file, the place in it, and a way out where there is
/// one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file as a whole cannot be read or understood.
    #[error("{file}: {reason}")]
    File {
        /// The file, as it was named.
        file: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A node that cannot be imported.
    #[error("{file}: node `{node}` ({operator}): {reason}")]
    Node {
        /// The file, as it was named.
        file: String,
        /// The node's name in the file; its output's where it has none.
        node: String,
        /// Its operator, by the file's own name.
        operator: String,
        /// What is wrong, and what is supported.
        reason: String,
    },
    /// A tensor of constants that cannot be read.
    #[error("{file}: tensor `{tensor}`: {reason}")]
    Tensor {
        /// The file, as it was named.
        file: String,
        /// The tensor's name in the file.
        tensor: String,
        /// What is wrong, and what is supported.
        reason: String,
    },
    /// The data do not fit the model.
    #[error("data: {reason}")]
    Data {
        /// What is wrong, and what would be right.
        reason: String,
    },
}

/// What is wrong with a node whose name the caller adds.
pub(crate) type Reason = String;

/// Where a fault is in a graph whose file the caller adds.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) node: String,
    pub(crate) operator: String,
    pub(crate) reason: Reason,
}

impl Fault {
    pub(crate) fn within(self, file: &str) -> Error {
        let Fault { node, operator, reason } = self;
        Error::Node { file: file.to_owned(), node, operator, reason }
    }
}

pub(crate) fn file(file: &str, reason: impl Into<String>) -> Error {
    Error::File { file: file.to_owned(), reason: reason.into() }
}

pub(crate) fn tensor(file: &str, tensor: &str, reason: impl Into<String>) -> Error {
    Error::Tensor { file: file.to_owned(), tensor: tensor.to_owned(), reason: reason.into() }
}

pub(crate) fn data(reason: impl Into<String>) -> Error {
    Error::Data { reason: reason.into() }
}
