use super::{MetricsRow, write_atomically};
use crate::error::Error;
use plotters::prelude::*;
use std::path::Path;

const SIZE: (u32, u32) = (800, 420);

/// Draws validation accuracy against forward passes as an SVG.
///
/// # Errors
/// [`Error::Io`]; [`Error::Config`] where the curve cannot be drawn.
pub fn write_curve(path: &Path, title: &str, rows: &[MetricsRow]) -> Result<(), Error> {
    let mut svg = String::new();
    draw(&mut svg, title, rows).map_err(|error| Error::Config(format!("cannot draw the curve: {error}")))?;
    write_atomically(path, svg.as_bytes())
}

fn draw(svg: &mut String, title: &str, rows: &[MetricsRow]) -> Result<(), Box<dyn std::error::Error>> {
    let passes = |row: &MetricsRow| row.forward_passes as f64 / 1000.0;
    let accuracy = |row: &MetricsRow| 100.0 * row.validation_accuracy;
    // The last percents are what one looks for: the axis begins at the ten below the lowest point.
    let lowest = rows.iter().map(accuracy).fold(90.0, f64::min);
    let bottom = (lowest / 10.0).floor() * 10.0;
    let end = rows.last().map_or(1.0, passes).max(1e-3);
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 17))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..end, bottom..100.0)?;
    chart
        .configure_mesh()
        .x_desc("forward passes (thousands)")
        .y_desc("validation accuracy (%)")
        .y_labels(11)
        .x_label_formatter(&|passes| format!("{passes:.0}"))
        .y_label_formatter(&|percent| format!("{percent:.0}"))
        .light_line_style(WHITE)
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .draw()?;
    let points = rows.iter().map(|row| (passes(row), accuracy(row)));
    chart.draw_series(LineSeries::new(points, full_palette::BLUE_700.stroke_width(2)))?;
    area.present()?;
    Ok(())
}
