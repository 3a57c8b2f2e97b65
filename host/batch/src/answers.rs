//! Members that answer puzzles, side by side: each row is a member at a token of a prompt of its own, and
//! begins the next one when its answer is complete.

use super::factors::{self, Factors};
use super::material::Material;
use super::model::{Inputs, Model, Pairs, ROWS, Scratch};
use eggroll_firmware::Error;
use eggroll_firmware::estimator::scores::Packer;
use eggroll_firmware::estimator::weight::{Pair, Weight};
use eggroll_firmware::kernel::Twin;
use eggroll_firmware::task::Trial;
use eggroll_firmware::task::reward::{Answers, Dialogue, Drawn};
use eggroll_firmware::train::{Estimator, Plan, TaskKind};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::ops::Range;

/// Pairs whose factors are drawn at once.
const PAIRS: u32 = 16;

/// Whether [`scores`] evaluates a run: answers to puzzles, unless sums of a perturbation need 64 bits.
pub fn are_batched(plan: &Plan) -> bool {
    match (plan.run().task, &plan.run().estimator) {
        (TaskKind::Reward(_), Estimator::Weight(weight)) => !plan.low_rank(weight).wide,
        _ => false,
    }
}

/// The packed scores of a range of pairs: the bytes that the firmware's learner gives. `model` has the
/// weights of the generation.
///
/// # Errors
/// [`Error::NoSuchUnits`]; [`Error::Setting`] for a run that is not batched.
pub fn scores(model: &Model, material: &Material<'_>, units: Range<u32>) -> Result<Vec<u8>, Error> {
    let (plan, run) = (material.plan, material.run());
    let (TaskKind::Reward(reward), Estimator::Weight(settings)) = (run.task, &run.estimator) else {
        return Err(Error::Setting(eggroll_firmware::Setting::Task));
    };
    if units.end > settings.pairs {
        return Err(Error::NoSuchUnits { end: units.end.into(), has: settings.pairs });
    }
    let Weight { samples: prompts, own_samples: own, .. } = *settings;
    let answers = Answers { reward, prompts, own };
    let [seed, generation] = material.key();
    let shape = plan.low_rank(settings);
    let common = Pair { settings, shape, program: plan.program(), seed, generation, pair: 0 };
    let at_once = (units.len() as u32).div_ceil(rayon::current_num_threads() as u32).clamp(1, PAIRS);
    let parts = (units.len() as u32).div_ceil(at_once);
    let part = |part: u32| {
        let first = units.start + part * at_once;
        differences(model, &common, answers, first..units.end.min(first + at_once))
    };
    let found: Vec<Vec<i32>> = (0..parts).into_par_iter().map(part).collect();
    let packing = settings.shape();
    let mut bytes = vec![0; packing.room(units.len())];
    let mut packer = Packer::new(packing.from(units.start), units.len(), &mut bytes)?;
    for difference in found.concat() {
        packer.keep();
        packer.push(settings.fitness(difference));
    }
    let len = packer.finish();
    bytes.truncate(len);
    Ok(bytes)
}

/// A prompt that a member answers.
struct Answering {
    dialogue: Dialogue<Drawn>,
    row: factors::Row,
    /// Whether its mark is counted.
    counted: bool,
}

/// The marks of members `+` less those of members `-`, of each pair.
fn differences(model: &Model, common: &Pair<'_>, answers: Answers, pairs: Range<u32>) -> Vec<i32> {
    let mut factors = Factors::new(common);
    factors.draw(pairs.clone(), common, model.weights());
    let mut differences = vec![0i32; pairs.len()];
    let of_pair = |place: u32| {
        let (seed, generation, pair) = (common.seed, common.generation, pairs.start + place);
        let trial = Trial { seed, generation, pair };
        let of_prompt = move |i| {
            let dialogue = answers.reward.dialogue(answers.prompt(trial, i));
            Twin::BOTH.map(|twin| Answering {
                dialogue: dialogue.clone(),
                row: factors::Row { pair: place, twin },
                counted: false,
            })
        };
        (0..answers.prompts).flat_map(of_prompt)
    };
    let mut waiting = (0..pairs.len() as u32).flat_map(of_pair);
    let mut rows: Vec<Answering> = waiting.by_ref().take(ROWS).collect();
    let mut states = vec![0; rows.len() * model.program().state_len()];
    let (mut members, mut tokens, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
    let outputs = model.program().outputs().max(1);
    loop {
        for answering in &mut rows {
            if answering.dialogue.token().is_some() {
                continue;
            }
            if !answering.counted {
                let Answering { dialogue, row, .. } = &*answering;
                let difference = &mut differences[row.pair as usize];
                *difference = difference.wrapping_add(row.twin.sign() * dialogue.played().mark);
                answering.counted = true;
            }
            if let Some(next) = waiting.next() {
                *answering = next;
            }
        }
        if rows.iter().all(|answering| answering.counted) {
            return differences;
        }
        tokens.clear();
        // A row that has nothing left to answer reads on, and nobody looks at it.
        tokens.extend(rows.iter().map(|answering| answering.dialogue.token().unwrap_or(0)));
        members.clear();
        members.extend(rows.iter().map(|answering| answering.row));
        let perturbation = &mut Pairs { factors: &factors, rows: &members };
        let logits = model.run(Inputs::Tokens(&tokens), &mut states, perturbation, &mut scratch);
        for (answering, logits) in rows.iter_mut().zip(logits.chunks_exact(outputs)) {
            if answering.dialogue.token().is_some() {
                answering.dialogue.take(logits);
            }
        }
    }
}
