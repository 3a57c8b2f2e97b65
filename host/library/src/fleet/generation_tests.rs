//! The scheduler in simulated time, so that the effects of its choices do not depend on the machine.

use super::*;
use crate::evaluate::{Alone, Evaluator};
use crate::fleet::{Patience, Trained};
use crate::update::Outcome;
use async_trait::async_trait;
use eggroll_firmware::estimator::scores::Packer;
use eggroll_firmware::train::{self, State};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64};

const SHAPE: Shape = Shape::new(1, 7, false);

/// An evaluator whose requests take a set time, one after another.
struct Timed {
    name: String,
    /// The microseconds of a request, and of each of its units.
    fixed: AtomicU64,
    each: AtomicU64,
    /// The milliseconds for every generation, up to 16, that it has missed since the last request.
    behind: u64,
    /// The largest share of a request's time that is added, in percent.
    jitter: u64,
    /// The generation of the last request. The lock is held while it computes.
    at_work: tokio::sync::Mutex<u32>,
    /// The units of each request.
    asked: Mutex<Vec<u32>>,
    /// The longest time that it computed.
    longest: AtomicU64,
}

impl Timed {
    /// Takes the milliseconds of a request, and of each of its units.
    fn new(name: &str, fixed: u64, each: u64) -> Self {
        Self {
            name: name.to_owned(),
            fixed: AtomicU64::new(1000 * fixed),
            each: AtomicU64::new(1000 * each),
            behind: 0,
            jitter: 0,
            at_work: tokio::sync::Mutex::new(0),
            asked: Mutex::default(),
            longest: AtomicU64::new(0),
        }
    }

    fn units(&self) -> u32 {
        self.asked.lock().unwrap().iter().sum()
    }
}

fn scores(units: usize) -> Vec<u8> {
    let mut bytes = vec![0; SHAPE.room(units)];
    let mut packer = Packer::new(SHAPE, units, &mut bytes).unwrap();
    for _ in 0..units {
        packer.keep();
        packer.push(1);
    }
    let len = packer.finish();
    bytes.truncate(len);
    bytes
}

#[async_trait]
impl Evaluator for Timed {
    fn name(&self) -> &str {
        &self.name
    }

    fn most_units(&self) -> u32 {
        u32::MAX
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        let requests = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(units.len() as u32);
            asked.len() as u64
        };
        let mut last = self.at_work.lock().await;
        let missed = generation.number.saturating_sub(*last + 1).min(16);
        *last = generation.number.max(*last);
        let micros =
            self.fixed.load(Ordering::Relaxed) + self.each.load(Ordering::Relaxed) * units.len() as u64;
        // This noise is the same in every run, so that no test has bad luck.
        let jitter = micros * self.jitter / 100 * (requests.wrapping_mul(2_654_435_761) % 1000) / 1000;
        let takes =
            Duration::from_micros(micros + jitter) + Duration::from_millis(self.behind * u64::from(missed));
        self.longest.fetch_max(takes.as_millis() as u64, Ordering::Relaxed);
        tokio::time::sleep(takes).await;
        Ok(scores(units.len()))
    }
}

fn generation(number: u32) -> Arc<Generation> {
    let state = State { generation: number - 1, checksum: 0 };
    Arc::new(Generation {
        number,
        state,
        loaded_state: state,
        weights: Arc::from([]),
        residuals: Arc::from([]),
        guide: Arc::from([]),
        feed: Arc::from([]),
        feeds: VecDeque::new(),
        history: VecDeque::new(),
        former: VecDeque::new(),
    })
}

fn fleet_of(boards: &[&Arc<Timed>]) -> Fleet {
    let boards = boards.iter().map(|&board| Arc::clone(board) as Arc<dyn Evaluator>);
    Fleet::new(boards.collect(), Patience(Duration::from_secs(10)))
}

/// Evaluates generations `from..to` of `units` units, and returns how long that took.
async fn evaluate(fleet: &mut Fleet, generations: Range<u32>, units: u32) -> Duration {
    let began = Instant::now();
    for number in generations {
        let whole = fleet.evaluate(generation(number), SHAPE, units, &CancellationToken::new()).await;
        let Ok(Evaluated::Complete { tally, answers }) = whole else { panic!("{whole:?}") };
        assert!(tally.is_complete());
        // Checks that every unit has one answer, and returns the answers.
        let mut next = 0;
        for answer in answers {
            assert_eq!(answer.units.start, next);
            next = answer.units.end;
        }
        assert_eq!(next, units);
        fleet.finished(&Arc::new(Outcome::new(number, 0, tally).unwrap()));
    }
    began.elapsed()
}

/// How much longer a fleet with these boards takes than a fast board alone.
async fn beside(slow: &[Arc<Timed>], generations: u32, units: u32) -> f64 {
    let fast = || Arc::new(Timed::new("fast", 1, 1));
    let alone = evaluate(&mut fleet_of(&[&fast()]), 1..generations, units).await;
    let (fast, mut all) = (fast(), Vec::new());
    // The slow ones are first, so they are asked first.
    all.extend(slow);
    all.push(&fast);
    let together = evaluate(&mut fleet_of(&all), 1..generations, units).await;
    together.as_secs_f64() / alone.as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn a_slow_board_costs_a_fast_fleet_nothing() {
    // The fast board needs 33 ms for a generation.
    for (fixed, each, behind) in
        [(2000, 0, 0), (2000, 0, 2000), (0, 2000, 200), (300_000, 0, 0), (34, 0, 20), (60, 5, 0)]
    {
        let slow = Arc::new(Timed { behind, ..Timed::new("slow", fixed, each) });
        let ratio = beside(&[slow], 2000, 32).await;
        assert!(ratio <= 1.05, "{fixed} ms and {each} ms a unit, {behind} ms behind: {ratio}");
    }
}

#[tokio::test(start_paused = true)]
async fn nor_do_three_or_unsteady_ones() {
    for jitter in [0, 50, 400] {
        let slow = |name: &str, fixed| Arc::new(Timed { jitter, ..Timed::new(name, fixed, 1) });
        let ratio =
            beside(&[slow("slow", 2000), slow("slower", 5000), slow("slowest", 20_000)], 2000, 32).await;
        assert!(ratio <= 1.05, "{jitter} %: {ratio}");
        let ratio = beside(&[slow("nearly", 20), slow("as", 30), slow("fast", 40)], 2000, 32).await;
        assert!(ratio <= 1.05, "{jitter} %, nearly as fast: {ratio}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_board_helps_where_it_can() {
    // Alone it takes 4 s for a generation. A request takes 200 ms with one board, and 3 s with the other.
    let (helps, hardly) = (Arc::new(Timed::new("slow", 200, 1)), Arc::new(Timed::new("slower", 3000, 1)));
    let ratio = beside(&[Arc::clone(&helps)], 50, 4096).await;
    assert!(ratio < 0.7, "{ratio}");
    let ratio = beside(&[hardly, helps], 50, 4096).await;
    assert!(ratio < 0.7, "{ratio}");
}

#[tokio::test(start_paused = true)]
async fn a_board_of_which_little_is_known_is_found_to_help() {
    // One unit takes as long as all of them, which is only known once many were requested.
    let slow = Arc::new(Timed::new("slow", 20, 0));
    let ratio = beside(&[Arc::clone(&slow)], 500, 64).await;
    assert!(ratio < 0.7, "{ratio}");
}

#[tokio::test(start_paused = true)]
async fn equal_boards_share_equally() {
    let boards = ["a", "b", "c", "d"].map(|name| Arc::new(Timed::new(name, 1, 3)));
    let mut fleet = fleet_of(&boards.each_ref());
    let took = evaluate(&mut fleet, 1..101, 64).await;
    // Each has 16 units, which take 48 ms, and the time of the requests.
    assert!(took < Duration::from_millis(100 * 60), "{took:?}");
    let units = boards.each_ref().map(|board| board.units());
    assert!(units.iter().all(|units| (1500..1900).contains(units)), "{units:?}");
    // If a generation has one unit, each is tried from time to time.
    let before = units;
    evaluate(&mut fleet, 101..201, 1).await;
    let each: Vec<u32> = boards.iter().zip(before).map(|(board, before)| board.units() - before).collect();
    assert!(each.iter().all(|&units| units > 1), "{each:?}");
}

#[tokio::test(start_paused = true)]
async fn a_board_that_becomes_fast_is_noticed() {
    let (fast, other) = (Arc::new(Timed::new("fast", 1, 1)), Arc::new(Timed::new("other", 500, 500)));
    let mut fleet = fleet_of(&[&other, &fast]);
    let slow = evaluate(&mut fleet, 1..1001, 64).await;
    other.fixed.store(1000, Ordering::Relaxed);
    other.each.store(1000, Ordering::Relaxed);
    // So many generations may pass, because it was slow for as many.
    evaluate(&mut fleet, 1001..2101, 64).await;
    let fast = evaluate(&mut fleet, 2101..3101, 64).await;
    assert!(fast < slow * 6 / 10, "{fast:?} after {slow:?}");
}

#[tokio::test(start_paused = true)]
async fn a_board_that_becomes_slow_is_dropped() {
    let (fast, other) = (Arc::new(Timed::new("fast", 1, 1)), Arc::new(Timed::new("other", 1, 1)));
    let mut fleet = fleet_of(&[&other, &fast]);
    evaluate(&mut fleet, 1..101, 64).await;
    other.each.store(60_000_000, Ordering::Relaxed);
    let took = evaluate(&mut fleet, 101..1101, 64).await;
    assert!(took < Duration::from_millis(1000 * 65 * 105 / 100 + 200), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_joins_is_not_waited_for() {
    let fast = Arc::new(Timed::new("fast", 1, 1));
    let mut fleet = fleet_of(&[&fast]);
    evaluate(&mut fleet, 1..10, 64).await;
    // It is loaded with weights for a minute, and then as fast as the other.
    let late = Arc::new(Timed::new("late", 60_000, 0));
    fleet.registry().send(Arc::<Timed>::clone(&late)).unwrap();
    let took = evaluate(&mut fleet, 10..110, 64).await;
    assert!(took < Duration::from_millis(100 * 67), "{took:?}");
    assert!(late.units() > 0, "it was asked");
    late.fixed.store(1000, Ordering::Relaxed);
    late.each.store(1000, Ordering::Relaxed);
    evaluate(&mut fleet, 110..2000, 64).await;
    let took = evaluate(&mut fleet, 2000..2100, 64).await;
    assert!(took < Duration::from_millis(100 * 40), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_one_that_never_answers() {
    let (fast, silent) = (Arc::new(Timed::new("fast", 1, 1)), Arc::new(Timed::new("silent", 1 << 40, 0)));
    let mut fleet = fleet_of(&[&silent, &fast]);
    let took = evaluate(&mut fleet, 1..101, 64).await;
    assert!(took < Duration::from_millis(100 * 70), "{took:?}");
    // Three of four boards become silent in the middle of a run.
    let boards = ["a", "b", "c", "d"].map(|name| Arc::new(Timed::new(name, 1, 1)));
    let mut fleet = fleet_of(&boards.each_ref());
    evaluate(&mut fleet, 1..11, 64).await;
    boards[1..].iter().for_each(|board| board.fixed.store(1 << 50, Ordering::Relaxed));
    let took = evaluate(&mut fleet, 11..111, 64).await;
    assert!(took < Duration::from_millis(100 * 70), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn no_request_grows_long_while_episodes_do() {
    let boards = ["a", "b"].map(|name| Arc::new(Timed::new(name, 1, 1)));
    let mut fleet = fleet_of(&boards.each_ref());
    for number in 1..200 {
        evaluate(&mut fleet, number..number + 1, 2048).await;
        // Every generation takes 4 % longer, in the end 2,400 times as long: 2.5 s for a unit.
        for board in &boards {
            board
                .each
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |each| Some(each + each / 25))
                .unwrap();
        }
        if number > 170 {
            break;
        }
    }
    for board in &boards {
        let longest = board.longest.load(Ordering::Relaxed);
        assert!(longest < 1200, "{longest} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sudden_change_makes_one_request_long_at_most() {
    let board = Arc::new(Timed::new("alone", 1, 1));
    let mut fleet = fleet_of(&[&board]);
    evaluate(&mut fleet, 1..20, 64).await;
    board.each.store(1_000_000, Ordering::Relaxed);
    evaluate(&mut fleet, 20..21, 64).await;
    board.asked.lock().unwrap().clear();
    evaluate(&mut fleet, 21..23, 64).await;
    let asked = board.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|&units| units == 1), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn costly_units_are_asked_for_one_by_one_at_first() {
    for (products, first) in [(1, 4), (1 << 18, 4), (1 << 19, 2), (1 << 20, 1), (u64::MAX, 1)] {
        let board = Arc::new(Timed::new("board", 1, 1));
        let mut fleet = fleet_of(&[&board]);
        fleet.unit_costs(products);
        evaluate(&mut fleet, 1..2, 64).await;
        assert_eq!(board.asked.lock().unwrap()[0], first, "{products}");
    }
}

/// An evaluator that misbehaves.
struct Broken(&'static str);

#[async_trait]
impl Evaluator for Broken {
    fn name(&self) -> &str {
        self.0
    }

    fn most_units(&self) -> u32 {
        4
    }

    async fn evaluate(&self, _: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        match self.0 {
            "malformed" => Ok(vec![0; 1000 + units.len()]),
            "panics" => panic!("as it should in this test"),
            name => Err(Lost { name: name.to_owned(), reason: "it gave up".to_owned() }),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_fails_is_lost_and_nothing_with_it() {
    for kind in ["malformed", "panics", "lost"] {
        let fast = Arc::new(Timed::new("fast", 1, 1));
        let boards: Vec<Arc<dyn Evaluator>> = vec![Arc::new(Broken(kind)), fast];
        let mut fleet = Fleet::new(boards, Patience(Duration::from_secs(10)));
        let roll = fleet.roll();
        assert_eq!((roll.counts().lost, roll.present()), (0, 2));
        evaluate(&mut fleet, 1..4, 64).await;
        assert_eq!((fleet.counts().lost, fleet.shares().len()), (1, 1), "{kind}");
        assert_eq!((roll.counts(), roll.present()), (fleet.counts(), 1), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn boards_that_join_and_fail_do_not_keep_a_fleet_for_ever() {
    for kind in ["malformed", "panics", "lost"] {
        let mut fleet = Fleet::new(Vec::new(), Patience(Duration::from_secs(10)));
        let registry = fleet.registry();
        tokio::spawn(async move {
            while registry.send(Arc::new(Broken(kind))).is_ok() {
                tokio::time::sleep(Duration::from_millis(700)).await;
            }
        });
        let began = Instant::now();
        let given_up = fleet.evaluate(generation(1), SHAPE, 64, &CancellationToken::new()).await;
        let Err(FleetError::NoEvaluators { last, .. }) = given_up else { panic!("{given_up:?}") };
        assert!(last.starts_with(kind), "{last}");
        let took = began.elapsed().as_secs_f64();
        assert!((10.0..10.2).contains(&took), "{took} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_board_that_computes_for_long_uses_up_no_patience() {
    let board = Arc::new(Timed::new("slow", 3_600_000, 0));
    let took = evaluate(&mut fleet_of(&[&board]), 1..2, 1).await;
    assert!(took >= Duration::from_secs(3600));
}

/// An evaluator that has to be loaded again in some generations.
struct Forgetful {
    every: u32,
    loads: AtomicU64,
}

#[async_trait]
impl Evaluator for Forgetful {
    fn name(&self) -> &str {
        "forgetful"
    }

    fn most_units(&self) -> u32 {
        4
    }

    fn reloads(&self) -> (u64, Option<String>) {
        (self.loads.load(Ordering::Relaxed), Some("its weights differ".to_owned()))
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.loads.fetch_add(u64::from(generation.number.is_multiple_of(self.every)), Ordering::Relaxed);
        Ok(scores(units.len()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_board_that_is_loaded_anew_all_the_time_is_named_once() {
    for (every, said) in [(1, 1), (2, 0), (7, 0)] {
        let mut worker = Worker::new(1, Arc::new(Forgetful { every, loads: AtomicU64::new(0) }), None);
        let mut lines = Vec::new();
        for number in 1..100 {
            worker.evaluator.evaluate(&generation(number), 0..1).await.unwrap();
            worker.asked = number;
            lines.extend(worker.look_at_loads(number));
            // An evaluator that had no work is not reported.
            worker.asked = 0;
            lines.extend(worker.look_at_loads(number));
        }
        assert_eq!(lines.len(), said, "{every}: {lines:?}");
        let named = |line: &String| line.starts_with("forgetful: ") && line.contains("its weights differ");
        assert!(lines.iter().all(named), "{lines:?}");
    }
    let board = Arc::new(Forgetful { every: 2, loads: AtomicU64::new(0) });
    let mut fleet = Fleet::new(vec![board], Patience(Duration::from_secs(10)));
    evaluate(&mut fleet, 1..21, 1).await;
    assert_eq!(fleet.shares()[0].reloads, 10);
}

/// An evaluator that trains alone, and takes longer and longer.
struct Hermit {
    asked: Mutex<Vec<u32>>,
    /// The milliseconds of a generation.
    each: AtomicU32,
}

#[async_trait]
impl Evaluator for Hermit {
    fn name(&self) -> &str {
        "hermit"
    }

    fn most_units(&self) -> u32 {
        1
    }

    async fn evaluate(&self, _: &Generation, _: Range<u32>) -> Result<Vec<u8>, Lost> {
        std::future::pending().await
    }

    fn trains_alone(&self) -> bool {
        true
    }

    async fn train(&self, generation: &Generation, count: u32, _: train::Pace) -> Result<Vec<Alone>, Lost> {
        self.asked.lock().unwrap().push(count);
        let each = Duration::from_millis(self.each.load(Ordering::Relaxed).into());
        tokio::time::sleep(each * count).await;
        Ok(vec![Alone { first: generation.number, count, scores: Vec::new(), state: None }])
    }
}

fn hermit(each: u32) -> (Arc<Hermit>, Fleet) {
    let hermit = Arc::new(Hermit { asked: Mutex::default(), each: AtomicU32::new(each) });
    let fleet = Fleet::new(vec![Arc::<Hermit>::clone(&hermit)], Patience(Duration::from_secs(10)));
    (hermit, fleet)
}

fn pace() -> train::Pace {
    train::Pace::Constant(1)
}

#[tokio::test(start_paused = true)]
async fn what_is_not_journalled_yet_is_bounded() {
    let (hermit, mut fleet) = hermit(10);
    let (stop, count) = (CancellationToken::new(), 300_000);
    for _ in 0..10 {
        let trained = fleet.train(&generation(1), count, pace(), 8, &stop).await.unwrap();
        assert!(matches!(trained, Trained::Generations(..)));
    }
    hermit.each.store(0, Ordering::Relaxed);
    for _ in 0..10 {
        fleet.train(&generation(1), count, pace(), 8, &stop).await.unwrap();
    }
    let asked = hermit.asked.lock().unwrap().clone();
    assert_eq!(asked[..3], [1, 4, 16]);
    assert!(asked[3..10].iter().all(|count| (40..=50).contains(count)), "half a second at most: {asked:?}");
    assert_eq!(asked.iter().max(), Some(&4096));
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_acts_at_once() {
    let stop = CancellationToken::new();
    let later = stop.clone();
    let began = Instant::now();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        later.cancel();
    });
    let mut busy = fleet_of(&[&Arc::new(Timed::new("slow", 3_600_000, 0))]);
    let mut empty = fleet_of(&[]);
    let (_, mut alone) = hermit(3_600_000);
    let mut nobody = fleet_of(&[]);
    let (first, none) = (generation(1), generation(1));
    let (one, two, three, four) = tokio::join!(
        busy.evaluate(generation(1), SHAPE, 64, &stop),
        empty.evaluate(generation(1), SHAPE, 64, &stop),
        alone.train(&first, 300_000, pace(), 8, &stop),
        nobody.train(&none, 300_000, pace(), 8, &stop),
    );
    assert_eq!((one, two), (Ok(Evaluated::Interrupted), Ok(Evaluated::Interrupted)));
    assert_eq!((three, four), (Ok(Trained::Interrupted), Ok(Trained::Interrupted)));
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}
