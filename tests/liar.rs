use async_trait::async_trait;
use eggroll_firmware::estimator::scores::{Packer, Scores, Shape};
use eggroll_firmware::train::{Estimator, Pace};
use eggroll_host::evaluate::{Alone, Evaluator, Lost};
use eggroll_host::update::{Generation, Outcome};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A board whose arithmetic is wrong now and then: right weights, a right checksum, scores that are well
/// formed, and one of them off by one.
pub struct Liar {
    inner: Arc<dyn Evaluator>,
    shape: Shape,
    units: usize,
    honest: u32,
    every: u32,
    replies: AtomicU32,
    /// Wrong replies so far.
    pub lies: Arc<AtomicU32>,
}

impl Liar {
    /// Makes a board lie: never in its first `honest` replies, then in one of `every`.
    pub fn new(inner: Arc<dyn Evaluator>, estimator: &Estimator, honest: u32, every: u32) -> Self {
        let (shape, units) = (estimator.shape(), estimator.units() as usize);
        Self { inner, shape, units, honest, every, replies: AtomicU32::new(0), lies: Arc::default() }
    }
}

/// The same scores, the first value off by one; `None` where there is no value.
fn lie(shape: Shape, units: usize, packed: &[u8]) -> Option<Vec<u8>> {
    let scores = Scores::new(shape, units, packed).ok()?;
    let mut values: Vec<i16> = scores.values().collect();
    let first = values.first_mut()?;
    *first += if *first < shape.clip { 1 } else { -1 };
    let mut bytes = vec![0; shape.room(units)];
    let mut packer = Packer::new(shape, units, &mut bytes).ok()?;
    let mut values = values.into_iter();
    for (unit, kept) in scores.flags().enumerate() {
        if kept {
            packer.keep();
            values.by_ref().take(shape.values_of(unit) as usize).for_each(|f| packer.push(f));
        } else {
            packer.skip();
        }
    }
    let len = packer.finish();
    bytes.truncate(len);
    Some(bytes)
}

#[async_trait]
impl Evaluator for Liar {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn most_units(&self) -> u32 {
        self.inner.most_units()
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        let scores = self.inner.evaluate(generation, units.clone()).await?;
        let number = self.replies.fetch_add(1, Ordering::Relaxed);
        if number < self.honest || !(number - self.honest).is_multiple_of(self.every) {
            return Ok(scores);
        }
        let lie = lie(self.shape.from(units.start), units.len(), &scores);
        self.lies.fetch_add(u32::from(lie.is_some()), Ordering::Relaxed);
        Ok(lie.unwrap_or(scores))
    }

    fn finished(&self, outcome: &Arc<Outcome>) {
        self.inner.finished(outcome);
    }

    fn trains_alone(&self) -> bool {
        self.inner.trains_alone()
    }

    async fn train(&self, generation: &Generation, count: u32, pace: Pace) -> Result<Vec<Alone>, Lost> {
        let mut reports = self.inner.train(generation, count, pace).await?;
        for report in &mut reports {
            let replies = self.replies.fetch_add(1, Ordering::Relaxed);
            if replies < self.honest || !(replies - self.honest).is_multiple_of(self.every) {
                continue;
            }
            let first = self.shape.first_of(self.units, &report.scores).ok();
            let Some((first, rest)) = first.map(|(first, rest)| (first.to_vec(), rest.to_vec())) else {
                continue;
            };
            if let Some(lie) = lie(self.shape, self.units, &first) {
                self.lies.fetch_add(1, Ordering::Relaxed);
                report.scores = [lie, rest].concat();
            }
        }
        Ok(reports)
    }
}
