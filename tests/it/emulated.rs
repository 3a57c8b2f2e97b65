//! The boards' own images under emulation: the weights are the bytes of a simulated board.
//!
//! `cargo xtask setup` installs the emulators and `cargo xtask boards` builds the images; without either
//! these tests fail, and say so.

use super::held_texts;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::fleet::link::Address;
use eggroll_host::fleet::link::faults::Injection;
use eggroll_host::fleet::{Fleet, Patience, Traffic, gather};
use eggroll_host::train::{CancellationToken, Experiment, Progress, Trainer};
use eggroll_host::update::Sync;
use eggroll_tests::{
    ENDLESS, addresses, digits_experiment, every_estimator, for_boards_alone, hash_after, small_experiment,
    synced, text_experiment, train_on, train_until,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const GENERATIONS: u32 = 25;

/// Generations that a board trains alone before the host asks again.
const AHEAD: u32 = 20;

/// Bytes of the largest frame of any of these boards.
const LARGEST_FRAME: u64 = 1024;

/// The boards that QEMU emulates, of six cores.
pub(crate) const QEMU: [&str; 7] =
    ["hifive1", "microbit", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547", "olimex-stm32-h405"];

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

/// The run with [`node`], to be stopped by its test.
fn endless() -> Experiment {
    let (estimator, optimizer) = node();
    small_experiment(estimator, optimizer, ENDLESS)
}

async fn hash_of(boards: &str, experiment: Experiment) -> String {
    train_on(boards, experiment, None, |_, _| ()).await.weights_sha256
}

async fn hash(boards: &str, settings: Settings) -> String {
    hash_of(boards, run(settings)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_board_alone_and_all_of_them() {
    for settings in [node(), every_estimator()[3]] {
        let expected = hash("sim:1", settings).await;
        let all = format!("sim:1 {} rp2040js:pico", QEMU.map(|board| format!("qemu:{board}")).join(" "));
        for board in QEMU {
            assert_eq!(hash(&format!("qemu:{board}"), settings).await, expected, "{board}");
        }
        for boards in ["qemu:mps2-an386:2", "rp2040js:pico", &all] {
            assert_eq!(hash(boards, settings).await, expected, "{boards}");
        }
    }
}

/// Estimators on a text: 15 tokens of three streams, and pairs with two streams each.
fn of_texts() -> [Settings; 2] {
    let node = Node { slots: 15, members: 3, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    let (_, vote) = every_estimator()[3];
    let weight = Weight {
        pairs: 5,
        samples: 2,
        own_samples: true,
        rank: 2,
        sigma_shift: 4,
        noise: Noise::NearNormal,
        clip: 1,
        credit: CreditTo::Pair,
    };
    [(Estimator::Node(node), Optimizer::Residual), (Estimator::Weight(weight), vote)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_model_on_an_emulated_board() {
    let folder = tempfile::tempdir().unwrap();
    for (estimator, optimizer) in of_texts() {
        let hash = async |boards: &str, sync: Sync| {
            let experiment = text_experiment(folder.path(), estimator, optimizer, 6);
            hash_of(boards, synced(experiment, sync)).await
        };
        let expected = hash("sim:1", Sync::Cheapest).await;
        for (boards, sync) in [
            ("qemu:mps2-an386", Sync::Cheapest),
            ("sim:1 qemu:mps2-an386:2", Sync::Delta),
            ("qemu:mps2-an386:2", Sync::Weights),
        ] {
            assert_eq!(hash(boards, sync).await, expected, "{boards}, {sync:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_without_recurrent_models_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (estimator, optimizer) = of_texts()[0];
    let experiment = text_experiment(folder.path(), estimator, optimizer, 6);
    let gathered = gather(&addresses("qemu:microbit"), None, &experiment.setup, &Arc::default()).await;
    let refusal = gathered.err().expect("no micro:bit holds such a model").to_string();
    assert!(refusal.contains("no recurrent models"), "{refusal}");
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
pub(crate) fn copied_image(board: &str, folder: &Path) -> PathBuf {
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
    let experiment = endless();
    let gathered = gather(&addresses(&boards), None, &experiment.setup, &Arc::default()).await.unwrap();
    let mut fleet = gathered.into_fleet(Patience(Duration::from_secs(20)));
    assert_eq!(fleet.shares().len(), 2);
    let (mut killed, mut alone) = (false, 0);
    let trainer = Trainer::start(experiment, &folder.path().join("run")).unwrap();
    let summary = train_until(trainer, &mut fleet, |progress, fleet| {
        if progress.generation >= 5 && !killed {
            kill_emulator_of(&image);
            killed = true;
        }
        alone += u32::from(killed && fleet.shares().len() == 1);
        alone > 5
    });
    let summary = summary.await.unwrap();
    let again = folder.path().join("again");
    assert_eq!(summary.weights_sha256, hash_after(endless(), summary.generations, &again).await);
}

/// A port that was free a moment ago: QEMU cannot say which one it takes.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap().port()
}

/// QEMU without a window, as a board that it emulates.
pub(crate) fn qemu(board: &str) -> Command {
    let (program, machine) = match board {
        "hifive1" => ("qemu-system-riscv32", "sifive_e,revb=true"),
        _ => ("qemu-system-arm", board),
    };
    let mut command = Command::new(program);
    command.args(["-M", machine, "-display", "none"]);
    command
}

/// QEMU with its serial line and its monitor on TCP ports.
pub(crate) struct Emulator {
    process: Child,
    pub(crate) serial: u16,
    monitor: TcpStream,
}

impl Emulator {
    pub(crate) fn start(board: &str, image: &Path) -> Self {
        Self::start_with(free_port(), board, image, &[])
    }

    /// One whose serial line is at a port that is known, as that of a board which comes back.
    fn start_at(serial: u16, board: &str, image: &Path) -> Self {
        Self::start_with(serial, board, image, &[])
    }

    /// The same with more arguments.
    pub(crate) fn start_with(serial: u16, board: &str, image: &Path, arguments: &[&str]) -> Self {
        let monitor = free_port();
        let listen = |port: u16, rest| format!("tcp:127.0.0.1:{port},server=on,nodelay=on,{rest}");
        let process = qemu(board)
            .args([
                "-serial",
                &listen(serial, "wait=off"),
                "-monitor",
                &listen(monitor, "wait=off"),
                "-kernel",
            ])
            .arg(image)
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("QEMU: cargo xtask setup");
        let patient = || {
            (0..1200).find_map(|_| {
                std::thread::sleep(Duration::from_millis(50));
                TcpStream::connect(("127.0.0.1", monitor)).ok()
            })
        };
        let mut monitor = patient().expect("QEMU's monitor");
        // It greets once everything else is there: until then the serial line may not listen yet.
        monitor.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        assert!(monitor.read(&mut [0; 64]).is_ok_and(|greeting| greeting > 0), "QEMU's greeting");
        Self { process, serial, monitor }
    }

    pub(crate) fn say(&mut self, command: &str) {
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
        let experiment = endless();
        let address = format!("tcp:127.0.0.1:{}", emulator.serial);
        let traffic: Arc<Traffic> = Arc::default();
        let boards = gather(&addresses(&address), None, &experiment.setup, &traffic).await.unwrap();
        let mut fleet = boards.into_fleet(Patience(Duration::from_secs(20)));
        let path = folder.path().join(format!("run-{board}"));
        let trainer = Trainer::start(experiment, &path).unwrap();
        let summary = train_until(trainer, &mut fleet, |progress, _| {
            if progress.generation == 8 {
                emulator.say("system_reset");
            }
            // Until it was loaded anew.
            progress.generation > 8 && traffic.resyncs.load(Ordering::Relaxed) > 0
        });
        let summary = summary.await.unwrap();
        let again = folder.path().join(format!("again-{board}"));
        assert_eq!(summary.weights_sha256, hash_after(endless(), summary.generations, &again).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_cores_and_one_loses_its_power() {
    let folder = tempfile::tempdir().unwrap();
    let image = copied_image("mps2-an505", folder.path());
    let mut emulator = Some(Emulator::start("mps2-an505", &image));
    let serial = emulator.as_ref().unwrap().serial;
    let boards = format!("qemu:microbit qemu:mps2-an386 qemu:mps2-an500 qemu:hifive1 tcp:127.0.0.1:{serial}");
    let experiment = endless();
    let gathered = gather(&addresses(&boards), None, &experiment.setup, &Arc::default()).await.unwrap();
    assert!(gathered.left_out.is_empty(), "{:?}", gathered.left_out);
    let mut fleet = gathered.into_fleet(Patience(Duration::from_secs(20)));
    let (mut gone, mut back, mut together) = (false, false, 0);
    let trainer = Trainer::start(experiment, &folder.path().join("run")).unwrap();
    // Each step once the fleet has noticed the one before.
    let summary = train_until(trainer, &mut fleet, |progress, fleet| {
        let present = fleet.shares().len();
        if progress.generation >= 5 && !gone {
            drop(emulator.take());
            gone = true;
        } else if gone && !back && present == 4 {
            emulator = Some(Emulator::start_at(serial, "mps2-an505", &image));
            back = true;
        }
        together += u32::from(back && present == 5);
        together > 5
    });
    let summary = summary.await.unwrap();
    let again = folder.path().join("again");
    assert_eq!(summary.weights_sha256, hash_after(endless(), summary.generations, &again).await);
}

/// What the headline run has: few members, all digits.
fn digits_run(generations: u32) -> Experiment {
    let node = Node { slots: 4, members: 8, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    digits_experiment(Estimator::Node(node), Optimizer::Residual, generations)
}

/// Boards at these addresses train alone, `AHEAD` generations at a time. Brings the weights' hash, and the
/// bytes that were sent to them.
///
/// The bytes are less those that repeats may have taken: how many there are depends on the machine.
async fn alone(boards: &str, experiment: Experiment, mut tell: impl FnMut(u32)) -> (String, u64) {
    let experiment = synced(experiment, Sync::Scores);
    let (directory, traffic) = (tempfile::tempdir().unwrap(), Arc::new(Traffic::default()));
    let mut gathered = gather(&addresses(boards), None, &experiment.setup, &traffic).await;
    for _ in 0..1200 {
        if gathered.is_ok() {
            break;
        }
        // QEMU's port listens again a moment after its client has left.
        tokio::time::sleep(Duration::from_millis(50)).await;
        gathered = gather(&addresses(boards), None, &experiment.setup, &traffic).await;
    }
    let gathered = gathered.unwrap_or_else(|error| panic!("{error}"));
    assert!(gathered.left_out.is_empty(), "{:?}", gathered.left_out);
    let mut fleet = gathered.into_fleet(Patience(Duration::from_secs(20)));
    let mut trainer = Trainer::start(experiment, &directory.path().join("run")).unwrap();
    trainer.autonomous(Some(AHEAD));
    let tell = |progress: &Progress<'_>, _: &Fleet| tell(progress.generation);
    let summary = trainer.train(&mut fleet, None, &CancellationToken::new(), tell).await;
    let repeats = traffic.repeated.load(Ordering::Relaxed) * LARGEST_FRAME;
    let sent = traffic.totals().0.saturating_sub(repeats);
    (summary.unwrap_or_else(|error| panic!("{error}")).weights_sha256, sent)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_board_trains_alone() {
    // The pico's emulator is a tenth as fast.
    for (generations, boards) in [(200, &["qemu:microbit", "qemu:mps2-an386"][..]), (25, &["rp2040js:pico"])]
    {
        let expected = alone("sim:1", digits_run(generations), |_| ()).await.0;
        for board in boards {
            assert_eq!(alone(board, digits_run(generations), |_| ()).await.0, expected, "{board}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_learns_a_text_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (estimator, optimizer) = held_texts::settings()[0];
    let run = || text_experiment(folder.path(), estimator, optimizer, 12);
    let expected = hash_of("sim:1", run()).await;
    let hash = alone("qemu:olimex-stm32-h405", for_boards_alone(run()), |_| ()).await.0;
    assert_eq!(hash, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_in_flash_outlive_a_reset() {
    let expected = alone("sim:1", digits_run(200), |_| ()).await.0;
    let samples = digits_run(1).setup.samples.len() as u64;
    let folder = tempfile::tempdir().unwrap();
    let mut emulator = Emulator::start("microbit", &copied_image("microbit", folder.path()));
    let address = format!("tcp:127.0.0.1:{}", emulator.serial);
    let mut reset = false;
    let (hash, sent) = alone(&address, digits_run(200), |generation| {
        if generation >= 100 && !reset {
            emulator.say("system_reset");
            reset = true;
        }
    })
    .await;
    assert_eq!((hash.as_str(), reset), (expected.as_str(), true));
    assert!(sent < samples + samples / 2, "{samples} bytes of samples once, but {sent} sent");
    // Another run on the same samples, from a board that was reset: only weights and requests go there.
    emulator.say("system_reset");
    let (hash, sent) = alone(&address, digits_run(200), |_| ()).await;
    assert_eq!(hash, expected);
    assert!(sent < samples / 2, "{samples} bytes of samples, and {sent} sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_sync() {
    let expected = hash_of("sim:1", digits_run(GENERATIONS)).await;
    for sync in [Sync::Cheapest, Sync::Scores, Sync::Delta, Sync::Weights] {
        let experiment = synced(digits_run(GENERATIONS), sync);
        let boards = "qemu:microbit qemu:mps2-an386";
        assert_eq!(hash_of(boards, experiment).await, expected, "{sync:?}");
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
