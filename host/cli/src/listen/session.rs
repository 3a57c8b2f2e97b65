//! What a listener knows: the samples that came last, the present recording, and what is stored.

use super::args::Length;
use super::format::{Format, Taken};
use super::lines::Lines;
use super::log::Log;
use super::rate::Rate;
use crate::error::Error;
use eggroll_host::words;
use std::collections::VecDeque;
use std::time::Duration;

/// The most samples that are kept to be drawn.
const HISTORY: usize = 4096;
/// The most bytes of a line that a message looks at.
const QUOTED: usize = 256;

/// A silence that is said.
const SILENCE: Duration = Duration::from_secs(2);

/// A recording that goes on.
pub(super) struct Recording {
    pub(super) label: String,
    /// When its first sample came.
    since: Option<Duration>,
    /// Its samples so far.
    pub(super) rows: u64,
}

/// All that is known. Times are those since the beginning.
pub(super) struct Session {
    lines: Lines,
    pub(super) format: Format,
    pub(super) log: Log,
    rate: Rate,
    /// The values that came last, of every channel, the latest last.
    history: VecDeque<Vec<f64>>,
    /// All samples that came, recorded or not.
    pub(super) samples: u64,
    /// When the last of them came.
    last: Option<Duration>,
    /// Lines that were passed over.
    pub(super) odd: u64,
    /// The last of them, and why.
    last_odd: Option<String>,
    recording: Option<Recording>,
    length: Length,
    /// The recording has its whole length.
    pub(super) complete: bool,
    /// The samples of the shortest recording that has ended.
    shortest: Option<u64>,
}

impl Session {
    /// Recordings end by themselves at `length`.
    pub(super) fn new(format: Format, log: Log, length: Length) -> Self {
        Self {
            lines: Lines::default(),
            format,
            log,
            rate: Rate::default(),
            history: VecDeque::new(),
            samples: 0,
            last: None,
            odd: 0,
            last_odd: None,
            recording: None,
            length,
            complete: false,
            shortest: None,
        }
    }

    /// Takes bytes that came at a time.
    ///
    /// # Errors
    /// The samples cannot be stored.
    pub(super) fn heard(&mut self, bytes: &[u8], at: Duration) -> Result<(), Error> {
        let (mut lines, mut result, before) = (std::mem::take(&mut self.lines), Ok(()), self.samples);
        lines.push(bytes, |line| {
            if result.is_ok() {
                result = self.line(line, at);
            }
        });
        self.lines = lines;
        if self.samples > before {
            self.rate.heard(self.samples - before, at);
        }
        result
    }

    /// There will be no more bytes; the last line is `whole` though it has no end.
    ///
    /// # Errors
    /// The samples cannot be stored.
    pub(super) fn over(&mut self, whole: bool, at: Duration) -> Result<(), Error> {
        match self.lines.rest() {
            Some(line) if whole => self.line(line.as_deref(), at)?,
            Some(line) => self.passed_over(line.as_deref(), "cut at its end"),
            None => {}
        }
        match self.format.finish() {
            Some(values) => self.sample(&values, at),
            None => Ok(()),
        }
    }

    fn line(&mut self, line: Option<&[u8]>, at: Duration) -> Result<(), Error> {
        match self.format.take(line) {
            Taken::Nothing => Ok(()),
            Taken::Odd(why) => {
                self.passed_over(line, why);
                Ok(())
            }
            Taken::Samples(samples) => samples.iter().try_for_each(|values| self.sample(values, at)),
        }
    }

    fn passed_over(&mut self, line: Option<&[u8]>, why: &'static str) {
        self.odd += 1;
        let text = line.map(|line| String::from_utf8_lossy(&line[..line.len().min(QUOTED)]).into_owned());
        let text =
            text.map_or(String::new(), |text| format!("`{}`: ", words::shown(text.trim(), words::MOST)));
        self.last_odd = Some(text + why);
    }

    fn sample(&mut self, values: &[String], at: Duration) -> Result<(), Error> {
        if self.samples == 0 {
            self.log.channels(self.format.channels().unwrap_or_default())?;
        }
        self.samples += 1;
        self.last = Some(at);
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(values.iter().map(|value| value.parse().unwrap_or_default()).collect());
        let Some(recording) = &mut self.recording else { return Ok(()) };
        let since = *recording.since.get_or_insert(at);
        if matches!(self.length, Length::Seconds(time) if at.saturating_sub(since) >= time) {
            self.complete();
            return Ok(());
        }
        self.log.row(recording.rows == 0, &recording.label, values)?;
        recording.rows += 1;
        if matches!(self.length, Length::Samples(samples) if recording.rows >= samples) {
            self.complete();
        }
        Ok(())
    }

    /// Time has passed: what came is written, and a recording of so many seconds may be complete.
    ///
    /// # Errors
    /// The samples cannot be stored.
    pub(super) fn passed(&mut self, at: Duration) -> Result<(), Error> {
        let since = self.recording.as_ref().and_then(|recording| recording.since);
        if let (Length::Seconds(time), Some(since)) = (self.length, since)
            && at.saturating_sub(since) >= time
        {
            self.complete();
        }
        self.log.flush()
    }

    fn complete(&mut self) {
        self.complete = true;
        self.end();
    }

    /// Begins a recording, and ends the one that goes on.
    pub(super) fn begin(&mut self, label: &str) {
        self.end();
        self.recording = Some(Recording { label: label.to_owned(), since: None, rows: 0 });
    }

    /// Ends the recording that goes on, if there is one.
    pub(super) fn end(&mut self) {
        if let Some(recording) = self.recording.take().filter(|recording| recording.rows > 0) {
            self.shortest = Some(self.shortest.map_or(recording.rows, |rows| rows.min(recording.rows)));
        }
    }

    /// The recording that goes on.
    pub(super) const fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }

    /// The samples in a second, once they are measured.
    pub(super) fn hertz(&self) -> Option<f64> {
        self.rate.hertz()
    }

    /// How long no sample has come, in words, if that is long; otherwise nothing.
    pub(super) fn silence(&self, now: Duration) -> String {
        let silent = now.saturating_sub(self.last.unwrap_or_default());
        if silent >= SILENCE { format!(", nothing for {} s", silent.as_secs()) } else { String::new() }
    }

    /// The samples of the shortest recording that has ended.
    pub(super) const fn shortest(&self) -> Option<u64> {
        self.shortest
    }

    /// The lines that were passed over, in words: how many, and what the last one was.
    pub(super) fn passed_over_in_words(&self) -> String {
        match (&self.last_odd, self.odd) {
            (Some(last), 1) => format!("1 line passed over: {last}"),
            (Some(last), count) => format!("{count} lines passed over, the last {last}"),
            (None, _) => "no line passed over".to_owned(),
        }
    }

    /// The values that came last, of every channel, the latest last.
    #[cfg(feature = "tui")]
    pub(super) const fn history(&self) -> &VecDeque<Vec<f64>> {
        &self.history
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn session(path: &Path, length: Length) -> Session {
        Session::new(Format::new(None, false), Log::open(path).unwrap(), length)
    }

    fn stored(session: Session, path: &Path) -> String {
        drop(session);
        std::fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn recordings_have_what_comes_while_they_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let mut session = session(&path, Length::Open);
        session.heard(b"x,y\n1,1\n2,2\n", at(0)).unwrap();
        session.begin("idle");
        session.heard(b"3,3\nhm\n4,", at(10)).unwrap();
        session.heard(b"4\n", at(20)).unwrap();
        session.begin("wave");
        session.heard(b"5,5\n", at(30)).unwrap();
        session.end();
        session.begin("nothing");
        session.end();
        session.heard(b"6,6\n", at(40)).unwrap();
        session.begin("wave");
        session.heard(b"7,7\n8,8", at(50)).unwrap();
        session.over(true, at(60)).unwrap();
        assert_eq!((session.samples, session.odd, session.shortest()), (8, 1, Some(1)));
        assert_eq!(session.passed_over_in_words(), "1 line passed over: `hm`: no numbers");
        let expected = "recording,label,x,y\n1,idle,3,3\n1,idle,4,4\n2,wave,5,5\n3,wave,7,7\n3,wave,8,8\n";
        assert_eq!(stored(session, &path), expected);
    }

    #[test]
    fn a_recording_has_its_length_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        let mut session = session(&path, Length::Samples(3));
        session.begin("a");
        session.heard(b"1\n2\n3\n4\n5\n", at(0)).unwrap();
        assert!(session.complete && session.recording().is_none());
        assert_eq!(stored(session, &path), "recording,label,c1\n1,a,1\n1,a,2\n1,a,3\n");
        let path = folder.path().join("seconds.csv");
        let mut session = self::session(&path, Length::Seconds(at(100)));
        session.begin("a");
        session.passed(at(5000)).unwrap();
        session.heard(b"1\n2\n", at(6000)).unwrap();
        session.heard(b"3\n", at(6099)).unwrap();
        assert!(!session.complete);
        session.heard(b"4\n", at(6100)).unwrap();
        assert!(session.complete);
        assert_eq!(stored(session, &path), "recording,label,c1\n1,a,1\n1,a,2\n1,a,3\n");
    }

    #[test]
    fn time_alone_ends_a_recording_of_seconds_and_what_came_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let mut session = session(&path, Length::Seconds(at(100)));
        session.begin("a");
        session.heard(b"1\n2\n", at(0)).unwrap();
        session.passed(at(99)).unwrap();
        assert!(!session.complete);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "recording,label,c1\n1,a,1\n1,a,2\n");
        session.passed(at(100)).unwrap();
        assert!(session.complete);
        session.heard(b"3", at(120)).unwrap();
        session.over(false, at(120)).unwrap();
        assert_eq!(session.passed_over_in_words(), "1 line passed over: `3`: cut at its end");
    }

    #[test]
    fn memory_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(&folder.path().join("log.csv"), Length::Open);
        for second in 0..30 {
            session.heard(&b"1,2\n3,4\n".repeat(100), at(1000 * second)).unwrap();
        }
        assert_eq!((session.samples, session.history.len()), (6000, HISTORY));
        assert_eq!(session.hertz(), Some(200.0));
        assert_eq!(session.silence(at(30_000)), "");
        assert_eq!(session.silence(at(32_900)), ", nothing for 3 s");
    }
}
