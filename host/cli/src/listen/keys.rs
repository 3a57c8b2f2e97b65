//! What the keys of the display do.

use super::session::Session;

/// A key that means something.
#[cfg_attr(not(any(feature = "tui", test)), expect(dead_code, reason = "only the display has keys"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Begin a recording with the label of this place.
    Label(usize),
    /// End the recording, or begin another one with the label chosen last.
    Space,
    /// End the program.
    Quit,
}

/// The labels, and which was chosen last.
pub(super) struct Labels {
    pub(super) names: Vec<String>,
    chosen: Option<usize>,
}

impl Labels {
    pub(super) const fn new(names: Vec<String>) -> Self {
        Self { names, chosen: None }
    }

    /// Does what a key means. Returns whether the program goes on.
    pub(super) fn press(&mut self, key: Key, session: &mut Session) -> bool {
        match key {
            Key::Quit => return false,
            Key::Space if session.recording().is_some() => session.end(),
            Key::Space => {
                if let Some(label) = self.chosen.and_then(|chosen| self.names.get(chosen)) {
                    session.begin(label);
                }
            }
            Key::Label(place) => {
                if let Some(label) = self.names.get(place) {
                    session.begin(label);
                    self.chosen = Some(place);
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::Length;
    use super::super::format::Format;
    use super::super::log::Log;
    use super::*;
    use std::time::Duration;

    #[test]
    fn keys_begin_and_end_recordings() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let mut session = Session::new(Format::new(None, false), Log::open(&path).unwrap(), Length::Open);
        let mut labels = Labels::new(["idle", "wave"].map(str::to_owned).to_vec());
        for (number, key) in [
            Key::Space,
            Key::Label(1),
            Key::Space,
            Key::Space,
            Key::Label(0),
            Key::Label(2),
            Key::Label(0),
            Key::Space,
        ]
        .into_iter()
        .enumerate()
        {
            assert!(labels.press(key, &mut session));
            session.heard(format!("{number}\n{number}\n").as_bytes(), Duration::ZERO).unwrap();
        }
        assert!(!labels.press(Key::Quit, &mut session));
        drop(session);
        let text = std::fs::read_to_string(&path).unwrap();
        let rows: Vec<&str> = text.lines().skip(1).step_by(2).collect();
        assert_eq!(rows, ["1,wave,1", "2,wave,3", "3,idle,4", "3,idle,5", "4,idle,6"]);
    }
}
