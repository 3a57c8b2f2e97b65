//! The whole firmware, from received bytes to sent ones and from samples to decisions, as an image that links
//! only if no panic can be reached.
//!
//! The optimiser removes a panic that it proves unreachable, and the linker whatever nothing refers to: what
//! is left of the panics after both calls [`panic`], which calls a function that does not exist. So this
//! image must be built with optimisation, and the feature `dsp` and the target choose the kernels as on a
//! board.
//!
//! A board adds to this its start-up code, HAL and logging, which may panic by themselves.
#![no_std]
#![no_main]

use core::convert::Infallible;
use core::panic::PanicInfo;
use core::slice;
use eggroll_firmware::Error;
use eggroll_firmware::accelerator::{OnUnit, Unit};
use eggroll_firmware::deploy::{MappedFlash, RamFlash, Slots};
use eggroll_firmware::runtime::{Board, Server, serve};
use eggroll_firmware::signal::{Decision, Extractor, Memory, Plan, Smoothing};
use eggroll_firmware::task::{InArena, Member, SampleStore, Task, Trial};
use eggroll_firmware::train::Learner;
use eggroll_firmware::wire::Features;
use embedded_hal::spi::{self, Operation, SpiDevice};
use embedded_io::{ErrorType, Read, Write};
use embedded_storage::nor_flash::{self, NorFlash, NorFlashError, ReadNorFlash};

/// What a board would bring. `link.x` places it where the optimiser can know nothing of it.
mod outside {
    unsafe extern "C" {
        pub(crate) safe fn eggroll_port_read(out: *mut u8, len: usize) -> usize;
        pub(crate) safe fn eggroll_port_write(bytes: *const u8, len: usize) -> usize;
        pub(crate) safe fn eggroll_store_bytes() -> *const u8;
        pub(crate) safe fn eggroll_store_len() -> usize;
        pub(crate) safe fn eggroll_store_erase(len: usize) -> bool;
        pub(crate) safe fn eggroll_store_write(offset: usize, bytes: *const u8, len: usize) -> bool;
        pub(crate) safe fn eggroll_spi_transfer(out: *mut u8, bytes: *const u8, len: usize) -> bool;
        pub(crate) safe fn eggroll_task_step(outputs: *const i8, len: usize, next: *mut i8) -> usize;
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn eggroll_a_panic_can_be_reached() -> !;
    }
    eggroll_a_panic_can_be_reached()
}

struct Port;

impl ErrorType for Port {
    type Error = Infallible;
}

impl Read for Port {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Infallible> {
        Ok(outside::eggroll_port_read(out.as_mut_ptr(), out.len()))
    }
}

impl Write for Port {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(outside::eggroll_port_write(bytes.as_ptr(), bytes.len()))
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

struct Store;

impl SampleStore for Store {
    fn capacity(&self) -> usize {
        outside::eggroll_store_len()
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: this image is linked and never run.
        unsafe { slice::from_raw_parts(outside::eggroll_store_bytes(), outside::eggroll_store_len()) }
    }

    fn erase(&mut self, len: usize) -> Result<(), Error> {
        if outside::eggroll_store_erase(len) { Ok(()) } else { Err(Error::Store) }
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), Error> {
        if outside::eggroll_store_write(offset, bytes.as_ptr(), bytes.len()) {
            Ok(())
        } else {
            Err(Error::Store)
        }
    }
}

struct Own;

impl Task for Own {
    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        let (mut input, mut score) = ([0; 16], trial.seed as i32);
        loop {
            let output = member.act(&input);
            match outside::eggroll_task_step(output.as_ptr(), output.len(), input.as_mut_ptr()) {
                0 => return score,
                reward => score = score.wrapping_add(reward as i32),
            }
        }
    }
}

/// An FPGA behind SPI, which may fail at any time.
struct Spi;

#[derive(Debug)]
struct SpiFailed;

impl spi::Error for SpiFailed {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

impl spi::ErrorType for Spi {
    type Error = SpiFailed;
}

impl SpiDevice for Spi {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), SpiFailed> {
        for operation in operations {
            let (out, bytes, len) = match operation {
                Operation::Read(out) => (out.as_mut_ptr(), core::ptr::null(), out.len()),
                Operation::Write(bytes) => (core::ptr::null_mut(), bytes.as_ptr(), bytes.len()),
                Operation::Transfer(out, bytes) => (out.as_mut_ptr(), bytes.as_ptr(), out.len()),
                Operation::TransferInPlace(bytes) => (bytes.as_mut_ptr(), bytes.as_ptr(), bytes.len()),
                Operation::DelayNs(_) => continue,
            };
            if !outside::eggroll_spi_transfer(out, bytes, len) {
                return Err(SpiFailed);
            }
        }
        Ok(())
    }
}

/// Flash that is written in units of 256 bytes, and may fail at any time.
struct Pages(RamFlash<'static>);

impl nor_flash::ErrorType for Pages {
    type Error = nor_flash::NorFlashErrorKind;
}

impl ReadNorFlash for Pages {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.read(offset, bytes).map_err(|error| error.kind())
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl NorFlash for Pages {
    const WRITE_SIZE: usize = 256;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        if outside::eggroll_store_erase(to as usize) {
            Ok(())
        } else {
            self.0.erase(from, to).map_err(|error| error.kind())
        }
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.write(offset, bytes).map_err(|error| error.kind())
    }
}

impl MappedFlash for Pages {
    fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

fn server<'a, S: SampleStore>(
    arena: &'a mut [u64],
    request: &'a mut [u8],
    reply: &'a mut [u8],
    store: S,
) -> Server<'a, &'a mut [u64], Own, S> {
    let board = Board { name: "no-panic", core: "any", features: Features::default() };
    Server::with(board, Learner::with_store(arena, store), request, reply, Own)
}

/// Serves with samples in the arena.
#[unsafe(no_mangle)]
fn eggroll_serve(arena: &mut [u64], request: &mut [u8], reply: &mut [u8]) {
    let Ok(()) = serve(&mut server(arena, request, reply, InArena), &mut Port);
}

/// Serves with samples in a store.
#[unsafe(no_mangle)]
fn eggroll_serve_with_store(arena: &mut [u64], request: &mut [u8], reply: &mut [u8]) {
    let Ok(()) = serve(&mut server(arena, request, reply, Store), &mut Port);
}

/// Serves with a store for models, in flash of which nothing is known.
#[unsafe(no_mangle)]
fn eggroll_serve_with_models(
    arena: &mut [u64],
    request: &mut [u8],
    reply: &mut [u8],
    (words, pages): (&'static mut [u8], &'static mut [u8]),
) {
    if let Some(models) = Slots::<_, 4>::new(RamFlash::new(words)) {
        let Ok(()) = serve(&mut server(arena, request, reply, InArena).keeping(models), &mut Port);
    } else if let Some(models) = Slots::<_, 256>::new(Pages(RamFlash::new(pages))) {
        let Ok(()) = serve(&mut server(arena, request, reply, Store).keeping(models), &mut Port);
    }
}

/// Serves with an FPGA beside the core.
#[unsafe(no_mangle)]
fn eggroll_serve_with_unit(arena: &mut [u64], request: &mut [u8], reply: &mut [u8], shadow: &mut [i8]) {
    let Ok(unit) = Unit::new(Spi) else { return };
    let unit = OnUnit::<_, _, 256>::new(unit, shadow);
    let Ok(()) = serve(&mut server(arena, request, reply, InArena).accelerated(unit), &mut Port);
}

/// Takes samples by a plan of which nothing is known, not even whether it has a fault. Without samples, a new
/// recording begins.
#[unsafe(no_mangle)]
fn eggroll_signal_push(
    plan: &Plan<'_>,
    memory: &mut Memory<'_>,
    extractor: &mut Extractor,
    samples: &[i16],
    features: &mut [i32],
) -> bool {
    if samples.is_empty() {
        extractor.restart(plan, memory);
    }
    extractor.push(plan, memory, samples, features)
}

/// Decides, with any settings. Without outputs, the decision begins anew.
#[unsafe(no_mangle)]
fn eggroll_signal_decide(decision: &mut Decision<&mut [i32]>, outputs: &[i8]) -> Option<usize> {
    if outputs.is_empty() {
        decision.restart();
    }
    decision.push(outputs)
}

/// Makes the extractor and the decision.
#[unsafe(no_mangle)]
fn eggroll_signal_new<'a>(
    plan: &Plan<'_>,
    smoothing: Smoothing,
    (level, hold_off): (u8, u16),
    sums: &'a mut [i32],
) -> (Extractor, Decision<&'a mut [i32]>) {
    (Extractor::new(plan), Decision::new(smoothing, level, hold_off, sums))
}
