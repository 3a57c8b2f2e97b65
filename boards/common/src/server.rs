use crate::{arena, processor};
use core::convert::Infallible;
use eggroll_firmware::accelerator::{Accelerator, NoAccelerator};
use eggroll_firmware::deploy::{ModelStore, NoModels};
use eggroll_firmware::progress::Progress;
use eggroll_firmware::runtime::{Board, Server, serve};
use eggroll_firmware::task::{InArena, NoTask, SampleStore, Task};
use eggroll_firmware::train::Learner;
use embedded_io::{ErrorType, Read, Write};

/// A board's way to its host. Bytes come in by interrupt, so that none is lost while the server computes: a
/// host sends no more than the largest frame ahead, and a port holds that much.
pub trait Port {
    /// Moves received bytes to `out` without waiting; returns how many. It is also called with an empty
    /// `out`, by which nothing is lost, to say that the board is at work ([`Watched`](crate::Watched)).
    fn take(&mut self, out: &mut [u8]) -> usize;

    /// Whether nothing has been received.
    fn is_empty(&self) -> bool;

    /// Sends bytes, waiting until all are on their way.
    fn put(&mut self, bytes: &[u8]);

    /// Sleeps until an interrupt, if nothing has been received.
    fn idle(&mut self) {
        // An interrupt between the look and the sleep stays pending, ends the sleep, and is served after it.
        critical_section::with(|_| {
            if self.is_empty() {
                processor::sleep();
            }
        });
    }
}

/// A port as the stream that the server reads and writes.
struct Stream<P>(P);

impl<P> ErrorType for Stream<P> {
    type Error = Infallible;
}

impl<P: Port> Read for Stream<P> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Infallible> {
        loop {
            match self.0.take(out) {
                0 if !out.is_empty() => self.0.idle(),
                taken => {
                    #[cfg(feature = "faults")]
                    crate::faults::on_request(out.get(..taken).unwrap_or_default());
                    return Ok(taken);
                }
            }
        }
    }
}

impl<P: Port> Write for Stream<P> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.0.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A board, and what it has beside its core and its port. [`Self::run`] serves the port for ever.
pub struct Runtime<P, S = InArena, M = NoModels, T = NoTask, U = NoAccelerator> {
    board: Board<'static>,
    port: P,
    samples: S,
    models: M,
    task: T,
    accelerator: U,
}

impl<P: Port> Runtime<P> {
    /// A board with nothing beside them. Samples lie in the arena, and are gone after a reset.
    pub const fn new(board: Board<'static>, port: P) -> Self {
        let (samples, models, task, accelerator) = (InArena, NoModels, NoTask, NoAccelerator);
        Self { board, port, samples, models, task, accelerator }
    }
}

impl<P: Port, S: SampleStore, M: ModelStore, T: Task, U: Accelerator> Runtime<P, S, M, T, U> {
    /// The same with a place for samples beside the arena.
    pub fn with_samples<N: SampleStore>(self, samples: N) -> Runtime<P, N, M, T, U> {
        let Self { board, port, models, task, accelerator, .. } = self;
        Runtime { board, port, samples, models, task, accelerator }
    }

    /// The same with a store that keeps a model over a reset.
    pub fn with_models<N: ModelStore>(self, models: N) -> Runtime<P, S, N, T, U> {
        let Self { board, port, samples, task, accelerator, .. } = self;
        Runtime { board, port, samples, models, task, accelerator }
    }

    /// The same with a task of its own.
    pub fn with_task<N: Task>(self, task: N) -> Runtime<P, S, M, N, U> {
        let Self { board, port, samples, models, accelerator, .. } = self;
        Runtime { board, port, samples, models, task, accelerator }
    }

    /// The same with something beside the core to evaluate members on.
    pub fn with_accelerator<N: Accelerator>(self, accelerator: N) -> Runtime<P, S, M, T, N> {
        let Self { board, port, samples, models, task, .. } = self;
        Runtime { board, port, samples, models, task, accelerator }
    }

    /// Serves the port for ever, in all RAM that is left: two buffers for frames, and the arena.
    pub fn run(self) -> ! {
        let (mut server, mut stream) = self.start();
        loop {
            // A port never ends and never fails.
            let _ = serve(&mut server, &mut stream);
        }
    }

    /// The same with an application beside the server. It is called whenever no bytes wait, does a little
    /// each time, and the core does not sleep. It has the learner, the store for models, and whom to tell
    /// what it computes, so that no watchdog takes it for one that has got stuck.
    ///
    /// A run that the application configures takes the place of a host's, which the host sees and loads anew.
    pub fn run_beside(
        self,
        mut application: impl FnMut(&mut BoardLearner<S>, &mut M, &mut dyn Progress),
    ) -> ! {
        let (mut server, mut stream) = self.start();
        let mut chunk = [0; CHUNK];
        loop {
            match stream.0.take(&mut chunk) {
                0 => {
                    let (learner, models) = server.parts();
                    application(learner, models, &mut AtWork { port: &mut stream.0, left: WORK });
                }
                taken => {
                    let _ = server.receive(chunk.get(..taken).unwrap_or_default(), &mut stream);
                }
            }
        }
    }

    // Inlined: a server is large for a board's stack.
    #[inline(always)]
    fn start(self) -> (BoardServer<S, M, T, U>, Stream<P>) {
        let Self { board, port, samples, models, task, accelerator } = self;
        let words = arena::frame().div_ceil(size_of::<u64>());
        let memory = arena::take();
        let buffers = (2 * words).min(memory.len());
        let (buffers, arena) = memory.split_at_mut(buffers);
        let (request, reply) = buffers.split_at_mut(buffers.len() / 2);
        defmt::info!("{=str}: {=usize} bytes of arena", board.name, size_of_val(arena));
        let (request, reply) = (bytemuck::cast_slice_mut(request), bytemuck::cast_slice_mut(reply));
        let server = Server::with(board, Learner::with_store(arena, samples), request, reply, task);
        (server.accelerated(accelerator).keeping(models), Stream(port))
    }
}

/// The server of a board, whose memory is all RAM that is left.
type BoardServer<S, M, T, U> = Server<'static, &'static mut [u64], T, S, U, M>;
/// The learner of a board, whose arena is all RAM that is left.
pub type BoardLearner<S = InArena> = Learner<&'static mut [u64], S>;
/// Bytes that are taken from a port at a time where an application runs beside the server.
const CHUNK: usize = 64;
/// Products between two times that a port hears of an application's work: a second or less on a Cortex-M0 of
/// 16 MHz.
const WORK: u32 = 1 << 18;

/// Says on a port that the board is at work.
struct AtWork<'p, P> {
    port: &'p mut P,
    /// Products until the next time.
    left: u32,
}

impl<P: Port> Progress for AtWork<'_, P> {
    fn computed(&mut self, products: u32) {
        match self.left.checked_sub(products) {
            Some(left) => self.left = left,
            None => {
                self.left = WORK;
                self.port.take(&mut []);
            }
        }
    }
}

/// Serves the port for ever: [`Runtime::run`] of a board with nothing beside its core and its port.
pub fn run(board: Board<'static>, port: impl Port) -> ! {
    Runtime::new(board, port).run()
}

/// The same on a board that scores members by a task of its own: what `eggroll-host train --task own` trains
/// on.
pub fn run_with_task(board: Board<'static>, port: impl Port, task: impl Task) -> ! {
    Runtime::new(board, port).with_task(task).run()
}
