//! Uploads over links that end in the middle, again and again: each goes on where the one before was cut.

use eggroll_host::fleet::link::Link;
use eggroll_host::fleet::{Connector, Fleet, Patience, Traffic};
use eggroll_tests::{Greeting, SharedBoard, every_estimator, experiment, sims, train, train_with};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const GENERATIONS: u32 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_where_it_was_cut() {
    let (estimator, optimizer) = every_estimator()[0];
    let run = || experiment(estimator, optimizer, GENERATIONS);
    let folder = tempfile::tempdir().unwrap();
    let expected = train(run(), sims(1), &folder.path().join("whole")).await.unwrap().weights_sha256;
    let samples = run().setup.samples.len();
    // Each link ends after a third of the samples, but for the fifth and later ones.
    let (board, opened) = (SharedBoard::default(), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&opened);
    let open = move || -> Link {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let lives = if number < 5 { samples / 3 } else { usize::MAX };
        board.link_with("cut", lives, |_| Greeting::Whole)
    };
    let run = run();
    let traffic = Arc::new(Traffic::default());
    let mut seat = Connector::new(open, &run.setup, &traffic);
    let (board, _severed) = seat.connect().await.unwrap();
    assert!(opened.load(Ordering::Relaxed) > 2, "its link was cut while it was loaded");
    let sent = traffic.totals().0;
    assert!(
        sent < 3 * samples as u64,
        "{sent} bytes for {samples} of samples: nothing was sent from the start again"
    );
    let mut fleet = Fleet::new(vec![board], Patience(Duration::from_secs(5)));
    let summary = train_with(run, &mut fleet, &folder.path().join("cut"), |_, _| ()).await.unwrap();
    assert_eq!(summary.weights_sha256, expected);
}
