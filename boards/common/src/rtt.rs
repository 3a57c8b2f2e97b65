//! A port through a debug probe, for a board whose serial port is not wired: the counterpart of the host's
//! `probe:CHIP`.

use crate::Port;
use core::cell::Cell;
use rtt_target::{ChannelMode, DownChannel, UpChannel, rtt_init, set_defmt_channel};

/// Two rings in RAM (RTT), which a probe reads and writes while the chip runs, and a third one for the logs.
///
/// No interrupt says that something has come, so the board does not sleep while it waits. What does not fit
/// the ring to the host waits for the probe, as a USB port waits for its host; logs are dropped.
pub struct Rtt {
    up: UpChannel,
    down: DownChannel,
    /// Whether the ring from the host was empty at the last look.
    is_empty: Cell<bool>,
}

impl Rtt {
    /// Makes the rings known to probes. Logs go out from here on. The second call would give the same rings
    /// out again, so there is one, at the start of `main`.
    pub fn start() -> Self {
        let channels = rtt_init! {
            up: {
                0: { size: 1024, name: "defmt" }
                1: { size: 4096, name: "eggroll" }
            }
            down: {
                0: { size: 4096, name: "eggroll" }
            }
        };
        set_defmt_channel(channels.up.0);
        let mut up = channels.up.1;
        up.set_mode(ChannelMode::BlockIfFull);
        Self { up, down: channels.down.0, is_empty: Cell::new(true) }
    }
}

impl Port for Rtt {
    fn take(&mut self, out: &mut [u8]) -> usize {
        let taken = self.down.read(out);
        self.is_empty.set(taken < out.len());
        taken
    }

    fn is_empty(&self) -> bool {
        self.is_empty.get()
    }

    fn put(&mut self, bytes: &[u8]) {
        self.up.write(bytes);
    }

    fn idle(&mut self) {
        core::hint::spin_loop();
    }
}
