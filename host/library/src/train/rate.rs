//! The learning rate of an adaptation, by cross-validation on the new rows.

use super::experiment::Experiment;
use super::material::Material;
use crate::data::Dataset;
use crate::run::Schedule;
use crate::scratch::HeapScratch;
use core::cmp::Reverse;
use eggroll_firmware::Error;
use eggroll_firmware::kernel::log_likelihood;
use eggroll_firmware::model::{Program, Start, infer};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Learner, Pace, Plan, Run, Section, TaskKind};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

/// Parts of the new rows, each of which judges models that have learned from the others.
const FOLDS: usize = 5;
/// The rates that are tried, in 1/65536: from 0.01 on, each twice the one before.
const RATES: [u32; 7] = [655, 1311, 2621, 5243, 10_486, 20_972, 41_943];
/// Bytes for the scores of generations that are trained at a time.
const SCORES: usize = 1 << 16;

/// What a rate reached on the rows that were left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tried {
    rate: u32,
    /// The loss of all rows, in 1/16 bit; of a regression the squared errors.
    loss: i64,
    /// Rows whose class was answered.
    right: usize,
}

/// A row as a board gets it, behind the front, and the part of the new rows that it is in; none for a row of
/// what the model was trained on before.
struct Row<'a> {
    record: &'a [u8],
    fold: Option<usize>,
}

/// The learning rate at which a run from a trained model does best on new rows that it does not learn from:
/// each of five parts of them is left out once. `None` where there are too few rows, or where the run does
/// not take its steps at a rate.
///
/// This is a pure function of configuration, seed and data. The firmware's learner trains, so that the run
/// should be one whose training is short: that of the last layer alone.
pub fn choose_rate(experiment: &Experiment) -> Option<u32> {
    let Material::Samples { data, drawn, .. } = &experiment.material else { return None };
    let Schedule::LearningRate(_) = experiment.config.schedule else { return None };
    let setup = &experiment.setup;
    let start = setup.start.as_deref()?;
    let len = setup.samples.len().checked_div(drawn.len())?;
    let folds = folds(data, drawn);
    let rows: Vec<Row<'_>> = setup
        .samples
        .chunks_exact(len.max(1))
        .zip(folds)
        .map(|(record, fold)| Row { record, fold })
        .collect();
    let generations = experiment.config.generations;
    let jobs: Vec<(u32, usize)> =
        RATES.iter().flat_map(|&rate| (0..FOLDS).map(move |fold| (rate, fold))).collect();
    let left_out = |&(rate, fold): &(u32, usize)| judge(&setup.run, start, &rows, (rate, generations), fold);
    let found: Result<Vec<Tried>, Error> = jobs.par_iter().map(left_out).collect();
    let tried = found
        .ok()?
        .chunks_exact(FOLDS)
        .map(|folds| Tried {
            rate: folds[0].rate,
            loss: folds.iter().map(|fold| fold.loss).sum(),
            right: folds.iter().map(|fold| fold.right).sum(),
        })
        .collect::<Vec<_>>();
    tracing::debug!("rates, with what the rows that were left out lose, and how many are right: {tried:?}");
    best(&tried)
}

/// The rate at which most classes are answered; of equal ones that with the least loss, and then the
/// smallest, which moves the model least. A loss alone would favour large steps where a model's outputs are
/// less sharp than its probabilities, as those of an imported one may be.
fn best(tried: &[Tried]) -> Option<u32> {
    let order = |tried: &&Tried| (Reverse(tried.right), tried.loss, tried.rate);
    tried.iter().min_by_key(order).map(|tried| tried.rate)
}

/// The part of each row. Rows of a group are in one part, and so is a row that is drawn several times; the
/// rows of each class are dealt out in the order of the file.
fn folds(data: &Dataset, drawn: &[u32]) -> Vec<Option<usize>> {
    let mut dealt = [0; 1 + u8::MAX as usize];
    let mut known = std::collections::BTreeMap::new();
    let fold = |&row: &u32| {
        if data.is_old(row) {
            return None;
        }
        let class = usize::from(data.label(row as usize));
        let together = data.group(row as usize).unwrap_or(row);
        let fold = known.entry(together).or_insert_with(|| {
            dealt[class] += 1;
            (dealt[class] - 1) % FOLDS
        });
        Some(*fold)
    };
    drawn.iter().map(fold).collect()
}

/// Trains on all rows but those of a part, and judges by these.
fn judge(
    run: &Run,
    start: &[i8],
    rows: &[Row<'_>],
    (rate, generations): (u32, u32),
    fold: usize,
) -> Result<Tried, Error> {
    let (judged, learned): (Vec<&Row<'_>>, Vec<&Row<'_>>) =
        rows.iter().partition(|row| row.fold == Some(fold));
    let samples: Vec<u8> = learned.iter().flat_map(|row| row.record).copied().collect();
    let count = learned.len() as u32;
    let task = match run.task {
        TaskKind::Regression { loss, .. } => TaskKind::Regression { count, loss },
        _ => TaskKind::Samples { count },
    };
    let run = Run { task, ..run.clone() };
    let program = Program::new(&run.model)?;
    let needs = Plan::new(run.clone(), true)?.needs();
    let mut learner = Learner::new(vec![0u64; usize::try_from(needs.div_ceil(8)).unwrap_or(usize::MAX)]);
    learner.configure(run.clone(), true)?;
    learner.load(Section::Samples, 0, &samples)?;
    learner.load(Section::Weights, 0, bytemuck::cast_slice(start))?;
    learner.initialize_guide()?;
    learner.start(0)?;
    let pace = Pace::Linear { initial: rate, generations };
    let (mut scores, mut next) = (vec![0; SCORES], 1);
    while next <= generations {
        let left = generations - next + 1;
        let (done, _) = learner.train(next, left, pace, &mut NoTask, &mut Quiet, &mut scores)?;
        next += done;
    }
    let weights = learner.weights().to_vec();
    let mut tried = Tried { rate, loss: 0, right: 0 };
    let mut scratch = HeapScratch::new(&program);
    for row in judged {
        let (features, answer) = row.record.split_at(program.inputs());
        let start = Start::Input(bytemuck::cast_slice(features));
        let mut scratch = scratch.get();
        let outputs = infer(&program, &weights, start, &mut [], &mut scratch);
        match run.task {
            TaskKind::Regression { .. } => {
                let errors =
                    outputs.iter().zip(answer).map(|(&y, &t)| i64::from(y) - i64::from(t.cast_signed()));
                tried.loss += errors.map(|error| error * error).sum::<i64>();
            }
            _ => {
                let class = usize::from(answer.first().copied().unwrap_or(0));
                tried.loss -= i64::from(log_likelihood(outputs, class));
                let most = outputs.iter().max();
                tried.right += usize::from(outputs.iter().position(|y| Some(y) == most) == Some(class));
            }
        }
    }
    Ok(tried)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Preprocessing;

    #[test]
    fn rows_of_each_class_are_dealt_out() {
        let labels: Vec<u8> = (0..20).map(|row| row % 2).collect();
        let data = Dataset::new("d", vec![0; 20], labels, Preprocessing::as_is(1, 2)).unwrap();
        // The last one is drawn twice.
        let drawn: Vec<u32> = (0..20).chain([19]).collect();
        let parts = folds(&data, &drawn);
        for class in 0..2 {
            let of_class: Vec<_> = parts.iter().take(20).skip(class).step_by(2).flatten().collect();
            assert_eq!(of_class, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4].iter().collect::<Vec<_>>());
        }
        assert_eq!(parts[20], parts[19]);
    }

    #[test]
    fn the_most_right_and_then_the_least_loss() {
        let of = |found: [(usize, i64); 3]| {
            let tried =
                found.iter().zip([10, 20, 30]).map(|(&(right, loss), rate)| Tried { rate, loss, right });
            best(&tried.collect::<Vec<_>>())
        };
        assert_eq!(of([(7, 5), (8, 6), (7, 4)]), Some(20));
        assert_eq!(of([(7, 5), (7, 3), (7, 9)]), Some(20));
        assert_eq!(of([(7, 5), (7, 3), (7, 3)]), Some(20));
        assert_eq!(best(&[]), None);
    }
}
