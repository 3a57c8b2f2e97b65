//! Two buttons, each of which pulls its pin low.

use embedded_hal::digital::InputPin;

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// The first button alone.
    A,
    /// The second one alone.
    B,
    /// Both together.
    Both,
}

/// Looks in a row that see the same before it counts: contacts bounce for a few milliseconds, and a look of
/// the application takes at least a third of one, in which it asks the sensor over a bus of 100 kHz.
pub const STEADY: u8 = 16;

/// Two buttons. A press counts when all is released again, since nobody presses both at the same moment.
pub struct Buttons<A, B> {
    a: A,
    b: B,
    /// What the last look saw, and how many in a row saw it.
    seen: (bool, bool),
    looks: u8,
    /// What has been pressed since all was released.
    pressed: (bool, bool),
}

impl<A: InputPin, B: InputPin> Buttons<A, B> {
    /// Neither is pressed.
    pub const fn new(a: A, b: B) -> Self {
        Self { a, b, seen: (false, false), looks: 0, pressed: (false, false) }
    }

    /// Looks at both. A pin that cannot be read counts as released.
    pub fn poll(&mut self) -> Option<Press> {
        let now = (self.a.is_low().unwrap_or(false), self.b.is_low().unwrap_or(false));
        if now != self.seen {
            (self.seen, self.looks) = (now, 0);
        }
        self.looks = self.looks.saturating_add(1);
        if self.looks < STEADY {
            return None;
        }
        self.pressed = (self.pressed.0 | now.0, self.pressed.1 | now.1);
        if now != (false, false) {
            return None;
        }
        match core::mem::take(&mut self.pressed) {
            (true, true) => Some(Press::Both),
            (true, false) => Some(Press::A),
            (false, true) => Some(Press::B),
            (false, false) => None,
        }
    }
}
