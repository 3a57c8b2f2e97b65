//! Serial devices: used as any board, plugged and unplugged, busy, or something else altogether.
#![cfg(unix)]

use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::wire::{
    self, Abilities, Answer, Command, Features, Hello, PROTOCOL, Received, Receiver, Reply, Request,
};
use eggroll_host::fleet::board::BoardError;
use eggroll_host::fleet::link::LinkError;
use eggroll_host::fleet::{Fleet, Gathered, Patience, Traffic, gather};
use eggroll_host::train::{Experiment, Trainer};
use eggroll_tests::{
    Behind, ENDLESS, Pty, addresses, hash_after, small_experiment, train_on, train_until, train_with,
};
use embedded_io_adapters::std::FromStd;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const GENERATIONS: u32 = 40;

fn run(generations: u32) -> Experiment {
    let node = Node { slots: 6, members: 5, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    small_experiment(Estimator::Node(node), Optimizer::Residual, generations)
}

async fn expected(generations: u32) -> String {
    train_on("sim:1", run(generations), None, |_, _| ()).await.weights_sha256
}

/// What becomes of boards at some addresses that are asked to take part.
async fn asked(boards: &str, experiment: &Experiment) -> Result<Gathered, BoardError> {
    gather(&addresses(boards), None, &experiment.setup, &Arc::default()).await
}

async fn refused(boards: &str) -> BoardError {
    asked(boards, &run(1)).await.err().expect("no board to train on")
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_at_device_paths() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("ttyACM0"), folder.path().join("ttyACM1")];
    let boards = paths.each_ref().map(|path| Pty::board(path));
    let text = format!("{} {},baud=9600", paths[0].display(), paths[1].display());
    assert_eq!(
        train_on(&text, run(GENERATIONS), None, |_, _| ()).await.weights_sha256,
        expected(GENERATIONS).await
    );
    drop(boards);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_unplugged_and_another_plugged_in() {
    let folder = tempfile::tempdir().unwrap();
    let [stays, goes, comes] = ["stays", "goes", "comes"].map(|name| folder.path().join(name));
    let text = format!("{} {} {}", stays.display(), goes.display(), comes.display());
    let (_stays, mut unplugged) = (Pty::board(&stays), Some(Pty::board(&goes)));
    let experiment = run(ENDLESS);
    let boards = asked(&text, &experiment).await.unwrap();
    assert_eq!(
        (boards.len(), &boards.left_out[..]),
        (2, &[BoardError::Link(LinkError::NoDevice(comes.clone()))][..])
    );
    let mut fleet = boards.into_fleet(Patience(Duration::from_secs(10)));
    let all = ["comes", "goes", "stays"].map(|name| folder.path().join(name).display().to_string());
    assert_eq!(names(&fleet), all[1..]);
    let (mut plugged, mut back) = (None, None);
    let trainer = Trainer::start(experiment, &folder.path().join("run")).unwrap();
    // Each step once the fleet has noticed the one before.
    let summary = train_until(trainer, &mut fleet, |progress, fleet| {
        let present = names(fleet);
        if progress.generation >= 5 && unplugged.is_some() {
            drop(unplugged.take());
        } else if unplugged.is_none() && plugged.is_none() && present == all[2..] {
            plugged = Some(Pty::board(&comes));
        } else if plugged.is_some() && back.is_none() && present.len() == 2 {
            back = Some(Pty::board(&goes));
        }
        back.is_some() && present == all
    });
    let summary = summary.await.unwrap();
    let again = folder.path().join("again");
    assert_eq!(summary.weights_sha256, hash_after(run(ENDLESS), summary.generations, &again).await);
}

/// A board that is reset when its port is opened, as those are that hang DTR on their reset: what comes while
/// it boots is lost, and it prints something.
#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_reset_by_opening_its_port_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ttyUSB0");
    let _board = Pty::new(&path, |mut stream| {
        let (mut lost, mut byte, mut before) = (0, [0], 0);
        // It boots while the first two questions come: one is asked again each second.
        while lost < 2 {
            if stream.read(&mut byte).is_ok_and(|read| read == 0) {
                return;
            }
            lost += u32::from(byte[0] == 0 && before != 0);
            before = byte[0];
        }
        let _ = stream.write_all(b"rst:0x1 (POWERON)\r\nboot:0x13\r\n\0");
        Pty::serve(stream);
    });
    let text = path.display().to_string();
    assert_eq!(
        train_on(&text, run(GENERATIONS), None, |_, _| ()).await.weights_sha256,
        expected(GENERATIONS).await
    );
}

/// Who takes part, in order.
fn names(fleet: &Fleet) -> Vec<String> {
    let mut names: Vec<String> = fleet.shares().into_iter().map(|share| share.name).collect();
    names.sort();
    names
}

/// Boards that match a quoted pattern, whenever they come.
#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_of_devices() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("ttyACM[0-9]").display().to_string();
    let message = refused(&text).await.to_string();
    assert_eq!(message, format!("{text}: no device matches: is a board plugged in?"));
    let path = |name: &str| folder.path().join(name);
    let (_first, _other) = (Pty::board(&path("ttyACM0")), Pty::board(&path("ttyUSB0")));
    let experiment = run(ENDLESS);
    let boards = asked(&text, &experiment).await.unwrap();
    assert_eq!((boards.len(), &boards.left_out[..]), (1, &[][..]));
    let mut fleet = boards.into_fleet(Patience(Duration::from_secs(10)));
    let mut later = None;
    let trainer = Trainer::start(experiment, &path("run")).unwrap();
    let summary = train_until(trainer, &mut fleet, |progress, fleet| {
        if progress.generation == 5 {
            later = Some(Pty::board(&path("ttyACM1")));
        }
        fleet.shares().len() > 1
    });
    let summary = summary.await.unwrap();
    let expected = hash_after(run(ENDLESS), summary.generations, &path("again")).await;
    assert_eq!(summary.weights_sha256, expected);
    assert_eq!(names(&fleet), ["ttyACM0", "ttyACM1"].map(|name| path(name).display().to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_such_device() {
    let message = refused("/dev/eggroll-has-none").await.to_string();
    assert_eq!(message, "/dev/eggroll-has-none: no such device: is the board plugged in?");
    let message = refused("/dev/null").await.to_string();
    assert!(message.starts_with("/dev/null: cannot be used as a serial port: "), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_on_one_port() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ttyACM0");
    let _board = Pty::board(&path);
    let text = path.display().to_string();
    let experiment = run(1);
    let first = asked(&text, &experiment).await.unwrap();
    let busy = refused(&text).await;
    assert_eq!(busy, BoardError::Link(LinkError::Busy(path)));
    assert!(busy.to_string().contains("device busy: another program (another eggroll-host,"), "{busy}");
    // Twice on one command line is no better.
    drop(first);
    let mut tries = 0;
    while let Err(BoardError::Link(LinkError::Busy(_))) = asked(&text, &experiment).await {
        tries += 1;
        assert!(tries < 3000, "the port is free once its session has ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_named_twice_is_used_once() {
    let folder = tempfile::tempdir().unwrap();
    let [path, other] = ["ttyACM0", "by-name"].map(|name| folder.path().join(name));
    let _board = Pty::board(&path);
    std::os::unix::fs::symlink(&path, &other).unwrap();
    let text = format!("{0} {0},baud=9600 {1}", path.display(), other.display());
    let boards = asked(&text, &run(1)).await.unwrap();
    assert_eq!((boards.len(), &boards.left_out[..]), (1, &[][..]));
}

/// A slow board on a line without flow control: what comes while its inbox of one frame is full is lost.
fn slow(mut stream: Behind, lost: &AtomicUsize) {
    const FRAME: usize = 256;
    let inbox = Arc::new(Mutex::new(VecDeque::new()));
    let (mut line, received, ended) = (stream.again().unwrap(), Arc::clone(&inbox), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut chunk = [0; 64];
            while let Ok(read @ 1..) = line.read(&mut chunk) {
                let mut inbox = received.lock().unwrap();
                let room = (FRAME - inbox.len()).min(read);
                inbox.extend(&chunk[..room]);
                lost.fetch_add(read - room, Ordering::Relaxed);
            }
            ended.store(true, Ordering::Relaxed);
        });
        let mut memory = vec![0u64; 1 << 13];
        let (mut request, mut reply) = ([0; FRAME], [0; FRAME]);
        let board = Board { name: "slow", core: "none", features: Features::default() };
        let mut server = Server::new(board, memory.as_mut_slice(), &mut request, &mut reply);
        while !ended.load(Ordering::Relaxed) {
            let bytes: Vec<u8> = inbox.lock().unwrap().drain(..).collect();
            server.receive(&bytes, &mut FromStd::new(&mut stream)).unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_flow_control_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ttyACM0");
    let lost = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&lost);
    let _board = Pty::new(&path, move |stream| slow(stream, &counter));
    let (experiment, traffic) = (run(20), Arc::new(Traffic::default()));
    let boards = addresses(&path.display().to_string());
    let boards = gather(&boards, None, &experiment.setup, &traffic).await.unwrap();
    let mut fleet = boards.into_fleet(Patience(Duration::from_secs(10)));
    let summary = train_with(experiment, &mut fleet, &folder.path().join("run"), |_, _| ()).await.unwrap();
    assert_eq!(summary.weights_sha256, expected(20).await);
    // Of what was sent in time: a machine that stalls for seconds lets the host send it again.
    let repeated = traffic.repeated.load(Ordering::Relaxed);
    assert!(lost.load(Ordering::Relaxed) == 0 || repeated > 0);
}

/// What is said of a device with this behind it.
async fn said_of(behind: impl FnOnce(Behind) + Send + 'static) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ttyACM0");
    let _device = Pty::new(&path, behind);
    let message = refused(&path.display().to_string()).await.to_string();
    let rest = message.strip_prefix(&format!("{}: ", path.display()));
    rest.unwrap_or_else(|| panic!("{message} names no device")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn not_an_eggroll_board() {
    let silent = said_of(|mut stream| while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}).await;
    assert!(silent.starts_with("not an eggroll board: it said nothing for 4 s"), "{silent}");
    let chatty = said_of(|mut stream| {
        // It goes on for as long as it is plugged in: when the host begins to listen depends on the machine.
        let mut text = (0u32..).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[1]);
        while !stream.is_unplugged()
            && stream.write_all(&text.by_ref().take(500).collect::<Vec<u8>>()).is_ok()
        {
            std::thread::sleep(Duration::from_millis(100));
        }
    })
    .await;
    assert!(
        chatty.starts_with("not an eggroll board: its ") && chatty.contains("no frame of this protocol"),
        "{chatty}"
    );
}

/// A board of a protocol yet to come, whose handshake may hold more than ours.
fn of_tomorrow(mut stream: Behind, more: bool) {
    let mut receiver = Receiver::new(vec![0; 256]);
    let mut chunk = [0; 64];
    while let Ok(read @ 1..) = stream.read(&mut chunk) {
        let mut bytes = &chunk[..read];
        while !bytes.is_empty() {
            let Received::Frame(frame) = receiver.push(&mut bytes) else { continue };
            let Ok(Request { id, command: Command::Hello }) = wire::decode(frame) else { continue };
            let hello = Hello {
                protocol: PROTOCOL + 1,
                firmware: "9.0.0",
                board: "tomorrow",
                core: "M99",
                arena: 1 << 20,
                largest_frame: 1024,
                run: None,
                features: Features::default(),
                abilities: Abilities::default(),
            };
            let (reply, mut out) = (Reply { id, state: None, answer: Answer::Hello(hello) }, [0; 256]);
            let frame = if more {
                wire::encode(&(reply, "and more"), &mut out)
            } else {
                wire::encode(&reply, &mut out)
            };
            let _ = stream.write_all(frame.unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_protocol() {
    for more in [false, true] {
        let said = said_of(move |stream| of_tomorrow(stream, more)).await;
        let versions = format!("speaks protocol {}, this host {PROTOCOL}", PROTOCOL + 1);
        assert!(said.contains(&versions) && said.contains("flash it"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_too_small_is_left_out() {
    let experiment = run(GENERATIONS);
    let boards = asked("sim:2 sim:1,arena=4096", &experiment).await.unwrap();
    assert_eq!(boards.len(), 2);
    let [refused] = &boards.left_out[..] else { panic!("{:?}", boards.left_out) };
    let message = refused.to_string();
    assert!(
        message.starts_with("1:sim-0: does not fit: the run needs ")
            && message.contains("the board has 4096 (the "),
        "{message}"
    );
    let directory = tempfile::tempdir().unwrap();
    let mut fleet = boards.into_fleet(Patience(Duration::from_secs(5)));
    let path: &Path = &directory.path().join("run");
    let summary = train_with(experiment, &mut fleet, path, |_, _| ()).await.unwrap();
    assert_eq!(summary.weights_sha256, expected(GENERATIONS).await);
}
