//! Standard error for log lines. They are kept while the terminal interface has the terminal, which shows
//! them.

use eggroll_host::words;
use std::collections::VecDeque;
use std::io::{Write, stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most messages that are kept.
const MESSAGES: usize = 50;

/// Whether messages are kept, and those since then. Both belong to the only terminal, not to a run.
static KEPT: AtomicBool = AtomicBool::new(false);
static SAID: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

fn lock() -> MutexGuard<'static, VecDeque<String>> {
    SAID.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the messages from now on.
#[cfg(feature = "tui")]
pub(super) fn keep() {
    KEPT.store(true, Ordering::SeqCst);
}

/// Whether messages are kept.
#[cfg(feature = "tui")]
pub(super) fn is_kept() -> bool {
    KEPT.load(Ordering::SeqCst)
}

/// The messages that are kept.
#[cfg(feature = "tui")]
pub(super) fn said() -> VecDeque<String> {
    lock().clone()
}

/// Ends the keeping, if it is on: calls `restore`, and prints what was kept.
#[cfg(feature = "tui")]
pub(super) fn release(restore: impl FnOnce()) {
    if KEPT.swap(false, Ordering::SeqCst) {
        restore();
        for line in lock().drain(..) {
            let _ = writeln!(stderr(), "{line}");
        }
    }
}

/// Standard error for log lines, with control characters escaped.
pub(crate) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = words::lines(&String::from_utf8_lossy(bytes));
        if !KEPT.load(Ordering::SeqCst) {
            return stderr().write_all(text.as_bytes()).map(|()| bytes.len());
        }
        let mut said = lock();
        for line in text.lines().filter(|line| !line.is_empty()) {
            said.push_back(line.trim().to_owned());
        }
        while said.len() > MESSAGES {
            said.pop_front();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
