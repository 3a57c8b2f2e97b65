//! One scale for all activations that must share one.

use super::chain::{Stage, State, Step, identity};

/// Most values that are kept of one stage.
const KEPT: usize = 40_000;

/// Which scale each stage's output has, and which its input; the model's input, in units, has none.
pub(super) struct Classes {
    pub(super) outputs: Vec<usize>,
    pub(super) inputs: Vec<Option<usize>>,
    pub(super) count: usize,
}

/// Pools keep their input's scale; both ends of a sum and the sum share one.
pub(super) fn classes(stages: &[Stage]) -> Classes {
    let mut classes = Classes { outputs: Vec::new(), inputs: Vec::new(), count: 0 };
    let (mut value, mut fork, mut main) = (None, None, None);
    let mut same: Vec<(usize, usize)> = Vec::new();
    for stage in stages {
        classes.inputs.push(value);
        match stage.step {
            Step::Linear(_) => {
                value = Some(classes.count);
                classes.count += 1;
            }
            Step::Pool { .. } => {}
            Step::Fork => fork = value,
            Step::Shortcut => {
                main = value;
                value = fork;
            }
            Step::Join(_) => same.extend(main.take().or(fork).zip(value)),
        }
        // The first stage is linear: there is a scale from there on.
        classes.outputs.push(value.unwrap_or(0));
    }
    while let Some((one, two)) = same.pop() {
        let (keep, drop) = (one.min(two), one.max(two));
        let rename = |class: &mut usize| {
            if *class == drop {
                *class = keep;
            }
        };
        classes.outputs.iter_mut().for_each(rename);
        classes.inputs.iter_mut().flatten().for_each(rename);
        same.iter_mut().for_each(|(one, two)| {
            rename(one);
            rename(two);
        });
    }
    classes
}

/// How much finer a fork's own scale must be than its sum's before the shortcut gets a layer that changes it.
const FINER: f32 = 1.5;

/// Gives shortcuts without a layer one that computes nothing, where the value at the fork needs a much finer
/// scale than the sum: otherwise both would share the sum's.
pub(super) fn decouple(stages: &mut Vec<Stage>, rows: &[Vec<f32>]) {
    let records = records(stages, rows);
    let own = |at: usize| best(&[&records[at]], f32::INFINITY);
    let made = |stage: &Stage| matches!(stage.step, Step::Linear(_) | Step::Join(_));
    let mut more = Vec::new();
    let mut fork = None;
    for at in 0..stages.len() {
        match stages[at].step {
            Step::Fork => fork = stages[..at].iter().rposition(made),
            Step::Shortcut => fork = None,
            Step::Join(_) => {
                if let Some(before) = fork.take()
                    && own(before) > FINER * own(at)
                {
                    more.push(at);
                }
            }
            Step::Linear(_) | Step::Pool { .. } => {}
        }
    }
    for at in more.into_iter().rev() {
        let (name, shape) = (stages[at].name.clone(), stages[at].shape);
        stages.insert(at, identity(&name, shape));
        stages.insert(at, Stage { name, step: Step::Shortcut, shape });
    }
}

/// What a scale must serve: sums, the bias added to each, and the limits after it.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    sums: Vec<f32>,
    bias: Vec<f32>,
    limits: Option<(f32, f32)>,
}

/// The records of all stages, by running rows through them.
pub(super) fn records(stages: &[Stage], rows: &[Vec<f32>]) -> Vec<Record> {
    let mut records = vec![Record::default(); stages.len()];
    for (index, row) in rows.iter().enumerate() {
        let mut state = State::new(row.clone());
        for (stage, record) in stages.iter().zip(&mut records) {
            let Some(sums) = stage.advance(&mut state) else { continue };
            let none = [0.0];
            let (bias, limits) = match &stage.step {
                Step::Linear(linear) => (linear.bias.as_slice(), linear.limits),
                Step::Join(limits) => (none.as_slice(), *limits),
                _ => continue,
            };
            record.limits = limits;
            // A step that is odd meets all channels in turn.
            let every = (sums.len() * rows.len()).div_ceil(KEPT) | 1;
            for at in (index % every..sums.len()).step_by(every) {
                record.sums.push(sums[at]);
                record.bias.push(bias[at % bias.len()]);
            }
        }
    }
    records
}

impl Record {
    /// Whether the float model computed numbers.
    pub(super) fn is_finite(&self) -> bool {
        self.sums.iter().chain(&self.bias).all(|value| value.is_finite())
    }
}

/// The scale with the least squared error over these records, at most `most`.
pub(super) fn best(records: &[&Record], most: f32) -> f32 {
    let largest = records
        .iter()
        .flat_map(|record| {
            record.sums.iter().zip(&record.bias).map(|(sum, bias)| target(*sum, *bias, record.limits))
        })
        .fold(0.0f32, |largest, value| largest.max(value.abs()));
    if largest <= 0.0 {
        return most.min(127.0);
    }
    let base = 127.0 / largest;
    // From below, since a sum is clipped before its bias is added.
    let candidates = (-14..=26).map(|step| base * 1.1f32.powi(step)).map(|scale| scale.min(most));
    let mut found = (f64::INFINITY, base.min(most));
    for scale in candidates {
        let error: f64 = records.iter().map(|record| error(record, scale)).sum();
        if error < found.0 {
            found = (error, scale);
        }
    }
    found.1
}

fn target(sum: f32, bias: f32, limits: Option<(f32, f32)>) -> f32 {
    let value = sum + bias;
    limits.map_or(value, |(low, high)| value.max(low).min(high))
}

/// What the integer layer would lose with this scale.
fn error(record: &Record, scale: f32) -> f64 {
    let clip = |value: f32| value.clamp(-127.0, 127.0);
    let floor = if record.limits.is_some_and(|(low, _)| low == 0.0) { 0.0 } else { -127.0 };
    let each = record.sums.iter().zip(&record.bias).map(|(&sum, &bias)| {
        // Half a unit more in the bias makes up for the floor.
        let units = clip(clip((sum * scale).floor()) + clip((bias * scale + 0.5).round())).max(floor);
        f64::from(units / scale - target(sum, bias, record.limits)).powi(2)
    });
    each.sum()
}
