//! The file `curve.svg` of a run, with the curve of the score alone.

use super::error::ReportError;
use super::thin::thinned;
use eggroll_host::measure::Measure;
use eggroll_host::run::{MetricsRow, write_atomically};
use eggroll_host::words;
use plotters::prelude::*;
use std::path::Path;

const SIZE: (u32, u32) = (800, 420);

/// Draws the score against forward passes or episodes as an SVG.
///
/// # Errors
/// [`ReportError::Run`] if it cannot be written; [`ReportError::Drawing`].
pub(super) fn write_curve(path: &Path, title: &str, rows: &[MetricsRow]) -> Result<(), ReportError> {
    let mut svg = String::new();
    draw(&mut svg, title, rows)
        .map_err(|error| ReportError::Drawing { what: "the curve", why: error.to_string() })?;
    Ok(write_atomically(path, svg.as_bytes())?)
}

fn draw(svg: &mut String, title: &str, rows: &[MetricsRow]) -> Result<(), Box<dyn std::error::Error>> {
    let measure = rows.last().map_or(Measure::Accuracy, |row| row.validation.measure);
    let (scale, across, upwards) = match measure {
        Measure::Accuracy => (1000.0, "forward passes (thousands)", "validation accuracy (%)"),
        Measure::R2 => (1000.0, "forward passes (thousands)", "validation R²"),
        Measure::Return => (1.0, "episodes", "mean return"),
        Measure::Own => (1.0, "trials", "mean score"),
        Measure::Success => (1000.0, "answers of members (thousands)", "right answers (%)"),
        Measure::Bits => (1000.0, "tokens through models (thousands)", "validation bits a byte"),
    };
    let point = |row: &MetricsRow| (row.forward_passes as f64 / scale, row.validation.on_axis());
    let points = thinned(rows.iter().map(point));
    let (bottom, top) = measure.axis(points.iter().map(|(_, value)| *value));
    let end = points.last().map_or(1.0, |(passes, _)| *passes).max(1e-3);
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(words::shown(title, 2 * words::MOST), ("sans-serif", 17))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..end, bottom..top)?;
    chart
        .configure_mesh()
        .x_desc(across)
        .y_desc(upwards)
        .y_labels(11)
        .x_label_formatter(&|passes| format!("{passes:.0}"))
        .y_label_formatter(&|value| match measure {
            Measure::Bits | Measure::R2 => format!("{value:.2}"),
            Measure::Accuracy | Measure::Success | Measure::Return | Measure::Own => format!("{value:.0}"),
        })
        .light_line_style(WHITE)
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .draw()?;
    chart.draw_series(LineSeries::new(points, full_palette::BLUE_700.stroke_width(2)))?;
    area.present()?;
    Ok(())
}
