//! Messages and runs out of a fuzzer's bytes.

use crate::models;
use arbitrary::{Result, Unstructured};
use eggroll_firmware::deploy::Deployed;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Activation, Description, Layer, LayerSet, MAX_LAYERS};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::Loss;
use eggroll_firmware::task::environment::{Domain, EnvironmentKind};
use eggroll_firmware::task::reward::{Reward, RewardKind};
use eggroll_firmware::train::{Estimator, Pace, Run, Section, State, TaskKind};
use eggroll_firmware::update::{Optimizer, WeightDelta};
use eggroll_firmware::wire::{
    Abilities, Answer, Command, Features, Hello, Limits, Reply, Request, RunCommand, SMALLEST_FRAME, Stats,
};
use eggroll_firmware::{Error, Setting};
use serde::ser::{Serialize, SerializeTuple, Serializer};

/// Bytes that are a message's body as they are.
pub struct Body<'a>(pub &'a [u8]);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
        tuple.end()
    }
}

/// Up to `most` bytes of the input.
pub fn bytes<'a>(u: &mut Unstructured<'a>, most: usize) -> Result<&'a [u8]> {
    let len = u.int_in_range(0..=most)?.min(u.len());
    u.bytes(len)
}

/// Layers with all of their parameters, and now and then with their biases alone.
fn biased(u: &mut Unstructured<'_>, layers: LayerSet) -> Result<LayerSet> {
    Ok(if u.arbitrary::<u8>()? < 32 { layers.of_biases() } else { layers })
}

/// A number of the range, and now and then any other.
pub fn mostly(u: &mut Unstructured<'_>, range: std::ops::RangeInclusive<u32>) -> Result<u32> {
    const EDGES: [u32; 11] =
        [0, 127, 256, 4096, 8192, 65_535, 65_536, 1 << 20, i32::MAX as u32 + 1, u32::MAX - 1, u32::MAX];
    Ok(match u.arbitrary::<u8>()? {
        0..=3 => *u.choose(&EDGES)?,
        4 => u.arbitrary()?,
        _ => u.int_in_range(range)?,
    })
}

fn text<'a>(u: &mut Unstructured<'a>) -> Result<&'a str> {
    let bytes = bytes(u, 40)?;
    Ok(str::from_utf8(bytes)
        .unwrap_or_else(|error| str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()))
}

/// A small perceptron, with sizes out of range now and then.
fn perceptron(u: &mut Unstructured<'_>) -> Result<Description> {
    let mut layers = heapless::Vec::new();
    for _ in 0..(mostly(u, 1..=3)? as usize).min(MAX_LAYERS) {
        let activation = if u.arbitrary()? { Activation::Relu } else { Activation::None };
        let layer = Layer::Dense { outputs: mostly(u, 1..=6)?, bias: u.arbitrary()?, activation };
        let _ = layers.push(layer);
    }
    Ok(Description { inputs: mostly(u, 1..=6)?, layers })
}

/// A small recurrent model; now and then with a layer in the place of another.
fn recurrent(u: &mut Unstructured<'_>) -> Result<Description> {
    let (width, tokens) = (mostly(u, 1..=4)?, mostly(u, 1..=5)?);
    let head = Layer::Dense { outputs: tokens, bias: false, activation: Activation::None };
    let (norm, block) = (Layer::Norm { outputs: width }, Layer::Block { outputs: width });
    let mut layers = heapless::Vec::new();
    let _ = layers.push(Layer::Embedding { outputs: width });
    for _ in 0..(mostly(u, 0..=2)? as usize).min(MAX_LAYERS) {
        let _ = layers.push(block);
    }
    let _ = layers.extend_from_slice(&[norm, head]);
    if u.ratio(1, 16)? {
        let other = *u.choose(&[norm, block, head, Layer::Embedding { outputs: width }])?;
        let place = u.choose_index(layers.len())?;
        layers.as_mut_slice()[place] = other;
    }
    Ok(Description { inputs: tokens, layers })
}

/// A small run, with settings out of range now and then.
pub fn run(u: &mut Unstructured<'_>) -> Result<Run> {
    let task = match u.arbitrary::<u8>()? {
        0..=1 => TaskKind::Environment(*u.choose(&EnvironmentKind::ALL)?),
        2..=3 => TaskKind::Randomized(Domain {
            kind: *u.choose(&EnvironmentKind::ALL)?,
            spread: mostly(u, 1..=50)? as u8,
        }),
        4..=6 => TaskKind::Own,
        7 => TaskKind::Reward(Reward {
            kind: *u.choose(&RewardKind::ALL)?,
            temperature: mostly(u, 0..=64)? as u8,
        }),
        8..=69 => TaskKind::Text { context: mostly(u, 1..=4)? },
        70..=99 => TaskKind::HeldText { context: mostly(u, 1..=4)?, tokens: mostly(u, 1..=40)? },
        240..=255 => TaskKind::Regression {
            count: mostly(u, 1..=9)?,
            loss: *u.choose(&[Loss::Squared, Loss::Absolute])?,
        },
        _ => TaskKind::Samples { count: mostly(u, 1..=9)? },
    };
    // The other kind of model is refused.
    let fits = u.ratio(31, 32)?;
    let model = if matches!(task, TaskKind::Text { .. } | TaskKind::HeldText { .. }) == fits {
        recurrent(u)?
    } else if u.arbitrary()? {
        models::convolutional(u)?
    } else {
        perceptron(u)?
    };
    let slots = mostly(u, 1..=10)?;
    let slots = match task {
        TaskKind::Text { context } | TaskKind::HeldText { context, .. } if u.ratio(15, 16)? => {
            slots.div_ceil(3).saturating_mul(context)
        }
        _ => slots,
    };
    let estimator = if u.ratio(1, 3)? {
        let node = Node {
            slots,
            members: mostly(u, 0..=6)?,
            amplitude: mostly(u, 1..=20)? as u8,
            clip: mostly(u, 1..=127)? as i16,
            skip: if u.arbitrary()? { Some(mostly(u, 0..=60)? as u16) } else { None },
            antithetic: u.ratio(1, 32)?,
        };
        let bits: u32 = if u.arbitrary()? { u.arbitrary()? } else { 0 };
        let places = (0..if u.arbitrary()? { 3 } else { MAX_LAYERS }).filter(|place| bits >> place & 1 == 1);
        Estimator::Guided(Guided {
            node,
            member_slots: mostly(u, 1..=4)?,
            residual_weight: mostly(u, 0..=16)? as u8,
            guide_scale: mostly(u, 0..=4096)? as u16,
            // No layers travel as all of them.
            train: match LayerSet::of(places) {
                Ok(layers) if !layers.is_empty() => biased(u, layers)?,
                _ => biased(u, LayerSet::ALL)?,
            },
        })
    } else if u.arbitrary()? {
        Estimator::Node(Node {
            slots,
            members: mostly(u, 1..=6)?,
            amplitude: mostly(u, 1..=20)? as u8,
            clip: mostly(u, 1..=127)? as i16,
            skip: if u.arbitrary()? { Some(mostly(u, 0..=60)? as u16) } else { None },
            antithetic: u.arbitrary()?,
        })
    } else {
        Estimator::Weight(Weight {
            pairs: mostly(u, 1..=10)?,
            samples: mostly(u, 1..=4)?,
            own_samples: u.arbitrary()?,
            rank: mostly(u, 1..=8)? as u8,
            sigma_shift: mostly(u, 0..=15)? as u8,
            noise: if u.arbitrary()? { Noise::Sign } else { Noise::NearNormal },
            clip: *u.choose(&[1, 2, 7, 127, 128, 1000, i16::MAX, 0, -1])?,
            credit: if u.arbitrary()? { CreditTo::Pair } else { CreditTo::Sample },
        })
    };
    let optimizer = if u.arbitrary()? {
        Optimizer::Residual
    } else {
        Optimizer::Vote { reference_rank_scale: u.arbitrary()? }
    };
    let saturation = if estimator.leaves_saturation_open() { u.arbitrary()? } else { u.ratio(1, 32)? };
    Ok(Run { seed: u.arbitrary()?, model, task, estimator, optimizer, saturation })
}

/// A section.
pub fn section(u: &mut Unstructured<'_>) -> Result<Section> {
    Ok(*u.choose(&[Section::Weights, Section::Residuals, Section::Samples, Section::Guide])?)
}

/// Moves of weights, of any bits.
pub fn delta<'a>(u: &mut Unstructured<'a>) -> Result<WeightDelta<'a>> {
    Ok(WeightDelta { count: mostly(u, 0..=9)?, shift: u.int_in_range(0..=22)?, bits: bytes(u, 40)? })
}

/// Step sizes.
pub fn pace(u: &mut Unstructured<'_>) -> Result<Pace> {
    Ok(if u.arbitrary()? {
        Pace::Linear { initial: u.arbitrary()?, generations: mostly(u, 0..=9)? }
    } else {
        Pace::Constant(u.arbitrary()?)
    })
}

/// What a host takes.
pub fn limits(u: &mut Unstructured<'_>) -> Result<Limits> {
    let largest_frame = if u.ratio(7, 8)? { u.int_in_range(SMALLEST_FRAME..=4096)? } else { u.arbitrary()? };
    Ok(Limits { largest_frame, silence_ms: u.arbitrary()? })
}

fn run_command<'a>(u: &mut Unstructured<'a>) -> Result<RunCommand<'a>> {
    Ok(match u.int_in_range(0..=7)? {
        0 => RunCommand::Load { section: section(u)?, offset: u.arbitrary()?, bytes: bytes(u, 400)? },
        1 => RunCommand::Start { generation: u.arbitrary()? },
        2 => {
            RunCommand::Evaluate { generation: u.arbitrary()?, first: u.arbitrary()?, count: u.arbitrary()? }
        }
        3 => RunCommand::Apply {
            generation: u.arbitrary()?,
            rate: u.arbitrary()?,
            first: u.arbitrary()?,
            count: u.arbitrary()?,
            scores: bytes(u, 400)?,
        },
        4 => RunCommand::Follow {
            from: u.arbitrary()?,
            generation: u.arbitrary()?,
            first: u.arbitrary()?,
            end: u.arbitrary()?,
            delta: delta(u)?,
        },
        5 => RunCommand::Train { generation: u.arbitrary()?, count: u.arbitrary()?, pace: pace(u)? },
        6 => RunCommand::Feed { generation: u.arbitrary()?, offset: u.arbitrary()?, bytes: bytes(u, 400)? },
        _ => RunCommand::Measure { trial: u.arbitrary()? },
    })
}

/// Any request.
pub fn request<'a>(u: &mut Unstructured<'a>) -> Result<Request<'a>> {
    let id = u.arbitrary()?;
    let command = match u.int_in_range(0..=11)? {
        0 => Command::Hello,
        1 => Command::Configure {
            identity: u.arbitrary()?,
            limits: limits(u)?,
            run: run(u)?,
            updates: u.arbitrary()?,
            samples: u.arbitrary()?,
        },
        2 => Command::Checksum,
        3 => Command::Stats,
        4 => Command::OwnTask,
        _ => Command::InRun { run: u.arbitrary()?, command: run_command(u)? },
    };
    Ok(Request { id, command })
}

fn error(u: &mut Unstructured<'_>) -> Result<Error> {
    let setting = *u.choose(&[
        Setting::Slots,
        Setting::Members,
        Setting::Amplitude,
        Setting::Clip,
        Setting::Pairs,
        Setting::Samples,
        Setting::Rank,
        Setting::SigmaShift,
        Setting::Task,
        Setting::Noise,
    ])?;
    let (a, b, c): (u32, u64, u64) = u.arbitrary()?;
    Ok(*u.choose(&[
        Error::ArenaTooSmall { needs: b, has: c },
        Error::Shape { layer: a },
        Error::Overflow { layer: a, bound: b, limit: c },
        Error::Setting(setting),
        Error::NotConfigured,
        Error::NotStarted,
        Error::WrongGeneration { have: a },
        Error::OutOfRange { end: b, has: c },
        Error::NoSuchUnits { end: b, has: a },
        Error::BadWeight { at: a },
        Error::BadSample { at: a },
        Error::BadScores,
        Error::SamplesDiffer,
        Error::StoreTooSmall { needs: b, has: c },
        Error::Store,
        Error::BadDelta,
        Error::HasResiduals,
        Error::FrameTooSmall { needs: a, has: b as u32 },
        Error::NoLocalUpdate,
        Error::UnknownRequest,
        Error::NoRecurrence,
        Error::NoConvolution,
        Error::NotFed { have: a },
        Error::BadFeed { at: a },
        Error::NoStreams,
        Error::OtherRun { have: a },
        Error::CannotUpdate,
        Error::HostFrame,
        Error::NoModelStore,
        Error::NoModel,
        Error::ModelTooLarge { needs: a, has: b as u32 },
        Error::BadModel,
        Error::ModelDiffers,
        Error::NotBegun,
        Error::Gap { have: a },
        Error::Flash,
        Error::Inputs { needs: a, has: b as u32 },
    ])?)
}

/// What may be said of a model.
fn deployed(u: &mut Unstructured<'_>) -> Result<Deployed> {
    Ok(Deployed { length: u.arbitrary()?, checksum: u.arbitrary()? })
}

/// Any reply.
pub fn reply<'a>(u: &mut Unstructured<'a>) -> Result<Reply<'a>> {
    let id = u.arbitrary()?;
    let state = if u.arbitrary()? {
        Some(State { generation: u.arbitrary()?, checksum: u.arbitrary()? })
    } else {
        None
    };
    let answer = match u.int_in_range(0..=13)? {
        0 => Answer::Hello(Hello {
            protocol: u.arbitrary()?,
            firmware: text(u)?,
            board: text(u)?,
            core: text(u)?,
            arena: u.arbitrary()?,
            largest_frame: u.arbitrary()?,
            run: u.arbitrary()?,
            features: Features { dsp: u.arbitrary()?, fpga: u.arbitrary()? },
            abilities: Abilities {
                updates: u.arbitrary()?,
                tasks: u.arbitrary()?,
                environments: u.arbitrary()?,
                layers: u.arbitrary()?,
                estimators: u.arbitrary()?,
            },
        }),
        1 => Answer::Configured { needs: u.arbitrary()?, samples: u.arbitrary()? },
        2 => Answer::Done,
        3 => Answer::Scores { first: u.arbitrary()?, count: u.arbitrary()?, scores: bytes(u, 400)? },
        4 => {
            let [requests, refused, bad_frames, units] = u.arbitrary()?;
            Answer::Stats(Stats { requests, refused, bad_frames, units })
        }
        5 => Answer::Working,
        6 => Answer::Trained { generation: u.arbitrary()?, count: u.arbitrary()?, scores: bytes(u, 400)? },
        7 => Answer::OwnTask { name: text(u)?, unit: text(u)?, score: u.arbitrary()? },
        8 => {
            let model = if u.arbitrary()? { Some(deployed(u)?) } else { None };
            Answer::Kept { capacity: u.arbitrary()?, model }
        }
        9 => Answer::Begun { here: u.arbitrary()? },
        10 => Answer::Bytes { bytes: bytes(u, 400)? },
        11 => Answer::Samples { count: u.arbitrary()?, samples: bytes(u, 400)? },
        12 => Answer::Outputs { outputs: bytes(u, 400)? },
        _ => Answer::Refused(error(u)?),
    };
    Ok(Reply { id, state, answer })
}

/// Settings of all estimators, each with both optimisers.
pub fn example_runs() -> [(Estimator, Optimizer); 6] {
    let vote = Optimizer::Vote { reference_rank_scale: true };
    let node = |skip| {
        Estimator::Node(Node {
            slots: 5,
            members: 3,
            amplitude: 4,
            clip: 7,
            skip,
            antithetic: skip.is_none(),
        })
    };
    let weight = |noise, clip| {
        let own_samples = clip == 1;
        Estimator::Weight(Weight {
            pairs: 5,
            samples: 2,
            own_samples,
            rank: 2,
            sigma_shift: 4,
            noise,
            clip,
            credit: CreditTo::Pair,
        })
    };
    let guided = |members| {
        let node = Node { slots: 5, members, amplitude: 4, clip: 127, skip: Some(1), antithetic: false };
        let (member_slots, residual_weight, guide_scale, train) = (2, 3, 256, LayerSet::ALL);
        Estimator::Guided(Guided { node, member_slots, residual_weight, guide_scale, train })
    };
    [
        (guided(2), Optimizer::Residual),
        (guided(0), vote),
        (node(Some(1)), Optimizer::Residual),
        (node(None), vote),
        (weight(Noise::Sign, 127), Optimizer::Residual),
        (weight(Noise::NearNormal, 1), vote),
    ]
}
