//! The classes that the labels of a table name.

use std::collections::HashMap;

use super::super::number::{Value, place_of};

/// Most classes of a data set.
const MAX_CLASSES: usize = 256;

/// What a model that is there already knows of labels.
#[derive(Clone, Copy)]
pub(super) enum Known<'a> {
    /// Its classes: any other label is a fault.
    Classes(&'a [String]),
    /// The classes that are normal: any other label is an anomaly.
    Normal(&'a [String]),
}

/// The class of normal rows, for a detector.
const NORMAL: u8 = 0;
/// The class of anomalies, for a detector.
pub(super) const ANOMALY: u8 = 1;

impl Classes {
    /// Those of a regression.
    pub(super) fn none() -> Classes {
        Classes { names: Vec::new(), counts: Vec::new(), rows: Vec::new() }
    }

    /// The same rows as a detector has them, of which `normal` are the normal classes.
    pub(super) fn told_apart(&self, normal: &[String]) -> Classes {
        let of = |class: &u8| {
            let name = self.names.get(usize::from(*class));
            if name.is_some_and(|name| normal.contains(name)) { NORMAL } else { ANOMALY }
        };
        Self::of_detector(self.rows.iter().map(|class| class.as_ref().map(of)).collect())
    }

    /// Rows that are normal, or anomalies.
    fn of_detector(rows: Vec<Option<u8>>) -> Classes {
        let count = |wanted: u8| rows.iter().filter(|&&class| class == Some(wanted)).count();
        let counts = vec![count(NORMAL), count(ANOMALY)];
        Classes { names: ["normal", "anomaly"].map(str::to_owned).to_vec(), counts, rows }
    }
}

/// Labels in the order in which they come, each new one with the next number.
pub(super) struct Labels<'a> {
    numeric: bool,
    comma: bool,
    /// What a model that is there already knows of them.
    known: Option<Known<'a>>,
    numbers: HashMap<i64, u8>,
    names: HashMap<String, u8>,
    /// The class of each row, numbered by first appearance.
    rows: Vec<Option<u8>>,
}

/// The classes of a table.
pub(super) struct Classes {
    /// Their names.
    pub(super) names: Vec<String>,
    /// Rows of each.
    pub(super) counts: Vec<usize>,
    /// The class of each row; none where a model is there already, and the row does not say it.
    pub(super) rows: Vec<Option<u8>>,
}

impl<'a> Labels<'a> {
    /// No labels yet, which are to be numbers or names, or those that are known.
    pub(super) fn new(numeric: bool, comma: bool, known: Option<Known<'a>>) -> Labels<'a> {
        Labels { numeric, comma, known, numbers: HashMap::new(), names: HashMap::new(), rows: Vec::new() }
    }

    /// The class of a label that is to be one of those that are known.
    fn of_known(&self, known: &[String], field: &str) -> Result<Option<u8>, String> {
        match place_of(field, known, self.comma) {
            Some(class) => Ok(u8::try_from(class).ok()),
            None if Value::of(field, self.comma) == Value::Missing => Ok(None),
            None => Err(format!(
                "label \"{}\" is none of the {} classes that the model was trained on; mend it, or leave the \
                 row out",
                super::shorten(field),
                known.len()
            )),
        }
    }

    /// Takes a row's label.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(super) fn push(&mut self, field: &str) -> Result<(), String> {
        match self.known {
            Some(Known::Classes(known)) => {
                let class = self.of_known(known, field)?;
                self.rows.push(class);
                return Ok(());
            }
            Some(Known::Normal(normal)) => {
                let is_normal = place_of(field, normal, self.comma).is_some();
                let is_missing = Value::of(field, self.comma) == Value::Missing;
                let class = if is_normal { NORMAL } else { ANOMALY };
                self.rows.push((is_normal || !is_missing).then_some(class));
                return Ok(());
            }
            None => {}
        }
        let known = self.numbers.len().max(self.names.len());
        let next = u8::try_from(known).ok();
        let class = if self.numeric {
            let number = match Value::of(field, self.comma) {
                Value::Number(number) if number.places() <= 0 => number.at(0),
                Value::Number(_) => {
                    return Err(format!(
                        "label \"{}\" is no whole number; classes are names or whole numbers: round it, name \
                         the column of classes by --label, or learn the numbers themselves by --target",
                        super::shorten(field)
                    ));
                }
                _ => {
                    return Err(format!(
                        "label \"{}\" is no number as the others are; mend it, or name the column of classes \
                         by --label",
                        super::shorten(field)
                    ));
                }
            };
            let number = number.ok_or_else(|| {
                format!("label {} does not fit in 64 bits; number the classes", super::shorten(field))
            })?;
            self.numbers.get(&number).copied().or_else(|| {
                next.inspect(|&next| {
                    self.numbers.insert(number, next);
                })
            })
        } else {
            self.names.get(field).copied().or_else(|| {
                next.inspect(|&next| {
                    self.names.insert(field.to_owned(), next);
                })
            })
        };
        self.rows.push(Some(class.ok_or_else(|| {
            format!(
                "label \"{}\" makes more than {MAX_CLASSES} classes; name the column of classes by --label",
                super::shorten(field)
            )
        })?));
        Ok(())
    }

    /// The classes: numbers in ascending order, names in that of their characters.
    pub(super) fn classes(self) -> Classes {
        if let Some(Known::Normal(_)) = self.known {
            return Classes::of_detector(self.rows);
        }
        if let Some(Known::Classes(known)) = self.known {
            let mut counts = vec![0; known.len()];
            for class in self.rows.iter().flatten() {
                counts[usize::from(*class)] += 1;
            }
            return Classes { names: known.to_vec(), counts, rows: self.rows };
        }
        let mut numbers: Vec<(i64, u8)> = self.numbers.into_iter().collect();
        numbers.sort_unstable();
        let mut named: Vec<(String, u8)> = self.names.into_iter().collect();
        named.sort_unstable();
        named.extend(numbers.into_iter().map(|(number, class)| (number.to_string(), class)));
        let mut place = [0; MAX_CLASSES];
        for (new, (_, class)) in (0..=u8::MAX).zip(&named) {
            place[usize::from(*class)] = new;
        }
        let mut counts = vec![0; named.len()];
        let mut rows = self.rows;
        for class in rows.iter_mut().flatten() {
            *class = place[usize::from(*class)];
            counts[usize::from(*class)] += 1;
        }
        Classes { names: named.into_iter().map(|(name, _)| name).collect(), counts, rows }
    }
}
