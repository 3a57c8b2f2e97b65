use crate::words;
use serde::{Deserialize, Serialize};
use std::fmt;

/// So many characters of a task's name, and of its unit, are kept.
const MOST_OF_NAME: usize = 40;
/// What a task is called whose board is older than the question for its name.
const UNNAMED: &str = "unnamed";
/// The unit of such a task.
const POINTS: &str = "points";

/// A task of a board's own, as the board names it. All boards of a run have the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTask {
    /// Its name.
    pub name: String,
    /// What its scores count.
    pub unit: String,
}

impl OwnTask {
    /// The task that a board names; its words are shortened and fit to be shown.
    pub fn new(name: &str, unit: &str) -> Self {
        Self { name: words::shown(name, MOST_OF_NAME), unit: words::shown(unit, MOST_OF_NAME) }
    }

    /// The task of a board that cannot say what it is.
    pub fn unnamed() -> Self {
        Self::new(UNNAMED, POINTS)
    }
}

impl fmt::Display for OwnTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, scored in {}", self.name, self.unit)
    }
}
