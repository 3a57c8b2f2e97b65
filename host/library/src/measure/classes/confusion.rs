//! A confusion matrix, and what follows from it.

/// How often rows of each class were given each answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    outputs: usize,
    /// Of each class in turn, the rows with each answer.
    counts: Vec<u64>,
}

/// The figures of a class. Shares are from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassFigures {
    /// The rows of the class (its support).
    pub rows: u64,
    /// The rows for which the class is the answer.
    pub answers: u64,
    /// The rows of the class for which it is the answer.
    pub right: u64,
    /// The share of the answers that are right; `None` if the class was never the answer.
    pub precision: Option<f64>,
    /// The share of the rows of the class that are answered rightly; `None` if it has none.
    pub recall: Option<f64>,
    /// The harmonic mean of precision and recall; `None` if the class has no row and was never the answer.
    pub f1: Option<f64>,
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Confusion {
    /// A matrix of so many classes without rows, for answers below `outputs`. A model may have more outputs
    /// than its data have classes, and never fewer.
    pub fn new(classes: usize, outputs: usize) -> Self {
        let outputs = outputs.max(classes);
        Self { classes, outputs, counts: vec![0; classes * outputs] }
    }

    /// Adds a row of class `label` that was answered by `class`. One that is not in the matrix is passed
    /// over.
    pub fn add(&mut self, label: usize, class: usize) {
        if label < self.classes && class < self.outputs {
            self.counts[label * self.outputs + class] += 1;
        }
    }

    /// The number of classes.
    pub const fn classes(&self) -> usize {
        self.classes
    }

    /// The number of different answers that are possible; at least that of the classes.
    pub const fn outputs(&self) -> usize {
        self.outputs
    }

    /// The rows of class `label` that were answered by `class`.
    pub fn count(&self, label: usize, class: usize) -> u64 {
        let there = label < self.classes && class < self.outputs;
        if there { self.counts[label * self.outputs + class] } else { 0 }
    }

    /// The rows of a class.
    pub fn rows(&self, label: usize) -> u64 {
        (0..self.outputs).map(|class| self.count(label, class)).sum()
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The rows that were answered rightly.
    pub fn right(&self) -> u64 {
        (0..self.classes).map(|class| self.count(class, class)).sum()
    }

    /// The share of the rows that were answered rightly, from 0 to 1; `None` without rows.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.right(), self.total())
    }

    /// The mean of the recalls of all classes that have rows, from 0 to 1; `None` without rows. A model that
    /// always gives the same answer has one over the number of classes, however frequent its answer is.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let recalls: Vec<f64> = (0..self.classes).filter_map(|class| self.class(class).recall).collect();
        (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
    }

    /// The figures of a class.
    pub fn class(&self, class: usize) -> ClassFigures {
        let (rows, right) = (self.rows(class), self.count(class, class));
        let answers = (0..self.classes).map(|label| self.count(label, class)).sum();
        ClassFigures {
            rows,
            answers,
            right,
            precision: share(right, answers),
            recall: share(right, rows),
            f1: share(2 * right, rows + answers),
        }
    }

    /// The pairs of a class and a wrong answer, and their rows: the most frequent pairs first, those of
    /// equally many rows in the order of the classes.
    pub fn errors(&self) -> Vec<(usize, usize, u64)> {
        let all = (0..self.classes).flat_map(|label| (0..self.outputs).map(move |class| (label, class)));
        let counted = all.map(|(label, class)| (label, class, self.count(label, class)));
        let mut wrong: Vec<_> = counted.filter(|&(label, class, rows)| label != class && rows > 0).collect();
        wrong.sort_by_key(|&(_, _, rows)| std::cmp::Reverse(rows));
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three classes, of which the last has no rows, and four outputs.
    fn matrix() -> Confusion {
        let mut matrix = Confusion::new(3, 4);
        let rows = [(0, 0, 6), (0, 1, 2), (1, 1, 1), (1, 0, 1), (1, 3, 2)];
        rows.iter().for_each(|&(label, class, times)| (0..times).for_each(|_| matrix.add(label, class)));
        matrix
    }

    #[test]
    fn figures_of_a_small_matrix() {
        let matrix = matrix();
        assert_eq!((matrix.total(), matrix.right(), matrix.outputs()), (12, 7, 4));
        assert_eq!(matrix.accuracy(), Some(7.0 / 12.0));
        assert_eq!(matrix.balanced_accuracy(), Some((0.75 + 0.25) / 2.0), "of the classes with rows");
        let first = matrix.class(0);
        assert_eq!((first.rows, first.answers, first.right), (8, 7, 6));
        assert_eq!((first.precision, first.recall, first.f1), (Some(6.0 / 7.0), Some(0.75), Some(0.8)));
        let last = matrix.class(2);
        assert_eq!((last.precision, last.recall, last.f1), (None, None, None));
        assert_eq!(matrix.errors(), [(0, 1, 2), (1, 3, 2), (1, 0, 1)]);
    }

    #[test]
    fn nothing_and_what_is_not_there() {
        let mut none = Confusion::new(2, 1);
        assert_eq!((none.accuracy(), none.balanced_accuracy(), none.outputs()), (None, None, 2));
        none.add(2, 0);
        none.add(0, 2);
        assert_eq!((none.total(), none.count(2, 0), none.class(9).rows), (0, 0, 0));
    }
}
