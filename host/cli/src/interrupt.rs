//! Signals. Some end a run in order, and others must not end it without a message.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio_util::sync::CancellationToken;

/// The exit code after Ctrl-C, as in shells: 128 and the number of the signal.
pub(super) const INTERRUPTED: u8 = 128 + 2;

/// The wish of the user, or of the system, that the run stops. The first signal cancels the token. A second
/// one ends the program at once, for instance while it waits for a board.
pub(super) struct Interrupt {
    /// The first signal cancels this token. Everything that may wait for long waits for it as well.
    pub(super) token: CancellationToken,
    code: Arc<AtomicU8>,
}

impl Interrupt {
    /// Listens for Ctrl-C (SIGINT), SIGTERM and SIGHUP. From now on none of them is missed. SIGHUP stays
    /// ignored if it was, as under `nohup`.
    ///
    /// # Errors
    /// The system does not allow to listen.
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

    /// The exit code for the next signal.
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

/// Whether the program was started with SIGHUP ignored. If the system does not tell, it was not.
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

/// Makes a file that grows beyond the user's limit (`ulimit -f`) an error with a message, instead of a signal
/// that ends the program.
pub(super) fn survive_file_limits() {
    #[cfg(unix)]
    {
        let heard = Arc::default();
        // If the system does not allow to listen, the signal ends the program as before.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, heard);
    }
}
