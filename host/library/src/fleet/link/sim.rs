use super::{Link, Timing};
use eggroll_firmware::accelerator::{Accelerator, NoAccelerator};
use eggroll_firmware::runtime::{Board, Server, serve};
use eggroll_firmware::wire::Features;
use embedded_io_adapters::std::FromStd;
use std::thread;
use std::time::Duration;
use tokio_util::io::SyncIoBridge;

/// Largest frame of a simulated board.
pub const SIM_FRAME: usize = 16 << 10;

/// Products between two words of a simulated board that it is at work: a tenth of a second on a machine with nothing
/// else to do.
const WORK_BETWEEN_WORDS: u32 = 1 << 26;
/// A simulated board cannot be unplugged, only kept waiting by a busy machine.
const TIMING: Timing = Timing { reply: Duration::from_secs(10), attempts: 30 };

/// Starts a simulated board with `arena` bytes of memory: the firmware's own server on a thread, behind an
/// in-memory byte stream. It ends when its link is dropped; where the memory cannot be had, a log line says so and
/// the link is closed from the start. Must be called within a tokio runtime.
pub fn sim(name: &str, arena: u64) -> Link {
    started(name, arena, Features::default(), NoAccelerator)
}

/// Starts a simulated board that evaluates on an accelerator where that can.
pub(super) fn started(
    name: &str,
    arena: u64,
    features: Features,
    accelerator: impl Accelerator + Send + 'static,
) -> Link {
    let (host, board) = tokio::io::duplex(4 * SIM_FRAME);
    let mut stream = FromStd::new(SyncIoBridge::new(board));
    let (thread_name, board_name) = (name.to_owned(), name.to_owned());
    let body = move || {
        // Zeroed by the system, so that untouched pages cost nothing.
        let Ok(mut memory) = bytemuck::allocation::try_zeroed_slice_box::<u64>((arena / 8) as usize) else {
            tracing::error!(
                "{board_name}: no {arena} bytes of memory are free: lower arena=BYTES of --boards"
            );
            return;
        };
        let (mut request, mut reply) = (vec![0; SIM_FRAME], vec![0; SIM_FRAME]);
        let board = Board { name: "sim", core: std::env::consts::ARCH, features };
        let server = Server::new(board, &mut *memory, &mut request, &mut reply);
        let mut server = server.accelerated(accelerator).saying_every(WORK_BETWEEN_WORDS);
        if let Err(error) = serve(&mut server, &mut stream) {
            tracing::debug!(%error, "simulated board: its link broke");
        }
    };
    if let Err(error) = thread::Builder::new().name(thread_name).spawn(body) {
        // The link's other end is gone with the closure: the fleet sees a board that left.
        tracing::warn!(%error, "cannot start the thread of a simulated board");
    }
    let (reader, writer) = tokio::io::split(host);
    let timing = TIMING;
    Link { name: name.to_owned(), reader: Box::new(reader), writer: Box::new(writer), timing }
}
