use std::fmt;
use std::path::PathBuf;

/// Emulated boards of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emulated {
    /// The name of the board's folder.
    pub board: String,
    /// The number of boards.
    pub count: usize,
    /// An image that replaces the one that the project builds.
    pub image: Option<PathBuf>,
}

impl Emulated {
    /// Reads `BOARD[:N][,image=PATH]`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (text, image) = match text.split_once(",image=") {
            Some((text, image)) if !image.is_empty() => (text, Some(PathBuf::from(image))),
            Some(_) => return None,
            None => (text, None),
        };
        let (board, count) = match text.split_once(':') {
            Some((board, count)) => (board, count.parse().ok()?),
            None => (text, 1),
        };
        // The name becomes part of a path and of a command line, so only plain characters are accepted.
        let is_name = board.starts_with(|c: char| c.is_ascii_alphanumeric())
            && board.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        (is_name && (1..=64).contains(&count)).then(|| Self { board: board.to_owned(), count, image })
    }
}

impl fmt::Display for Emulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.board, self.count)?;
        self.image.as_ref().map_or(Ok(()), |image| write!(f, ",image={}", image.display()))
    }
}
