//! What became of a case.

/// A case's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The right weights.
    Right,
    /// No weights, but one clear line, and what it advises works.
    Refused,
    /// Neither: what happened.
    Short(String),
}

/// What a part of a case found: `Err` ends the case.
pub(crate) type Found<T> = Result<T, Verdict>;

/// Ends a case that fell short.
pub(crate) fn short<T>(why: impl Into<String>) -> Found<T> {
    Err(Verdict::Short(why.into()))
}

/// Both names of a verdict are one.
pub(crate) fn verdict(found: Found<Verdict>) -> Verdict {
    found.unwrap_or_else(|verdict| verdict)
}

/// Something that is no fault of the program's, like a full temporary folder.
pub(crate) fn own<T>(result: anyhow::Result<T>) -> Found<T> {
    result.map_err(|error| Verdict::Short(format!("the torture itself failed: {error:#}")))
}
