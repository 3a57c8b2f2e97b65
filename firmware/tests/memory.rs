//! The memory of a convolutional model's pass: values that are in use at the same time lie apart, every
//! operation reads what it should, and the memory is no larger than its fullest moment.
#![cfg(feature = "convolution")]

mod common;

use common::{Dice, models};
use eggroll_firmware::model::{Description, Layer, Memory, Program, Value};
use std::ops::Range;

/// Of every operation of a model, the operations whose results it reads; `None` is the model's input. Every
/// layer is one operation, but forks and shortcuts are none.
fn read_by(model: &Description) -> Vec<Vec<Option<usize>>> {
    let (mut reads, mut last, mut kept, mut main) = (vec![], None, None, None);
    for layer in &model.layers {
        match layer {
            Layer::Fork { .. } => kept = Some(last),
            Layer::Shortcut { .. } => {
                main = Some(last);
                last = kept.unwrap();
            }
            Layer::Join { .. } => {
                reads.push(vec![last, main.take().unwrap_or_else(|| kept.unwrap())]);
                last = Some(reads.len() - 1);
            }
            _ => {
                reads.push(vec![last]);
                last = Some(reads.len() - 1);
            }
        }
    }
    reads
}

fn range(value: &Value) -> Range<usize> {
    value.at as usize..value.at as usize + value.len()
}

fn check(model: &Description) {
    let program = Program::new(model).unwrap();
    let (steps, reads): (Vec<_>, _) = (program.steps().collect(), read_by(model));
    assert_eq!(steps.len(), reads.len(), "{model:?}");
    for (step, reads) in steps.iter().zip(&reads) {
        // A sum replaces one of what it adds.
        let mut found = vec![step.from];
        found.extend(step.reads_result().then_some(step.to));
        let mut found: Vec<_> = found
            .iter()
            .map(|value| (value.memory != Memory::Input).then(|| range(value)))
            .map(|range| range.map(|range| (range.start, range.end)))
            .collect();
        let place = |&at: &usize| range(&steps[at].to);
        let mut expected: Vec<_> =
            reads.iter().map(|at| at.as_ref().map(place).map(|range| (range.start, range.end))).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{model:?}: {step:?}");
        assert_eq!(step.to.memory, Memory::Activation);
        assert_eq!(step.to.len(), model.layers[step.layer].outputs() as usize);
    }
    let last_read = |at: usize| {
        let of_others = (0..steps.len()).filter(|&other| reads[other].contains(&Some(at))).max();
        // The last result is the model's output.
        of_others.unwrap_or(steps.len())
    };
    let mut fullest = 0;
    for now in 0..steps.len() {
        let in_use = |at: &usize| {
            let is_replaced = steps[now].reads_result()
                && reads[now].contains(&Some(*at))
                && range(&steps[*at].to) == range(&steps[now].to);
            *at == now || (last_read(*at) >= now && !is_replaced)
        };
        let mut alive: Vec<_> = (0..=now).filter(in_use).map(|at| range(&steps[at].to)).collect();
        alive.sort_unstable_by_key(|range| range.start);
        let apart = alive.windows(2).all(|two| two[0].end <= two[1].start);
        assert!(apart, "{model:?}, operation {now}: {alive:?}");
        assert!(alive.last().unwrap().end <= program.activations(), "{model:?}, operation {now}");
        fullest = fullest.max(alive.iter().map(Range::len).sum());
    }
    assert_eq!(program.activations(), fullest, "{model:?}");
    assert_eq!(program.outputs(), steps.last().unwrap().to.len());
    assert_eq!(program.parameters(), program.tensors().map(|tensor| tensor.len()).sum::<usize>());
}

#[test]
fn values_in_use_lie_apart_and_fill_the_memory_at_some_moment() {
    let mut dice = Dice::new(21);
    let mut blocks = 0;
    for case in 0..6000 {
        let model = models::convolutional(&mut dice, case % 2 == 0, 4);
        blocks += model.layers.iter().filter(|layer| matches!(layer, Layer::Join { .. })).count();
        check(&model);
    }
    assert!(blocks > 1000, "{blocks}");
}

#[test]
fn what_is_recorded_lies_apart_too() {
    let mut dice = Dice::new(22);
    for _ in 0..3000 {
        let model = models::convolutional(&mut dice, false, 4);
        let program = Program::new(&model).unwrap();
        let of = |value: Value| value.record.map(|at| at as usize..at as usize + value.len());
        let mut recorded: Vec<_> = program.steps().filter_map(|step| of(step.to)).collect();
        recorded.sort_unstable_by_key(|range| range.start);
        assert!(recorded.windows(2).all(|two| two[0].end <= two[1].start), "{model:?}: {recorded:?}");
        let total: usize = recorded.iter().map(Range::len).sum();
        assert_eq!(program.record_len(), total, "{model:?}");
        let nodes: Vec<_> = program.nodes().map(|nodes| nodes.at..nodes.at + nodes.len).collect();
        assert!(nodes.windows(2).all(|two| two[0].end == two[1].start), "{model:?}: {nodes:?}");
        assert_eq!(program.node_count(), nodes.last().unwrap().end);
    }
}
