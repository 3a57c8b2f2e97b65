//! Training by checked answers is as much a pure function of configuration and seed as training on samples,
//! whoever evaluates it.

use eggroll_firmware::task::reward::RewardKind;
use eggroll_host::fleet::link::Address;
use eggroll_host::measure::Measure;
use eggroll_host::run::RunDirectory;
use eggroll_host::train::rebuild;
use eggroll_tests::{reward, sims, train, train_on};

const GENERATIONS: u32 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_boards_and_replayed() {
    let mut hashes = std::collections::BTreeSet::new();
    for kind in RewardKind::ALL {
        let folder = tempfile::tempdir().unwrap();
        let experiment = || reward(folder.path(), kind, GENERATIONS);
        let path = folder.path().join("run");
        let one = train(experiment(), sims(1), &path).await.unwrap();
        assert_eq!(one.figures.validation.measure, Measure::Success);
        // 13 pairs of two members, each with 8 prompts.
        assert_eq!(one.figures.forward_passes, u64::from(GENERATIONS) * 13 * 2 * 8);
        let three = train(experiment(), sims(3), &folder.path().join("three")).await.unwrap();
        assert_eq!(three.weights_sha256, one.weights_sha256, "{kind}");
        let cpu = train_on(&Address::Cpu.to_string(), experiment(), None, |_, _| {}).await;
        assert_eq!(cpu.weights_sha256, one.weights_sha256, "{kind}");
        let mut rebuilt = rebuild(&RunDirectory::open(&path).unwrap()).unwrap();
        assert_eq!(rebuilt.replica.weights_sha256(), one.weights_sha256);
        assert_eq!(rebuilt.work.passes(), one.figures.forward_passes);
        hashes.insert(one.weights_sha256);
    }
    assert_eq!(hashes.len(), RewardKind::ALL.len(), "every kind of puzzle leads to a model of its own");
}
