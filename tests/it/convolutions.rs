//! Convolutional models on the boards' own images under emulation: the weights are the bytes of a simulated
//! board, and of the host's own cores.
//!
//! `cargo xtask setup` installs the emulators and `cargo xtask boards` builds the images; without either
//! these tests fail, and say so.

use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::fleet::gather;
use eggroll_host::train::Experiment;
use eggroll_host::update::Sync;
use eggroll_tests::{
    adapting_experiment, addresses, every_estimator, sims, synced, train, train_on, windows_experiment,
};
use std::sync::Arc;

async fn hash_of(boards: &str, experiment: Experiment) -> String {
    train_on(boards, experiment, None, |_, _| ()).await.weights_sha256
}

/// Whether a slower emulator takes part as well: with one estimator of each kind.
const fn is_one_of_its_kind(estimator: &Estimator, optimizer: Optimizer) -> bool {
    matches!(
        (estimator, optimizer),
        (Estimator::Node(_), Optimizer::Residual) | (Estimator::Weight(_), Optimizer::Vote { .. })
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_estimator_trains_windows_on_emulated_boards() {
    for (estimator, optimizer) in every_estimator() {
        let run = || windows_experiment(estimator, optimizer, 2);
        let expected = hash_of("sim:1", run()).await;
        assert_eq!(hash_of("cpu", run()).await, expected, "{estimator:?} on the host's cores");
        let slow = is_one_of_its_kind(&estimator, optimizer).then_some("rp2040js:pico");
        for board in ["qemu:mps2-an386"].into_iter().chain(slow) {
            assert_eq!(hash_of(board, run()).await, expected, "{estimator:?} on {board}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_with_every_kind_of_sync() {
    let (estimator, optimizer) = every_estimator()[0];
    let run = || windows_experiment(estimator, optimizer, 3);
    let expected = hash_of("sim:1", run()).await;
    for sync in [Sync::Scores, Sync::Delta, Sync::Weights] {
        assert_eq!(hash_of("qemu:mps2-an386:2", synced(run(), sync)).await, expected, "{sync:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_without_convolutions_adapts_what_lies_behind_them() {
    let folder = tempfile::tempdir().unwrap();
    let (estimator, optimizer) = every_estimator()[5];
    let whole = || windows_experiment(estimator, optimizer, 3);
    let gathered = gather(&addresses("qemu:microbit"), None, &whole().setup, &Arc::default()).await;
    let refusal = gathered.err().expect("no micro:bit has convolutions").to_string();
    for said in ["no convolutions", "layer 0 of the model is a convolution", "--train last"] {
        assert!(refusal.contains(said), "{refusal}");
    }
    let trained = folder.path().join("trained");
    train(whole(), sims(1), &trained).await.unwrap();
    let adapting = || adapting_experiment(&trained, 20);
    let expected = hash_of("sim:1", adapting()).await;
    for boards in ["qemu:microbit", "sim:1 qemu:microbit qemu:mps2-an386"] {
        assert_eq!(hash_of(boards, adapting()).await, expected, "{boards}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_named_with_its_layer() {
    let (estimator, optimizer) = every_estimator()[0];
    let run = || windows_experiment(estimator, optimizer, 1);
    let board = "sim:1,arena=5000";
    let gathered = gather(&addresses(board), None, &run().setup, &Arc::default()).await;
    let refusal = gathered.err().expect("more samples than the board has memory").to_string();
    for said in ["does not fit", "the board has 5000", "the samples 4160", "of layer 6, a dense layer"] {
        assert!(refusal.contains(said), "{refusal}");
    }
    let gathered = gather(&addresses("sim:1"), None, &run().setup, &Arc::default()).await.unwrap();
    let rooms = gathered.rooms();
    let [(name, room)] = rooms[..] else { panic!("{rooms:?}") };
    assert!(name.starts_with("sim") && room.needs < room.has && room.updates, "{rooms:?}");
}
