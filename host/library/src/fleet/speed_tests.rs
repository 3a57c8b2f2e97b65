use super::*;

fn ms(ms: f64) -> Duration {
    Duration::from_secs_f64(ms / 1e3)
}

#[test]
fn a_requests_own_cost_is_told_apart_once_sizes_differ() {
    let mut pace = SpeedModel::default();
    assert_eq!(pace.costs(false), None);
    pace.learn(1, ms(20.0), false);
    // With one size alone, all of the time is taken as that of the units.
    assert!(pace.costs(false).unwrap().of(4) > 0.079);
    for units in [4, 16, 64] {
        pace.learn(units, ms(20.0 + 0.01 * f64::from(units)), false);
    }
    let costs = pace.costs(false).unwrap();
    assert!((0.015..0.022).contains(&costs.fixed), "{costs:?}");
    assert!(costs.of(64) < 0.03 && costs.of(1) > 0.015, "{costs:?}");
}

#[test]
fn work_that_grows_is_followed_at_once() {
    let mut pace = SpeedModel::default();
    for _ in 0..50 {
        pace.learn(64, ms(64.0), false);
    }
    assert_eq!(pace.at_most(ms(500.0), 4), 256);
    // From here on, episodes are a hundred times as long.
    pace.learn(64, ms(6400.0), false);
    assert_eq!(pace.at_most(ms(500.0), 4), 5);
    assert!(pace.costs(false).unwrap().of(5) > 0.4);
}

#[test]
fn one_late_answer_is_forgotten_as_fast() {
    let mut pace = SpeedModel::default();
    for took in [1.0, 1.0, 400.0, 1.0] {
        pace.learn(8, ms(took), false);
    }
    assert!(pace.costs(false).unwrap().of(8) < 0.002);
}

#[test]
fn a_small_request_says_little_of_a_large_one() {
    let mut pace = SpeedModel::default();
    pace.learn(1, ms(0.001), false);
    assert_eq!(pace.at_most(ms(500.0), 4), 4);
    pace.learn(4, ms(0.001), false);
    assert_eq!(pace.at_most(ms(500.0), 4), 16);
}

#[test]
fn the_way_there_and_back_is_not_paid_by_a_request_that_waits() {
    let mut pace = SpeedModel::default();
    for _ in 0..5 {
        pace.learn(10, ms(30.0), false);
        pace.learn(10, ms(10.0), true);
    }
    assert!((pace.costs(false).unwrap().of(10) - 0.030).abs() < 1e-4);
    assert!((pace.costs(true).unwrap().of(10) - 0.010).abs() < 1e-4);
}
