//! Curves as SVG. Colours are attributes that the style sheet of a page replaces, so that one drawing serves
//! a light and a dark page. Without a page the drawing is light.

use super::error::ReportError;
use super::html::escape;
use super::thin::thinned;
use eggroll_host::words;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::fmt::Write;

/// A line of a chart.
pub(super) struct Series {
    /// Its name in the legend.
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// A chart of lines over the same axes.
pub(super) struct Chart {
    /// A name for programs.
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) remark: String,
    pub(super) x: &'static str,
    /// The range of the vertical axis. If it is `None`, the points decide.
    pub(super) range: Option<(f64, f64)>,
    pub(super) unit: &'static str,
    pub(super) wide: bool,
    pub(super) series: Vec<Series>,
}

/// Colours that can be told apart, for light and dark pages.
const COLOURS: [(u32, u32); 8] = [
    (0x2a_78_d6, 0x4f_9b_f0),
    (0xe0_66_1b, 0xf0_8a_4b),
    (0x16_97_6a, 0x2f_bf_8f),
    (0x7a_4f_c9, 0xa0_85_ee),
    (0xb8_86_00, 0xd9_ab_2c),
    (0xd1_3f_6a, 0xee_73_98),
    (0x0d_8f_a8, 0x3f_bd_d6),
    (0x6b_72_80, 0xa3_ab_ba),
];
/// The most lines of a chart.
pub(super) const MOST: usize = COLOURS.len();
const TEXT: u32 = 0x5c_63_70;
const GRID: u32 = 0xe2_e5_ea;

/// The drawing is twice as large as it is shown, because its coordinates are whole numbers.
const SCALE: u32 = 2;

fn colour(rgb: u32) -> RGBColor {
    RGBColor((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

/// The style that replaces the colours of the drawing.
pub(super) fn style() -> String {
    let (mut light, mut dark, mut uses) = (String::new(), String::new(), String::new());
    let pairs = COLOURS.iter().enumerate().map(|(i, &(l, d))| (format!("--series-{i}"), l, d));
    for (name, l, d) in pairs {
        let _ = write!(light, " {name}: #{l:06x};");
        let _ = write!(dark, " {name}: #{d:06x};");
        let _ = writeln!(uses, "svg [stroke=\"#{l:06X}\"] {{ stroke: var({name}); }}");
    }
    let _ = writeln!(uses, "svg [fill=\"#{TEXT:06X}\"] {{ fill: var(--soft); }}");
    let _ = writeln!(uses, "svg [stroke=\"#{GRID:06X}\"] {{ stroke: var(--line); }}");
    format!(
        ":root {{{light} }}\n@media (prefers-color-scheme: dark) {{ :root {{{dark} }} }}\n{uses}\
         svg polyline {{ stroke-linejoin: round; stroke-linecap: round; }}\n"
    )
}

/// The chart as a figure of a page. It is empty if there is nothing to draw.
pub(super) fn figure(mut chart: Chart) -> Result<String, ReportError> {
    for series in &mut chart.series {
        series.points = thinned(core::mem::take(&mut series.points));
    }
    if chart.series.iter().all(|series| series.points.is_empty()) {
        return Ok(String::new());
    }
    let svg =
        draw(&chart).map_err(|error| ReportError::Drawing { what: chart.title, why: error.to_string() })?;
    let mut legend = String::new();
    if chart.series.len() > 1 {
        for (place, series) in chart.series.iter().enumerate() {
            let name = escape(&words::shown(&series.name, words::MOST));
            let _ =
                write!(legend, "<li><i style=\"background:var(--series-{})\"></i>{name}</li>", place % MOST);
        }
        legend = format!("<ul class=\"legend\">{legend}</ul>\n");
    }
    Ok(format!(
        "<figure id=\"curve-{}\"{}>\n<figcaption>{}<span>{}</span></figcaption>\n{legend}{svg}</figure>\n",
        chart.key,
        if chart.wide { " class=\"wide\"" } else { "" },
        escape(chart.title),
        escape(&chart.remark),
    ))
}

fn draw(chart: &Chart) -> Result<String, Box<dyn std::error::Error>> {
    let size = if chart.wide { (1072, 380) } else { (520, 260) };
    let mut svg = String::new();
    draw_on(&SVGBackend::with_string(&mut svg, (size.0 * SCALE, size.1 * SCALE)).into_drawing_area(), chart)?;
    // Screen readers read the title of the drawing.
    Ok(svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{}\" ", escape(chart.title)), 1))
}

fn draw_on(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    chart: &Chart,
) -> Result<(), Box<dyn std::error::Error>> {
    let points = || chart.series.iter().flat_map(|series| series.points.iter().copied());
    let end = points().map(|(x, _)| x).fold(0.0, f64::max).max(1e-3);
    let (bottom, top) =
        chart.range.unwrap_or_else(|| (0.0, nice(points().map(|(_, y)| y).fold(0.0, f64::max))));
    let largest = top.abs().max(bottom.abs());
    let scaled = |size: u32| size * SCALE;
    let text = ("sans-serif", scaled(13)).into_font().color(&colour(TEXT));
    let mut axes = ChartBuilder::on(area)
        .margin_top(scaled(10))
        .margin_right(scaled(16))
        .x_label_area_size(scaled(40))
        .y_label_area_size(scaled(46))
        .build_cartesian_2d(0.0..end, bottom..top)?;
    axes.configure_mesh()
        .disable_x_mesh()
        .x_desc(chart.x)
        .x_labels(if chart.wide { 12 } else { 7 })
        .y_labels(6)
        .x_label_formatter(&|x| short(*x, end, end))
        .y_label_formatter(&|y| format!("{}{}", short(*y, largest, top - bottom), chart.unit))
        .bold_line_style(colour(GRID).stroke_width(SCALE))
        .light_line_style(TRANSPARENT)
        .axis_style(colour(GRID).stroke_width(SCALE))
        .axis_desc_style(text.clone())
        .label_style(text)
        .draw()?;
    for (place, series) in chart.series.iter().enumerate() {
        let style = colour(COLOURS[place % MOST].0).stroke_width(scaled(2));
        axes.draw_series(LineSeries::new(series.points.iter().copied(), style))?;
        // A single point is not a line.
        if let [point] = series.points[..] {
            axes.draw_series([Circle::new(point, scaled(3), style.filled())])?;
        }
    }
    area.present()?;
    Ok(())
}

/// The smallest round number that is not less.
fn nice(largest: f64) -> f64 {
    if largest <= 0.0 || !largest.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(largest.log10().floor());
    let steps = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    power * steps.into_iter().find(|step| step * power >= largest).unwrap_or(10.0)
}

/// A number on an axis whose largest magnitude is `end`, and which covers so much.
fn short(number: f64, end: f64, covered: f64) -> String {
    let (unit, suffix) = match end.abs() {
        e if e >= 2e6 => (1e6, "M"),
        e if e >= 2e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let (number, covered) = (number / unit, covered / unit);
    let digits = if covered >= 8.0 {
        0
    } else if covered >= 0.8 {
        1
    } else if covered >= 0.08 {
        2
    } else {
        3
    };
    let text = format!("{number:.digits$}");
    if number == 0.0 { "0".to_owned() } else { text + suffix }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(series: Vec<Series>) -> Chart {
        let (key, title, remark, x) = ("k", "<T>", "r".to_owned(), "generation");
        Chart { key, title, remark, x, range: None, unit: "", wide: false, series }
    }

    #[test]
    fn every_point_is_drawn_and_text_is_escaped() {
        let points: Vec<(f64, f64)> = (1..=37).map(|x| (f64::from(x), f64::from(x % 5))).collect();
        let series = |name: &str| Series { name: name.to_owned(), points: points.clone() };
        let figure = figure(chart(vec![series("<a>"), series("b")])).unwrap();
        for (light, _) in &COLOURS[..2] {
            let line =
                figure.split("<polyline").find(|line| line.contains(&format!("#{light:06X}"))).unwrap();
            let points = line.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
            assert_eq!(points.split_whitespace().count(), 37);
        }
        assert!(figure.contains("&lt;a&gt;") && figure.contains("&lt;T&gt;") && !figure.contains("<a>"));
    }

    #[test]
    fn a_drawing_stays_small_and_holds_nothing_that_acts() {
        let points = (0..100_000).map(|x| (f64::from(x), f64::from(x % 97))).collect();
        let name = format!("\x1b[2J{}", "x".repeat(100_000));
        let figure =
            figure(chart(vec![Series { name, points }, Series { name: "b".into(), points: vec![] }]));
        let figure = figure.unwrap();
        assert!(figure.len() < 40_000, "{}", figure.len());
        assert!(figure.contains("\\u{1b}[2Jxxx") && !figure.contains('\x1b'));
    }

    #[test]
    fn nothing_or_little_to_draw() {
        assert_eq!(figure(chart(vec![])).unwrap(), "");
        let one = figure(chart(vec![Series { name: "a".to_owned(), points: vec![(1.0, 0.0)] }])).unwrap();
        assert!(one.contains("<circle"));
        assert_eq!([0.0, 0.7, 3.2, 99.0, 101.0].map(nice), [1.0, 0.8, 4.0, 100.0, 150.0]);
        assert_eq!(
            [short(0.0, 5.0, 5.0), short(1500.0, 1900.0, 1900.0), short(1500.0, 6000.0, 6000.0)],
            ["0", "1500", "1.5k"]
        );
        assert_eq!([short(0.95, 1.0, 0.15), short(1.0, 1.0, 0.15)], ["0.95", "1.00"]);
    }
}
