//! Training in an environment is as much a pure function of configuration and seed as training on samples,
//! whoever simulates it.

use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_host::fleet::{Fleet, Traffic, connect};
use eggroll_host::run::RunDirectory;
use eggroll_host::train::{CancellationToken, Trainer, rebuild};
use eggroll_tests::{ENDLESS, cut_after, environment, fleet_of, hash_after, sims, train, train_until};
use std::sync::Arc;

const GENERATIONS: u32 = 30;

async fn expected(kind: EnvironmentKind, generations: u32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let summary = train(environment(kind, generations), sims(1), &folder.path().join("run")).await.unwrap();
    assert_eq!(summary.figures.validation.measure, eggroll_host::measure::Measure::Return);
    summary.weights_sha256
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_boards() {
    let mut hashes = std::collections::BTreeSet::new();
    for kind in EnvironmentKind::ALL {
        let one = expected(kind, 3).await;
        let folder = tempfile::tempdir().unwrap();
        let summary = train(environment(kind, 3), sims(3), &folder.path().join("run")).await.unwrap();
        assert_eq!(summary.weights_sha256, one, "{kind}");
        hashes.insert(one);
    }
    assert_eq!(hashes.len(), EnvironmentKind::ALL.len(), "every environment leads to a model of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_killed_and_added_then_replayed() {
    let kind = EnvironmentKind::CartPole;
    let experiment = || environment(kind, ENDLESS);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let links = vec![cut_after("dies-early", 1000), cut_after("dies-late", 2000)];
    let mut fleet = fleet_of(links, &experiment(), 5.0).await;
    let late = connect(sims(1).remove(0), &experiment().setup, &Arc::new(Traffic::default())).await.unwrap();
    let (registry, mut late) = (fleet.registry(), Some(late));
    let trainer = Trainer::start(experiment(), &path).unwrap();
    let summary = train_until(trainer, &mut fleet, |progress, fleet| {
        if progress.generation == 3 {
            late.take().into_iter().for_each(|board| registry.send(board).unwrap());
        }
        late.is_none() && fleet.counts().lost == 2
    });
    let summary = summary.await.unwrap();
    let names: Vec<String> = fleet.shares().into_iter().map(|share| share.name).collect();
    assert_eq!(names, ["sim-0"], "only the one that joined is left");
    let again = folder.path().join("again");
    assert_eq!(summary.weights_sha256, hash_after(experiment(), summary.generations, &again).await);
    let mut rebuilt = rebuild(&RunDirectory::open(&path).unwrap()).unwrap();
    assert_eq!(rebuilt.replica.weights_sha256(), summary.weights_sha256);
    assert_eq!(rebuilt.work.passes(), summary.figures.forward_passes);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_gone_on_with() {
    let kind = EnvironmentKind::CartPole;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let experiment = environment(kind, GENERATIONS);
    let mut fleet = fleet_of(sims(2), &experiment, 5.0).await;
    let stop = CancellationToken::new();
    let trainer = Trainer::start(experiment, &path).unwrap();
    let halfway = |progress: &eggroll_host::train::Progress<'_>, _: &Fleet| {
        if progress.generation >= GENERATIONS / 2 {
            stop.cancel();
        }
    };
    let summary = trainer.train(&mut fleet, None, &stop, halfway).await.unwrap();
    assert_eq!(summary.generations, GENERATIONS / 2);

    let (trainer, damage) = Trainer::resume(&path).unwrap();
    assert_eq!((damage, trainer.generation()), (None, GENERATIONS / 2));
    let mut fleet = fleet_of(sims(3), trainer.experiment(), 5.0).await;
    let summary = trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await.unwrap();
    assert_eq!(summary.weights_sha256, expected(kind, GENERATIONS).await);
}
