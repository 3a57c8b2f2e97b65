use super::keys::{Key, Labels};
use super::session::Session;
use crate::error::Error;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// The display of a program that was built without it: there is none to be opened.
pub(super) enum Display {}

impl Display {
    /// Refuses.
    ///
    /// # Errors
    /// [`Error::Usage`], always.
    pub(super) fn open(_: String, _: UnboundedSender<Key>) -> Result<Self, Error> {
        Err(Error::Usage("listen has no display in this program: give --label".to_owned()))
    }

    pub(super) fn show(&mut self, _: &Session, _: &Labels, _: Duration) {
        match *self {}
    }
}
