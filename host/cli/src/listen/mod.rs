//! The command `listen`: samples that a board sends as lines of text are shown and stored, labelled by keys,
//! or by a flag where there is no terminal.

mod args;
#[cfg(feature = "tui")]
mod display;
mod ending;
mod format;
mod keys;
mod lines;
mod log;
mod names;
mod rate;
mod sample;
#[cfg(feature = "tui")]
mod screen;
mod session;
mod source;
mod tally;
#[cfg(not(feature = "tui"))]
mod without;

pub(crate) use args::ListenArgs;
#[cfg(feature = "tui")]
use display::Display;
#[cfg(not(feature = "tui"))]
use without::Display;

use crate::error::Error;
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::output::{say, tell};
use crate::system;
use args::{Length, Mode};
use format::Format;
use keys::{Key, Labels};
use log::Log;
use session::Session;
use source::{Opened, Part, Source};
use std::io::{IsTerminal, stderr, stdin};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::MissedTickBehavior;

/// The interval at which the screen is drawn, and what came is written into the file.
const TICK: Duration = Duration::from_millis(100);
/// Ticks between two lines of progress.
const TICKS: u32 = 10;
/// A recording of seconds waits so long for its first sample, or as long as it lasts if that is longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the listening ended.
enum End {
    /// The recording has its whole length.
    Complete,
    /// The user pressed a key.
    Quit,
    /// A signal.
    Signal(u8),
    /// The data ended, or an error ended them.
    Over(Option<std::io::Error>),
    /// No sample came.
    Silence,
}

/// Runs `listen ADDR`.
pub(super) fn run(args: &ListenArgs) -> Result<ExitCode, Error> {
    let mode = args.mode()?;
    let source = args.source.clone().at(args.baud)?;
    let channels = args.channels()?;
    if matches!(mode, Mode::Keys(_)) {
        can_display(&source)?;
    }
    system::runtime(Some(1), &[])?.block_on(listen(args, source, channels, mode))
}

/// Makes sure that there is a terminal, and that the program can draw on it.
fn can_display(source: &Source) -> Result<(), Error> {
    const INSTEAD: &str = "give --label NAME, with --samples N or --seconds S, to record without it";
    let why = if cfg!(not(feature = "tui")) {
        "the display of listen is not part of this program: build it with `--features tui`, or"
    } else if !stderr().is_terminal() {
        "the display of listen needs a terminal, and standard error is none:"
    } else if *source == Source::Stdin && stdin().is_terminal() {
        "samples from the terminal itself cannot be shown there: pipe them in, or"
    } else {
        return Ok(());
    };
    Err(Error::Usage(format!("{why} {INSTEAD}")))
}

async fn listen(
    args: &ListenArgs,
    source: Source,
    channels: Option<Vec<String>>,
    mode: Mode,
) -> Result<ExitCode, Error> {
    let listening = |error| Error::Usage(format!("cannot listen for signals: {error}"));
    let interrupt = Interrupt::listen().map_err(listening)?;
    let log = Log::open(&args.out)?;
    let opened = tokio::select! {
        opened = source.open() => opened?,
        () = interrupt.token.cancelled() => return Ok(ExitCode::from(interrupt.code())),
    };
    let (length, labels) = match &mode {
        Mode::Keys(labels) => (Length::Open, labels.clone()),
        Mode::Once(_, length) => (*length, Vec::new()),
    };
    let mut session = Session::new(Format::new(channels, source != Source::Stdin), log, length);
    let (pressed, keys) = unbounded_channel();
    let mut listener = Listener { labels: Labels::new(labels), display: None, began: Instant::now(), length };
    match &mode {
        Mode::Keys(_) => listener.display = Some(Display::open(source.to_string(), pressed)?),
        Mode::Once(label, _) => session.begin(label),
    }
    let ended = listener.listen(&mut session, opened, keys, &interrupt, &source).await;
    // From here on, messages are on the ordinary screen.
    drop(listener);
    let rows = session.recording().map(|recording| recording.rows);
    session.end();
    let flushed = session.log.flush();
    let ended = ended.and_then(|ended| flushed.map(|()| ended));
    let lines = ending::stored(&session);
    for line in &lines {
        say!("{line}")?;
    }
    if lines.is_empty() && session.odd > 0 {
        tell!("{}", session.passed_over_in_words());
    }
    ending_of(ended?, &source, &mode, rows)
}

/// The exit code, or the error, of an end. A recording that was going on has so many `rows`.
fn ending_of(ended: End, source: &Source, mode: &Mode, rows: Option<u64>) -> Result<ExitCode, Error> {
    // A recording without a length is complete whenever it ends, if there is anything in it.
    let open = matches!(mode, Mode::Once(_, Length::Open)) && rows.is_some_and(|rows| rows > 0);
    let failed = |why: &str| {
        let kept = match (mode, rows) {
            (Mode::Once(_, Length::Samples(samples)), Some(rows)) if rows > 0 => {
                format!("the recording has {rows} of {samples} samples, which are kept")
            }
            (_, Some(rows)) if rows > 0 => format!("the recording is cut: its {rows} samples are kept"),
            (_, Some(_)) => "nothing was recorded".to_owned(),
            (_, None) => "what was stored is kept".to_owned(),
        };
        Err(Error::Usage(format!("{source}: {why}: {kept}")))
    };
    match ended {
        End::Complete | End::Quit => Ok(ExitCode::SUCCESS),
        End::Signal(INTERRUPTED) if open => Ok(ExitCode::SUCCESS),
        End::Signal(code) => Ok(ExitCode::from(code)),
        End::Over(None) if *source == Source::Stdin && (open || matches!(mode, Mode::Keys(_))) => {
            Ok(ExitCode::SUCCESS)
        }
        End::Over(None) if *source == Source::Stdin => failed("ended"),
        End::Over(None) => failed("disconnected"),
        End::Over(Some(error)) => failed(&format!("disconnected ({error})")),
        End::Silence => failed("no sample came"),
    }
}

/// What goes on while samples come.
struct Listener {
    labels: Labels,
    /// The display, if there is one; otherwise lines say how far it is.
    display: Option<Display>,
    began: Instant,
    length: Length,
}

impl Listener {
    /// Takes what comes, until something ends it.
    async fn listen(
        &mut self,
        session: &mut Session,
        mut opened: Opened,
        mut keys: UnboundedReceiver<Key>,
        interrupt: &Interrupt,
        source: &Source,
    ) -> Result<End, Error> {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticked = 0u32;
        loop {
            tokio::select! {
                () = interrupt.token.cancelled() => return Ok(End::Signal(interrupt.code())),
                Some(key) = keys.recv() => {
                    if !self.labels.press(key, session) {
                        return Ok(End::Quit);
                    }
                }
                part = opened.parts.recv() => match part {
                    Some(Part::Bytes(bytes, at)) => {
                        session.heard(&bytes, at.saturating_duration_since(self.began))?;
                    }
                    Some(Part::End(error)) => {
                        let whole = error.is_none() && *source == Source::Stdin;
                        session.over(whole, self.began.elapsed())?;
                        return Ok(if session.complete { End::Complete } else { End::Over(error) });
                    }
                    None => return Ok(End::Over(None)),
                },
                _ = ticks.tick() => {
                    let now = self.began.elapsed();
                    session.passed(now)?;
                    let patience = match self.length {
                        Length::Seconds(time) => time.max(PATIENCE),
                        _ => Duration::MAX,
                    };
                    if session.samples == 0 && now >= patience {
                        return Ok(End::Silence);
                    }
                    ticked = ticked.wrapping_add(1);
                    self.show(session, now, ticked.is_multiple_of(TICKS));
                }
            }
            if session.complete {
                return Ok(End::Complete);
            }
        }
    }

    fn show(&mut self, session: &Session, now: Duration, says: bool) {
        if let Some(display) = &mut self.display {
            display.show(session, &self.labels, now);
            return;
        }
        let Some(recording) = session.recording().filter(|_| says) else { return };
        let of = match self.length {
            Length::Samples(samples) => format!(" of {samples}"),
            _ => String::new(),
        };
        let rate = session.hertz().map_or(String::new(), |hertz| format!(", {hertz:.1} Hz"));
        let odd =
            if session.odd > 0 { format!("; {}", session.passed_over_in_words()) } else { String::new() };
        tell!("{}: {}{of} samples{rate}{}{odd}", recording.label, recording.rows, session.silence(now));
    }
}
