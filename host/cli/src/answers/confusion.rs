//! The classes of a classifier and their confusions, as lines for a person.

use eggroll_host::measure::Confusion;
use eggroll_host::words;

/// The most classes whose matrix is printed; of more, the most frequent confusions are.
const MOST_CLASSES: usize = 12;
/// The most confusions that are printed.
const MOST_CONFUSIONS: usize = 12;
/// The most characters of a name in a table.
const MOST_NAME: usize = 20;

/// A name in a table.
fn short(name: &str) -> String {
    let plain = words::shown(name, usize::MAX);
    let shortened: String = plain.chars().take(MOST_NAME).collect();
    if shortened.len() < plain.len() { format!("{shortened}...") } else { plain }
}

/// A share from 0 to 1 in percent; a dash where there is none.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

/// Lines of cells in columns, the first to the left and the others to the right.
fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let length = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| cell.chars().count());
    let widths: Vec<usize> =
        (0..count).map(|column| rows.iter().map(|row| length(row, column)).max().unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// A line for each class, below a header.
pub(super) fn classes(confusion: &Confusion, name: impl Fn(usize) -> String) -> Vec<String> {
    let header = ["class", "rows", "answers", "recall", "precision", "F1"].map(str::to_owned).to_vec();
    let line = |class: usize| {
        let of = confusion.class(class);
        let [recall, precision, f1] = [of.recall, of.precision, of.f1].map(percent);
        vec![short(&name(class)), of.rows.to_string(), of.answers.to_string(), recall, precision, f1]
    };
    columns(&[vec![header], (0..confusion.classes()).map(line).collect()].concat())
}

/// The matrix, a line for each class and a column for each answer; of many classes the most frequent
/// confusions.
pub(super) fn matrix(confusion: &Confusion, name: impl Fn(usize) -> String) -> Vec<String> {
    let answers = |class: usize| (0..confusion.classes()).any(|label| confusion.count(label, class) > 0);
    let shown: Vec<usize> =
        (0..confusion.outputs()).filter(|&class| class < confusion.classes() || answers(class)).collect();
    if shown.len() > MOST_CLASSES {
        let errors = confusion.errors();
        let mut rows = vec![["class", "answer", "rows"].map(str::to_owned).to_vec()];
        rows.extend(
            errors.iter().take(MOST_CONFUSIONS).map(|&(label, class, count)| {
                vec![short(&name(label)), short(&name(class)), count.to_string()]
            }),
        );
        let mut lines = vec!["the most frequent confusions".to_owned()];
        lines.extend(columns(&rows));
        lines.extend(errors.get(MOST_CONFUSIONS..).filter(|rest| !rest.is_empty()).map(|rest| {
            let left: u64 = rest.iter().map(|&(_, _, rows)| rows).sum();
            format!("and {left} rows in {} other pairs", rest.len())
        }));
        return if errors.is_empty() { vec!["no row was answered wrongly".to_owned()] } else { lines };
    }
    let header =
        [vec!["class \\ answer".to_owned()], shown.iter().map(|&class| short(&name(class))).collect()];
    let mut rows = vec![header.concat()];
    rows.extend((0..confusion.classes()).map(|label| {
        let cell = |&class: &usize| match confusion.count(label, class) {
            0 => ".".to_owned(),
            count => count.to_string(),
        };
        [vec![short(&name(label))], shown.iter().map(cell).collect()].concat()
    }));
    columns(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_classes_have_a_matrix() {
        let mut few = Confusion::new(2, 3);
        [(0, 0), (0, 0), (1, 0), (1, 2)].iter().for_each(|&(label, class)| few.add(label, class));
        let name =
            |class: usize| ["no", "a name that is much longer than others", "output 2"][class].to_owned();
        let lines = matrix(&few, name);
        assert_eq!(lines[1], "no                        2                        .         .");
        assert_eq!(lines[2], "a name that is much ...   1                        .         1");
        let lines = classes(&few, name);
        assert_eq!(lines.len(), 3);
        let [first, second] = [&lines[1], &lines[2]].map(|line| line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(first, ["no", "2", "3", "100.0", "%", "66.7", "%", "80.0", "%"]);
        assert_eq!(second[6..], ["2", "0", "0.0", "%", "-", "0.0", "%"], "{second:?}");
    }

    #[test]
    fn many_classes_have_their_confusions() {
        let mut many = Confusion::new(30, 30);
        assert_eq!(matrix(&many, |class| class.to_string()), ["no row was answered wrongly"]);
        (0..3).for_each(|_| many.add(7, 9));
        (0..20).for_each(|class| many.add(class, 29));
        let lines = matrix(&many, |class| class.to_string());
        assert_eq!((lines.len(), &*lines[2]), (15, "7           9     3"));
        assert_eq!(lines[14], "and 9 rows in 9 other pairs");
    }
}
