//! The terminal while the display of a listener has it, and the keys that are pressed there.

use super::keys::{Key, Labels};
use super::screen::draw;
use super::session::Session;
use crate::error::Error;
use crate::tui::{Taken, quits};
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// The terminal while the display has it. It is restored when this is dropped.
pub(super) struct Display {
    terminal: Taken,
    /// What is listened to.
    title: String,
}

impl Display {
    /// Takes the terminal. Keys that mean something go to `keys`.
    ///
    /// # Errors
    /// [`Error::Usage`] if the terminal cannot be used so.
    pub(super) fn open(title: String, keys: UnboundedSender<Key>) -> Result<Self, Error> {
        let terminal = Taken::open("listen", move |event| {
            if let Some(key) = meaning(event) {
                // Nobody waits for keys any more when the program ends.
                let _ = keys.send(key);
            }
        })?;
        Ok(Self { terminal, title })
    }

    /// Shows the present state.
    pub(super) fn show(&mut self, session: &Session, labels: &Labels, now: Duration) {
        self.terminal.draw(|frame, _| draw(frame, &self.title, session, labels, now));
    }
}

fn meaning(event: KeyEvent) -> Option<Key> {
    match event.code {
        _ if quits(event) => Some(Key::Quit),
        KeyCode::Char(' ') => Some(Key::Space),
        KeyCode::Char(digit @ '1'..='9') => Some(Key::Label(digit as usize - '1' as usize)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::crossterm::event::KeyModifiers;

    #[test]
    fn keys() {
        let of = |code, modifiers| meaning(KeyEvent::new(code, modifiers));
        let plain = |c| of(KeyCode::Char(c), KeyModifiers::NONE);
        assert_eq!(
            ['1', '9', '0', ' ', 'q', 'c'].map(plain),
            [Some(Key::Label(0)), Some(Key::Label(8)), None, Some(Key::Space), Some(Key::Quit), None]
        );
        assert_eq!(of(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Quit));
    }
}
