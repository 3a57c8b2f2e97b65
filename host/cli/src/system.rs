//! The threads and open files that the program needs from the system before it does anything. If it does not
//! get them, it prints one line instead of panicking in a library.

use super::output::tell;
use crate::error::Error;
use eggroll_host::fleet::link::Address;
use eggroll_host::words;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// If so many pipes can be opened at once, a run has room for its files, those of the runtime, and its first
/// boards. Each pipe has two ends.
const PIPES: usize = 8;
/// The threads in addition to workers and simulated boards: the writer of the journal, and those that block.
const BESIDE: usize = 4;
/// The most threads of each of the two pools, as for --threads.
const MOST_THREADS: usize = 1024;
/// The most characters in the message of a panic.
const MOST_OF_PANIC: usize = 300;

/// Prints one line for a panic, which is a fault of the program. If a backtrace is asked for, everything is
/// printed.
pub(super) fn panics_in_a_line() {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        return;
    }
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let message = payload.downcast_ref::<&str>().copied();
        let message =
            message.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        let place =
            panic.location().map_or(String::new(), |place| format!(" at {}:{}", place.file(), place.line()));
        let message = words::shown(message, MOST_OF_PANIC);
        tell!("error: this program failed{place}: {message}; RUST_BACKTRACE=1 shows how it came about");
    }));
}

/// The number of worker threads: as many as asked for, otherwise one a core.
fn workers(asked: Option<usize>) -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    asked.unwrap_or(cores).clamp(1, MOST_THREADS)
}

/// Makes sure that so many threads can run at once.
fn room_for_threads(count: usize) -> Result<(), Error> {
    let (done, all) = (Mutex::new(false), Condvar::new());
    let wait = || {
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        while !*done {
            done = all.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
    };
    let started = thread::scope(|scope| {
        let started = (0..count).try_for_each(|_| thread::Builder::new().spawn_scoped(scope, wait).map(drop));
        *done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        all.notify_all();
        started
    });
    started.map_err(|error| {
        Error::Usage(format!(
            "cannot start {count} threads: {error}: lower --threads, name fewer simulated boards, or raise the limits on \
             processes and memory (ulimit -u, ulimit -v)"
        ))
    })
}

/// Makes sure that a few files can be opened.
fn room_for_files() -> Result<(), Error> {
    let pipes: Result<Vec<_>, _> = (0..PIPES).map(|_| std::io::pipe()).collect();
    pipes.map(drop).map_err(|error| {
        Error::Usage(format!("cannot open {} files: {error}: raise the limit on them (ulimit -n)", 2 * PIPES))
    })
}

/// Makes the pool that computes on the host's own cores, with as many threads as asked for. Without
/// --threads, `RAYON_NUM_THREADS` decides if it is a valid number.
///
/// # Errors
/// [`Error::Usage`] if the system does not give so many threads.
pub(super) fn pool(asked: Option<usize>) -> Result<(), Error> {
    let variable = std::env::var("RAYON_NUM_THREADS").ok().and_then(|text| text.parse().ok());
    let count = workers(asked.or(variable.filter(|&count| count > 0)));
    room_for_threads(count)?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build_global()
        .map_err(|error| Error::Usage(format!("cannot start {count} threads to compute on: {error}")))
}

/// Makes that pool and the asynchronous runtime for these boards. Each simulated board is a thread.
///
/// # Errors
/// [`Error::Usage`] if the system does not give so many threads, or not enough open files.
pub(super) fn runtime(asked: Option<usize>, boards: &[Address]) -> Result<tokio::runtime::Runtime, Error> {
    room_for_files()?;
    pool(asked)?;
    let count = workers(asked);
    // The runtime panics if it gets no thread, and if TOKIO_WORKER_THREADS is not a number, so it is told how
    // many to use.
    let simulated = boards.iter().filter(|board| matches!(board, Address::Sim { .. } | Address::FpgaSim(_)));
    room_for_threads(count + BESIDE + simulated.map(Address::count).sum::<usize>())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(count).enable_all().build();
    runtime.map_err(|error| Error::Usage(format!("cannot start the asynchronous runtime: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads() {
        assert_eq!([Some(0), Some(3), Some(usize::MAX)].map(workers), [1, 3, MOST_THREADS]);
        assert!(workers(None) >= 1);
        assert!(room_for_threads(8).is_ok() && room_for_files().is_ok());
    }
}
