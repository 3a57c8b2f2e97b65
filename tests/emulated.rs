//! The boards' own images under emulation: the weights are the bytes of a simulated board.
//!
//! `cargo xtask setup` installs the emulators and `cargo xtask boards` builds the images; without either these tests
//! fail, and say so.

use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::fleet::link::Address;
use eggroll_host::fleet::link::faults::Injection;
use eggroll_host::fleet::{Fleet, Patience, gather};
use eggroll_host::train::{Experiment, Progress};
use eggroll_tests::{addresses, both_estimators, small_experiment, train_on, train_with};
use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const GENERATIONS: u32 = 25;

type Settings = (Estimator, Optimizer);

fn node() -> Settings {
    let node = Node { slots: 6, members: 5, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    (Estimator::Node(node), Optimizer::Residual)
}

fn run((estimator, optimizer): Settings) -> Experiment {
    // A generation of `weight` is 294 passes, and rp2040js runs a million instructions in 50 ms.
    let generations = if matches!(estimator, Estimator::Node(_)) { GENERATIONS } else { GENERATIONS / 5 };
    small_experiment(estimator, optimizer, generations)
}

async fn hash(boards: &str, settings: Settings) -> String {
    train_on(boards, run(settings), None, |_, _| ()).await.weights_sha256
}

#[tokio::test(flavor = "multi_thread")]
async fn every_board_alone_and_all_of_them() {
    for settings in [node(), both_estimators()[3]] {
        let expected = hash("sim:1", settings).await;
        let all = "sim:1 qemu:mps2-an386:2 qemu:microbit rp2040js:pico";
        for boards in ["qemu:mps2-an386:2", "qemu:microbit", "rp2040js:pico", all] {
            assert_eq!(hash(boards, settings).await, expected, "{boards}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_links_change_nothing() {
    let faults = "drop=0.02,flip=0.01,dup=0.02,delay=1ms,cut=0.002".parse().unwrap();
    let expected = hash("sim:1", node()).await;
    let boards = "qemu:mps2-an386 qemu:microbit";
    let summary = train_on(boards, run(node()), Some(Injection::new(faults, 5)), |_, _| ()).await;
    assert_eq!(summary.weights_sha256, expected);
}

/// A copy of a board's image, by whose path its emulator can be told from those of other tests.
fn copied_image(board: &str, folder: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards/target");
    let images = std::fs::read_dir(target).expect("images: cargo xtask boards");
    let images = images.flatten().map(|target| target.path().join("release").join(board));
    let image = images.filter(|path| path.is_file()).last().expect("an image: cargo xtask boards");
    let copy = folder.join(board);
    std::fs::copy(image, &copy).unwrap();
    copy
}

/// Kills the emulator that runs an image.
#[cfg(target_os = "linux")]
fn kill_emulator_of(image: &Path) {
    let image = image.to_str().unwrap();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&command).split('\0').any(|word| word == image) {
            let id = entry.file_name().to_str().unwrap().parse().unwrap();
            let process = rustix::process::Pid::from_raw(id).unwrap();
            rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
            return;
        }
    }
    panic!("no emulator runs {image}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn one_is_killed_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let image = copied_image("mps2-an386", folder.path());
    let boards = format!("qemu:mps2-an386,image={} qemu:microbit", image.display());
    let mut present = HashSet::new();
    let summary = train_on(&boards, run(node()), None, |progress: &Progress<'_>, fleet: &Fleet| {
        if progress.generation == 5 {
            kill_emulator_of(&image);
        }
        present.insert(fleet.shares().len());
    });
    assert_eq!(summary.await.weights_sha256, hash("sim:1", node()).await);
    assert_eq!(present, HashSet::from([1, 2]));
}

/// QEMU with its serial line and its monitor on TCP ports.
struct Emulator {
    process: Child,
    serial: u16,
    monitor: TcpStream,
}

impl Emulator {
    fn start(board: &str, image: &Path) -> Self {
        // Free a moment ago; QEMU cannot say which port it takes.
        let [serial, monitor] = [(); 2].map(|()| {
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap().port()
        });
        let listen = |port: u16, rest| format!("tcp:127.0.0.1:{port},server=on,nodelay=on,{rest}");
        let process = Command::new("qemu-system-arm")
            .args(["-M", board, "-display", "none", "-serial", &listen(serial, "wait=off")])
            .args(["-monitor", &listen(monitor, "wait=off"), "-kernel"])
            .arg(image)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("QEMU: cargo xtask setup");
        let patient = || {
            (0..100).find_map(|_| {
                std::thread::sleep(Duration::from_millis(50));
                TcpStream::connect(("127.0.0.1", monitor)).ok()
            })
        };
        let monitor = patient().expect("QEMU's monitor");
        Self { process, serial, monitor }
    }

    fn say(&mut self, command: &str) {
        self.monitor.write_all(format!("{command}\n").as_bytes()).unwrap();
        // What it answers must not fill its socket.
        self.monitor.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let _ = self.monitor.read(&mut [0; 4096]);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_behind_tcp_is_reset_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    for board in ["mps2-an386", "microbit"] {
        let mut emulator = Emulator::start(board, &copied_image(board, folder.path()));
        let experiment = run(node());
        let address = format!("tcp:127.0.0.1:{}", emulator.serial);
        let traffic = std::sync::Arc::default();
        let boards = gather(&addresses(&address), None, &experiment.setup, &traffic).await.unwrap();
        let mut fleet = boards.into_fleet(Patience(Duration::from_secs(20)));
        let path = folder.path().join(format!("run-{board}"));
        let summary = train_with(experiment, &mut fleet, &path, |progress, _| {
            if progress.generation == 8 {
                emulator.say("system_reset");
            }
        });
        assert_eq!(summary.await.unwrap().weights_sha256, hash("sim:1", node()).await);
        assert!(traffic.resyncs.load(std::sync::atomic::Ordering::Relaxed) > 0, "it was loaded anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_image_names_the_command_that_builds_it() {
    let (experiment, traffic) = (run(node()), std::sync::Arc::default());
    for board in ["qemu:no-such-board", "rp2040js:no-such-board"] {
        let address: Address = board.parse().unwrap();
        let refused = gather(&[address], None, &experiment.setup, &traffic).await.err().unwrap().to_string();
        assert!(refused.contains("cargo xtask boards no-such-board"), "{refused}");
    }
}
