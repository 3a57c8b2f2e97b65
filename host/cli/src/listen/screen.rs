//! The display of a listener: charts of the channels, labels with their counts, and what goes on.

use super::keys::Labels;
use super::session::Session;
use indicatif::HumanCount;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType, Paragraph, Row, Table};
use std::time::Duration;

/// The seconds that a chart shows.
const SHOWN: f64 = 10.0;
/// The least lines of a chart.
const LEAST: u16 = 6;

const SOFT: Style = Style::new().fg(Color::DarkGray);
const COLOURS: [Color; 6] =
    [Color::Cyan, Color::Yellow, Color::Magenta, Color::Green, Color::Blue, Color::Red];

/// Draws the state at a time.
pub(super) fn draw(frame: &mut Frame<'_>, title: &str, session: &Session, labels: &Labels, now: Duration) {
    let rows = [Constraint::Length(2), Constraint::Min(LEAST), Constraint::Length(2)];
    let [head, middle, foot] = Layout::vertical(rows).areas(frame.area());
    let rate = session.hertz().map_or("rate not measured yet".to_owned(), |hertz| format!("{hertz:.1} Hz"));
    let samples = HumanCount(session.samples);
    let numbers = format!("{rate}   {samples} samples{}", session.silence(now));
    let title = Line::styled(format!("listening to {title}"), Style::new().add_modifier(Modifier::BOLD));
    frame.render_widget(Paragraph::new(vec![title, Line::raw(numbers)]), head);
    let [left, right] = Layout::horizontal([Constraint::Percentage(65), Constraint::Fill(1)]).areas(middle);
    charts(frame, left, session);
    let [state, table] = Layout::vertical([Constraint::Length(3), Constraint::Fill(1)]).areas(right);
    recording(frame, state, session);
    counts(frame, table, session, labels);
    let keys = "1-9: record with a label   space: end it, or go on   q or Ctrl-C: end";
    let lines = vec![Line::raw(session.passed_over_in_words()), Line::styled(keys, SOFT)];
    frame.render_widget(Paragraph::new(lines), foot);
}

/// A chart for each channel, as many as there is room for.
fn charts(frame: &mut Frame<'_>, area: Rect, session: &Session) {
    let channels = session.format.channels().unwrap_or_default();
    let room = usize::from(area.height / LEAST).max(1);
    let shown = channels.len().min(room);
    if shown == 0 || session.samples == 0 {
        let block = Block::bordered().title("channels").border_style(SOFT);
        frame.render_widget(Paragraph::new("no samples yet").block(block), area);
        return;
    }
    let areas = Layout::vertical(vec![Constraint::Fill(1); shown]).split(area);
    for (place, (name, area)) in channels.iter().zip(areas.iter()).enumerate() {
        let left_out = channels.len() - shown;
        let more = if place + 1 == shown && left_out > 0 {
            format!(" (and {left_out} more channels)")
        } else {
            String::new()
        };
        chart(frame, *area, session, place, [name, &more]);
    }
}

fn chart(frame: &mut Frame<'_>, area: Rect, session: &Session, place: usize, [name, more]: [&str; 2]) {
    let history = session.history();
    // The samples of a piece come at the same time, so their distance is that of the rate.
    let (step, unit, span) = match session.hertz().filter(|hertz| *hertz > 0.0) {
        Some(hertz) => (1.0 / hertz, "s", SHOWN.min(history.len() as f64 / hertz)),
        None => (1.0, "samples", history.len() as f64),
    };
    let back = |index: usize| -(index as f64) * step;
    let points: Vec<(f64, f64)> = history
        .iter()
        .rev()
        .enumerate()
        .map(|(index, values)| (back(index), values.get(place).copied().unwrap_or_default()))
        .take_while(|(x, _)| -x <= span)
        .collect();
    let least = points.iter().map(|(_, y)| *y).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|(_, y)| *y).fold(f64::NEG_INFINITY, f64::max);
    // A line that stays at one value is in the middle.
    let margin = if most > least { 0.0 } else { most.abs().max(1.0) / 2.0 };
    let (bottom, top) = (least - margin, most + margin);
    let line = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line);
    let line = line.style(Style::new().fg(COLOURS[place % COLOURS.len()])).data(&points);
    let across = Axis::default().bounds([-span.max(step), 0.0]);
    let across = across.labels([format!("{:.0} {unit}", -span), "now".to_owned()]);
    let upwards = Axis::default().bounds([bottom, top]).labels([number(bottom), number(top)]);
    let chart = Chart::new(vec![line]).x_axis(across.style(SOFT)).y_axis(upwards.style(SOFT));
    let latest = session.history().back().and_then(|values| values.get(place)).copied().unwrap_or_default();
    let title = format!("{name}: {}{more}", number(latest));
    frame.render_widget(chart.block(Block::bordered().title(title).border_style(SOFT)), area);
}

/// A number in few characters.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        format!("{value:.2e}")
    } else if size >= 100.0 || value == value.trunc() {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}

fn recording(frame: &mut Frame<'_>, area: Rect, session: &Session) {
    let (text, style) = match session.recording() {
        Some(recording) => {
            let seconds = session.hertz().filter(|hertz| *hertz > 0.0);
            let seconds = seconds.map(|hertz| format!(", {:.1} s", recording.rows as f64 / hertz));
            let samples = HumanCount(recording.rows);
            let text = format!("{}: {samples} samples{}", recording.label, seconds.unwrap_or_default());
            (text, Style::new().fg(Color::Red).add_modifier(Modifier::BOLD))
        }
        None => ("not recording".to_owned(), SOFT),
    };
    let block = Block::bordered().title("recording").border_style(SOFT);
    frame.render_widget(Paragraph::new(Line::styled(text, style)).block(block), area);
}

/// The labels with their keys and what is stored of each.
fn counts(frame: &mut Frame<'_>, area: Rect, session: &Session, labels: &Labels) {
    let current = session.recording().map(|recording| recording.label.as_str());
    let row = |key: String, label: &str| {
        let tally = session.log.of(label);
        let style = if current == Some(label) { Style::new().fg(Color::Red) } else { Style::new() };
        let recordings = format!("{:>10}", HumanCount(tally.recordings).to_string());
        let samples = format!("{:>9}", HumanCount(tally.rows).to_string());
        Row::new([key, label.to_owned(), recordings, samples]).style(style)
    };
    let keyed = labels.names.iter().enumerate().map(|(place, label)| row((place + 1).to_string(), label));
    // The log may have labels of earlier days.
    let others = session.log.all.labels().filter(|label| !labels.names.iter().any(|name| name == label));
    let rows: Vec<Row<'_>> = keyed.chain(others.map(|label| row(String::new(), label))).collect();
    let widths = [Constraint::Length(3), Constraint::Fill(1), Constraint::Length(10), Constraint::Length(9)];
    let head = Row::new(["key", "label", "recordings", "  samples"]).style(SOFT);
    let file = session.log.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let block = Block::bordered().title(file).border_style(SOFT);
    frame.render_widget(Table::new(rows, widths).header(head).block(block), area);
}

#[cfg(test)]
#[path = "screen_tests.rs"]
mod tests;
