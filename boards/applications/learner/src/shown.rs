//! What the application tells its user, and its picture of five times five lights.

/// What the display shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// There is no model: a question mark.
    NoModel,
    /// The model takes other features than these, or answers no classes: two bars.
    OtherModel,
    /// The class of the last window, by its number from 0: a digit from 1.
    Class(usize),
    /// The class that samples get from now on: its digit, dark on light.
    Chosen(usize),
    /// The last window is a sample now: a tick.
    Taken,
    /// The model learns; there is no answer meanwhile: an hourglass.
    Learning,
    /// The model has learned: a face that smiles.
    Learned,
    /// What was asked for is not done, and nothing has changed: a cross.
    Failed,
}

/// The digits from 1, five rows each; the highest of five bits is the leftmost light.
const DIGITS: [[u8; 5]; 9] = [
    [0b00100, 0b01100, 0b00100, 0b00100, 0b01110],
    [0b11100, 0b00010, 0b01100, 0b10000, 0b11110],
    [0b11110, 0b00010, 0b00100, 0b10010, 0b01100],
    [0b00110, 0b01010, 0b10010, 0b11111, 0b00010],
    [0b11111, 0b10000, 0b11110, 0b00001, 0b11110],
    [0b00010, 0b00100, 0b01110, 0b10001, 0b01110],
    [0b11111, 0b00010, 0b00100, 0b01000, 0b10000],
    [0b01110, 0b10001, 0b01110, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b01110, 0b00100, 0b01000],
];

impl Shown {
    /// The lights, row by row from the top; the highest of five bits is the leftmost.
    pub fn picture(&self) -> [u8; 5] {
        // A class beyond the digits is a dot.
        let digit = |class: usize| DIGITS.get(class).copied().unwrap_or([0, 0, 0b00100, 0, 0]);
        match *self {
            Self::NoModel => [0b01110, 0b10001, 0b00110, 0b00000, 0b00100],
            Self::OtherModel => [0b00000, 0b11111, 0b00000, 0b11111, 0b00000],
            Self::Class(class) => digit(class),
            Self::Chosen(class) => digit(class).map(|row| row ^ 0b11111),
            Self::Taken => [0b00000, 0b00001, 0b00010, 0b10100, 0b01000],
            Self::Learning => [0b11111, 0b01110, 0b00100, 0b01110, 0b11111],
            Self::Learned => [0b00000, 0b01010, 0b00000, 0b10001, 0b01110],
            Self::Failed => [0b10001, 0b01010, 0b00100, 0b01010, 0b10001],
        }
    }
}

/// Windows for which what a button has led to stays on the display: two hops of 0.64 s.
const HELD: u8 = 2;

/// What the display shows: answers, but for a while what a button has led to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Screen {
    /// Answers that are not shown yet.
    held: u8,
}

impl Screen {
    /// The picture to show from now on, if it changes.
    pub fn show(&mut self, shown: Shown) -> Option<[u8; 5]> {
        match (shown, self.held) {
            (Shown::Class(_), 1..) => {
                self.held -= 1;
                return None;
            }
            (Shown::Class(_), 0) => {}
            _ => self.held = HELD,
        }
        Some(shown.picture())
    }
}
