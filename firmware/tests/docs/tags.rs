//! Every error in a refusal, and what the document's tables say of tags and of room.

use crate::wire::{RUN, frame, message, runs};
use crate::{Example, hex};
use eggroll_firmware::deploy::Deployed;
use eggroll_firmware::train::{Pace, Section, State};
use eggroll_firmware::update::WeightDelta;
use eggroll_firmware::wire::{
    Abilities, Answer, Command, Features, Hello, Limits, ModelCommand, PROTOCOL, Reply, RunCommand,
    SMALLEST_FRAME, Stats, payload_within,
};
use eggroll_firmware::{Error, Setting};
use std::fmt::{Debug, Write as _};

pub(crate) fn examples() -> Vec<Example> {
    vec![("errors", errors())]
}

/// A variant with its fields.
pub(crate) fn plain(value: &impl Debug) -> String {
    format!("{value:?}").replace(" {", "").replace(" }", "").replace(':', "")
}

/// Every error once, and every setting.
fn refusals() -> Vec<Error> {
    let setting = [
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
        Setting::OwnSamples,
        Setting::PairsTimesClip,
        Setting::Episodes,
        Setting::Model,
        Setting::Context,
        Setting::Guide,
        Setting::GuidedMembers,
        Setting::MemberSlots,
        Setting::ResidualWeight,
        Setting::GuideScale,
        Setting::TrainedLayers,
        Setting::Saturation,
        Setting::Loss,
        Setting::Errors,
        Setting::Spread,
        Setting::Temperature,
        Setting::Vocabulary,
    ];
    let before = [
        Error::ArenaTooSmall { needs: 300, has: 1 << 40 },
        Error::Shape { layer: 1 },
        Error::Overflow { layer: 1, bound: 1 << 32, limit: 1 << 31 },
    ];
    let after = [
        Error::NotConfigured,
        Error::NotStarted,
        Error::WrongGeneration { have: 1 },
        Error::OutOfRange { end: 300, has: 299 },
        Error::NoSuchUnits { end: 5, has: 4 },
        Error::BadWeight { at: 3 },
        Error::BadSample { at: 4 },
        Error::SamplesDiffer,
        Error::StoreTooSmall { needs: 300, has: 299 },
        Error::Store,
        Error::BadDelta,
        Error::HasResiduals,
        Error::BadScores,
        Error::FrameTooSmall { needs: 300, has: 199 },
        Error::NoLocalUpdate,
        Error::UnknownRequest,
        Error::ModelOfEnvironment { inputs: 4, outputs: 2 },
        Error::NoRecurrence,
        Error::NotFed { have: 7 },
        Error::BadFeed { at: 8 },
        Error::NoStreams,
        Error::OtherRun { have: RUN },
        Error::CannotUpdate,
        Error::HostFrame,
        Error::NoConvolution,
        Error::NoModelStore,
        Error::NoModel,
        Error::ModelTooLarge { needs: 300, has: 299 },
        Error::BadModel,
        Error::ModelDiffers,
        Error::NotBegun,
        Error::Gap { have: 7 },
        Error::Flash,
        Error::Inputs { needs: 4, has: 3 },
    ];
    [&before[..], &setting.map(Error::Setting), &after].concat()
}

fn errors() -> String {
    let mut tags: Vec<u8> = Vec::new();
    let text = refusals().iter().fold(String::new(), |mut text, &error| {
        let reply = Reply { id: 1, state: None, answer: Answer::Refused(error) };
        let bytes = message(&reply);
        tags.push(bytes[3]);
        let _ = writeln!(text, "{:55} {}", plain(&error), hex(&bytes));
        text
    });
    tags.dedup();
    // A variant that is added at the end is missing in the list above.
    assert_eq!(tags, (0..tags.len() as u8).collect::<Vec<_>>());
    let next = [1, 0, 6, tags.len() as u8, 0, 0, 0, 0];
    assert!(postcard::take_from_bytes::<Reply<'_>>(&next).is_err(), "an error without an example");
    let settings = refusals().iter().filter(|error| matches!(error, Error::Setting(_))).count();
    let next_setting = [1, 0, 6, 3, settings as u8, 0, 0, 0];
    assert!(postcard::take_from_bytes::<Reply<'_>>(&next_setting).is_err(), "a setting without an example");
    text
}

/// The document's words.
const DOCUMENT: &str = include_str!("../../docs/protocol.md");

/// The name of a variant.
fn name_of(value: &impl Debug) -> String {
    format!("{value:?}").split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

#[test]
fn tables_have_every_tag() {
    let document = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = |row: String| assert!(document.contains(&row), "{row}");
    for error in refusals() {
        if let Error::Setting(setting) = error {
            said(format!("{} {setting:?}", message(&setting)[0]));
        }
        said(format!("| {} | `{}` |", message(&error)[0], name_of(&error)));
    }
    let sections = [Section::Weights, Section::Residuals, Section::Samples, Section::Guide];
    let sections: Vec<_> = sections
        .iter()
        .map(|section| format!("{} {}", message(section)[0], name_of(section).to_lowercase()))
        .collect();
    said(format!("`Section`: {}.", sections.join(", ")));
    for (_, run) in runs() {
        said(format!("{} `{}` (", message(&run.estimator)[0], name_of(&run.estimator)));
    }
    let limits = Limits { largest_frame: 0, silence_ms: 0 };
    let (_, run) = runs().into_iter().next().unwrap();
    let delta = WeightDelta { count: 0, shift: 0, bits: &[] };
    let commands = [
        Command::Hello,
        Command::Configure { identity: 0, limits, run, updates: true, samples: 0 },
        RunCommand::Start { generation: 0 }.of(0),
        Command::Checksum,
        Command::Stats,
        Command::OwnTask,
        Command::Model(ModelCommand::Which),
    ];
    for command in commands {
        said(format!("| {} | `{}` |", message(&command)[0], name_of(&command)));
    }
    let pace = Pace::Constant(0);
    let of_runs = [
        RunCommand::Load { section: Section::Weights, offset: 0, bytes: &[] },
        RunCommand::Start { generation: 0 },
        RunCommand::Evaluate { generation: 0, first: 0, count: 0 },
        RunCommand::Apply { generation: 0, rate: 0, first: 0, count: 0, scores: &[] },
        RunCommand::Follow { from: 0, generation: 0, first: 0, end: 0, delta },
        RunCommand::Train { generation: 0, count: 0, pace },
        RunCommand::Feed { generation: 0, offset: 0, bytes: &[] },
        RunCommand::Measure { trial: 0 },
    ];
    for command in of_runs {
        said(format!("| {} | `{}` |", message(&command)[0], name_of(&command)));
    }
    let deployed = Deployed { length: 0, checksum: 0 };
    let of_models = [
        ModelCommand::Which,
        ModelCommand::Begin(deployed),
        ModelCommand::Piece { offset: 0, bytes: &[] },
        ModelCommand::Read { previous: false, offset: 0, length: 0 },
        ModelCommand::Infer { row: 0, first: 0, raws: &[] },
        ModelCommand::Samples { first: 0 },
    ];
    for command in of_models {
        said(format!("| {} | `{}` |", message(&command)[0], name_of(&command)));
    }
    let answers = [
        Answer::Configured { needs: 0, samples: true },
        Answer::Done,
        Answer::Scores { first: 0, count: 0, scores: &[] },
        Answer::Trained { generation: 0, count: 0, scores: &[] },
        Answer::Stats(Stats::default()),
        Answer::Refused(Error::Store),
        Answer::Working,
        Answer::OwnTask { name: "", unit: "", score: None },
        Answer::Kept { capacity: 0, model: None },
        Answer::Begun { here: 0 },
        Answer::Bytes { bytes: &[] },
        Answer::Outputs { outputs: &[] },
        Answer::Samples { count: 0, samples: &[] },
    ];
    for answer in answers {
        said(format!("| {} | `{}` |", message(&answer)[0], name_of(&answer)));
    }
    said(format!("Protocol {PROTOCOL}:"));
    said(format!("protocol is {PROTOCOL}."));
}

#[test]
fn frames_have_the_room_that_is_stated() {
    for frame in [256, 300, 4096, 1 << 20] {
        assert_eq!(payload_within(frame), frame - 57 - frame / 254);
    }
    // Names of 120 bytes, and the largest numbers.
    let name = "x".repeat(40);
    let (most, features) = (u32::MAX, Features { dsp: true, fpga: true });
    let abilities =
        Abilities { updates: true, tasks: most, environments: most, layers: most, estimators: most };
    let hello = Hello {
        protocol: PROTOCOL,
        firmware: &name,
        board: &name,
        core: &name,
        arena: u64::MAX,
        largest_frame: most,
        run: Some(most),
        features,
        abilities,
    };
    let state = Some(State { generation: most, checksum: most });
    let reply = Reply { id: most, state, answer: Answer::Hello(hello) };
    assert!(frame(&reply).len() <= SMALLEST_FRAME as usize);
    // The longest name and unit of a task.
    let name = "x".repeat(eggroll_firmware::task::LONGEST_NAMES);
    let own =
        Reply { id: most, state, answer: Answer::OwnTask { name: &name, unit: "", score: Some(i32::MIN) } };
    assert!(frame(&own).len() <= SMALLEST_FRAME as usize);
    let overflow = Error::Overflow { layer: most, bound: u64::MAX, limit: u64::MAX };
    let refused = Reply { id: most, state, answer: Answer::Refused(overflow) };
    assert!(frame(&refused).len() <= SMALLEST_FRAME as usize);
}
