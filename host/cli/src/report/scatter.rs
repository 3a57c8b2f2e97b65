//! Points over two axes as SVG. Its colours are those of the page, light or dark.

use super::html::escape;
use std::fmt::Write;

/// The most points that are drawn.
pub(super) const MOST_POINTS: usize = 1500;
/// The size of the picture, and of the borders around the points, but for the left one.
const SIZE: (f64, f64) = (520.0, 380.0);
const TOP: f64 = 10.0;
const RIGHT: f64 = 14.0;
const BOTTOM: f64 = 44.0;
/// The width of a digit of the labels.
const DIGIT: f64 = 7.2;
/// About so many labels are on an axis.
const LABELS: f64 = 5.0;

/// Where points are right.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Where both coordinates are equal: the axes have the same range.
    Equal,
    /// Where the second coordinate is 0.
    Zero,
}

/// A picture of points.
pub(super) struct Scatter {
    pub(super) title: String,
    pub(super) remark: String,
    pub(super) x: &'static str,
    pub(super) y: &'static str,
    pub(super) level: Level,
    pub(super) points: Vec<(f64, f64)>,
}

/// An axis: its ends, the numbers that are labelled, and their texts.
struct Axis {
    low: f64,
    high: f64,
    labels: Vec<(f64, String)>,
}

impl Axis {
    /// An axis from the least of some numbers to the greatest.
    fn over(numbers: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        numbers.filter(|number| number.is_finite()).for_each(|number| {
            low = low.min(number);
            high = high.max(number);
        });
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        // So that no point lies on the border, and that there is a range.
        let room = if high > low { 0.03 * (high - low) } else { f64::max(low.abs() * 0.1, 1e-9) };
        (low, high) = (low - room, high + room);
        let step = step((high - low) / LABELS);
        let decimals = (-step.log10()).ceil().max(0.0) as usize + usize::from(is_between(step));
        let text = |value: f64| {
            if high.abs().max(low.abs()) >= 1e12 || decimals > 9 {
                format!("{value:.2e}")
            } else if value.abs() < step / 2.0 {
                "0".to_owned()
            } else {
                format!("{value:.decimals$}")
            }
        };
        let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
        let labels = (first..=last).map(|place| place as f64 * step);
        Self { low, high, labels: labels.map(|value| (value, text(value))).collect() }
    }

    /// Where a number is, from 0 to 1.
    fn place(&self, number: f64) -> f64 {
        (number - self.low) / (self.high - self.low)
    }
}

/// The least of 1, 2, 2.5 and 5 times a power of ten that is not below.
fn step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= least).unwrap_or(10.0 * power)
}

/// Whether a step is 2.5 times a power of ten that is not above 1, which takes another decimal.
fn is_between(step: f64) -> bool {
    let power = 10f64.powf(step.log10().floor());
    (step / power - 2.5).abs() < 1e-6 && power < 1.5
}

impl Scatter {
    /// The figure of a page.
    pub(super) fn figure(&self) -> String {
        let xs = |point: &(f64, f64)| point.0;
        let ys = |point: &(f64, f64)| point.1;
        let points = || self.points.iter();
        let (x, y) = match self.level {
            Level::Equal => {
                let both = || points().map(xs).chain(points().map(ys));
                (Axis::over(both()), Axis::over(both()))
            }
            Level::Zero => (Axis::over(points().map(xs)), Axis::over(points().map(ys).chain([0.0]))),
        };
        let longest = y.labels.iter().map(|(_, text)| text.len()).max().unwrap_or(0);
        let left = longest as f64 * DIGIT + 34.0;
        let (width, height) = (SIZE.0 - left - RIGHT, SIZE.1 - TOP - BOTTOM);
        let at_x = |number: f64| left + width * x.place(number);
        let at_y = |number: f64| TOP + height * (1.0 - y.place(number));
        let mut svg = format!(
            "<svg class=\"scatter\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\" font-size=\"12\">\n",
            escape(&self.title),
            SIZE.0,
            SIZE.1
        );
        for (number, text) in &y.labels {
            let (end, y) = (left + width, at_y(*number));
            let _ = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{left:.1}\" y1=\"{y:.1}\" x2=\"{end:.1}\" y2=\"{y:.1}\"/><text \
                 x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                left - 6.0,
                y + 4.0
            );
        }
        for (number, text) in &x.labels {
            let (end, x) = (TOP + height, at_x(*number));
            let _ = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP:.1}\" x2=\"{x:.1}\" y2=\"{end:.1}\"/><text \
                 x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
                end + 17.0
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n<text transform=\"translate(13 {:.1}) \
             rotate(-90)\" text-anchor=\"middle\">{}</text>",
            left + width / 2.0,
            SIZE.1 - 6.0,
            self.x,
            TOP + height / 2.0,
            self.y
        );
        svg += "<g class=\"points\">\n";
        for &(of_x, of_y) in points().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let _ = writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.4\"/>", at_x(of_x), at_y(of_y));
        }
        svg += "</g>\n";
        let ends = match self.level {
            Level::Equal => (y.low, y.high),
            Level::Zero => (0.0, 0.0),
        };
        let _ = writeln!(
            svg,
            "<line class=\"level\" x1=\"{left:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>\n</svg>",
            at_y(ends.0),
            left + width,
            at_y(ends.1)
        );
        format!(
            "<figure>\n<figcaption>{}<span>{}</span></figcaption>\n{svg}</figure>\n",
            escape(&self.title),
            escape(&self.remark)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(numbers: &[f64]) -> Vec<String> {
        Axis::over(numbers.iter().copied()).labels.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn labels_are_round() {
        assert_eq!(labels(&[0.0, 100.0]), ["0", "25", "50", "75", "100"]);
        assert_eq!(labels(&[-1.2, 1.1]), ["-1.0", "-0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels(&[0.0, 1.0]), ["0", "0.25", "0.50", "0.75", "1.00"]);
        assert_eq!(labels(&[2000.0, 2004.0]), ["2000", "2001", "2002", "2003", "2004"]);
        // Nothing, or all the same, or no number has an axis, too.
        for odd in [&[][..], &[5.0], &[0.0, 0.0], &[f64::NAN, f64::INFINITY], &[-1e300, 1e300], &[1e-30]] {
            let axis = Axis::over(odd.iter().copied());
            assert!(axis.high > axis.low && (1..12).contains(&axis.labels.len()), "{odd:?}");
        }
    }

    #[test]
    fn every_point_is_drawn_and_text_is_escaped() {
        let points = (0..37).map(|x| (f64::from(x), f64::from(x * x))).collect();
        let [title, remark] = ["<a>", "<b>"].map(str::to_owned);
        let figure = Scatter { title, remark, x: "true", y: "answer", level: Level::Equal, points }.figure();
        assert_eq!(figure.matches("<circle").count(), 37);
        assert!(figure.contains("&lt;a&gt;") && !figure.contains("<a>") && !figure.contains("<b>"));
        assert!(!figure.contains("NaN") && !figure.contains("inf"));
    }
}
