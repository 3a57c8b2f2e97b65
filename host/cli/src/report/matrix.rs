//! A confusion matrix as SVG. Its colours are those of the page, light or dark.

use super::html::escape;
use eggroll_host::measure::Confusion;
use eggroll_host::words;
use std::fmt::Write;

/// The most classes whose matrix is drawn.
pub(super) const MOST: usize = 64;
/// The most classes whose cells have numbers.
const NUMBERED: usize = 26;
/// The most characters of a name.
const MOST_NAME: usize = 16;
/// The widest that the cells of a row are together.
const WIDTH: usize = 676;
/// The sizes of a cell.
const CELL: (usize, usize) = (9, 52);
/// The width of a character beside its height.
const ASPECT: f64 = 0.58;
/// The share of a row from which on its colour is too strong for dark text.
const STRONG: f64 = 0.55;

/// A name in the picture.
fn short(name: &str) -> String {
    let plain = words::shown(name, usize::MAX);
    if plain.chars().count() <= MOST_NAME {
        return plain;
    }
    plain.chars().take(MOST_NAME - 1).chain(['\u{2026}']).collect()
}

/// The matrix, a row for each class and a column for each answer. It is empty if there are too many classes.
pub(super) fn matrix(confusion: &Confusion, name: impl Fn(usize) -> String) -> String {
    let answered = |class: usize| (0..confusion.classes()).any(|label| confusion.count(label, class) > 0);
    let columns: Vec<usize> =
        (0..confusion.outputs()).filter(|&class| class < confusion.classes() || answered(class)).collect();
    if columns.len() > MOST {
        return String::new();
    }
    let cell = (WIDTH / columns.len().max(1)).clamp(CELL.0, CELL.1);
    let font = (cell as f64 * 0.42).clamp(8.0, 13.0);
    let longest = |classes: &[usize]| classes.iter().map(|&class| short(&name(class)).chars().count()).max();
    let labels: Vec<usize> = (0..confusion.classes()).collect();
    let text = |count: Option<usize>| (count.unwrap_or(0) as f64 * font * ASPECT) as usize;
    let left = text(longest(&labels)) + 34;
    // Names that are wider than their column are turned.
    let turned = text(longest(&columns)) + 4 > cell;
    let top = if turned { text(longest(&columns)) + 34 } else { 44 };
    let (width, height) = (left + cell * columns.len() + 8, top + cell * labels.len() + 8);
    let mut svg = format!(
        "<svg class=\"matrix\" role=\"img\" aria-label=\"Confusion matrix\" viewBox=\"0 0 {width} {height}\" \
         style=\"max-width:{width}px\" font-size=\"{font:.1}\">\n"
    );
    let (middle, half) = (left + cell * columns.len() / 2, top + cell * labels.len() / 2);
    let _ =
        writeln!(svg, "<text class=\"soft\" x=\"{middle}\" y=\"13\" text-anchor=\"middle\">answer</text>");
    let _ = writeln!(
        svg,
        "<text class=\"soft\" transform=\"translate(13 {half}) rotate(-90)\" text-anchor=\"middle\">class</text>"
    );
    for (place, &class) in columns.iter().enumerate() {
        let (x, name) = (left + cell * place + cell / 2, escape(&short(&name(class))));
        let _ = if turned {
            let x = x as f64 + font * 0.35;
            let y = top - 6;
            writeln!(svg, "<text transform=\"translate({x:.1} {y}) rotate(-90)\">{name}</text>")
        } else {
            writeln!(svg, "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{name}</text>", top - 8)
        };
    }
    for &label in &labels {
        let y = top + cell * label;
        let base = y as f64 + cell as f64 / 2.0 + font * 0.35;
        let rows = confusion.rows(label);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>",
            left - 8,
            escape(&short(&name(label)))
        );
        for (place, &class) in columns.iter().enumerate() {
            let (x, count) = (left + cell * place, confusion.count(label, class));
            let share = count as f64 / rows.max(1) as f64;
            let kind = if label == class { "right" } else { "wrong" };
            // Also a small share can be seen.
            let opacity = if count == 0 { 0.0 } else { 0.12 + 0.88 * share };
            let title = format!(
                "{} answered as {}: {count} of {rows} rows",
                words::shown(&name(label), words::MOST),
                words::shown(&name(class), words::MOST)
            );
            let _ = writeln!(
                svg,
                "<g><title>{}</title><rect class=\"cell\" x=\"{x}\" y=\"{y}\" width=\"{cell}\" height=\"{cell}\"/><rect \
                 class=\"{kind}\" fill-opacity=\"{opacity:.2}\" x=\"{x}\" y=\"{y}\" width=\"{cell}\" \
                 height=\"{cell}\"/>",
                escape(&title)
            );
            if count > 0 && columns.len() <= NUMBERED {
                let digits = count.to_string();
                // A long number is drawn smaller.
                let fits = (cell as f64 - 4.0) / (digits.len() as f64 * ASPECT);
                let strong = if share >= STRONG { " class=\"strong\"" } else { "" };
                let _ = write!(
                    svg,
                    "<text{strong} x=\"{}\" y=\"{base:.1}\" text-anchor=\"middle\" font-size=\"{:.1}\">{digits}</text>",
                    x + cell / 2,
                    fits.min(font)
                );
            }
            svg += "</g>\n";
        }
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_drawn_and_names_are_text() {
        let mut of = Confusion::new(3, 4);
        [(0, 0), (0, 0), (1, 2), (2, 3)].iter().for_each(|&(label, class)| of.add(label, class));
        let names = ["<b>", "a class with a name that is long", "c\x1b"];
        let svg =
            matrix(&of, |class| names.get(class).map_or_else(|| class.to_string(), ToString::to_string));
        assert_eq!(
            (svg.matches("class=\"cell\"").count(), svg.matches("<text").count()),
            (12, 2 + 4 + 3 + 3)
        );
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>") && !svg.contains('\x1b'));
        assert!(svg.contains("a class with a \u{2026}") && svg.contains("2 of 2 rows"));
    }

    #[test]
    fn large_matrices() {
        let svg = matrix(&Confusion::new(40, 40), |class| class.to_string());
        assert!(svg.len() < 600_000 && svg.starts_with("<svg"), "{}", svg.len());
        assert_eq!(matrix(&Confusion::new(65, 65), |class| class.to_string()), "");
    }
}
