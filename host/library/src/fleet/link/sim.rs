use super::{Link, Timing};
use eggroll_firmware::accelerator::{Accelerator, NoAccelerator};
use eggroll_firmware::deploy::{RamFlash, Slots};
use eggroll_firmware::runtime::{Board, Server, serve};
use eggroll_firmware::task::{NoTask, Task};
use eggroll_firmware::train::Learner;
use eggroll_firmware::wire::Features;
use embedded_io_adapters::std::FromStd;
use std::thread;
use std::time::Duration;
use tokio_util::io::SyncIoBridge;

/// The largest frame of a simulated board in bytes.
pub(crate) const SIM_FRAME: usize = 16 << 10;

/// Bytes of the flash of a simulated board that keeps models, and the unit of writing it.
const FLASH: usize = 2 << 20;
const UNIT: usize = 4;

/// A simulated board says that it is at work after so many products, which take about a tenth of a second on
/// an idle machine.
const PRODUCTS_PER_SIGN: u32 = 1 << 26;
/// A simulated board cannot be unplugged, but a busy machine may keep it waiting for long.
const TIMING: Timing = Timing { reply: Duration::from_secs(10), attempts: 30 };

/// Starts a simulated board with `arena` bytes of memory: the firmware's own server, on a thread, behind an
/// in-memory byte stream. It ends when its link is dropped. If there is not enough memory, a line is logged
/// and the link is closed from the start. This must be called within a tokio runtime.
pub fn sim(name: &str, arena: u64) -> Link {
    started(name, arena, Features::default(), (NoAccelerator, NoTask))
}

/// Starts a simulated board that has a task of its own.
pub fn sim_with_task(name: &str, arena: u64, task: impl Task + Send + 'static) -> Link {
    started(name, arena, Features::default(), (NoAccelerator, task))
}

/// Starts a simulated board that evaluates on an accelerator as far as the accelerator can, and has a task.
pub(super) fn started(
    name: &str,
    arena: u64,
    features: Features,
    (accelerator, task): (impl Accelerator + Send + 'static, impl Task + Send + 'static),
) -> Link {
    let (host, board) = tokio::io::duplex(4 * SIM_FRAME);
    let mut stream = FromStd::new(SyncIoBridge::new(board));
    let (thread_name, board_name) = (name.to_owned(), name.to_owned());
    let body = move || {
        // The system zeroes this memory, so that pages which are never touched cost nothing.
        let Ok(mut memory) = bytemuck::allocation::try_zeroed_slice_box::<u64>((arena / 8) as usize) else {
            tracing::error!(
                "{board_name}: its arena of {arena} bytes cannot be allocated: lower arena=BYTES of --boards"
            );
            return;
        };
        let (mut request, mut reply) = (vec![0; SIM_FRAME], vec![0; SIM_FRAME]);
        let board = Board { name: "sim", core: std::env::consts::ARCH, features };
        let learner = Learner::new(&mut *memory);
        let server = Server::with(board, learner, &mut request, &mut reply, task);
        let server = server.accelerated(accelerator).saying_every(PRODUCTS_PER_SIGN);
        // What it keeps is gone with it.
        let mut flash = vec![0; FLASH];
        let models = Slots::<_, UNIT>::new(RamFlash::new(&mut flash));
        if let Err(error) = serve(&mut server.keeping(models), &mut stream) {
            tracing::debug!(%error, "simulated board: its link broke");
        }
    };
    if let Err(error) = thread::Builder::new().name(thread_name).spawn(body) {
        // The closure held the other end of the link, so the fleet sees a board that has left.
        tracing::warn!(%error, "cannot start the thread of a simulated board");
    }
    let (reader, writer) = tokio::io::split(host);
    let timing = TIMING;
    Link { name: name.to_owned(), reader: Box::new(reader), writer: Box::new(writer), timing }
}
