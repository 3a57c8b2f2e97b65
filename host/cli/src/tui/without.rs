use super::{View, possible};
use crate::error::Error;
use tokio_util::sync::CancellationToken;

/// The terminal interface of a program that was built without it: there is none to be opened.
pub(crate) enum Tui {}

impl Tui {
    /// Refuses.
    ///
    /// # Errors
    /// [`Error::Usage`], always.
    pub(crate) fn open(_: &CancellationToken, _: u8) -> Result<Self, Error> {
        possible().and(Err(Error::Usage("--tui is not part of this program".to_owned())))
    }

    pub(crate) fn show(&mut self, _: &mut View) {
        match *self {}
    }
}
