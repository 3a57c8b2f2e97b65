use crate::Error;
use crate::accelerator::{Accelerator, NoAccelerator};
use crate::task::{InArena, NoTask, SampleStore, Task};
use crate::train::Learner;
use crate::wire::{
    Answer, Command, Features, FrameError, Hello, PROTOCOL, Received, Receiver, Reply, Request, Stats,
    decode, encode, payload_within, request_id,
};
use embedded_io::{Read, Write};

/// What a board says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Board<'a> {
    /// Its name, as users know it.
    pub name: &'a str,
    /// Its core.
    pub core: &'a str,
    /// What it can do beyond the portable kernels.
    pub features: Features,
}

/// A board that answers requests: a [`Learner`] behind the wire protocol.
///
/// Memory is the caller's: an arena for the run, and two frame buffers whose length is the largest frame. The
/// server is sans-io: [`Self::receive`] takes whatever bytes have come and writes replies; [`serve`] drives it over
/// a blocking stream, and an async board can do the same in three lines.
pub struct Server<'a, A, T = NoTask, S = InArena, U = NoAccelerator> {
    board: Board<'a>,
    learner: Learner<A, S>,
    task: T,
    receiver: Receiver<&'a mut [u8]>,
    reply: &'a mut [u8],
    stats: Stats,
    accelerator: U,
}

impl<'a, A: AsMut<[u64]> + AsRef<[u64]>> Server<'a, A> {
    /// A board without a task of its own.
    pub const fn new(board: Board<'a>, arena: A, request: &'a mut [u8], reply: &'a mut [u8]) -> Self {
        Self::with(board, Learner::new(arena), request, reply, NoTask)
    }
}

impl<'a, A: AsMut<[u64]> + AsRef<[u64]>, T: Task, S: SampleStore> Server<'a, A, T, S> {
    /// A board that scores members by `task` where a run asks for the board's own, with a learner that may have a
    /// store for samples.
    pub const fn with(
        board: Board<'a>,
        learner: Learner<A, S>,
        request: &'a mut [u8],
        reply: &'a mut [u8],
        task: T,
    ) -> Self {
        let stats = Stats { requests: 0, refused: 0, bad_frames: 0, units: 0 };
        let receiver = Receiver::new(request);
        let accelerator = NoAccelerator;
        Self { board, learner, task, receiver, reply, stats, accelerator }
    }

    /// The same board, with something beside its core that evaluates members where it can.
    pub fn accelerated<U: Accelerator>(self, accelerator: U) -> Server<'a, A, T, S, U> {
        let Self { board, learner, task, receiver, reply, stats, .. } = self;
        Server { board, learner, task, receiver, reply, stats, accelerator }
    }
}

impl<'a, A: AsMut<[u64]> + AsRef<[u64]>, T: Task, S: SampleStore, U: Accelerator> Server<'a, A, T, S, U> {
    /// Takes received bytes, any number, and writes a reply for every request that they complete.
    ///
    /// # Errors
    /// Only those of `out`; no bytes make a board fail.
    pub fn receive<W: Write>(&mut self, mut bytes: &[u8], out: &mut W) -> Result<(), W::Error> {
        while !bytes.is_empty() {
            match self.receiver.push(&mut bytes) {
                Received::Nothing => {}
                Received::TooLong => self.stats.bad_frames = self.stats.bad_frames.wrapping_add(1),
                Received::Frame(frame) => {
                    let len = frame.len();
                    if let Some(reply) = self.answer(len) {
                        write_all(out, reply)?;
                        out.flush()?;
                    }
                }
            }
        }
        Ok(())
    }

    const fn hello(&self, arena: u64, largest_frame: u32) -> Hello<'a> {
        let Board { name, core, features } = self.board;
        Hello {
            protocol: PROTOCOL,
            firmware: env!("CARGO_PKG_VERSION"),
            board: name,
            core,
            arena,
            largest_frame,
            features: Features { task: T::PRESENT, ..features },
        }
    }

    /// Answers the frame in the receiver's buffer; `None` for one that is not intact.
    fn answer(&mut self, frame_len: usize) -> Option<&[u8]> {
        let largest_frame = self.reply.len().min(self.receiver.buffer().len()) as u32;
        let arena = self.learner.arena_bytes();
        let frame = self.receiver.buffer().get_mut(..frame_len)?;
        let (id, answer) = match decode::<Request<'_>>(frame) {
            Ok(Request { id, command }) => {
                let answer = match command {
                    Command::Hello => Ok(Answer::Hello(self.hello(arena, largest_frame))),
                    Command::Stats => Ok(Answer::Stats(self.stats)),
                    Command::Checksum => Ok(Answer::Done),
                    Command::Configure { run, updates, samples } => {
                        self.learner.configure(run, updates).and_then(|needs| {
                            let samples = self.learner.expect_samples(samples)?;
                            Ok(Answer::Configured { needs, samples })
                        })
                    }
                    Command::Follow { from, generation, first, end, moves } => {
                        self.learner.follow(from, generation, first, end, &moves).map(|()| Answer::Done)
                    }
                    Command::Train { generation, count, pace } => {
                        let out = room(self.receiver.buffer(), largest_frame);
                        self.learner.train(generation, count, pace, &mut self.task, out).map(
                            |(count, len)| {
                                let units = count.wrapping_mul(self.learner.units());
                                self.stats.units = self.stats.units.wrapping_add(units);
                                let scores = out.get(..len).unwrap_or_default();
                                Answer::Trained { generation, count, scores }
                            },
                        )
                    }
                    Command::Load { section, offset, bytes } => {
                        self.learner.load(section, offset, bytes).map(|()| Answer::Done)
                    }
                    Command::Feed { generation, offset, bytes } => {
                        self.learner.feed(generation, offset, bytes).map(|()| Answer::Done)
                    }
                    Command::Start { generation } => self.learner.start(generation).map(|_| Answer::Done),
                    Command::Apply { generation, rate, first, count, scores } => {
                        self.learner.apply(generation, rate, first, count, scores).map(|()| Answer::Done)
                    }
                    Command::Evaluate { generation, first, count } => {
                        let out = room(self.receiver.buffer(), largest_frame);
                        let (unit, task) = (&mut self.accelerator, &mut self.task);
                        self.learner.evaluate_on(unit, generation, first, count, task, out).map(|len| {
                            self.stats.units = self.stats.units.wrapping_add(count);
                            Answer::Scores { first, count, scores: out.get(..len).unwrap_or_default() }
                        })
                    }
                };
                (id, answer)
            }
            Err(FrameError::NotAMessage) => {
                (request_id(self.receiver.buffer()).unwrap_or(0), Err(Error::UnknownRequest))
            }
            Err(_) => {
                self.stats.bad_frames = self.stats.bad_frames.wrapping_add(1);
                return None;
            }
        };
        self.stats.requests = self.stats.requests.wrapping_add(1);
        let answer = answer.unwrap_or_else(|error| {
            self.stats.refused = self.stats.refused.wrapping_add(1);
            #[cfg(feature = "defmt")]
            defmt::warn!("refused request {}: {}", id, error);
            Answer::Refused(error)
        });
        let reply = Reply { id, state: self.learner.state(), answer };
        // Only a frame buffer too small for a handshake can fail here; then silence is all there is.
        encode(&reply, self.reply).ok().map(|frame| &*frame)
    }
}

/// Where packed scores go: in the place of the request that asked for them, as many as a reply holds.
fn room(buffer: &mut [u8], largest_frame: u32) -> &mut [u8] {
    let room = payload_within(largest_frame as usize).min(buffer.len());
    buffer.get_mut(..room).unwrap_or_default()
}

/// Embedded-io's own panics where a writer takes nothing, or more than it was given.
fn write_all<W: Write>(out: &mut W, mut bytes: &[u8]) -> Result<(), W::Error> {
    while !bytes.is_empty() {
        match out.write(bytes)? {
            // A writer against its contract: the reply is lost, and the host asks again.
            0 => return Ok(()),
            written => bytes = bytes.get(written..).unwrap_or_default(),
        }
    }
    Ok(())
}

/// Serves a blocking byte stream until it ends.
///
/// # Errors
/// Those of the stream.
pub fn serve<A, T, S, U, L>(server: &mut Server<'_, A, T, S, U>, stream: &mut L) -> Result<(), L::Error>
where
    A: AsMut<[u64]> + AsRef<[u64]>,
    T: Task,
    S: SampleStore,
    U: Accelerator,
    L: Read + Write,
{
    let mut chunk = [0; 128];
    loop {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        server.receive(chunk.get(..read).unwrap_or_default(), stream)?;
    }
}
