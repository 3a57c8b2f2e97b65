//! Links that lose, damage, double, delay and end frames, and boards that lie: the weights are the same
//! bytes.

use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::evaluate::Evaluator;
use eggroll_host::fleet::link::faults::Injection;
use eggroll_host::fleet::link::{Link, SIM_ARENA, sim};
use eggroll_host::fleet::{Connector, Counts, Fleet, NotRegistered, Patience, Traffic, Verifier, connect};
use eggroll_host::run::journal::JournalReader;
use eggroll_host::run::{MetricsRow, Record, RunDirectory, read_table};
use eggroll_host::train::TrainError;
use eggroll_host::train::{Experiment, Progress, Trainer, audit, rebuild};
use eggroll_tests::{
    ENDLESS, Liar, PATIENT, cut_after, every_estimator, experiment, fleet_of, hash_after, sims, train,
    train_until, train_with,
};
use std::fs::{self, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

const GENERATIONS: u32 = 60;

/// Generations of which one surely holds a lie that counts, where every third of a board's replies is one.
const MOST: u32 = 400;

type Settings = (Estimator, Optimizer);

async fn honest((estimator, optimizer): Settings, generations: u32, path: &Path) -> String {
    train(experiment(estimator, optimizer, generations), sims(1), path).await.unwrap().weights_sha256
}

/// Trains on three simulated boards behind the injector, and a fourth that is killed and a fifth that joins
/// late, until `seen`: the weights are those of an honest board.
async fn with_faults(
    (estimator, optimizer): Settings,
    faults: &str,
    troubled: bool,
    seen: impl Fn(&Traffic, &Counts) -> bool,
) -> Arc<Traffic> {
    let directory = tempfile::tempdir().unwrap();
    let run = || experiment(estimator, optimizer, ENDLESS);
    let experiment = run();
    let traffic = Arc::new(Traffic::default());
    let injection = Injection::new(faults.parse().unwrap(), 7);
    let (mut boards, mut again) = (Vec::new(), Vec::new());
    let board = |number: u32| {
        let open = move || sim(&format!("sim-{number}"), SIM_ARENA);
        Connector::new(open, &experiment.setup, &traffic).with_faults(injection, number)
    };
    for number in 0..3 {
        let mut board = board(number);
        let (evaluator, severed) = board.connect().await.unwrap();
        boards.push(evaluator);
        again.push((board, severed));
    }
    let mut late = None;
    if troubled {
        boards.push(connect(cut_after("killed", 500), &experiment.setup, &traffic).await.unwrap());
        late = Some(board(4).connect().await.unwrap());
    }
    let mut fleet = Fleet::new(boards, Patience(Duration::from_secs(20)));
    fleet.verify(Verifier::new(&experiment.setup, "0.1".parse().unwrap(), None).unwrap());
    for (board, severed) in again {
        tokio::spawn(board.rejoin(severed, fleet.registry()));
    }
    let registry = fleet.registry();
    let trainer = Trainer::start(run(), &directory.path().join("run")).unwrap();
    let summary = train_until(trainer, &mut fleet, |progress, fleet| {
        if progress.generation == 5 {
            late.take().into_iter().for_each(|(board, _)| registry.send(board).unwrap());
        }
        let counts = fleet.counts();
        let met = counts.checked > 0 && (!troubled || counts.lost > 0);
        progress.generation >= GENERATIONS && met && seen(&traffic, &counts)
    });
    let summary = summary.await.unwrap();
    assert_eq!(fleet.counts().expelled, 0, "broken links make no liars");
    let again = directory.path().join("again");
    let expected = hash_after(run(), summary.generations, &again).await;
    assert_eq!(summary.weights_sha256, expected, "{faults}");
    traffic
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_alone() {
    for settings in [every_estimator()[0], every_estimator()[3]] {
        for (place, faults) in
            ["drop=0.03", "flip=0.03", "dup=0.2", "delay=1ms", "cut=0.01"].into_iter().enumerate()
        {
            // What is dropped or damaged is asked for again.
            let seen = |traffic: &Traffic, _: &Counts| {
                injected(traffic)[place] > 0 && (place > 1 || count(&traffic.repeated) > 0)
            };
            let counts = injected(&*with_faults(settings, faults, false, seen).await);
            assert!(
                counts.iter().enumerate().all(|(kind, &n)| kind == place || n == 0),
                "{faults}: {counts:?}"
            );
        }
    }
}

/// What the injector has done: frames dropped, flipped, doubled and delayed, and links cut.
fn injected(traffic: &Traffic) -> [u64; 5] {
    let injected = &traffic.injected;
    [&injected.dropped, &injected.flipped, &injected.doubled, &injected.delayed, &injected.cut].map(count)
}

#[tokio::test(flavor = "multi_thread")]
async fn all_at_once_with_boards_killed_and_added() {
    for settings in every_estimator() {
        let faults = "drop=0.02,flip=0.02,dup=0.05,delay=1ms,cut=0.005";
        let all = |traffic: &Traffic, _: &Counts| injected(traffic).iter().all(|&n| n > 0);
        with_faults(settings, faults, true, all).await;
    }
}

/// A fleet of honest boards and one that lies; its count of lies.
async fn with_liar(experiment: &Experiment, honest: usize, share: &str) -> (Fleet, Arc<AtomicU32>) {
    let traffic = Arc::new(Traffic::default());
    let link = Link { timing: PATIENT, ..sim("liar", SIM_ARENA) };
    let inner = connect(link, &experiment.setup, &traffic).await.unwrap();
    let liar = Liar::new(inner, &experiment.config.estimator, 12, 3);
    let lies = Arc::clone(&liar.lies);
    let mut boards: Vec<Arc<dyn Evaluator>> = vec![Arc::new(liar)];
    for link in sims(honest) {
        boards.push(connect(link, &experiment.setup, &traffic).await.unwrap());
    }
    let mut fleet = Fleet::new(boards, Patience(Duration::from_millis(300)));
    if share != "0" {
        let verifier = Verifier::new(&experiment.setup, share.parse().unwrap(), None).unwrap();
        fleet.verify(verifier);
    }
    (fleet, lies)
}

/// The records of a journal, and where each ends.
fn records(path: &Path) -> Vec<(Record, u64)> {
    let mut reader = JournalReader::open(&path.join("journal")).unwrap();
    let mut records = Vec::new();
    while let Some(record) = reader.next_record() {
        records.push((record, reader.position()));
    }
    records
}

/// The first generation whose scores differ between an honest journal and another, rollbacks left aside.
fn first_wrong(honest: &Path, other: &Path) -> Option<u32> {
    let scores = |path: &Path| -> Vec<(u32, Vec<u8>)> {
        let generation = |(record, _)| match record {
            Record::Generation { number, scores, .. } => Some((number, scores)),
            _ => None,
        };
        records(path).into_iter().filter_map(generation).collect()
    };
    let (honest, other) = (scores(honest), scores(other));
    honest.iter().zip(&other).find(|(a, b)| a != b).map(|(honest, _)| honest.0)
}

/// Goes on with a run on honest boards, up to this generation.
async fn go_on(path: &Path, generations: u32) -> String {
    let (trainer, damage) = Trainer::resume(path).unwrap();
    assert_eq!(damage, None);
    let mut fleet = fleet_of(sims(2), trainer.experiment(), 5.0).await;
    assert!(trainer.generation() < generations);
    let there = |progress: &Progress<'_>, _: &Fleet| progress.generation >= generations;
    train_until(trainer, &mut fleet, there).await.unwrap().weights_sha256
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_finds_the_first_wrong_generation() {
    let directory = tempfile::tempdir().unwrap();
    let [right, wrong] = ["right", "wrong"].map(|name| directory.path().join(name));
    for settings in every_estimator() {
        let run = experiment(settings.0, settings.1, ENDLESS);
        hash_after(experiment(settings.0, settings.1, ENDLESS), MOST, &right).await;
        let (mut fleet, lies) = with_liar(&run, 1, "0").await;
        let trainer = Trainer::start(run, &wrong).unwrap();
        // Until a lie counts: where a range was given out twice, the honest answer may have been the first.
        let hash = train_until(trainer, &mut fleet, |progress, _| {
            assert!(progress.generation < MOST, "no lie of {} counts", lies.load(Ordering::Relaxed));
            lies.load(Ordering::Relaxed) > 1 && first_wrong(&right, &wrong).is_some()
        });
        let hash = hash.await.unwrap().weights_sha256;

        let opened = RunDirectory::open(&wrong).unwrap();
        let first = first_wrong(&right, &wrong).unwrap();
        let (rebuilt, found) = audit(&opened, &["liar".to_owned()]).unwrap();
        assert_eq!((found, rebuilt.replica.state().generation), (Some(first), first - 1));
        // Who computes rightly with weights that are wrong is no liar.
        let (mut rebuilt, found) = audit(&opened, &["sim-0".to_owned()]).unwrap();
        assert_eq!((found, rebuilt.replica.weights_sha256()), (None, hash));
        fs::remove_dir_all(&right).unwrap();
        fs::remove_dir_all(&wrong).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_board_is_found_expelled_and_undone() {
    let directory = tempfile::tempdir().unwrap();
    let [right, path, cut] = ["right", "run", "cut"].map(|name| directory.path().join(name));
    for settings in every_estimator() {
        let run = experiment(settings.0, settings.1, ENDLESS);
        let (mut fleet, lies) = with_liar(&run, 1, "0.1").await;
        let again: Arc<dyn Evaluator> =
            connect(sim("liar", SIM_ARENA), &run.setup, &Arc::default()).await.unwrap();
        let (registry, mut again, mut since) = (fleet.registry(), Some(again), 0);
        let trainer = Trainer::start(run, &path).unwrap();
        let summary = train_until(trainer, &mut fleet, |progress, fleet| {
            if fleet.counts().expelled > 0 {
                let refused = |board| assert_eq!(registry.send(board), Err(NotRegistered::Barred));
                again.take().into_iter().for_each(refused);
                assert_eq!(fleet.shares().len(), 1, "it is not let in again");
                since += 1;
            }
            since > 20 && progress.generation >= GENERATIONS
        });
        let summary = summary.await.unwrap();
        assert!(lies.load(Ordering::Relaxed) > 0 && again.is_none());
        assert_eq!(fleet.counts().expelled, 1);
        let run = experiment(settings.0, settings.1, ENDLESS);
        let expected = hash_after(run, summary.generations, &right).await;
        assert_eq!(summary.weights_sha256, expected);

        // It went back to before the first lie, and only the generations that count are counted.
        let first = first_wrong(&right, &path);
        let records = records(&path);
        let place = records.iter().position(|(record, _)| matches!(record, Record::Expelled { .. })).unwrap();
        let Record::Rollback { to } = records[place + 1].0 else { panic!("{:?}", records[place + 1]) };
        let before = records[..place].iter().filter(|r| matches!(r.0, Record::Generation { .. })).count();
        assert_eq!(to, first.map_or(before as u32, |first| first.min(before as u32 + 1) - 1));
        let metrics = |path: &Path| -> Vec<(u32, u64, f64)> {
            let rows = read_table::<MetricsRow>(&path.join("metrics.csv")).unwrap();
            rows.iter().map(|row| (row.generation, row.forward_passes, row.validation.value)).collect()
        };
        assert_eq!(metrics(&path), metrics(&right));
        let mut rebuilt = rebuild(&RunDirectory::open(&path).unwrap()).unwrap();
        assert_eq!((rebuilt.replica.weights_sha256(), rebuilt.rollbacks), (expected.clone(), 1));
        assert_eq!(rebuilt.work.passes(), summary.figures.forward_passes);

        // Killed at once, before the audit, after it, and later: the same end.
        for end in [place, place + 1, place + 5, records.len() - 2] {
            fs::create_dir(&cut).unwrap();
            for file in ["config.toml", "metrics.csv", "journal"] {
                fs::copy(path.join(file), cut.join(file)).unwrap();
            }
            let journal = OpenOptions::new().write(true).open(cut.join("journal")).unwrap();
            journal.set_len(records[end].1).unwrap();
            drop(journal);
            let (trainer, _) = Trainer::resume(&cut).unwrap();
            if end <= place + 1 {
                assert_eq!(trainer.generation(), to, "what was in doubt is audited first");
            }
            drop(trainer);
            assert_eq!(go_on(&cut, summary.generations).await, expected);
            fs::remove_dir_all(&cut).unwrap();
        }
        fs::remove_dir_all(&right).unwrap();
        fs::remove_dir_all(&path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_only_board_lies_goes_back_and_waits() {
    let directory = tempfile::tempdir().unwrap();
    let [right, path] = ["right", "run"].map(|name| directory.path().join(name));
    let settings = every_estimator()[0];
    let expected = honest(settings, GENERATIONS, &right).await;
    let run = experiment(settings.0, settings.1, GENERATIONS);
    let (mut fleet, _) = with_liar(&run, 0, "1").await;
    let error = train_with(run, &mut fleet, &path, |_, _| ()).await.unwrap_err();
    assert!(matches!(error, TrainError::Fleet { .. }), "{error}");
    assert!(error.to_string().contains("liar: expelled for wrong scores"), "{error}");
    let mut rebuilt = rebuild(&RunDirectory::open(&path).unwrap()).unwrap();
    let file =
        eggroll_host::run::read_weights(&path.join("weights.safetensors"), &rebuilt.experiment.program);
    assert_eq!(file.unwrap().values, rebuilt.replica.weights());
    assert_eq!(go_on(&path, GENERATIONS).await, expected);
}
