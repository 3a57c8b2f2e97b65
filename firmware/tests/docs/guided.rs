//! Estimator `node` with a guide: single operations, whole generations, and a conversation.

use crate::training::{
    Room, SAMPLES, Seen, after, all_z, learner, one_generation, outputs, program, records, run as run_by,
    weights, z_and_residuals,
};
use crate::wire::{RUN, configure, message};
use crate::{Example, hex, list, talk};
use eggroll_firmware::estimator::guided::{
    self, Explained, Guide, Guided, GuidedRun, SlotCredit, Sums, Workspace,
};
use eggroll_firmware::estimator::node::{Deltas, GenerationCredit, Node, NodeRun};
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::kernel::{
    Mixture, guide_credit, guide_shift, linear_report, log_likelihood, output_error, unexplained,
};
use eggroll_firmware::model::{LayerSet, Unperturbed};
use eggroll_firmware::noise::{Address, Stream, fill_signs, sample_index, start_of_guide};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::{Samples, Source, TargetKind};
use eggroll_firmware::train::{Estimator, Pace, Run, Section};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::wire::{Command, RunCommand, checksum_of};
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("guide-start", start()),
        ("output-error", errors()),
        ("guided-delta", deltas()),
        ("guided-shift", shifts()),
        ("guided", taught()),
        ("guided-without-members", alone()),
        ("guided-conversation", conversation()),
    ]
}

/// A run whose members teach the guide.
pub(crate) const TAUGHT: Guided = Guided {
    node: Node { slots: 5, members: 3, amplitude: 12, clip: 127, skip: Some(8), antithetic: false },
    member_slots: 2,
    residual_weight: 8,
    guide_scale: 256,
    train: LayerSet::ALL,
};

/// A run whose guide stays as it starts, and whose last layer is not trained.
pub(crate) fn without_members() -> Guided {
    Guided {
        node: Node { slots: 4, members: 0, ..TAUGHT.node },
        member_slots: 1,
        residual_weight: 0,
        guide_scale: 4096,
        train: LayerSet::of([0]).unwrap(),
    }
}

/// The run of an example.
pub(crate) fn run(settings: Guided) -> Run {
    run_by(Estimator::Guided(settings), optimizer(&settings))
}

const fn optimizer(settings: &Guided) -> Optimizer {
    if settings.node.members > 0 {
        Optimizer::Residual
    } else {
        Optimizer::Vote { reference_rank_scale: false }
    }
}

fn start() -> String {
    [(0, 256), (2, 4096), (2, 0)].iter().fold(String::new(), |mut text, &(tensor, scale)| {
        let entries = start_of_guide(1, tensor, scale).take(12);
        let _ = writeln!(text, "seed 1, tensor {tensor}, s0 {scale}: {}", list(entries));
        text
    })
}

fn errors() -> String {
    let cases: [(&[i8], usize); 6] = [
        (&[0, 0], 0),
        (&[16, 0, -16], 0),
        (&[16, 0, -16], 2),
        (&[127, -127], 1),
        (&[127, -127], 0),
        (&[127, 127, 127, -127], 3),
    ];
    cases.iter().fold(String::new(), |mut text, (logits, target)| {
        let mut error = vec![0; logits.len()];
        output_error(logits, *target, &mut error);
        let _ = writeln!(text, "logits {}, target {target}: error {}", list(*logits), list(error));
        text
    })
}

fn deltas() -> String {
    let mut text = String::new();
    for (residual_weight, members, residual, credit) in
        [(0, 0, 0, 100), (8, 2, 700, -36), (16, 3, -700, 36), (16, 1, 0, -8), (16, 256, 32_767, 16_256)]
    {
        let delta = Mixture { residual_weight, members }.delta(residual, credit);
        let _ = writeln!(text, "v {residual_weight}, K {members}; e {residual}, a {credit}: delta {delta}");
    }
    text
}

fn shifts() -> String {
    let cases: [(u64, u32, u32, u32); 5] =
        [(4, 2, 5, 2), (64, 2, 4, 1), (64, 2, 4, 4), (64, 256, 1 << 20, 1), (1, 1, 1, 3)];
    cases.iter().fold(String::new(), |mut text, &(nodes, members, slots, member_slots)| {
        let shift = guide_shift(nodes, members, slots, member_slots);
        let _ = writeln!(text, "H {nodes}, K {members}, slots {slots}, m {member_slots}: h {shift}");
        text
    })
}

/// What the kept slots leave for the step.
#[derive(Default)]
struct Left {
    samples: Vec<u32>,
    records: Vec<i8>,
    deltas: Vec<i8>,
}

/// Generation 1 of the tiny model, slot by slot: says what is evaluated and credited, and leaves what moves
/// the weights. Only its first layer is hidden.
fn slots(text: &mut String, settings: &Guided, guide: Guide<'_>, packed: &[u8]) -> Left {
    let (program, weights, records) = (program(), weights(), records());
    let samples = Samples::new(&records, 3);
    let source = Source::Samples { samples, seed: 1 };
    let node = &settings.node;
    let node_run =
        NodeRun { settings: node, program: &program, weights: &weights, seed: 1, generation: 1, source };
    let on = GuidedRun { settings, node: node_run, guide };
    let scores = Scores::new(settings.shape(), node.slots as usize, packed).unwrap();
    let (mut values, mut left) = (scores.values(), Left::default());
    let trained = settings.trained_nodes(&program);
    for (slot, flag) in (0..).zip(scores.flags()) {
        let sample = sample_index(1, node.sample_number(1, slot), 5);
        let (input, label) = SAMPLES[sample as usize];
        let base = outputs(&weights, &input, &mut Unperturbed);
        let score = log_likelihood(&base, label);
        let _ = write!(text, "slot {slot}: sample {sample}, log-likelihood {score}");
        if node.is_skipped(score) {
            let _ = writeln!(text, "\n  skipped");
            assert!(!flag || node.members == 0);
            continue;
        }
        let mut error = [0; 2];
        output_error(&base, label, &mut error);
        let _ = writeln!(text, ", outputs {}, error {}", list(&base), list(error));
        let members = settings.members_of(slot);
        let reports: Vec<i16> = values.by_ref().take(members as usize).collect();
        let noise: Vec<[i8; 4]> = (0..members)
            .map(|member| {
                let mut eps = [0; 4];
                let index = node.index(slot, member);
                let at = Address { seed: 1, generation: 1, index, tensor: 0 };
                fill_signs(&mut Stream::new(at), &mut eps);
                let mut member_of = Seen { u: Vec::new(), eps: &eps, amplitude: node.amplitude.into() };
                let noisy = outputs(&weights, &input, &mut member_of);
                let f = reports[member as usize];
                assert_eq!(f, linear_report(&error, &noisy, &base, node.clip));
                let _ = writeln!(
                    text,
                    "  member {member}: index {index}, eps {}, outputs {}, f {f}",
                    list(eps),
                    list(&noisy)
                );
                eps
            })
            .collect();
        let (mut room, mut quiet) = (Room::default(), Quiet);
        let [mut first, mut eps] = [[0; 4]; 2];
        let [mut work_outputs, mut work_error] = [[0; 2]; 2];
        let (mut a, mut sums) = ([0; 4], [0i32; 4]);
        let mut work = Workspace {
            pass: room.pass(),
            first: &mut first,
            eps: &mut eps,
            outputs: &mut work_outputs,
            error: &mut work_error,
            credit: &mut a,
            sums: Sums::Narrow(&mut sums),
            progress: &mut quiet,
        };
        let (mut record, mut d, mut e) = ([0; 4], vec![0; trained], [0; 4]);
        let mut out = SlotCredit { record: &mut record, deltas: &mut d, error: &mut [], residuals: &mut e };
        let reported = (node.members > 0).then_some(flag);
        let row = on.node.row(slot);
        let (values, mut seen) = (reports.iter().copied(), Explained::default());
        assert!(guided::credit(&on, slot, row, reported, values, &mut work, &mut out, &mut seen));
        let r: Vec<i32> =
            noise.iter().zip(&reports).map(|(eps, &f)| unexplained::<i32>(f, &a, eps)).collect();
        let squares = |values: &[i32]| values.iter().map(|&r| i128::from(r).pow(2) as u128).sum::<u128>();
        let f: Vec<i32> = reports.iter().map(|&f| 16 * i32::from(f)).collect();
        assert_eq!(seen, Explained { reports: squares(&f), unexplained: squares(&r) });
        let _ = write!(text, "  a {}", list(a));
        if members > 0 {
            let _ = write!(text, ", r {}", list(&r));
        }
        let bar = if trained > 4 { " | " } else { "" };
        let _ = writeln!(text, ", e {}; delta {}{bar}{}", list(e), list(&d[..4]), list(&d[4..]));
        left.samples.push(sample);
        left.records.extend(record);
        left.deltas.extend(d);
    }
    left
}

fn credit_of<'a>(
    program: &'a eggroll_firmware::model::Program,
    settings: &Guided,
    left: &'a Left,
    records: &'a [u8],
) -> GenerationCredit<'a> {
    GenerationCredit {
        program,
        train: settings.train,
        marks: &left.samples,
        records: &left.records,
        deltas: Deltas::Narrow(&left.deltas),
        samples: Samples::new(records, 3),
    }
}

fn taught() -> String {
    let (program, rate, records) = (program(), 26_214, records());
    let mut learner = learner(Estimator::Guided(TAUGHT), optimizer(&TAUGHT));
    let guide = learner.guide().to_vec();
    let mut text = format!("G before {}\n", list(&guide));
    let packed = one_generation(&mut learner, rate);
    let left = slots(&mut text, &TAUGHT, Guide::Kept(&guide), &packed);
    let _ = writeln!(text, "packed {}", hex(&packed));
    z_and_residuals(
        &mut text,
        &all_z(&program, &mut credit_of(&program, &TAUGHT, &left, &records)),
        rate,
        64,
    );
    after(&mut text, &mut learner);
    let h = TAUGHT.guide_shift(4, TargetKind::Class);
    let _ = writeln!(text, "h {h}; G after {}", list(learner.guide()));
    let _ = writeln!(text, "sync checksum of identity 0: {:08x}", learner.state().unwrap().checksum);
    text
}

fn alone() -> String {
    let (program, q, records, settings) = (program(), 10, records(), without_members());
    let mut learner = learner(Estimator::Guided(settings), optimizer(&settings));
    let packed = one_generation(&mut learner, q);
    assert!(packed.is_empty() && learner.guide().is_empty());
    let mut text = String::new();
    let guide: Vec<i16> = start_of_guide(1, 0, settings.guide_scale).take(8).collect();
    let _ = writeln!(text, "G {}", list(&guide));
    assert_eq!(guide_credit(guide.iter().copied().take(2), &[1, -1]), ((guide[0] - guide[1] + 256) >> 9));
    let left = slots(&mut text, &settings, Guide::Start { seed: 1, scale: settings.guide_scale }, &packed);
    let _ = writeln!(text, "packed: nothing");
    let z = all_z(&program, &mut credit_of(&program, &settings, &left, &records));
    for (tensor, (z, statistics)) in z.iter().enumerate().take(2) {
        let rho = statistics.rho(z.len(), 64);
        let _ =
            writeln!(text, "Z of tensor {tensor}: {}  rho {rho}, threshold on 16 |Z| {}", list(z), 10 * rho);
    }
    after(&mut text, &mut learner);
    let _ = writeln!(text, "sync checksum of identity 0: {:08x}", learner.state().unwrap().checksum);
    text
}

fn conversation() -> String {
    let (records, weights) = (records(), weights());
    let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
    let guide: Vec<u8> = start_of_guide(1, 0, 256).take(8).flat_map(i16::to_le_bytes).collect();
    let load = |section, bytes| RunCommand::Load { section, offset: 0, bytes }.of(RUN);
    let evaluate = |generation, first, count| RunCommand::Evaluate { generation, first, count }.of(RUN);
    let apply = |generation, rate, count, scores| {
        RunCommand::Apply { generation, rate, first: 0, count, scores }.of(RUN)
    };
    let samples = checksum_of(&records);
    let train = |count| RunCommand::Train { generation: 2, count, pace: Pace::Constant(10) }.of(RUN);
    let residuals = vec![0; 2 * weights.len()];
    let mut reference = learner(Estimator::Guided(TAUGHT), optimizer(&TAUGHT));
    let packed = one_generation(&mut reference, 26_214);
    talk::talk([
        ("Configure, with members", configure(run(TAUGHT), true, samples)),
        ("Load samples", load(Section::Samples, &records)),
        ("Load weights", load(Section::Weights, &bytes)),
        ("Load residuals", load(Section::Residuals, &residuals)),
        ("Load the guide", load(Section::Guide, &guide)),
        ("Start 0", RunCommand::Start { generation: 0 }.of(RUN)),
        ("Evaluate slots 0 to 4", evaluate(1, 0, 5)),
        ("Evaluate slots 1 to 3", evaluate(1, 1, 3)),
        ("Apply slots 0 to 4", apply(1, 26_214, 5, &packed)),
        ("Configure, without members, by vote", configure(run(without_members()), true, samples)),
        ("Load samples", load(Section::Samples, &records)),
        ("Load weights", load(Section::Weights, &bytes)),
        ("Load the guide, which this run does not keep", load(Section::Guide, &guide)),
        ("Start 0", RunCommand::Start { generation: 0 }.of(RUN)),
        ("Evaluate slots 0 to 3", evaluate(1, 0, 4)),
        ("Apply slots 0 to 3", apply(1, 10, 4, &[])),
        ("Train 1000 from generation 2 on", train(1000)),
    ])
}

/// A list of layers that names one twice, or one that no model has, is no message of the protocol.
#[test]
fn lists_of_layers_are_checked_as_they_are_read() {
    let command = configure(run(without_members()), true, 0);
    let bytes = message(&command);
    // Behind the list come the optimiser, the saturation, `updates` and the checksum, of two bytes and three
    // of one.
    let (before, list) = bytes[..bytes.len() - 5].split_at(bytes.len() - 7);
    let with = |list: &[u8]| [before, list, &bytes[bytes.len() - 5..]].concat();
    let read = |list: &[u8]| postcard::from_bytes::<Command<'_>>(Vec::leak(with(list)));
    assert_eq!(list, [1, 0]);
    assert_eq!(read(list).unwrap(), command);
    assert!(read(&[1, 15]).is_ok() && read(&[2, 1, 0]).is_ok() && read(&[0]).is_ok());
    assert!(read(&[2, 0, 0]).is_err() && read(&[1, 32]).is_err());
    let too_many: Vec<u8> = std::iter::once(33).chain(0..33).collect();
    assert!(read(&too_many).is_err());
}
