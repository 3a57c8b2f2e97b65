use crate::{arena, processor};
use core::convert::Infallible;
use eggroll_firmware::accelerator::{Accelerator, NoAccelerator};
use eggroll_firmware::runtime::{Board, Server, serve};
use eggroll_firmware::task::{InArena, NoTask, SampleStore};
use eggroll_firmware::train::Learner;
use embedded_io::{ErrorType, Read, Write};

/// A board's way to its host. Bytes come in by interrupt, so that none is lost while the server computes: a
/// host sends no more than the largest frame ahead, and a port holds that much.
pub trait Port {
    /// Moves received bytes to `out` without waiting; returns how many.
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

/// Serves the port for ever, in all RAM that is left: two buffers for frames, and the arena. Samples lie in
/// the arena, too, and are gone after a reset.
pub fn run(board: Board<'static>, port: impl Port) -> ! {
    run_with_store(board, port, InArena)
}

/// The same on a board that has something beside its core to evaluate members on.
pub fn run_accelerated(board: Board<'static>, port: impl Port, accelerator: impl Accelerator) -> ! {
    run_with(board, port, InArena, accelerator)
}

/// The same on a board that has a place for samples beside the arena.
pub fn run_with_store(board: Board<'static>, port: impl Port, store: impl SampleStore) -> ! {
    run_with(board, port, store, NoAccelerator)
}

fn run_with(
    board: Board<'static>,
    port: impl Port,
    store: impl SampleStore,
    accelerator: impl Accelerator,
) -> ! {
    let words = arena::frame().div_ceil(size_of::<u64>());
    let memory = arena::take();
    let buffers = (2 * words).min(memory.len());
    let (buffers, arena) = memory.split_at_mut(buffers);
    let (request, reply) = buffers.split_at_mut(buffers.len() / 2);
    defmt::info!("{=str}: {=usize} bytes of arena", board.name, size_of_val(arena));
    let (request, reply) = (bytemuck::cast_slice_mut(request), bytemuck::cast_slice_mut(reply));
    let server = Server::with(board, Learner::with_store(arena, store), request, reply, NoTask);
    let mut server = server.accelerated(accelerator);
    let mut stream = Stream(port);
    loop {
        // A port never ends and never fails.
        let _ = serve(&mut server, &mut stream);
    }
}
