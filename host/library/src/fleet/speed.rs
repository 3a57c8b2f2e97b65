//! Learns the speed of an evaluator from its answers: the time that every request takes, and the time that
//! each unit adds.

use std::time::Duration;

/// Each answer counts so much relative to the one after it.
const MEMORY: f64 = 0.85;
/// The same for the errors of expectations.
const OFF_MEMORY: f64 = 0.7;
/// An answer that comes in less than this share of the expected time is much sooner than expected.
const SOONER: f64 = 0.5;
/// About so many answers are enough to rely on them alone.
const ENOUGH: f64 = 2.0;
/// Requests of similar sizes do not show which part of the time is fixed. This is the weight of the
/// assumption that none is: a fixed part that is too large would make requests too large.
const LIKENESS: f64 = 0.05;
/// If the error of an expectation is a larger share of the time than this, what was learned is out of date.
const OUT_OF_DATE: f64 = 0.5;

/// The time of a request as a linear function of its units, fitted to the latest answers with decreasing
/// weight.
#[derive(Clone, Copy, Debug, Default)]
struct LinearFit {
    weight: f64,
    units: f64,
    seconds: f64,
    squares: f64,
    products: f64,
    /// The mean error of the latest expectations, in seconds.
    off: f64,
}

impl LinearFit {
    fn is_known(&self) -> bool {
        self.weight > 0.0
    }

    /// The fixed time of a request, and the time of each unit.
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

    /// Takes in an answer. If the answer does not fit at all, everything that was learned is dropped, because
    /// the evaluator, its link or its work has changed.
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
    /// Requests to an idle evaluator. Their times include the way there and back.
    idle: LinearFit,
    /// Requests that waited at the evaluator until others were done.
    queued: LinearFit,
    /// The units of the largest of the latest answers.
    largest: u32,
}

/// The expected time of a request, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Costs {
    /// The fixed part.
    pub(super) fixed: f64,
    /// The part that each unit adds.
    pub(super) each: f64,
    /// The expected error.
    pub(super) off: f64,
}

impl Costs {
    /// The expected time of a request for so many units.
    pub(super) fn of(&self, units: u32) -> f64 {
        self.fixed + self.each * f64::from(units)
    }
}

impl SpeedModel {
    /// Takes in an answer of an evaluator that was idle when it was asked, or busy if `queued`. Returns
    /// whether the answer came much sooner than expected, or nothing was known.
    pub(super) fn learn(&mut self, units: u32, took: Duration, queued: bool) -> bool {
        let seconds = took.as_secs_f64().max(1e-6);
        let line = if queued { &mut self.queued } else { &mut self.idle };
        let sooner = !line.is_known() || seconds < SOONER * line.expects(f64::from(units));
        line.learn(f64::from(units.max(1)), seconds);
        self.largest = units.max(self.largest / 2).max(1);
        sooner
    }

    /// The expected time of the next request, if it is known.
    pub(super) fn costs(&self, queued: bool) -> Option<Costs> {
        let of = |line: &LinearFit| {
            let (fixed, each) = line.costs();
            line.is_known().then_some(Costs { fixed, each, off: line.off })
        };
        let (idle, waiting) = (of(&self.idle), of(&self.queued));
        if queued { waiting.or(idle) } else { idle.or(waiting) }
    }

    /// The most units that a request may ask for. They are work of this time, and not many times more than in
    /// the latest answers, because small requests say little about large ones.
    pub(super) fn at_most(&self, work: Duration, growth: u32) -> u32 {
        let each = |line: &LinearFit| if line.is_known() { line.costs().1 } else { 0.0 };
        // An evaluator that always has work is rarely seen idle.
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
