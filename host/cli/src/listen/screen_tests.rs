use super::super::args::Length;
use super::super::format::Format;
use super::super::keys::Key;
use super::super::log::Log;
use super::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::path::Path;

fn session(folder: &Path) -> Session {
    let log = Log::open(&folder.join("log.csv")).unwrap();
    Session::new(Format::new(None, false), log, Length::Open)
}

/// Twelve seconds of three channels at 50 Hz, of which two recordings are made.
fn heard(session: &mut Session, labels: &mut Labels) -> Duration {
    session.heard(b"Booting\nax,ay,az\n", Duration::ZERO).unwrap();
    for index in 0..600u64 {
        let phase = index as f64 / 15.0;
        let values = [1000.0 * phase.sin(), 500.0 * (2.0 * phase).cos(), 980.0];
        let line = values.map(|value| format!("{value:.0}")).join(",") + "\n";
        session.heard(line.as_bytes(), Duration::from_millis(20 * (index + 1))).unwrap();
        let key = match index {
            99 => Key::Label(0),
            299 => Key::Label(1),
            _ => continue,
        };
        assert!(labels.press(key, session));
    }
    Duration::from_millis(20 * 600)
}

fn shown(session: &Session, labels: &Labels, now: Duration, size: (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(frame, "/dev/ttyACM0", session, labels, now)).unwrap();
    let rows = terminal.backend().buffer().content().chunks(usize::from(size.0));
    rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned() + "\n")
        .collect()
}

#[test]
fn everything_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(folder.path());
    let mut labels = Labels::new(["idle", "wave", "shake"].map(str::to_owned).to_vec());
    let now = heard(&mut session, &mut labels);
    let text = shown(&session, &labels, now, (100, 24));
    for words in [
        "listening to /dev/ttyACM0",
        "50.0 Hz   600 samples",
        "ax: 788",
        "-1000",
        "ay: ",
        "az: 980",
        "-10 s",
        "wave: 300 samples, 6.0 s",
        "1   idle              1       200",
        "2   wave              1       300",
        "3   shake             0         0",
        "log.csv",
        "1 line passed over: `Booting`: no numbers",
        "q or Ctrl-C",
    ] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
    assert!(text.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "no curve in\n{text}");
    assert!(!text.contains("nothing for"), "{text}");
    assert!(labels.press(Key::Space, &mut session));
    let text = shown(&session, &labels, now + Duration::from_secs(7), (100, 12));
    for words in ["not recording", "nothing for 7 s", "ax: ", "and 2 more channels"] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
}

#[test]
fn nothing_is_known_yet_and_there_is_hardly_any_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(folder.path());
    let labels = Labels::new(vec!["idle".to_owned()]);
    let text = shown(&session, &labels, Duration::ZERO, (100, 24));
    for words in ["no samples yet", "rate not measured yet", "no line passed over"] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
    let sizes = [(100, 24), (20, 5), (3, 40), (1, 1)];
    for size in sizes {
        shown(&session, &labels, Duration::ZERO, size);
    }
    // Values that leave no room for an axis.
    session.heard(b"1e300,5\n-1e300,5\n1e308,5\n-1e308,5\n", Duration::ZERO).unwrap();
    for size in sizes {
        shown(&session, &labels, Duration::ZERO, size);
    }
}
