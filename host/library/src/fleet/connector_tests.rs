use super::*;
use crate::fleet::link::Timing;
use crate::run::{Identity, Schedule};
use crate::update::Sync;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::model::Description;
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::time::Instant;

#[test]
fn the_same_reason_is_news_once_until_there_is_an_answer() {
    let record = ConnectionRecord::default();
    assert!(record.lost("mute"));
    assert!(!record.lost("mute"));
    assert!(record.lost("deaf"));
    record.answered();
    assert!(record.lost("deaf"));
    assert_eq!(record.last_reason().as_deref(), Some("deaf"));
}

#[test]
fn pauses_grow_and_end() {
    let pauses: Vec<u64> = (0..9).map(|failures| pause(failures).as_millis() as u64).collect();
    assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
}

fn setup() -> Arc<Setup> {
    let node = Node { slots: 2, members: 2, amplitude: 4, clip: 7, skip: None, antithetic: false };
    let run = Run {
        seed: 1,
        model: Description::mlp(&[2, 2], false).unwrap(),
        task: TaskKind::Samples { count: 1 },
        estimator: Estimator::Node(node),
        optimizer: Optimizer::Residual,
        saturation: false,
    };
    let (samples, text) = (vec![0; 3], Arc::from([]));
    let identity = Identity::new(&run, Schedule::Q(0), 1, &samples, &text, None);
    Arc::new(Setup {
        run,
        samples,
        text,
        start: None,
        identity,
        sync: Sync::default(),
        own: None,
        holds_text: false,
    })
}

/// A link over which nothing ever comes.
fn mute() -> Link {
    let (reader, other) = tokio::io::duplex(64);
    // The other end must stay open, or the link would have ended.
    std::mem::forget(other);
    let (reader, writer) = (Box::new(reader), Box::new(tokio::io::sink()));
    Link { name: "mute".to_owned(), reader, writer, timing: Timing::default() }
}

/// The connector of a board that is there and never answers, and a count of how often its link was opened.
fn connector() -> (Connector, Arc<AtomicU32>) {
    let opened: Arc<AtomicU32> = Arc::default();
    let counter = Arc::clone(&opened);
    let open = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        mute()
    };
    (Connector::new(open, &setup(), &Arc::default()).reconnecting(), opened)
}

#[tokio::test(start_paused = true)]
async fn a_board_that_never_answers_is_given_up() {
    let ((connector, opened), (registry, _joined)) = (connector(), Registry::new());
    let began = Instant::now();
    connector.arrive(registry).await;
    assert_eq!(opened.load(Ordering::Relaxed), MOST_FAILURES);
    let pauses: Duration = (0..MOST_FAILURES).map(pause).sum();
    assert!(began.elapsed() >= pauses, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_visit_without_an_answer_is_a_failure() {
    for (answers, more) in [(0, 1), (1, 0), (5, 0)] {
        let ((connector, opened), (registry, _joined)) = (connector(), Registry::new());
        (0..answers).for_each(|_| connector.record().answered());
        let (link, disconnect) = Disconnect::watch(mute());
        drop(link);
        connector.rejoin(disconnect, registry).await;
        assert_eq!(opened.load(Ordering::Relaxed), MOST_FAILURES - more, "{answers} answers");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_looked_for_when_the_run_is_over() {
    let ((connector, opened), (registry, registrations)) = (connector(), Registry::new());
    drop(registrations);
    connector.arrive(registry).await;
    assert_eq!(opened.load(Ordering::Relaxed), 0);
}
