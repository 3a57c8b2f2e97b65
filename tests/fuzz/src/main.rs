//! The fallback driver: runs fuzz targets on a stable compiler, on all cores, without feedback from coverage.

use clap::Parser;
use eggroll_fuzz::{TARGETS, Target, mutate};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Inputs that a thread takes at a time.
const CHUNK: u64 = 256;
/// An execution that takes longer is stuck.
const LIMIT: Duration = Duration::from_secs(120);

#[derive(Parser)]
struct Args {
    /// The target; all of them if none is named.
    target: Option<String>,
    #[arg(long, default_value_t = 100_000)]
    executions: u64,
    #[arg(long)]
    seconds: Option<u64>,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Number of the first input.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Where the input of a failure is written.
    #[arg(long, default_value = ".")]
    failures: PathBuf,
    /// Write the target's first inputs to this folder, and run nothing.
    #[arg(long)]
    write_seeds: Option<PathBuf>,
    /// Run this input instead, and let it fail.
    #[arg(long)]
    input: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let Some(name) = &args.target else { return all() };
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("error: no target {name}; there are: {}", names.join(", "));
        return ExitCode::FAILURE;
    };
    let outcome = match (&args.write_seeds, &args.input) {
        (Some(folder), _) => (target.seeds)()
            .iter()
            .enumerate()
            .try_for_each(|(place, seed)| std::fs::write(folder.join(format!("seed-{place}")), seed)),
        (_, Some(file)) => std::fs::read(file).map(|input| (target.run)(&input)),
        _ => return Campaign::new(target, &args).run(),
    };
    if let Err(error) = &outcome {
        eprintln!("error: {error}");
    }
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every target in a process of its own, whose peak memory is then the target's.
fn all() -> ExitCode {
    let (mut args, mut failed) = (std::env::args_os(), false);
    let program = args.next().unwrap_or_default();
    let args: Vec<_> = args.collect();
    for target in TARGETS {
        let status = Command::new(&program).arg(target.name).args(&args).status();
        let ended = status.as_ref().is_ok_and(|status| status.code().is_some());
        if !ended {
            eprintln!("{}: {status:?}", target.name);
        }
        failed |= !status.is_ok_and(|status| status.success());
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

thread_local! {
    /// What the last panic of this thread said.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

struct Campaign<'a> {
    target: &'a Target,
    args: &'a Args,
    corpus: Vec<Vec<u8>>,
    next: AtomicU64,
    done: AtomicU64,
    stop: AtomicBool,
    failure: Mutex<Option<(u64, String)>>,
}

impl<'a> Campaign<'a> {
    fn new(target: &'a Target, args: &'a Args) -> Self {
        let (next, done) = (AtomicU64::new(args.from), AtomicU64::new(0));
        let (stop, failure) = (AtomicBool::new(false), Mutex::new(None));
        Self { target, args, corpus: (target.seeds)(), next, done, stop, failure }
    }

    fn run(&self) -> ExitCode {
        std::panic::set_hook(Box::new(|panic| SAID.set(panic.to_string())));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let current: Vec<AtomicU64> = (0..threads).map(|_| AtomicU64::new(u64::MAX)).collect();
        let started = Instant::now();
        std::thread::scope(|scope| {
            let workers: Vec<_> = current.iter().map(|at| scope.spawn(|| self.work(at))).collect();
            let mut since = vec![(u64::MAX, Instant::now()); threads];
            while !workers.iter().all(|worker| worker.is_finished()) {
                std::thread::sleep(Duration::from_millis(20));
                if self.args.seconds.is_some_and(|limit| started.elapsed().as_secs() >= limit) {
                    self.stop.store(true, Relaxed);
                }
                for (at, since) in current.iter().zip(&mut since) {
                    let number = at.load(Relaxed);
                    if number != since.0 {
                        *since = (number, Instant::now());
                    } else if number != u64::MAX && since.1.elapsed() > LIMIT {
                        self.report(number, "is stuck");
                        // A thread cannot be stopped from outside.
                        std::process::exit(1);
                    }
                }
            }
        });
        let (done, seconds) = (self.done.load(Relaxed), started.elapsed().as_secs_f64());
        println!(
            "{:<9} {done:>11} executions {:>9.0}/s  peak memory {:>6}  {seconds:>6.1} s  seed {}",
            self.target.name,
            done as f64 / seconds,
            peak_memory().map_or("?".to_owned(), |kib| format!("{:.1} M", kib as f64 / 1024.0)),
            self.args.seed,
        );
        let failure = self.failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let Some((number, said)) = failure else { return ExitCode::SUCCESS };
        self.report(number, &said);
        ExitCode::FAILURE
    }

    fn work(&self, current: &AtomicU64) {
        let end = self.args.from.saturating_add(self.args.executions);
        let mut input = Vec::new();
        while !self.stop.load(Relaxed) {
            let first = self.next.fetch_add(CHUNK, Relaxed);
            if first >= end {
                break;
            }
            for number in first..end.min(first + CHUNK) {
                mutate::input(self.target, &self.corpus, self.args.seed, number, &mut input);
                current.store(number, Relaxed);
                if catch_unwind(AssertUnwindSafe(|| (self.target.run)(&input))).is_err() {
                    self.stop.store(true, Relaxed);
                    let mut failure = self.failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    failure.get_or_insert((number, SAID.take()));
                    break;
                }
                self.done.fetch_add(1, Relaxed);
            }
        }
        current.store(u64::MAX, Relaxed);
    }

    /// Writes the input of a failure, and how to have it again.
    fn report(&self, number: u64, said: &str) {
        let (name, seed) = (self.target.name, self.args.seed);
        let mut input = Vec::new();
        mutate::input(self.target, &self.corpus, seed, number, &mut input);
        let file = self.args.failures.join(format!("{name}-{seed}-{number}"));
        let kept = std::fs::create_dir_all(&self.args.failures).and_then(|()| std::fs::write(&file, &input));
        eprintln!("{name}: input {number} of seed {seed}: {said}");
        match kept {
            Ok(()) => eprintln!("  the input is in {}", file.display()),
            Err(error) => eprintln!("  the input is lost ({}: {error})", file.display()),
        }
        eprintln!("  again: cargo xtask fuzz {name} --seed {seed} --from {number} --executions 1");
    }
}

/// The most memory that this process has held, in KiB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().trim_end_matches(" kB").parse().ok())
}
