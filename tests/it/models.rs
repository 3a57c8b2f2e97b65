//! Trained models that stay on boards: sent over a link, kept over a reset, and answering what the host
//! answers.

use crate::emulated::{Emulator, QEMU, copied_image};
use eggroll_firmware::Error;
use eggroll_firmware::deploy::{DeployedModel, Predictor};
use eggroll_firmware::model::{Description, Program};
use eggroll_host::data::{Preprocessing, digits};
use eggroll_host::fleet::BoardEvaluator;
use eggroll_host::fleet::board::BoardError;
use eggroll_host::fleet::link::{Link, NumberedLink, OpenLink, Timing};
use eggroll_host::run::{Kept, Weights, deployable};
use eggroll_tests::addresses;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

/// A model of the digits, whose weights are drawn.
fn model() -> Vec<u8> {
    of_sizes(&[64, 32, 10])
}

/// The largest that a board keeps.
fn model_of(board: &str) -> Vec<u8> {
    if board.ends_with("hifive1") { of_sizes(&[64, 10]) } else { model() }
}

fn of_sizes(sizes: &[u32]) -> Vec<u8> {
    let model = Description::mlp(sizes, true).unwrap();
    let program = Program::new(&model).unwrap();
    let mut values = vec![0; program.parameters()];
    program.initialize(5, &mut values);
    let weights = Weights { values, generation: 0, run: None, threshold: None };
    deployable(&model, &weights, &Preprocessing::as_is(64, 10)).unwrap()
}

/// The same model with so many bytes for a host.
fn padded(model: &[u8], bytes: usize) -> Vec<u8> {
    let mut room = vec![0; model.len() + bytes + 16];
    let host = &vec![7; bytes];
    DeployedModel { host, ..DeployedModel::of_bytes(model).unwrap() }.write(&mut room).unwrap().to_vec()
}

/// Rows of raw values, and what the firmware's own predictor answers to each.
fn rows(model: &[u8], count: usize) -> (Vec<i32>, Vec<Vec<i8>>) {
    let data = digits().unwrap();
    let raws: Vec<i32> = (0..count).flat_map(|row| data.row(row)).map(|&value| value.into()).collect();
    let mut memory = vec![0u64; 1024];
    let mut predictor = Predictor::new(model, &mut memory).unwrap();
    let answer = |row: &[i32]| {
        let mut outputs = vec![0; 10];
        predictor.outputs(row, &mut outputs).unwrap();
        outputs
    };
    let answers = raws.chunks(64).map(answer).collect();
    (raws, answers)
}

async fn connected(address: &str) -> BoardEvaluator {
    let place = NumberedLink::all(&addresses(address)).remove(0);
    for _ in 0..1200 {
        if let Ok(link) = place.open().await {
            let board = BoardEvaluator::connect(link, Arc::default(), Arc::default()).await;
            return board.unwrap_or_else(|error| panic!("{error}"));
        }
        // QEMU's port listens again a moment after its client has left.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{address} does not open");
}

async fn answers(board: &BoardEvaluator, raws: &[i32]) -> Vec<Vec<i8>> {
    board.infer(raws, (64, 10)).await.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_emulated_board_keeps_a_model_and_answers() {
    for board in
        QEMU.map(|board| format!("qemu:{board}")).iter().map(String::as_str).chain(["sim", "rp2040js:pico"])
    {
        let model = model_of(board);
        let (raws, expected) = rows(&model, 10);
        let board = connected(board).await;
        let none = board.model().await.err();
        assert!(matches!(none, Some(BoardError::Refused { error: Error::NoModel, .. })), "{none:?}");
        board.deploy(&model).await.unwrap();
        assert_eq!(board.model().await.unwrap(), model);
        assert_eq!(answers(&board, &raws).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_outlives_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    for board in QEMU {
        let model = model_of(board);
        let (raws, expected) = rows(&model, 5);
        let mut emulator = Emulator::start(board, &copied_image(board, folder.path()));
        let address = format!("tcp:127.0.0.1:{}", emulator.serial);
        connected(&address).await.deploy(&model).await.unwrap();
        emulator.say("system_reset");
        let board = connected(&address).await;
        assert!(board.keeps(&model).await.unwrap());
        assert_eq!(answers(&board, &raws).await, expected);
        // What a host reads files by comes with it.
        let kept = Kept::of_bytes(&board.model().await.unwrap()).unwrap();
        assert_eq!(*kept.preprocessing, Preprocessing::as_is(64, 10));
    }
}

/// The Pico's emulator, and what it writes to its standard error.
struct Pico {
    process: Child,
    said: Lines<BufReader<ChildStderr>>,
}

impl Pico {
    async fn start() -> (Self, Link) {
        let boards = Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards");
        let image = boards.join("target/thumbv6m-none-eabi/release/pico");
        assert!(image.is_file(), "there is no pico: cargo xtask boards pico");
        let mut command = Command::new("node");
        command.arg(boards.join("rp2040js.mjs")).arg(image).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("emulators: cargo xtask setup");
        let (to_board, from_board) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let said = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut pico = Self { process, said };
        pico.says("ready").await;
        // It is as slow as the machine is busy.
        let timing = Timing { reply: Duration::from_secs(2), attempts: 60 };
        let (reader, writer) = (Box::new(from_board), Box::new(to_board));
        (pico, Link { name: "pico".to_owned(), reader, writer, timing })
    }

    /// Its next line is this one.
    async fn says(&mut self, expected: &str) {
        let line = self.said.next_line().await.unwrap();
        assert_eq!(line.as_deref(), Some(expected));
    }

    #[cfg(unix)]
    fn reset(&self) {
        let id = self.process.id().and_then(|id| rustix::process::Pid::from_raw(id as i32)).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::USR2).unwrap();
    }
}

/// The functions of the boot ROM that change the flash are the emulator's own, and take the longest time of
/// a data sheet: for this model longer than the watchdog waits, which does not reset the chip.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_pico_keeps_models_in_its_flash() {
    let small = model();
    let large = padded(&small, 1 << 17);
    // As many as a run holds out.
    let (raws, expected) = rows(&small, 504);
    let (mut pico, link) = Pico::start().await;
    let board = BoardEvaluator::connect(link, Arc::default(), Arc::default()).await.unwrap();
    for model in [&small, &large] {
        board.deploy(model).await.unwrap();
        pico.reset();
        pico.says("reset").await;
        pico.says("ready").await;
        assert!(board.keeps(model).await.unwrap());
        assert_eq!(answers(&board, &raws[..20 * 64]).await, expected[..20]);
    }
    // A third one takes the place of the first.
    let third = padded(&small, 1);
    board.deploy(&third).await.unwrap();
    assert_eq!(board.model().await.unwrap(), third);
    assert_eq!(answers(&board, &raws).await, expected);
    let _ = pico.process.kill().await;
    assert_eq!(pico.said.next_line().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_does_not_fit_is_refused_and_the_one_before_stays() {
    let small = model();
    let large = padded(&small, 1 << 16);
    let board = connected("qemu:microbit").await;
    board.deploy(&small).await.unwrap();
    let refused = board.deploy(&large).await.unwrap_err().to_string();
    assert!(refused.contains("bytes of flash") && refused.contains("deploy a smaller one"), "{refused}");
    assert!(board.keeps(&small).await.unwrap());
}
