//! The terminal while a display has it: raw, with a screen of its own. It is restored however that ends.

use super::log;
use crate::error::Error;
use ratatui::Frame;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};
use std::collections::VecDeque;
use std::io::{Stderr, stderr};
use std::sync::Once;
use std::time::Duration;

/// The interval at which keys are read.
const KEYS: Duration = Duration::from_millis(50);

/// The terminal while we have taken it. It is restored when this is dropped.
pub(crate) struct Taken {
    terminal: Terminal<CrosstermBackend<Stderr>>,
}

impl Taken {
    /// Takes the terminal for what users call `name`. From now on `pressed` gets every key, Ctrl-C as well,
    /// which is no signal then.
    ///
    /// # Errors
    /// [`Error::Usage`] if the terminal cannot be used so.
    pub(crate) fn open(name: &str, pressed: impl FnMut(KeyEvent) + Send + 'static) -> Result<Self, Error> {
        let fault = |error: std::io::Error| Error::Usage(format!("{name} cannot use this terminal: {error}"));
        restore_on_panic();
        enable_raw_mode().map_err(fault)?;
        log::keep();
        let opened = execute!(stderr(), EnterAlternateScreen, cursor::Hide)
            .and_then(|()| Terminal::new(CrosstermBackend::new(stderr())));
        let terminal = opened.inspect_err(|_| restore()).map_err(fault)?;
        let listener = std::thread::Builder::new().name("keys".to_owned());
        listener.spawn(move || listen(pressed)).inspect_err(|_| restore()).map_err(fault)?;
        Ok(Self { terminal })
    }

    /// Draws, given the messages since the terminal was taken. If the terminal fails it is restored, and
    /// nothing is drawn any more.
    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>, &VecDeque<String>)) {
        if !log::is_kept() {
            return;
        }
        let said = log::said();
        if self.terminal.draw(|frame| draw(frame, &said)).is_err() {
            restore();
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        restore();
    }
}

/// Restores the terminal, once, and prints the messages since it was taken.
pub(crate) fn restore() {
    log::release(|| {
        let _ = disable_raw_mode();
        let _ = execute!(stderr(), LeaveAlternateScreen, cursor::Show);
    });
}

/// The message of a panic belongs on the ordinary screen.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            before(panic);
        }));
    });
}

/// Reads keys while we have the terminal.
fn listen(mut pressed: impl FnMut(KeyEvent)) {
    while log::is_kept() {
        match event::poll(KEYS) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(_) => return,
        }
        match event::read() {
            Ok(Event::Key(key)) if key.kind == KeyEventKind::Press => pressed(key),
            _ => {}
        }
    }
}

/// Whether a key asks the program to end: q, or Ctrl-C.
pub(crate) fn quits(key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') => control,
        KeyCode::Char('q') => !control,
        _ => false,
    }
}
