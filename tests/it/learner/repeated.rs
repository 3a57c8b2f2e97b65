//! `eggroll-host replay --boards`.

use super::*;
use eggroll_firmware::deploy::{Deployed, DeployedModel, keep_adapted};

/// The exit code of `replay --boards`, and all that it says.
fn replayed(board: Store) -> (Option<i32>, String, Store) {
    let mut said = (None, String::new());
    let board = served(board, |address| {
        let output = host(&["replay", "--boards", address]);
        let text = [output.stdout, output.stderr].concat();
        said = (output.status.code(), String::from_utf8(text).unwrap());
    });
    (said.0, said.1, board)
}

#[test]
fn a_host_repeats_what_a_board_has_learned() {
    let (board, samples) = learned();
    let weights = DeployedModel::of_bytes(board.models.model().unwrap()).unwrap().weights().to_vec();
    let (code, said, board) = replayed(board);
    assert_eq!(code, Some(0), "{said}");
    let sha256 = eggroll_host::update::sha256(&weights);
    assert!(said.contains(&sha256) && said.contains("byte by byte"), "{said}");
    assert!(said.contains(&format!("400 generations on {} samples", samples.len())), "{said}");
    // It learns once more, from what it has become.
    let mut board = board;
    let mut features = Features::new();
    let mut user = hands(&mut features);
    for _ in 0..2 {
        assert_eq!(user.press(&mut board, &[0, 1]), [Shown::Learning, Shown::Learned]);
    }
    let base = board.models.previous().unwrap().to_vec();
    let weights = DeployedModel::of_bytes(board.models.model().unwrap()).unwrap().weights().to_vec();
    let sha256 = eggroll_host::update::sha256(&weights);
    let (code, said, board) = replayed(board);
    assert!(code == Some(0) && said.contains(&sha256), "{said}");
    // Samples that have come since change nothing.
    let mut board = board;
    board.log.push(&[1; INPUTS], 2).unwrap();
    let (code, said, board) = replayed(board);
    assert_eq!(code, Some(0), "{said}");

    // Another model that says the same of itself.
    let adapted = DeployedModel::of_bytes(board.models.model().unwrap()).unwrap().adapted.unwrap();
    let mut other = blank();
    other.models.begin(Deployed::of(&base)).unwrap();
    other.models.write(0, &base).unwrap();
    other.models.commit().unwrap();
    let mut changed = weights;
    changed[0] ^= 1;
    keep_adapted(&mut other.models, &changed, &adapted).unwrap();
    samples.iter().for_each(|sample| {
        let (label, features) = sample.split_last().unwrap();
        let features: Vec<i8> = features.iter().map(|&feature| feature as i8).collect();
        other.log.push(&features, *label).unwrap();
    });
    let (code, said, mut other) = replayed(other);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&sha256) && said.contains("keeps another model"), "{said}");

    // Samples that are no longer there.
    (0..60).for_each(|_| other.log.push(&[1; INPUTS], 2).unwrap());
    let (code, said, mut other) = replayed(other);
    assert!(code == Some(1) && said.contains("are no longer the oldest of the"), "{said}");
    other.log.clear().unwrap();
    let (code, said, mut other) = replayed(other);
    assert!(code == Some(1) && said.contains("it keeps no samples of its own"), "{said}");
    // The model that it began with is gone: this one is cut short.
    other.models.begin(Deployed { length: 9, checksum: 9 }).unwrap();
    let (code, said, _) = replayed(other);
    assert!(code == Some(1) && said.contains("no longer keeps the model that it began with"), "{said}");
    // Nothing was learned, or nothing deployed, or nothing can be.
    let (code, said, _) = replayed(deployed(blank()));
    assert!(code == Some(1) && said.contains("it has not adapted its model"), "{said}");
    let (code, said, _) = replayed(blank());
    assert!(code == Some(1) && said.contains("the board holds no model"), "{said}");
    for (arguments, says) in [(&["cpu"][..], "cpu is no board"), (&[], "value is required")] {
        let output = host(&[&["replay", "--boards"][..], arguments].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(says), "{said}");
    }
}
