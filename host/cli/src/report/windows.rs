//! Windows of a signal and their features as SVG. Its colours are those of the page, light or dark.

use super::html::escape;
use eggroll_host::words;
use std::fmt::Write;

/// A window with what is computed of it.
pub(super) struct Picture {
    /// What it is, for a person.
    pub(super) title: String,
    /// Where it is from, for a person.
    pub(super) remark: String,
    /// The samples of each lane.
    pub(super) lanes: Vec<Vec<i16>>,
    /// The features, block by block.
    pub(super) blocks: Vec<Cells>,
}

/// Features that belong together, each in `-127..=127`.
pub(super) struct Cells {
    /// What they are, for a person.
    pub(super) name: String,
    /// The number of them in a column of the picture: those of a frame.
    pub(super) rows: usize,
    /// Column by column.
    pub(super) values: Vec<i8>,
}

/// The width of a picture, of its part with samples, and of the room between that and the features.
const WIDTH: f64 = 520.0;
const SAMPLES: f64 = 250.0;
const BETWEEN: f64 = 14.0;
/// The height of the samples.
const HEIGHT: f64 = 120.0;
/// Points of a lane: the least and the greatest sample of each.
const POINTS: usize = 250;
/// The height of the name of a block, and the room behind a block.
const NAME: f64 = 13.0;
const ROOM: f64 = 5.0;
/// The greatest size of a cell.
const CELL: f64 = 18.0;
/// The least height of the cells of one row.
const STRIP: f64 = 9.0;

/// The names of the lanes, each in its colour.
pub(super) fn legend(lanes: &[String]) -> String {
    let mut items = String::new();
    for (place, name) in lanes.iter().enumerate() {
        let name = escape(&words::shown(name, words::MOST));
        let _ = write!(
            items,
            "<li><i style=\"background:var(--series-{})\"></i>{name}</li>",
            place % super::curves::MOST
        );
    }
    if lanes.len() > 1 { format!("<ul class=\"legend\">{items}</ul>\n") } else { String::new() }
}

/// The figure of a window: its samples on the left, its features on the right.
pub(super) fn figure(picture: &Picture) -> String {
    let (cells, below) = features(&picture.blocks);
    let height = below.max(HEIGHT);
    let mut svg = format!(
        "<svg class=\"window\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
         font-size=\"10\">\n",
        escape(&picture.title)
    );
    samples(&mut svg, &picture.lanes);
    svg += &cells;
    svg += "</svg>\n";
    format!(
        "<figure class=\"signal\">\n<figcaption>{}<span>{}</span></figcaption>\n{svg}</figure>\n",
        escape(&picture.title),
        escape(&picture.remark)
    )
}

/// Draws the samples of all lanes over one another, between the least and the greatest of all.
fn samples(svg: &mut String, lanes: &[Vec<i16>]) {
    let all = || lanes.iter().flatten().map(|&sample| f64::from(sample));
    let (low, high) = all().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return;
    }
    // Samples that are all the same lie in the middle.
    let room = if high > low { 0.0 } else { 1.0 };
    let y = |sample: f64| 2.0 + (HEIGHT - 4.0) * (high + room - sample) / (high - low + 2.0 * room);
    let _ = writeln!(
        svg,
        "<rect class=\"frame\" x=\"0.5\" y=\"0.5\" width=\"{:.1}\" height=\"{:.1}\"/>",
        SAMPLES - 1.0,
        HEIGHT - 1.0
    );
    for (place, lane) in lanes.iter().enumerate() {
        let per_point = lane.len().div_ceil(POINTS).max(1);
        let mut points = String::new();
        for (at, part) in lane.chunks(per_point).enumerate() {
            let x = (at * per_point) as f64 * SAMPLES / lane.len().max(1) as f64;
            let (Some(&least), Some(&greatest)) = (part.iter().min(), part.iter().max()) else { continue };
            let _ = write!(points, "{x:.1},{:.1} ", y(least.into()));
            if greatest != least {
                let _ = write!(points, "{x:.1},{:.1} ", y(greatest.into()));
            }
        }
        let series = place % super::curves::MOST;
        let _ = writeln!(
            svg,
            "<polyline style=\"stroke:var(--series-{series})\" points=\"{}\"/>",
            points.trim_end()
        );
    }
}

/// Draws all blocks, one below the other, and returns where they end.
fn features(blocks: &[Cells]) -> (String, f64) {
    let (mut svg, mut top) = (String::new(), 0.0);
    let width = WIDTH - SAMPLES - BETWEEN;
    for block in blocks {
        let rows = block.rows.max(1);
        let columns = block.values.len().div_ceil(rows).max(1);
        let across = (width / columns as f64).min(CELL);
        let down = if rows == 1 { across.max(STRIP) } else { across.clamp(3.0, CELL) };
        let left = SAMPLES + BETWEEN;
        let _ = writeln!(
            svg,
            "<text x=\"{left}\" y=\"{:.1}\">{}</text>",
            top + NAME - 4.0,
            escape(&words::shown(&block.name, words::MOST))
        );
        top += NAME;
        for (at, &value) in block.values.iter().enumerate() {
            // The first of a column is at the bottom, as low frequencies are.
            let (column, row) = ((at / rows) as f64, (rows - 1 - at % rows) as f64);
            let opacity = f64::from(value.unsigned_abs()) / 127.0;
            let kind = if value < 0 { "below" } else { "above" };
            let _ = writeln!(
                svg,
                "<rect class=\"{kind}\" fill-opacity=\"{opacity:.2}\" x=\"{:.1}\" y=\"{:.1}\" \
                 width=\"{across:.2}\" height=\"{down:.2}\"/>",
                left + column * across,
                top + row * down
            );
        }
        let _ = writeln!(
            svg,
            "<rect class=\"frame\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            columns as f64 * across,
            rows as f64 * down
        );
        top += rows as f64 * down + ROOM;
    }
    (svg, top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_and_feature_is_drawn_and_names_are_text() {
        let cells = |name: &str, rows, count| Cells { name: name.to_owned(), rows, values: vec![-5; count] };
        let picture = Picture {
            title: "<wave>".to_owned(),
            remark: "recording 3\x1b".to_owned(),
            lanes: vec![(0..1000).map(|i| (i % 7) as i16).collect(), vec![5; 10], Vec::new()],
            blocks: vec![cells("statistics", 1, 18), cells("<mfcc>", 10, 45), cells("none", 1, 0)],
        };
        let svg = figure(&picture);
        assert_eq!((svg.matches("<polyline").count(), svg.matches("class=\"below\"").count()), (3, 63));
        assert!(svg.contains("&lt;wave&gt;") && !svg.contains("<wave>") && !svg.contains('\x1b'));
        assert!(svg.contains("&lt;mfcc&gt;") && !svg.contains("NaN") && !svg.contains("inf"));
        assert!(!figure(&Picture { lanes: Vec::new(), blocks: Vec::new(), ..picture }).contains("<polyline"));
        assert_eq!(legend(&["x".to_owned()]), "");
        assert!(legend(&["x".to_owned(), "<y>".to_owned()]).contains("&lt;y&gt;"));
    }
}
