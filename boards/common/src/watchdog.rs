use crate::Port;

/// How long a watchdog waits to be fed, in milliseconds. A board says at least every second or two that it
/// computes ([`eggroll_firmware::runtime`]), and an nRF51 stands still for 1.9 s where it erases all its
/// samples (88 pages of 22 ms). The RP2040's counter holds 8.3 s.
pub const PATIENCE_MS: u32 = if cfg!(feature = "faults") { 300 } else { 8000 };

/// A chip's timer that starts the board anew unless it is fed in time.
pub trait Watchdog {
    /// It begins to wait anew, and goes on if it stood still.
    fn feed(&mut self);

    /// It stands still until it is fed next. One that does so by itself while the core sleeps needs nothing.
    fn pause(&mut self) {}
}

/// A port of a board whose watchdog waits for it: whoever reads requests, answers them, or says that it works
/// on one has not got stuck. While the board waits for its host, for bytes or for room, the watchdog stands
/// still: that may take for ever.
pub struct Watched<P, W> {
    port: P,
    watchdog: W,
}

impl<P: Port, W: Watchdog> Watched<P, W> {
    /// The watchdog waits from now on.
    pub fn new(port: P, mut watchdog: W) -> Self {
        watchdog.feed();
        Self { port, watchdog }
    }
}

impl<P: Port, W: Watchdog> Port for Watched<P, W> {
    fn take(&mut self, out: &mut [u8]) -> usize {
        self.watchdog.feed();
        self.port.take(out)
    }

    fn is_empty(&self) -> bool {
        self.port.is_empty()
    }

    fn put(&mut self, bytes: &[u8]) {
        self.watchdog.pause();
        self.port.put(bytes);
        self.watchdog.feed();
    }

    fn idle(&mut self) {
        self.watchdog.pause();
        self.port.idle();
        self.watchdog.feed();
    }
}
