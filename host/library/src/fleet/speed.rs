//! How long an evaluator takes, learned from its answers: what a request costs whatever it asks for, and what each
//! unit adds.

use std::time::Duration;

/// What an answer before the last one still counts for.
const MEMORY: f64 = 0.85;
/// The same of how far answers were off.
const OFF_MEMORY: f64 = 0.7;
/// An answer in less than this share of the time that was expected is a surprise.
const SOONER: f64 = 0.5;
/// So many answers, about, are a measure of their own.
const ENOUGH: f64 = 2.0;
/// How strongly requests of like sizes are taken to cost nothing but their units: without different sizes the two parts
/// of the time cannot be told apart, and a cost that is taken for a request's own would let requests grow too far.
const LIKENESS: f64 = 0.05;
/// An answer that is off by more than this share of the time that it took shows that what was learned is out of date.
const OUT_OF_DATE: f64 = 0.5;

/// The time of a request as a line over its units, through the latest answers; older ones count less and less.
#[derive(Clone, Copy, Debug, Default)]
struct LinearFit {
    weight: f64,
    units: f64,
    seconds: f64,
    squares: f64,
    products: f64,
    /// How far the latest answers were from what was expected of them, in seconds.
    off: f64,
}

impl LinearFit {
    fn is_known(&self) -> bool {
        self.weight > 0.0
    }

    /// What a request costs, and each of its units.
    fn costs(&self) -> (f64, f64) {
        let (units, seconds) = (self.units / self.weight, self.seconds / self.weight);
        let spread = (self.squares / self.weight - units * units).max(0.0);
        let together = self.products / self.weight - units * seconds;
        let likeness = LIKENESS * units * units;
        let each = ((together + likeness * seconds / units) / (spread + likeness)).max(0.0);
        let fixed = seconds - each * units;
        if fixed >= 0.0 { (fixed, each) } else { (0.0, self.products / self.squares) }
    }

    fn expects(&self, units: f64) -> f64 {
        let (fixed, each) = self.costs();
        fixed + each * units
    }

    fn add(&mut self, units: f64, seconds: f64) {
        self.weight += 1.0;
        self.units += units;
        self.seconds += seconds;
        self.squares += units * units;
        self.products += units * seconds;
    }

    /// Takes in an answer. One that does not fit what was learned takes its place: the evaluator, its link or the work
    /// is another now.
    fn learn(&mut self, units: f64, seconds: f64) {
        let off = if self.is_known() { (self.expects(units) - seconds).abs() } else { seconds / 2.0 };
        for sum in
            [&mut self.weight, &mut self.units, &mut self.seconds, &mut self.squares, &mut self.products]
        {
            *sum *= MEMORY;
        }
        self.off = OFF_MEMORY * self.off + (1.0 - OFF_MEMORY) * off;
        self.add(units, seconds);
        if (self.expects(units) - seconds).abs() > OUT_OF_DATE * seconds {
            *self = Self { off: seconds / 2.0, ..Self::default() };
            self.add(units, seconds);
        }
    }
}

/// What is known of an evaluator's speed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpeedModel {
    /// Requests to an evaluator that had nothing to do: the way there and back is part of their time.
    idle: LinearFit,
    /// Requests that waited there for others to be done.
    queued: LinearFit,
    /// Units of the largest of the latest answers.
    largest: u32,
}

/// What a request is expected to cost, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Costs {
    /// Whatever it asks for.
    pub(super) fixed: f64,
    /// Each unit.
    pub(super) each: f64,
    /// How uncertain this is.
    pub(super) off: f64,
}

impl Costs {
    /// How long a request of so many units is expected to take.
    pub(super) fn of(&self, units: u32) -> f64 {
        self.fixed + self.each * f64::from(units)
    }
}

impl SpeedModel {
    /// Takes in an answer of an evaluator that had nothing else to do, or was busy (`queued`) when it was asked. Says
    /// whether it came much sooner than was expected, or nothing was known to expect.
    pub(super) fn learn(&mut self, units: u32, took: Duration, queued: bool) -> bool {
        let seconds = took.as_secs_f64().max(1e-6);
        let line = if queued { &mut self.queued } else { &mut self.idle };
        let sooner = !line.is_known() || seconds < SOONER * line.expects(f64::from(units));
        line.learn(f64::from(units.max(1)), seconds);
        self.largest = units.max(self.largest / 2).max(1);
        sooner
    }

    /// What the next request costs, if that is known.
    pub(super) fn costs(&self, queued: bool) -> Option<Costs> {
        let of = |line: &LinearFit| {
            let (fixed, each) = line.costs();
            line.is_known().then_some(Costs { fixed, each, off: line.off })
        };
        let (idle, waiting) = (of(&self.idle), of(&self.queued));
        if queued { waiting.or(idle) } else { idle.or(waiting) }
    }

    /// The most units that a request may ask for: work of this time, and not many times more than was answered lately,
    /// since what was learned from small requests says little of large ones.
    pub(super) fn at_most(&self, work: Duration, growth: u32) -> u32 {
        let each = |line: &LinearFit| if line.is_known() { line.costs().1 } else { 0.0 };
        // One that always has something to do is hardly ever seen idle.
        let each = match each(&self.queued) {
            queued if self.queued.weight > ENOUGH => queued,
            queued => queued.max(each(&self.idle)),
        };
        let by_time = if each > 0.0 { (work.as_secs_f64() / each) as u32 } else { u32::MAX };
        by_time.min(self.largest.saturating_mul(growth)).max(1)
    }
}

#[cfg(test)]
#[path = "speed_tests.rs"]
mod tests;
