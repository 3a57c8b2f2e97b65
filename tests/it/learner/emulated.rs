//! The image of the micro:bit in QEMU, with a trace in place of sensor and buttons: its flash is the chip's,
//! by the chip's controller, and a host talks to it meanwhile.

use super::*;
use crate::emulated::{Emulator, free_port};
use eggroll_firmware::deploy::{Deployed, Predictor};
use eggroll_host::fleet::BoardEvaluator;
use eggroll_host::fleet::link::{NumberedLink, OpenLink};
use eggroll_tests::addresses;
use std::sync::Arc;
use std::time::Duration;

/// Where the image with a trace looks for it (`memory.x`), and how long it may be.
const TRACE: &str = "0x39000";
const TRACE_LEN: usize = 10 << 10;

#[tokio::test(flavor = "multi_thread")]
async fn an_emulated_board_learns_from_a_trace() {
    let image = boards().join("target/thumbv6m-none-eabi/release/learner-trace");
    if !image.is_file() || Command::new("qemu-system-arm").arg("--version").output().is_err() {
        eprintln!("skipped: no QEMU or no image: cargo xtask setup, cargo xtask boards --faults learner");
        return;
    }
    let mut expected = deployed(blank());
    let base = expected.models.model().unwrap().to_vec();
    let mut features = Features::new();
    let mut user = hands(&mut features);
    teach(&mut user, &mut expected);
    assert_eq!(user.press(&mut expected, &[0, 1]), [Shown::Learning, Shown::Learned]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace");
    let trace: Vec<u8> = user.trace.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
    assert!(trace.len() <= TRACE_LEN);
    std::fs::write(&file, trace).unwrap();
    let loader = format!("loader,file={},addr={TRACE},force-raw=on", file.display());
    let mut emulator = Emulator::start_with(free_port(), "microbit", &image, &["-device", &loader]);
    let address = format!("tcp:127.0.0.1:{}", emulator.serial);

    let board = connected(&address).await.expect("the board answers");
    assert_eq!((&*board.info().board, &*board.info().core), ("learner", "Cortex-M0"));
    assert_eq!(board.samples(INPUTS + 1).await.unwrap(), Vec::<Vec<u8>>::new());
    board.deploy(&base).await.unwrap();
    drop(board);
    // While it learns, it answers nobody.
    let mut learned = None;
    for _ in 0..1200 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let Some(board) = connected(&address).await else { continue };
        if board.store().await.is_ok_and(|store| store.model != Some(Deployed::of(&base))) {
            learned = Some(board);
            break;
        }
    }
    let board = learned.expect("it learns");
    let samples: Vec<Vec<u8>> = expected.log.iter().map(<[u8]>::to_vec).collect();
    assert_eq!(board.samples(INPUTS + 1).await.unwrap(), samples);
    assert_eq!(board.previous().await.unwrap().as_ref(), Some(&base));
    let model = expected.models.model().unwrap();
    assert_eq!(board.model().await.unwrap(), model);
    drop(board);

    emulator.say("system_reset");
    let mut board = None;
    for _ in 0..100 {
        board = connected(&address).await;
        if board.is_some() {
            break;
        }
    }
    let board = board.expect("it is there again");
    let raws: Vec<i32> = (0..10 * INPUTS as i32).map(|n| n * 7919 % 6000 - 1000).collect();
    let (mut memory, mut outputs) = (vec![0; 1024], vec![0; CLASSES]);
    let mut predictor = Predictor::new(model, &mut memory).unwrap();
    let rows = raws.chunks(INPUTS).map(|row| {
        predictor.outputs(row, &mut outputs).unwrap();
        outputs.clone()
    });
    let rows: Vec<Vec<i8>> = rows.collect();
    assert_eq!(board.infer(&raws, (INPUTS, CLASSES)).await.unwrap(), rows);
    assert_eq!(board.samples(INPUTS + 1).await.unwrap(), samples);
    drop(board);
    // QEMU's port listens again a moment after its client has left.
    let mut said = String::new();
    for _ in 0..100 {
        let output = host(&["replay", "--boards", &address]);
        if output.status.success() {
            return;
        }
        said = String::from_utf8_lossy(&output.stderr).into_owned();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{said}");
}

/// The board behind an address, if it answers now.
async fn connected(address: &str) -> Option<BoardEvaluator> {
    let link = NumberedLink::all(&addresses(address)).remove(0).open().await.ok()?;
    BoardEvaluator::connect(link, Arc::default(), Arc::default()).await.ok()
}
