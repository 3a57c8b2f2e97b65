//! The RP2040's watchdog, by which the chip is reset, too: SYSRESETREQ resets the core that asks for it and
//! nothing else (RP2040 Datasheet, 2.4.2.9), so that USB would go on beside a core that knows nothing of it.
//! The watchdog is in section 4.7; the power-on state machine, whose WDSEL says what a watchdog resets, here
//! all but the oscillators, is in 2.13.

use eggroll_board::PATIENCE_MS;
use embassy_rp::Peri;
use embassy_rp::peripherals::WATCHDOG;
use embassy_rp::watchdog;
use embassy_time::Duration;

const PATIENCE: Duration = Duration::from_millis(PATIENCE_MS as u64);
/// How long a probe has to take the log before a reset.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// The chip's watchdog.
pub struct Watchdog {
    inner: watchdog::Watchdog,
    running: bool,
}

impl Watchdog {
    /// It waits from the first time on that it is fed.
    pub fn new(chip: Peri<'static, WATCHDOG>) -> Self {
        Self { inner: watchdog::Watchdog::new(chip), running: false }
    }
}

/// Feeds the watchdog during work that takes longer than it waits. Where it stands still this changes
/// nothing.
pub(crate) fn feed() {
    // SAFETY: it writes one register, which whoever else feeds it writes, too.
    watchdog::Watchdog::new(unsafe { WATCHDOG::steal() }).feed(PATIENCE);
}

impl eggroll_board::Watchdog for Watchdog {
    fn feed(&mut self) {
        if self.running {
            self.inner.feed(PATIENCE);
        } else {
            self.inner.start(PATIENCE);
            self.running = true;
        }
    }

    fn pause(&mut self) {
        self.inner.stop();
        self.running = false;
    }
}

/// Resets the chip. The log goes out first: where a probe has taken it before and has left since, that would
/// wait for ever, and the watchdog ends it.
#[unsafe(no_mangle)]
fn eggroll_reset() -> ! {
    // SAFETY: whoever had it before does not go on.
    let mut watchdog = watchdog::Watchdog::new(unsafe { WATCHDOG::steal() });
    watchdog.start(LAST_WORDS);
    defmt::flush();
    watchdog.trigger_reset();
    loop {
        cortex_m::asm::nop();
    }
}
