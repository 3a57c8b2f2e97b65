//! What crosses the network, by kind of message, counted by one more subscriber that reads the protocol.
//!
//! The server's own count has payloads and headers alone. Here a message has the bytes of its whole line as
//! well, with its subjects, as it passes between the server and an agent or the coordinator.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// A kind of message, and who sends it to whom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// From agents.
    Scores,
    Acknowledgements,
    Hellos,
    /// To agents.
    Journal,
    Work,
    Invitations,
    ScoresTaken,
    /// Chunks that an agent acknowledges when it joins.
    Joining,
    /// From and to the coordinator.
    Coordinator,
}

impl Kind {
    pub(super) const FROM_AGENTS: [Self; 3] = [Self::Scores, Self::Acknowledgements, Self::Hellos];
    pub(super) const TO_AGENTS: [Self; 4] = [Self::Journal, Self::Work, Self::Invitations, Self::ScoresTaken];

    /// All of a run that goes on, each once: what an agent or the coordinator publishes, and what is
    /// delivered.
    pub(super) const ALL: [Self; 8] = [
        Self::Scores,
        Self::Acknowledgements,
        Self::Hellos,
        Self::Journal,
        Self::Work,
        Self::Invitations,
        Self::ScoresTaken,
        Self::Coordinator,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::Acknowledgements => "acknowledgements",
            Self::Hellos => "hellos",
            Self::Journal => "journal",
            Self::Work => "work",
            Self::Invitations => "invitations",
            Self::ScoresTaken => "scores are taken",
            Self::Joining => "joining",
            Self::Coordinator => "coordinator",
        }
    }
}

/// A subscription for each way on which a message may go, since one that a stream delivers comes under the
/// subject under which it was published. Their numbers have one digit, as those of agents have.
const SUBSCRIPTIONS: [(&str, Kind); 9] = [
    ("egg.score.>", Kind::Scores),
    ("$JS.ACK.>", Kind::Acknowledgements),
    ("egg.hello.*", Kind::Hellos),
    ("egg.to.*.journal", Kind::Journal),
    ("egg.to.*.work", Kind::Work),
    ("egg.to.*.invitation", Kind::Invitations),
    // Of agents, and of the coordinator.
    ("_INBOX.>", Kind::ScoresTaken),
    ("egg.work.>", Kind::Coordinator),
    ("egg.journal.>", Kind::Coordinator),
];
/// A server that does not answer for so long is stuck.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);
/// How many kinds there are.
const KINDS: usize = Kind::Coordinator as usize + 1;

/// Messages of a kind so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) messages: f64,
    /// Their bytes on the connection.
    pub(super) bytes: f64,
    /// Their payloads and headers, which is what the server counts.
    pub(super) payload: f64,
}

/// The messages of all kinds so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts([Count; KINDS]);

impl Counts {
    pub(super) fn of(&self, kind: Kind) -> Count {
        self.0[kind as usize]
    }

    pub(super) fn sum(&self, kinds: &[Kind]) -> Count {
        kinds.iter().fold(Count::default(), |sum, &kind| {
            let of = self.of(kind);
            Count {
                messages: sum.messages + of.messages,
                bytes: sum.bytes + of.bytes,
                payload: sum.payload + of.payload,
            }
        })
    }

    /// What came since `earlier`, each divided by `by`.
    pub(super) fn since(&self, earlier: &Self, by: f64) -> Self {
        let mut counts = *self;
        for (count, earlier) in counts.0.iter_mut().zip(earlier.0) {
            count.messages = (count.messages - earlier.messages) / by;
            count.bytes = (count.bytes - earlier.bytes) / by;
            count.payload = (count.payload - earlier.payload) / by;
        }
        counts
    }
}

/// A subscriber to everything.
pub(super) struct Tap {
    stream: TcpStream,
    /// What had been counted at each answer to a ping.
    answers: mpsc::Receiver<Counts>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Drop for Tap {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Tap {
    pub(super) fn open(port: u16) -> Result<Self> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        let mut lines = "CONNECT {\"verbose\":false,\"headers\":true,\"name\":\"tap\"}\r\n".to_owned();
        for (number, (subject, _)) in SUBSCRIPTIONS.iter().enumerate() {
            lines += &format!("SUB {subject} {}\r\n", number + 1);
        }
        stream.write_all(lines.as_bytes())?;
        let (answered, answers) = mpsc::channel();
        let reader = stream.try_clone()?;
        let thread = Some(std::thread::spawn(move || count(reader, &answered)));
        Ok(Self { stream, answers, thread })
    }

    /// What was counted so far. The answer to a ping comes behind every message that the server had sent
    /// here.
    pub(super) fn counts(&self) -> Result<Counts> {
        (&self.stream).write_all(b"PING\r\n")?;
        self.answers
            .recv_timeout(ANSWERS_WITHIN)
            .context("the server does not answer who counts its messages")
    }
}

/// Counts until the connection ends.
fn count(stream: TcpStream, answered: &mpsc::Sender<Counts>) -> Result<()> {
    let (mut counts, mut answers) = (Counts::default(), stream.try_clone()?);
    let (mut reader, mut line, mut payload) = (BufReader::new(stream), String::new(), Vec::new());
    loop {
        line.clear();
        match reader.read_line(&mut line) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if line.starts_with("PING") {
            answers.write_all(b"PONG\r\n")?;
        }
        if line.starts_with("PONG") && answered.send(counts).is_err() {
            return Ok(());
        }
        // MSG SUBJECT NUMBER [REPLY] BYTES, or HMSG with the bytes of the headers before those of all.
        let mut fields = line.split_ascii_whitespace();
        if !matches!(fields.next(), Some("MSG" | "HMSG")) {
            continue;
        }
        let unread = || format!("a line of the server cannot be read: {line}");
        let subject = fields.next().with_context(unread)?;
        let number: usize = fields.next().and_then(|field| field.parse().ok()).with_context(unread)?;
        let len: usize = fields.last().and_then(|field| field.parse().ok()).with_context(unread)?;
        let (_, kind) = SUBSCRIPTIONS.get(number.wrapping_sub(1)).with_context(unread)?;
        payload.resize(len + 2, 0);
        reader.read_exact(&mut payload)?;
        // A line of a publisher has no number of a subscription.
        let published = matches!(number, 1..=3 | 8 | 9);
        let bytes = line.len() + len + 2 - if published { 2 } else { 0 };
        let kind = kind_of(*kind, subject);
        let count = &mut counts.0[kind as usize];
        count.messages += 1.0;
        count.bytes += bytes as f64;
        count.payload += len as f64;
    }
}

/// What a message is that came by a subscription.
fn kind_of(kind: Kind, subject: &str) -> Kind {
    match kind {
        Kind::Acknowledgements if subject.contains(".OBJ_") => Kind::Joining,
        // The coordinator takes the scores without acknowledging them, and is answered as agents are.
        Kind::ScoresTaken if !subject.starts_with("_INBOX.agent-") => Kind::Coordinator,
        _ => kind,
    }
}
