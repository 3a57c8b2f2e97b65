//! The signal of a run, as a section of its report: a window of each class, and its features.

use super::html::escape;
use super::windows::{Cells, Picture, figure, legend};
use eggroll_host::data::{Preprocessing, ShownWindow, Signal, shown_windows};
use eggroll_host::run::{Config, Source};
use std::fmt::Write;

/// The most windows that are drawn.
const MOST: usize = 12;

/// The section, with its heading. It is empty for a run whose data are no signal, or are not there.
pub(super) fn section(config: &Config) -> String {
    let Source::Samples(samples) = &config.source else { return String::new() };
    let (Some(stored), Some(file)) = (&samples.preprocessing, samples.name.file()) else {
        return String::new();
    };
    let Some(signal) = stored.signal.as_deref().filter(|_| !config.source.task().is_piped()) else {
        return String::new();
    };
    let mut html = format!("<h2>Signal</h2>\n<p class=\"note\">{}</p>\n", escape(&said(signal)));
    match shown_windows(file, &samples.reading, stored, MOST) {
        Ok(windows) => html += &pictures(&windows, stored, signal),
        Err(error) => {
            // The page may be given to others, who need not know this machine's folders.
            tracing::warn!("the windows are left out of the report: {error}");
            html +=
                "<p class=\"note\">The recordings cannot be read where they were: no window is drawn.</p>\n";
        }
    }
    html
}

/// What is computed, in a sentence.
fn said(signal: &Signal) -> String {
    let Signal { window, hop, rate, features, .. } = signal;
    let rate = rate.map_or_else(String::new, |rate| format!(" of {rate} samples a second"));
    format!("Windows of {window} samples, one every {hop}{rate}; features {features}.")
}

fn pictures(windows: &[ShownWindow], stored: &Preprocessing, signal: &Signal) -> String {
    let mut html = legend(&signal.lanes());
    html += "<div class=\"curves\" id=\"windows\">\n";
    for window in windows {
        let title = window.class.clone().unwrap_or_else(|| "Window".to_owned());
        let _ = writeln!(
            html,
            "{}",
            figure(&Picture {
                title,
                remark: format!("recording {}, up to sample {}", window.recording, window.sample),
                lanes: window.lanes.clone(),
                blocks: cells(window, stored, signal),
            })
        );
    }
    html + "</div>\n<p class=\"note\">Samples on the left; on the right what the model reads, from -127 to 127: blue \
            above 0, orange below.</p>\n"
}

/// The features as the model reads them, those together that belong together: statistics of all lanes, bands
/// of all lanes, and the frames of each lane.
fn cells(window: &ShownWindow, stored: &Preprocessing, signal: &Signal) -> Vec<Cells> {
    let scaled = |(at, &raw): (usize, &i32)| stored.rule(at).map_or(0, |rule| rule.rule().apply(raw));
    let scaled: Vec<i8> = window.features.iter().enumerate().map(scaled).collect();
    let lanes = signal.lanes();
    let count = lanes.len().max(1);
    let mut all: Vec<Cells> = Vec::new();
    let mut rest = &scaled[..];
    let mut was_one = false;
    for (name, width, together) in signal.parts() {
        let Some((block, behind)) = rest.split_at_checked(width * count) else { break };
        rest = behind;
        if together > 1 {
            for (lane, of) in lanes.iter().zip(block.chunks(width.max(1))) {
                let name = if count > 1 { format!("{lane}: {name}") } else { name.clone() };
                all.push(Cells { name, rows: together, values: of.to_vec() });
            }
            was_one = false;
            continue;
        }
        // A row for each lane, the first one at the top: columns are drawn from the bottom.
        let column = |at: usize| (0..count).rev().map(move |lane| block.get(lane * width + at).copied());
        let values: Vec<i8> = (0..width).flat_map(column).flatten().collect();
        match all.last_mut() {
            Some(before) if was_one && width == 1 => {
                before.name += &format!(", {name}");
                before.values.extend(values);
            }
            _ => all.push(Cells { name, rows: count, values }),
        }
        was_one = width == 1;
    }
    all
}
