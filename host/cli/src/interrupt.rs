//! Signals: what ends a run in order, and what must not end it without a word.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio_util::sync::CancellationToken;

/// Exit code after Ctrl-C, as shells have it: 128 and the signal's number.
pub(super) const INTERRUPTED: u8 = 128 + 2;

/// The wish of a user, or of the system, that the run stops. The first signal cancels the token; a second one
/// ends the program at once, as where it waits for a board.
pub(super) struct Interrupt {
    /// Cancelled by the first signal. Whatever may wait for long waits for this, too.
    pub(super) token: CancellationToken,
    code: Arc<AtomicU8>,
}

impl Interrupt {
    /// Listens for Ctrl-C (SIGINT), SIGTERM and SIGHUP; from now on none of them is missed. SIGHUP stays
    /// ignored where it is, as under `nohup`.
    ///
    /// # Errors
    /// Where the system lets nobody listen.
    pub(super) fn listen() -> std::io::Result<Self> {
        let interrupt = Self { token: CancellationToken::new(), code: Arc::new(AtomicU8::new(INTERRUPTED)) };
        let (token, last) = (interrupt.token.clone(), Arc::clone(&interrupt.code));
        let mut signals = Signals::new()?;
        tokio::spawn(async move {
            while let Some(code) = signals.next().await {
                last.store(code, Ordering::Relaxed);
                if token.is_cancelled() {
                    std::process::exit(code.into());
                }
                token.cancel();
            }
        });
        Ok(interrupt)
    }

    /// The exit code of a program that was stopped.
    pub(super) fn code(&self) -> u8 {
        self.code.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = if hang_up_is_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate, hang_up })
    }

    /// The exit code that the next signal stands for.
    async fn next(&mut self) -> Option<u8> {
        let hang_up = async {
            match &mut self.hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            heard = self.interrupt.recv() => heard.map(|()| INTERRUPTED),
            heard = self.terminate.recv() => heard.map(|()| 128 + 15),
            heard = hang_up => heard.map(|()| 128 + 1),
        }
    }
}

/// Whether the program was started with SIGHUP ignored; taken for not ignored where the system does not say.
#[cfg(unix)]
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Option<u8> {
        tokio::signal::ctrl_c().await.ok().map(|()| INTERRUPTED)
    }
}

/// A file that grows beyond the limit that the user has set (`ulimit -f`) is an error that is said, not a
/// signal that ends the program.
pub(super) fn survive_file_limits() {
    #[cfg(unix)]
    {
        let heard = Arc::default();
        // Where nobody can listen, the signal ends the program as before.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, heard);
    }
}
