use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::Pipe;

/// Holds the longest frame that a board of these has (`_frame` of its `memory.x`), so that a host that sends
/// ahead loses nothing.
const LONGEST: usize = 4096;

static FROM_HOST: Pipe<CriticalSectionRawMutex, LONGEST> = Pipe::new();
static TO_HOST: Pipe<CriticalSectionRawMutex, LONGEST> = Pipe::new();

/// The server's end of the port.
pub struct Port;

impl eggroll_board::Port for Port {
    fn take(&mut self, out: &mut [u8]) -> usize {
        FROM_HOST.try_read(out).unwrap_or(0)
    }

    fn is_empty(&self) -> bool {
        FROM_HOST.is_empty()
    }

    fn put(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match TO_HOST.try_write(bytes) {
                Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
                Err(_) => cortex_m::asm::wfe(),
            }
        }
    }

    fn idle(&mut self) {
        // An interrupt since the look has left its event, and the sleep ends at once.
        cortex_m::asm::wfe();
    }
}

/// Hands bytes to the server, and waits where it has no room for them.
pub(crate) async fn received(bytes: &[u8]) {
    FROM_HOST.write_all(bytes).await;
}

/// Waits for bytes of the server; returns how many are in `out`.
pub(crate) async fn to_send(out: &mut [u8]) -> usize {
    TO_HOST.read(out).await
}

/// Whether the server has nothing more to send now.
#[cfg(feature = "usb")]
pub(crate) fn nothing_to_send() -> bool {
    TO_HOST.is_empty()
}
