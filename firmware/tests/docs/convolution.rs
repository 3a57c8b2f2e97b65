//! Windows, convolutions, pools and branches; a generation of a small model.

use crate::{Example, hex, list};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::kernel::{Window, log_likelihood};
use eggroll_firmware::model::{
    Activation, Description, Layer, Perturbation, Pool, Program, Scratch, Start, Step, run,
};
use eggroll_firmware::noise::sample_index;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::num::NonZeroU32;

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("window", window()),
        ("convolution", convolution()),
        ("depthwise", depthwise()),
        ("pool", pools()),
        ("join", join()),
        ("convolution-node", generation()),
    ]
}

/// 3 rows of 4 pixels.
const WINDOW: Window =
    Window { rows: 3, columns: 4, channels: 1, kernel: [2, 3], stride: [2, 1], padding: [1, 0, 1, 0] };

fn window() -> String {
    let x: Vec<i8> = (1..=12).collect();
    let mut text =
        String::from("x 1 to 12 as 3 rows and 4 columns, under 2 x 3; stride 2, 1; padding 1, 0, 1, 0\n");
    WINDOW.each(&x, &mut [0; 6], |place, under| {
        let [_, columns] = WINDOW.places();
        let (row, column) = (place / columns as usize, place % columns as usize);
        let _ = writeln!(text, "place {place} ({row}, {column}): {}", list(under));
    });
    text
}

/// Keeps the nodes of all layers, and all sums of branches.
#[derive(Default)]
struct Seen {
    nodes: Vec<Vec<i8>>,
    sums: Vec<Vec<i8>>,
}

impl Perturbation for Seen {
    fn nodes(&mut self, _: &Step, values: &mut [i8]) {
        self.nodes.push(values.to_vec());
    }

    fn sum(&mut self, _: &Step, values: &[i8]) {
        self.sums.push(values.to_vec());
    }
}

/// A pass of the base model: what was seen, and the outputs.
fn pass(model: &Description, weights: &[i8], x: &[i8]) -> (Seen, Vec<i8>) {
    let program = Program::new(model).unwrap();
    let (mut bytes, mut sums) = (vec![0; program.scratch_len()], vec![0; program.products()]);
    let mut scratch = Scratch::new(&program, &mut bytes, &mut sums).unwrap();
    let mut seen = Seen::default();
    let outputs = run(&program, weights, Start::Input(x), &mut [], &mut seen, &mut scratch).to_vec();
    (seen, outputs)
}

fn model(inputs: u32, layers: &[Layer]) -> Description {
    Description { inputs, layers: layers.iter().copied().collect() }
}

/// A row of pixels.
const fn row(columns: u16, channels: u16, kernel: u16, padding: [u8; 2]) -> Window {
    let padding = [0, 0, padding[0], padding[1]];
    Window { rows: 1, columns, channels, kernel: [1, kernel], stride: [1, 1], padding }
}

fn convolution() -> String {
    let (weights, x) = ([16, -16, 8, 4, -5, 3, 2, -1, 1, 7], [20, 3, -7, 9, 127, -127]);
    let mut text = format!("3 pixels of 2 channels {}, padded by 0, 1\n", list(x));
    for divisor in [None, NonZeroU32::new(20)] {
        let (bias, activation) = (true, Activation::Relu);
        let conv = Layer::Conv { window: row(3, 2, 2, [0, 1]), channels: 2, bias, activation, divisor };
        let (seen, y) = pass(&model(6, &[conv]), &weights, &x);
        let _ = writeln!(
            text,
            "W {} | {}  b {}, d {}: u {}, y {}",
            list(&weights[..4]),
            list(&weights[4..8]),
            list(&weights[8..]),
            divisor.map_or(32, NonZeroU32::get),
            list(&seen.nodes[0]),
            list(y)
        );
    }
    text
}

fn depthwise() -> String {
    let (weights, x) = ([16, -16, 8, 4, 5, -3, 100, -2], [20, 3, -7, 9, 127, -127]);
    let (bias, activation, divisor) = (true, Activation::None, None);
    let layer = Layer::Depthwise { window: row(3, 2, 3, [1, 1]), bias, activation, divisor };
    let (_, y) = pass(&model(6, &[layer]), &weights, &x);
    format!(
        "3 pixels of 2 channels {}, padded by 1, 1\nW {} | {}  b {}, d 16: y {}\n",
        list(x),
        list(&weights[..3]),
        list(&weights[3..6]),
        list(&weights[6..]),
        list(y)
    )
}

fn pools() -> String {
    let x = [20, -3, -7, -9, 127, -127, 1, 0, -4, 5];
    let mut text = format!("5 pixels of 2 channels {}, under 2, stride 2\n", list(x));
    for (name, kind) in [("max", Pool::Max), ("average", Pool::Average)] {
        let window = Window { stride: [1, 2], ..row(5, 2, 2, [0, 0]) };
        let (_, y) = pass(&model(10, &[Layer::Pool { window, kind }]), &[], &x);
        let _ = writeln!(text, "{name} {}", list(y));
    }
    text
}

/// A convolution of one pixel at a time to one channel.
fn pixels(columns: u16, channels: u16, activation: Activation) -> Layer {
    let divisor = NonZeroU32::new(16);
    Layer::Conv { window: row(columns, channels, 1, [0, 0]), channels: 1, bias: false, activation, divisor }
}

fn join() -> String {
    let linear = |columns| pixels(columns, 1, Activation::None);
    let model = model(
        4,
        &[
            linear(4),
            Layer::Fork { outputs: 4 },
            linear(4),
            Layer::Shortcut { outputs: 4 },
            linear(4),
            Layer::Join { outputs: 4, activation: Activation::Relu },
        ],
    );
    let (weights, x) = ([16, 24, -40], [127, 20, -3, 1]);
    let (seen, y) = pass(&model, &weights, &x);
    let sums = &seen.sums[0];
    let dead = sums.iter().enumerate().filter(|(_, sum)| **sum <= -4).map(|(node, _)| node);
    format!(
        "kept {}; a {}, b {}\nsum {}, y {}\ndead at amplitude 4, in both layers: {}\n",
        list(&seen.nodes[0]),
        list(&seen.nodes[1]),
        list(&seen.nodes[2]),
        list(sums),
        list(y),
        list(dead)
    )
}

/// 6 pixels; a convolution to 2 channels, a block with a depthwise layer, a pool, and a dense layer.
fn small() -> Description {
    let (bias, divisor) = (true, None);
    let relu = Activation::Relu;
    let conv = Layer::Conv { window: row(6, 1, 3, [1, 0]), channels: 2, bias, activation: relu, divisor };
    let kept = Layer::Fork { outputs: 10 };
    let window = row(5, 2, 3, [1, 1]);
    let depthwise = Layer::Depthwise { window, bias, activation: Activation::None, divisor };
    let join = Layer::Join { outputs: 10, activation: relu };
    let pool = Layer::Pool { window: Window { stride: [1, 2], ..row(5, 2, 2, [0, 0]) }, kind: Pool::Max };
    let dense = Layer::Dense { outputs: 2, bias, activation: Activation::None };
    model(6, &[conv, kept, depthwise, join, pool, dense])
}

const SAMPLES: [([i8; 6], u8); 3] =
    [([16, -3, 40, 9, -100, 3], 0), ([-20, 8, 5, 127, 60, -7], 1), ([127, -127, 0, 33, 34, 35], 1)];

fn generation() -> String {
    let model = small();
    let program = Program::new(&model).unwrap();
    let node = Node { slots: 3, members: 2, amplitude: 4, clip: 7, skip: None, antithetic: false };
    let task = TaskKind::Samples { count: 3 };
    let (estimator, optimizer) = (Estimator::Node(node), Optimizer::Residual);
    let run = Run { seed: 1, model: model.clone(), task, estimator, optimizer, saturation: false };
    let records: Vec<u8> =
        SAMPLES.iter().flat_map(|(x, label)| x.iter().map(|&x| x as u8).chain([*label])).collect();
    let mut learner = Learner::new(vec![0; 1024]);
    learner.configure(run, true).unwrap();
    learner.load(Section::Samples, 0, &records).unwrap();
    learner.initialize().unwrap();
    learner.start(0).unwrap();
    let mut text = format!("W {}\n", list(learner.weights()));
    let weights = learner.weights().to_vec();
    for slot in 0..3 {
        let sample = sample_index(1, slot, 3) as usize;
        let (x, label) = SAMPLES[sample];
        let (seen, outputs) = pass(&model, &weights, &x);
        let _ = writeln!(
            text,
            "slot {slot}: sample {sample}, u {}, sum {}, log-likelihood {}",
            seen.nodes.iter().map(list).collect::<Vec<_>>().join(" | "),
            list(&seen.sums[0]),
            log_likelihood(&outputs, label.into())
        );
    }
    let nodes = program.nodes().map(|nodes| format!("{} of tensor {}", nodes.len, nodes.tensor));
    let _ = writeln!(text, "eps of a member: {}", nodes.collect::<Vec<_>>().join(", "));
    for generation in 1..=4 {
        let mut packed = [0; 16];
        let len = learner.evaluate(generation, 0, 3, &mut NoTask, &mut packed).unwrap();
        learner.credit(generation, 0, 3, &packed[..len]).unwrap();
        learner.step(26_214).unwrap();
        let _ = writeln!(text, "generation {generation}: packed {}", hex(&packed[..len]));
        if generation == 1 {
            let _ = writeln!(text, "W after {}", list(learner.weights()));
            let _ = writeln!(text, "R after {}", list(learner.residuals()));
        }
    }
    let bytes: Vec<u8> = learner.weights().iter().map(|&w| w as u8).collect();
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let _ = writeln!(text, "SHA-256 of W after 4 generations\n{digest}");
    text
}
