//! Boards that come back from what should never happen: their images with faults on request, under emulation.
//!
//! `cargo xtask setup` installs the emulators and `cargo xtask boards --faults` builds the images. QEMU has
//! no watchdog of an nRF51, so that a micro:bit that hangs is not seen here.

use crate::emulated::qemu;
use eggroll_firmware::wire::{self, Answer, Command, Hello, Received, Receiver, Reply, Request};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long a board is asked. An emulated one is as slow as the machine is busy.
const PATIENCE: Duration = Duration::from_secs(240);
/// How long an answer is waited for before the board is asked again.
const TURN: Duration = Duration::from_millis(500);

/// An emulated board.
struct Emulated {
    process: Child,
    to_board: ChildStdin,
    from_board: mpsc::Receiver<Vec<u8>>,
    receiver: Receiver<Vec<u8>>,
    errors: Option<std::thread::JoinHandle<String>>,
    id: u32,
}

fn boards() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards")
}

/// What a reader brings, in pieces.
fn pieces(mut from: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut piece = [0; 512];
        while let Ok(len @ 1..) = from.read(&mut piece) {
            if sender.send(piece[..len].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Emulated {
    fn start(machine: &str, target: &str, image: &str) -> Self {
        let path = boards().join("target").join(target).join("release").join(image);
        assert!(path.is_file(), "there is no {image}: cargo xtask boards --faults");
        let mut command = if machine == "rp2040js" {
            let mut command = std::process::Command::new("node");
            command.arg(boards().join("rp2040js.mjs")).arg(&path).env("EGGROLL_PINS", "27");
            command
        } else {
            let mut command = qemu(machine);
            command.args(["-monitor", "none", "-serial", "stdio", "-kernel"]);
            command.arg(&path);
            command
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("emulators: cargo xtask setup");
        let (to_board, out) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut err = process.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = err.read_to_string(&mut text);
            text
        });
        let (from_board, receiver) = (pieces(out), Receiver::new(vec![0; 4096]));
        Self { process, to_board, from_board, receiver, errors: Some(errors), id: 0 }
    }

    /// Asks until an answer to one of these requests comes.
    fn ask<T>(&mut self, command: &Command<'_>, take: impl Fn(&Answer<'_>) -> Option<T>) -> T {
        let (began, first) = (Instant::now(), self.id + 1);
        while began.elapsed() < PATIENCE {
            self.id += 1;
            let mut room = [0; 256];
            let request = Request { id: self.id, command: command.clone() };
            self.to_board.write_all(wire::encode(&request, &mut room).unwrap()).unwrap();
            self.to_board.flush().unwrap();
            let turn = Instant::now();
            while let Some(left) = TURN.checked_sub(turn.elapsed()) {
                let piece = match self.from_board.recv_timeout(left) {
                    Ok(piece) => piece,
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => panic!("the emulator has ended"),
                };
                let mut rest = &piece[..];
                while !rest.is_empty() {
                    let Received::Frame(frame) = self.receiver.push(&mut rest) else { continue };
                    let Ok(Reply { id, answer, .. }) = wire::decode::<Reply<'_>>(frame) else { continue };
                    if id >= first
                        && let Some(found) = take(&answer)
                    {
                        return found;
                    }
                }
            }
        }
        panic!("no answer within {PATIENCE:?}");
    }

    /// Requests that the board has answered since it started.
    fn requests(&mut self) -> u32 {
        self.ask(&Command::Stats, |answer| match answer {
            Answer::Stats(stats) => Some(stats.requests),
            _ => None,
        })
    }

    fn hello<T>(&mut self, take: impl Fn(&Hello<'_>) -> T) -> T {
        self.ask(&Command::Hello, |answer| match answer {
            Answer::Hello(hello) => Some(take(hello)),
            _ => None,
        })
    }

    /// Has the board do what it never should: it starts anew, which its count of requests tells, and answers.
    fn comes_back_from(&mut self, fault: &str) {
        let mut before = 0;
        while before < 5 {
            before = self.requests();
        }
        let asked = self.id;
        let bytes = [b"\0", fault.as_bytes(), b"\0"].concat();
        self.to_board.write_all(&bytes).unwrap();
        self.to_board.flush().unwrap();
        self.hello(|_| ());
        // It cannot have answered more than it was asked since, unless it still counts what was before.
        let (now, since) = (self.requests(), self.id - asked);
        assert!(now <= since, "{fault}: {now} requests, {since} since it was asked for: it was not reset");
    }

    /// What the emulator has written to its standard error.
    fn said(mut self) -> String {
        self.end();
        self.errors.take().map_or_else(String::new, |errors| errors.join().unwrap())
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One whose test has failed does not stay behind.
impl Drop for Emulated {
    fn drop(&mut self) {
        self.end();
    }
}

#[test]
fn a_micro_bit_comes_back() {
    let mut board = Emulated::start("microbit", "thumbv6m-none-eabi", "microbit-faults");
    board.comes_back_from("overflow");
    board.comes_back_from("panic");
    board.said();
}

#[test]
fn an_mps2_comes_back_even_where_it_hangs() {
    let mut board = Emulated::start("mps2-an386", "thumbv7em-none-eabihf", "mps2-an386-faults");
    ["overflow", "panic", "hang"].iter().for_each(|fault| board.comes_back_from(fault));
    board.said();
}

#[test]
fn a_hifive1_comes_back_even_where_it_hangs() {
    let mut board = Emulated::start("hifive1", "riscv32imac-unknown-none-elf", "hifive1-faults");
    ["overflow", "panic", "hang"].iter().for_each(|fault| board.comes_back_from(fault));
    board.said();
}

/// The Pico's image with an FPGA: a unit behind SPI says what it is. Resets go by the watchdog, and the FPGA
/// is started by each of them.
#[test]
fn a_pico_comes_back_and_starts_its_fpga() {
    let mut board = Emulated::start("rp2040js", "thumbv6m-none-eabi", "pico-fpga-faults");
    assert!(board.hello(|hello| hello.features.fpga), "the unit was not asked");
    ["overflow", "panic", "hang"].iter().for_each(|fault| board.comes_back_from(fault));
    assert!(board.hello(|hello| hello.features.fpga), "the unit was not asked again");
    let said = board.said();
    assert!(said.contains("serial E6616408430A9B2C\n"), "{said}");
    assert_eq!(said.lines().filter(|line| *line == "reset").count(), 3, "{said}");
    // CRESET: low for over 200 ns, then high, and never let go.
    let levels: Vec<(&str, u64)> = said
        .lines()
        .filter_map(|line| line.strip_prefix("pin 27 ")?.split_once(' '))
        .map(|(level, at)| (level, at.parse().unwrap()))
        .collect();
    assert_eq!(levels.len(), 8, "{said}");
    for start in levels.chunks(2) {
        assert!(matches!(start, [("low", low), ("high", high)] if high - low > 200), "{start:?}");
    }
}
