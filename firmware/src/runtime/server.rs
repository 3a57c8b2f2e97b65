use super::alive::Alive;
use super::models::{self, Row};
use super::output::write_all;
use crate::accelerator::{Accelerator, NoAccelerator};
use crate::deploy::{ModelStore, NoModels};
use crate::task::{InArena, LONGEST_NAMES, NoTask, SampleStore, Task};
use crate::train::Learner;
use crate::wire::{
    Abilities, Answer, Command, Features, FrameError, Hello, ModelCommand, PROTOCOL, Received, Receiver,
    Reply, Request, RunCommand, SMALLEST_FRAME, Stats, decode, encode, payload_within, request_id,
};
use crate::{Error, Setting};
use embedded_io::{Read, Write};

/// What a board says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Board<'a> {
    /// Its name, as users know it.
    pub name: &'a str,
    /// Its core.
    pub core: &'a str,
    /// What its kernels use beyond the portable instructions.
    pub features: Features,
}

/// Products between two words that a request is being worked on: a second or less on the slowest core, a
/// Cortex-M0 of 16 MHz.
const WORK_BETWEEN_WORDS: u32 = 1 << 20;

/// A board that answers requests: a [`Learner`] behind the wire protocol.
///
/// Memory is the caller's: an arena for the run, and two frame buffers whose length is the largest frame. The
/// server is sans-io: [`Self::receive`] takes whatever bytes have come and writes replies; [`serve`] drives
/// it over a blocking stream, and an async board can do the same in three lines.
pub struct Server<'a, A, T = NoTask, S = InArena, U = NoAccelerator, M = NoModels> {
    board: Board<'a>,
    learner: Learner<A, S>,
    task: T,
    receiver: Receiver<&'a mut [u8]>,
    reply: &'a mut [u8],
    stats: Stats,
    accelerator: U,
    models: M,
    /// What has come of a row for the model that is kept.
    row: Row,
    /// The longest frame that the host takes.
    host_frame: u32,
    work_between_words: u32,
}

impl<'a, A: AsMut<[u64]> + AsRef<[u64]>> Server<'a, A> {
    /// A board without a task of its own.
    pub const fn new(board: Board<'a>, arena: A, request: &'a mut [u8], reply: &'a mut [u8]) -> Self {
        Self::with(board, Learner::new(arena), request, reply, NoTask)
    }
}

impl<'a, A: AsMut<[u64]> + AsRef<[u64]>, T: Task, S: SampleStore> Server<'a, A, T, S> {
    /// A board that scores members by `task` where a run asks for the board's own, with a learner that may
    /// have a store for samples.
    pub const fn with(
        board: Board<'a>,
        learner: Learner<A, S>,
        request: &'a mut [u8],
        reply: &'a mut [u8],
        task: T,
    ) -> Self {
        let stats = Stats { requests: 0, refused: 0, bad_frames: 0, units: 0 };
        let receiver = Receiver::new(request);
        Self {
            board,
            learner,
            task,
            receiver,
            reply,
            stats,
            accelerator: NoAccelerator,
            models: NoModels,
            row: Row { number: 0, filled: 0 },
            host_frame: u32::MAX,
            work_between_words: WORK_BETWEEN_WORDS,
        }
    }
}

impl<'a, A, T, S, U, M> Server<'a, A, T, S, U, M> {
    /// The same board, with something beside its core that evaluates members where it can.
    pub fn accelerated<V: Accelerator>(self, accelerator: V) -> Server<'a, A, T, S, V, M> {
        self.changed(|_, models| (accelerator, models))
    }

    /// The same board, with a store that keeps a model.
    pub fn keeping<N: ModelStore>(self, models: N) -> Server<'a, A, T, S, U, N> {
        self.changed(|accelerator, _| (accelerator, models))
    }

    /// The same board with other parts in the place of these.
    fn changed<V, N>(self, change: impl FnOnce(U, M) -> (V, N)) -> Server<'a, A, T, S, V, N> {
        let Self { board, learner, task, receiver, reply, stats, accelerator, models, row, .. } = self;
        let (host_frame, work_between_words) = (self.host_frame, self.work_between_words);
        let (accelerator, models) = change(accelerator, models);
        Server {
            board,
            learner,
            task,
            receiver,
            reply,
            stats,
            accelerator,
            models,
            row,
            host_frame,
            work_between_words,
        }
    }
}

impl<'a, A, T, S, U, M> Server<'a, A, T, S, U, M>
where
    A: AsMut<[u64]> + AsRef<[u64]>,
    T: Task,
    S: SampleStore,
    U: Accelerator,
    M: ModelStore,
{
    /// The same board, which says that it works on a request each time it has computed so many products for
    /// it. A host takes a board that says nothing for two seconds for one that has lost the request.
    pub const fn saying_every(mut self, products: u32) -> Self {
        self.work_between_words = products;
        self
    }

    /// The learner, whose arena nothing uses between requests but a run, and the store for models: for an
    /// application that runs beside the server.
    pub const fn parts(&mut self) -> (&mut Learner<A, S>, &mut M) {
        (&mut self.learner, &mut self.models)
    }

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
                    if let Some(reply) = self.answer(len, out) {
                        write_all(out, reply)?;
                        out.flush()?;
                    }
                }
            }
        }
        Ok(())
    }

    fn hello(&self, arena: u64, largest_frame: u32) -> Hello<'a> {
        let Board { name, core, features } = self.board;
        let features = Features { fpga: features.fpga || self.accelerator.answers(), ..features };
        Hello {
            protocol: PROTOCOL,
            firmware: env!("CARGO_PKG_VERSION"),
            board: name,
            core,
            arena,
            largest_frame,
            run: self.learner.identity(),
            features,
            abilities: Abilities::of_firmware(T::PRESENT),
        }
    }

    /// What the board's own task is, and its score of the weights, where that was asked for.
    const fn own_task(score: Option<i32>) -> Result<Answer<'static>, Error> {
        const { assert!(T::NAME.len() + T::UNIT.len() <= LONGEST_NAMES, "the task's name or unit is too long") }
        if !T::PRESENT {
            return Err(Error::Setting(Setting::Task));
        }
        Ok(Answer::OwnTask { name: T::NAME, unit: T::UNIT, score })
    }

    /// Products between two words that a request is being worked on.
    fn between_words(&self) -> u32 {
        match (T::ACTS_A_SECOND, self.learner.products_of_own()) {
            (acts @ 1.., Some(products)) => products.saturating_mul((acts / 2).max(1)),
            _ => self.work_between_words,
        }
    }

    /// Answers the frame in the receiver's buffer; `None` for one that is not intact. Says on `out` that it
    /// works on a long request.
    // Not inlined: it is large, and so is what calls it.
    #[inline(never)]
    fn answer<W: Write>(&mut self, frame_len: usize, out: &mut W) -> Option<&[u8]> {
        let own_frame = self.reply.len().min(self.receiver.buffer().len()) as u32;
        let largest_frame = own_frame.min(self.host_frame);
        let (arena, between_words) = (self.learner.arena_bytes(), self.between_words());
        let frame = self.receiver.buffer().get_mut(..frame_len)?;
        // Looked at where it is: a run is large for a board's stack.
        let (id, answer) = match &decode::<Request<'_>>(frame) {
            &Ok(Request { id, ref command }) => {
                let mut alive = Alive::new(out, id, between_words);
                let answer = match *command {
                    Command::Hello => Ok(Answer::Hello(self.hello(arena, own_frame))),
                    Command::Stats => Ok(Answer::Stats(self.stats)),
                    Command::Checksum => Ok(Answer::Done),
                    Command::OwnTask => Self::own_task(None),
                    Command::Configure { limits, .. } if limits.largest_frame < SMALLEST_FRAME => {
                        Err(Error::HostFrame)
                    }
                    Command::Configure { identity, limits, ref run, updates, samples } => {
                        self.row = Row::default();
                        self.learner.configure_as(identity, run, updates).and_then(|needs| {
                            self.accelerator.run_begins();
                            self.host_frame = limits.largest_frame;
                            let samples = self.learner.expect_samples(samples)?;
                            Ok(Answer::Configured { needs, samples })
                        })
                    }
                    Command::Model(command) => {
                        let (models, row) = (&mut self.models, &mut self.row);
                        let memory = self.learner.scratch();
                        let room = payload_within(largest_frame as usize);
                        match command {
                            ModelCommand::Which => {
                                Ok(Answer::Kept { capacity: models.capacity(), model: models.deployed() })
                            }
                            ModelCommand::Begin(model) => {
                                models.begin(model).map(|here| Answer::Begun { here })
                            }
                            ModelCommand::Piece { offset, bytes } => {
                                models::take(models, (offset, bytes), memory).map(|()| Answer::Done)
                            }
                            ModelCommand::Read { previous, offset, length } => {
                                models::read(models, previous, (offset, length), room)
                                    .map(|bytes| Answer::Bytes { bytes })
                            }
                            ModelCommand::Samples { first } => {
                                let count = models.samples();
                                let room = self::room(self.receiver.buffer(), largest_frame);
                                models::samples(models, first, room).map(|len| Answer::Samples {
                                    count,
                                    samples: room.get(..len).unwrap_or_default(),
                                })
                            }
                            ModelCommand::Infer { row: number, first, raws } => {
                                match row.set(models, memory, number, (first, raws)) {
                                    Ok(false) => Ok(Answer::Done),
                                    Ok(true) => {
                                        let room = self::room(self.receiver.buffer(), largest_frame);
                                        let len = row.run(models, memory, room);
                                        len.map(|len| Answer::Outputs {
                                            outputs: room.get(..len).unwrap_or_default(),
                                        })
                                    }
                                    Err(error) => Err(error),
                                }
                            }
                        }
                    }
                    Command::InRun { run, ref command } => {
                        self.row = Row::default();
                        match (self.learner.check_identity(run), command) {
                            (Err(error), _) => Err(error),
                            (Ok(()), &RunCommand::Follow { from, generation, first, end, ref delta }) => self
                                .learner
                                .follow(from, generation, first, end, delta)
                                .map(|()| Answer::Done),
                            (Ok(()), &RunCommand::Train { generation, count, pace }) => {
                                let room = room(self.receiver.buffer(), largest_frame);
                                let task = &mut self.task;
                                let trained =
                                    self.learner.train(generation, count, pace, task, &mut alive, room);
                                trained.map(|(count, len)| {
                                    let units = count.wrapping_mul(self.learner.units());
                                    self.stats.units = self.stats.units.wrapping_add(units);
                                    let scores = room.get(..len).unwrap_or_default();
                                    Answer::Trained { generation, count, scores }
                                })
                            }
                            (Ok(()), &RunCommand::Load { section, offset, bytes }) => {
                                self.learner.load(section, offset, bytes).map(|()| Answer::Done)
                            }
                            (Ok(()), &RunCommand::Feed { generation, offset, bytes }) => {
                                self.learner.feed(generation, offset, bytes).map(|()| Answer::Done)
                            }
                            (Ok(()), &RunCommand::Start { generation }) => {
                                self.learner.start(generation).map(|_| Answer::Done)
                            }
                            (Ok(()), &RunCommand::Apply { generation, rate, first, count, scores }) => {
                                let applied =
                                    self.learner.apply(generation, rate, first, count, scores, &mut alive);
                                applied.map(|()| Answer::Done)
                            }
                            (Ok(()), &RunCommand::Measure { trial }) => {
                                let measured = self.learner.measure(trial, &mut self.task, &mut alive);
                                measured.and_then(|score| Self::own_task(Some(score)))
                            }
                            (Ok(()), &RunCommand::Evaluate { generation, first, count }) => {
                                let room = room(self.receiver.buffer(), largest_frame);
                                let (unit, task) = (&mut self.accelerator, &mut self.task);
                                let units = first..first.wrapping_add(count);
                                let learner = &mut self.learner;
                                let evaluated =
                                    learner.evaluate_on(unit, &mut alive, generation, units, task, room);
                                evaluated.map(|len| {
                                    self.stats.units = self.stats.units.wrapping_add(count);
                                    Answer::Scores {
                                        first,
                                        count,
                                        scores: room.get(..len).unwrap_or_default(),
                                    }
                                })
                            }
                        }
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

/// Serves a blocking byte stream until it ends.
///
/// # Errors
/// Those of the stream.
pub fn serve<A, T, S, U, M, L>(server: &mut Server<'_, A, T, S, U, M>, stream: &mut L) -> Result<(), L::Error>
where
    A: AsMut<[u64]> + AsRef<[u64]>,
    T: Task,
    S: SampleStore,
    U: Accelerator,
    M: ModelStore,
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
