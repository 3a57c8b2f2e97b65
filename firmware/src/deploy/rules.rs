use crate::features::Rule;
use serde::{Deserialize, Serialize};

/// Bytes of a rule.
pub const RULE_BYTES: usize = 10;

/// A rule, and the unit of the raw values that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedRule {
    /// Raw values are in units of `10^-places`.
    pub places: i8,
    /// How a raw value becomes a feature, or a target.
    pub rule: Rule,
}

impl PlacedRule {
    /// Its bytes: places, shift, and centre and factor as `i32`, little endian.
    pub fn bytes(&self) -> [u8; RULE_BYTES] {
        let [c0, c1, c2, c3] = self.rule.centre().to_le_bytes();
        let [m0, m1, m2, m3] = self.rule.mul().to_le_bytes();
        [self.places.to_le_bytes()[0], self.rule.shift(), c0, c1, c2, c3, m0, m1, m2, m3]
    }

    /// The rule that these bytes are, if they are one.
    pub const fn of_bytes(bytes: [u8; RULE_BYTES]) -> Option<Self> {
        let [places, shift, c0, c1, c2, c3, m0, m1, m2, m3] = bytes;
        match Rule::new(i32::from_le_bytes([c0, c1, c2, c3]), i32::from_le_bytes([m0, m1, m2, m3]), shift) {
            Some(rule) => Some(Self { places: i8::from_le_bytes([places]), rule }),
            None => None,
        }
    }
}

/// Rules behind one another, [`RULE_BYTES`] each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules<'a>(#[serde(borrow)] &'a [u8]);

impl<'a> Rules<'a> {
    /// The rules in these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len() / RULE_BYTES
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rule at a place; one rule alone holds for every place.
    pub fn at(&self, place: usize) -> Option<PlacedRule> {
        let place = if self.len() == 1 { 0 } else { place };
        let bytes = self.0.get(place.checked_mul(RULE_BYTES)?..)?.first_chunk()?;
        PlacedRule::of_bytes(*bytes)
    }

    /// Whether these are rules, and nothing else.
    pub fn are_whole(&self) -> bool {
        self.0.len().is_multiple_of(RULE_BYTES) && (0..self.len()).all(|place| self.at(place).is_some())
    }
}

/// Names, each ended by a line feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names<'a>(#[serde(borrow)] &'a str);

impl<'a> Names<'a> {
    /// The names in a text.
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Each name.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        // By bytes: to split a text brings a panic that formats.
        let names = self.0.as_bytes().split(|&byte| byte == b'\n').take(self.len());
        names.map(|name| core::str::from_utf8(name).unwrap_or_default())
    }

    /// The name at a place; empty where there is none.
    pub fn at(&self, place: usize) -> &'a str {
        self.iter().nth(place).unwrap_or_default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.bytes().filter(|&byte| byte == b'\n').count()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
