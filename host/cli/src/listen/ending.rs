//! What is said at the end: what is stored, and the command that trains on it.

use super::session::Session;
use std::path::Path;

/// A window is about so many seconds.
const WINDOW: f64 = 2.0;
/// The shortest and the longest window that is proposed, in samples.
const WINDOWS: [f64; 2] = [8.0, 4096.0];

/// The samples of a window: the power of two that is nearest to two seconds.
fn window(hertz: f64) -> u32 {
    let [least, most] = WINDOWS;
    2f64.powf((WINDOW * hertz).clamp(least, most).log2().round()) as u32
}

/// A text as a word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The command that trains on a log. Without a rate it has capitals where the user is to put numbers.
fn command(path: &Path, hertz: Option<f64>) -> String {
    let rate = hertz.map(f64::round).filter(|rate| *rate >= 1.0);
    let [window, hop, rate] = match rate {
        Some(rate) => {
            let window = window(rate);
            [window.to_string(), (window / 2).to_string(), rate.to_string()]
        }
        None => ["N", "M", "HZ"].map(str::to_owned),
    };
    let task = quoted(&format!("csv:{}", path.display()));
    format!("eggroll-host --task {task} --window {window} --hop {hop} --group recording --rate {rate}")
}

/// The lines that say what was stored; none if nothing was.
pub(super) fn stored(session: &Session) -> Vec<String> {
    let log = &session.log;
    let (path, added) = (log.path().display(), &log.added);
    if added.rows() == 0 {
        return Vec::new();
    }
    let hertz = session.hertz();
    let rate = hertz.map_or("a rate that was not measured".to_owned(), |hertz| format!("{hertz:.1} Hz"));
    let mut lines = vec![format!("stored in {path}: {} at {rate}", added.said())];
    if log.all.rows() > added.rows() {
        lines.push(format!("with what was there: {}", log.all.said()));
    }
    if session.odd > 0 {
        lines.push(session.passed_over_in_words());
    }
    if log.all.labels().count() < 2 {
        lines.push("to tell labels apart it takes two at least: record another one".to_owned());
    }
    let long = hertz.map(|hertz| u64::from(window(hertz.round())));
    if let Some(long) = long.filter(|&long| session.shortest().is_some_and(|shortest| shortest < long)) {
        lines.push(format!("a recording of fewer than {long} samples has no such window: make longer ones"));
    }
    if hertz.is_none() {
        lines.push("N, M and HZ are yours to say: samples of a window, of a hop, and in a second".to_owned());
    }
    lines.push(format!("train on it: {}", command(log.path(), hertz)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_about_two_seconds() {
        assert_eq!(
            [0.1, 10.0, 50.0, 62.5, 99.7, 1000.0, 1e9].map(window),
            [8, 16, 128, 128, 256, 2048, 4096]
        );
    }

    #[test]
    fn commands() {
        let of = |path: &str, hertz| command(Path::new(path), hertz);
        let expected = "eggroll-host --task csv:log.csv --window 256 --hop 128 --group recording --rate 100";
        assert_eq!(of("log.csv", Some(99.7)), expected);
        assert!(of("my log.csv", None).contains("--task 'csv:my log.csv' --window N --hop M "));
        assert!(of("/a/b.csv", Some(0.2)).contains("--task csv:/a/b.csv --window N"));
    }
}
