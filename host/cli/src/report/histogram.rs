//! The scores of normal rows and of anomalies as SVG. Its colours are those of the page, light or dark.

use super::html::count;
use eggroll_host::measure::Detection;
use std::fmt::Write;

/// The bars of each kind of row.
const BARS: usize = 48;
/// Where the axis begins and ends, and how wide the picture is.
const AXIS: (f64, f64) = (12.0, 1060.0);
const WIDTH: u32 = 1072;
/// The height of the bars of a kind, and of the line above them.
const HEIGHT: f64 = 90.0;
const TITLE: f64 = 34.0;

/// The logarithmic axis of scores.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn of(detection: &Detection) -> Self {
        let all = detection.normal.iter().chain(&detection.anomalies).chain([&detection.threshold]);
        let all: Vec<f64> = all.map(|&score| f64::from(score.max(1))).collect();
        let low = all.iter().copied().fold(f64::MAX, f64::min);
        // Scores that are all the same have an axis as well.
        let high = all.iter().copied().fold(low * 2.0, f64::max);
        Self { low, high }
    }

    /// Where a score is between both ends, from 0 to 1.
    fn share(&self, score: f64) -> f64 {
        ((score.max(1.0) / self.low).ln() / (self.high / self.low).ln()).clamp(0.0, 1.0)
    }

    fn x(&self, score: f64) -> f64 {
        AXIS.0 + (AXIS.1 - AXIS.0) * self.share(score)
    }

    /// The score at the beginning of a bar.
    fn begin(&self, bar: usize) -> f64 {
        self.low * (self.high / self.low).powf(bar as f64 / BARS as f64)
    }

    /// Round scores between both ends: 1, 2 and 5 times powers of ten, or the powers alone where these are
    /// many.
    fn ticks(&self) -> Vec<f64> {
        let steps: &[f64] = if self.high / self.low > 1e4 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let powers = (0..10).flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
        powers.filter(|tick| (self.low..=self.high).contains(tick)).collect()
    }
}

/// A histogram of the scores of normal rows, above one of those of anomalies, with the threshold across both.
pub(super) fn picture(detection: &Detection) -> String {
    let axis = Axis::of(detection);
    let kinds = [("normal rows", &detection.normal, 2), ("anomalies", &detection.anomalies, 1)];
    let kinds: Vec<_> = kinds.into_iter().filter(|(_, scores, _)| !scores.is_empty()).collect();
    let bottom = (HEIGHT + TITLE) * kinds.len() as f64;
    let height = bottom + 44.0;
    let mut svg = format!(
        "<svg class=\"matrix\" role=\"img\" aria-label=\"Scores\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
         font-size=\"13\">\n"
    );
    for (place, (name, scores, series)) in kinds.into_iter().enumerate() {
        let base = (HEIGHT + TITLE) * (place + 1) as f64;
        bars(&mut svg, &axis, (name, scores, series), base);
    }
    for tick in axis.ticks() {
        text(&mut svg, (axis.x(tick), bottom + 18.0), "middle", &count(tick as u64));
    }
    let at = axis.x(detection.threshold.into());
    // The word stands where there is room for it.
    let (anchor, beside) = if at > f64::from(WIDTH) / 2.0 { ("end", -6.0) } else { ("start", 6.0) };
    let _ = writeln!(
        svg,
        "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"2\" y2=\"{bottom:.0}\" style=\"stroke:var(--ink)\" \
         stroke-dasharray=\"5 4\"/>"
    );
    text(&mut svg, (at + beside, 14.0), anchor, "threshold");
    text(&mut svg, ((AXIS.0 + AXIS.1) / 2.0, bottom + 38.0), "middle", "score, logarithmic");
    format!(
        "<figure id=\"scores\" class=\"wide\" style=\"margin:20px 0 24px\">\n<figcaption>Scores<span>how many rows \
         have a squared error of this size; each kind is drawn to its own height</span></figcaption>\n{svg}</svg>\n\
         </figure>\n"
    )
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"soft\" x=\"{x:.1}\" y=\"{y:.0}\" text-anchor=\"{anchor}\">{text}</text>"
    );
}

/// The bars of a kind of row, which stand on a line at `base`.
fn bars(svg: &mut String, axis: &Axis, (name, scores, series): (&str, &[i32], usize), base: f64) {
    let mut bars = [0usize; BARS];
    for &score in scores {
        let bar = ((axis.share(score.into()) * BARS as f64) as usize).min(BARS - 1);
        if let Some(rows) = bars.get_mut(bar) {
            *rows += 1;
        }
    }
    let most = bars.iter().copied().max().unwrap_or(1).max(1);
    let said = format!("{} {name}", count(scores.len() as u64));
    // It is not where the word of the threshold may be.
    text(svg, (AXIS.0, base - HEIGHT - 6.0), "start", &said);
    for (bar, &rows) in bars.iter().enumerate().filter(|(_, rows)| **rows > 0) {
        let (from, to) = (axis.begin(bar), axis.begin(bar + 1));
        let (left, right, tall) = (axis.x(from), axis.x(to), HEIGHT * rows as f64 / most as f64);
        let _ = writeln!(
            svg,
            "<g><title>{rows} {name} with scores from {} to {}</title><rect x=\"{left:.1}\" y=\"{:.1}\" \
             width=\"{:.1}\" height=\"{tall:.1}\" style=\"fill:var(--series-{series})\"/></g>",
            count(from as u64),
            count(to as u64),
            base - tall,
            (right - left - 1.0).max(1.0)
        );
    }
    let _ = writeln!(
        svg,
        "<line x1=\"{}\" x2=\"{}\" y1=\"{base:.1}\" y2=\"{base:.1}\" style=\"stroke:var(--line)\"/>",
        AXIS.0, AXIS.1
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_a_bar() {
        let detection =
            Detection { threshold: 100, normal: vec![0, 10, 10, 99], anomalies: vec![100, 90_000] };
        let svg = picture(&detection);
        let rows: usize = svg
            .split("<title>")
            .skip(1)
            .map(|bar| bar.split(' ').next().unwrap().parse::<usize>().unwrap())
            .sum();
        assert_eq!((rows, svg.matches("stroke-dasharray").count()), (6, 1));
        assert!(svg.contains("4 normal rows") && svg.contains("2 anomalies") && svg.contains(">10,000<"));
    }

    #[test]
    fn scores_that_are_all_the_same_have_an_axis() {
        let svg = picture(&Detection { threshold: 0, normal: vec![0; 3], anomalies: vec![] });
        assert!(svg.contains("3 normal rows") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
