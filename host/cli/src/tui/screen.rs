//! The terminal interface itself, drawn with ratatui.

use super::taken::{Taken, quits, restore};
use super::{View, possible};
use crate::error::Error;
use crate::output::count;
use eggroll_host::fleet::Share;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Block, Chart, Dataset, Gauge, GraphType, Paragraph, Row, Table};
use std::collections::VecDeque;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The terminal while the display of a run has it.
pub(crate) struct Tui {
    terminal: Taken,
    stop: CancellationToken,
}

impl Tui {
    /// Takes the terminal. The key q and Ctrl-C cancel `stop`; a second one of them ends the program with
    /// `code`.
    ///
    /// # Errors
    /// [`Error::Usage`] if there is no terminal.
    pub(crate) fn open(stop: &CancellationToken, code: u8) -> Result<Self, Error> {
        possible()?;
        let pressed = stop.clone();
        let terminal = Taken::open("--tui", move |key| {
            if quits(key) {
                if pressed.is_cancelled() {
                    restore();
                    std::process::exit(code.into());
                }
                pressed.cancel();
            }
        })?;
        Ok(Self { terminal, stop: stop.clone() })
    }

    /// Shows the present state of a run. If the terminal fails it is restored, and the run goes on.
    pub(crate) fn show(&mut self, view: &mut View) {
        view.stopping = self.stop.is_cancelled();
        self.terminal.draw(|frame, said| draw(frame, view, said));
    }
}

fn draw(frame: &mut Frame<'_>, view: &View, said: &VecDeque<String>) {
    let rows = [
        Constraint::Length(2),
        Constraint::Length(1),
        Constraint::Min(6),
        Constraint::Length(6),
        Constraint::Length(1),
    ];
    let [head, bar, middle, messages, foot] = Layout::vertical(rows).areas(frame.area());
    let soft = Style::new().fg(Color::DarkGray);
    let latest = view.latest.map_or("-".to_owned(), |score| score.to_string());
    let numbers = format!(
        "validation {latest}   {} {}, {}/s   {} elapsed, {} left",
        count(view.passes as f64),
        view.measure.short_trials(),
        count(view.rate),
        clock(Some(view.elapsed)),
        clock(view.left),
    );
    let title = Line::styled(view.title.as_str(), Style::new().add_modifier(Modifier::BOLD));
    frame.render_widget(Paragraph::new(vec![title, Line::raw(numbers)]), head);
    let ratio = f64::from(view.generation) / f64::from(view.planned.max(1));
    let label = format!("generation {}/{}", view.generation, view.planned);
    let gauge = Gauge::default().ratio(ratio.clamp(0.0, 1.0)).label(label);
    frame.render_widget(gauge.gauge_style(Style::new().fg(Color::Blue).bg(Color::Black)), bar);
    let [left, right] = Layout::horizontal([Constraint::Percentage(60), Constraint::Fill(1)]).areas(middle);
    curve(frame, left, view, soft);
    boards(frame, right, view, soft);
    let lines = said.iter().rev().take(4).rev().map(|line| Line::raw(line.as_str()));
    let block = Block::bordered().title("messages").border_style(soft);
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).block(block), messages);
    let text = if view.stopping {
        "stopping after this generation; again to leave at once".to_owned()
    } else {
        format!("q or Ctrl-C: stop, the run is kept   run {}", view.run)
    };
    frame.render_widget(Paragraph::new(Line::styled(text, soft)), foot);
}

fn curve(frame: &mut Frame<'_>, area: Rect, view: &View, soft: Style) {
    let end = view.curve.last().map_or(1.0, |(passes, _)| passes.max(1.0));
    let (bottom, top) = view.measure.axis(view.curve.iter().map(|(_, value)| *value));
    let (unit, trials) = (view.measure.unit(), view.measure.short_trials());
    let line = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line);
    let line = line.style(Style::new().fg(Color::Cyan)).data(&view.curve);
    let across =
        Axis::default().bounds([0.0, end]).labels(["0".to_owned(), format!("{} {trials}", count(end))]);
    let labels = [bottom, (bottom + top) / 2.0, top].map(|value| format!("{value:.0}{unit}"));
    let upwards = Axis::default().bounds([bottom, top]).labels(labels);
    let chart = Chart::new(vec![line]).x_axis(across.style(soft)).y_axis(upwards.style(soft));
    let title = view.measure.title().to_lowercase();
    frame.render_widget(chart.block(Block::bordered().title(title).border_style(soft)), area);
}

fn boards(frame: &mut Frame<'_>, area: Rect, view: &View, soft: Style) {
    let room = usize::from(area.height.saturating_sub(3));
    let all = view.boards.len();
    let shown = if all > room { room.saturating_sub(1) } else { all };
    let of = |share: &Share| Row::new([share.name.clone(), count(share.rate), count(share.units as f64)]);
    let mut rows: Vec<Row<'_>> = view.boards.iter().take(shown).map(of).collect();
    if shown < all {
        rows.push(Row::new([format!("and {} more", all - shown)]));
    }
    let widths = [Constraint::Fill(1), Constraint::Length(9), Constraint::Length(9)];
    let head = Row::new(["board", "units/s", "units"]).style(soft);
    let block = Block::bordered().title(format!("{all} boards")).border_style(soft);
    frame.render_widget(Table::new(rows, widths).header(head).block(block), area);
}

fn clock(time: Option<Duration>) -> String {
    time.map_or("-".to_owned(), |time| {
        let seconds = time.as_secs();
        format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_host::measure::{Measure, Score};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn shown(view: &View, size: (u16, u16), said: &[&str]) -> String {
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        let said = said.iter().map(|line| (*line).to_owned()).collect();
        terminal.draw(|frame| draw(frame, view, &said)).unwrap();
        let buffer = terminal.backend().buffer();
        let rows = buffer.content().chunks(usize::from(size.0));
        rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>() + "\n").collect()
    }

    #[test]
    fn everything_has_its_place() {
        let share =
            |n: u64| Share { name: format!("sim-{n}"), rate: 1500.0 * n as f64, units: 10 * n, reloads: 0 };
        let mut view = View {
            title: "digits 64-64-10, seed 1".to_owned(),
            run: "runs/digits-1".to_owned(),
            generation: 1500,
            planned: 6000,
            passes: 70_376,
            rate: 2.5e6,
            elapsed: Duration::from_secs(61),
            left: Some(Duration::from_secs(3723)),
            measure: Measure::Accuracy,
            curve: (0..20).map(|i| (f64::from(i) * 1000.0, 40.0 + 3.0 * f64::from(i))).collect(),
            latest: Some(Score::accuracy(0.97)),
            boards: (1..=3).map(share).collect(),
            stopping: false,
        };
        let text = shown(&view, (100, 30), &["lost sim-2: gone"]);
        for words in [
            "digits 64-64-10, seed 1",
            "validation 97.0 %",
            "70.4k passes, 2.50M/s",
            "0:01:01 elapsed, 1:02:03 left",
            "generation 1500/6000",
            "sim-3",
            "4.5k",
            "40 %",
            "19.0k passes",
            "lost sim-2: gone",
            "3 boards",
            "q or Ctrl-C",
            "runs/digits-1",
        ] {
            assert!(text.contains(words), "no `{words}` in\n{text}");
        }
        assert!(text.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "no curve in\n{text}");
        view.stopping = true;
        view.boards = (1..=60).map(share).collect();
        let text = shown(&view, (100, 30), &[]);
        assert!(text.contains("stopping") && text.contains("more") && text.contains("60 boards"), "{text}");
        let played = View {
            measure: Measure::Return,
            curve: vec![(64.0, -1210.0), (128.0, -310.0)],
            latest: Some(Score::mean_return(-310.0)),
            ..View::default()
        };
        let text = shown(&played, (100, 30), &[]);
        for words in ["mean return", "validation -310.0", "episodes", "-1400", "-800", "-200"] {
            assert!(text.contains(words) && !text.contains('%'), "no `{words}` in\n{text}");
        }
        // Nothing is known yet and there is hardly any room, but it is drawn nevertheless.
        for size in [(100, 30), (20, 5), (1, 1)] {
            shown(&View::default(), size, &[]);
        }
    }
}
