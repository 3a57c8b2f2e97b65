//! The board's server over bytes: golden runs over the wire, and what it does with bytes that no host would
//! send.

mod common;

use common::rig::{
    Conversation, FRAME, Line, RUN, Rig, ask, board, command_in, configure, conversation, frame, pick,
    replies, wild_run,
};
use common::{Dice, Int, Plain, Report, run, unpack};
use eggroll_firmware::estimator::scores::Shape;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::runtime::serve;
use eggroll_firmware::task::environment::FRESH;
use eggroll_firmware::task::{Member, NoTask, Task, Trial};
use eggroll_firmware::train::{Estimator, Pace, Run, Section, State, TaskKind};
use eggroll_firmware::update::{Optimizer, WeightDelta};
use eggroll_firmware::wire::{
    Abilities, Answer, Command, PROTOCOL, Reply, Request, RunCommand, Stats, checksum_of, decode, encode,
    payload_within,
};
use eggroll_firmware::{Error, Setting};
use proptest::prelude::*;

/// Holds a conversation and checks every score and checksum against the golden vectors.
fn follows(rig: &mut Rig<NoTask>, name: &str) {
    let Conversation { requests, states, scores } = conversation(name);
    for (i, request) in requests.iter().enumerate() {
        let reply = rig.ask(request);
        if let Some((_, wanted)) = scores.iter().find(|&&(at, _)| at == i) {
            assert!(matches!(reply.answer, Answer::Scores { scores, .. } if scores == wanted), "{name} {i}");
        }
        if let Some(&(_, state)) = states.iter().find(|&&(at, _)| at == i) {
            assert_eq!((reply.answer, reply.state), (Answer::Done, Some(state)), "{name} {i}");
        }
    }
}

const GOLDEN: [&str; 3] = ["node_residual", "weight_vote_sign_r3_s5_own", "weight_vote_normal_r2_s4"];

#[test]
fn golden_runs_over_the_wire() {
    let mut rig = board(FRAME, FRAME, NoTask);
    for name in GOLDEN.into_iter().chain(GOLDEN) {
        follows(&mut rig, name);
    }
    let Answer::Hello(hello) = rig.ask(&ask(1, Command::Hello)).answer else { panic!("no hello") };
    assert_eq!((hello.protocol, hello.board, hello.core), (PROTOCOL, "bench", "host"));
    assert_eq!(
        (hello.arena, hello.largest_frame, hello.abilities),
        (3200, FRAME as u32, Abilities::of_firmware(false))
    );
}

#[test]
fn a_blocking_stream_is_served_to_its_end() {
    let Conversation { requests, states, .. } = conversation("node_residual");
    let mut line = Line { sent: requests.concat(), received: vec![] };
    serve(&mut board(FRAME, FRAME, NoTask).0, &mut line).unwrap();
    let replies = replies(line.received);
    assert_eq!(replies.len(), requests.len());
    assert_eq!(replies.last().unwrap().state, Some(states.last().unwrap().1));
}

#[test]
fn repeated_requests_get_identical_replies() {
    let mut rig = board(FRAME, FRAME, NoTask);
    for name in GOLDEN {
        for request in conversation(name).requests {
            let first = rig.send(&request);
            assert_eq!(rig.send(&request), first);
            assert_eq!(rig.send(&[request.as_slice(), &request].concat()), first.repeat(2));
        }
        assert_eq!(rig.state(), Some(conversation(name).states.last().unwrap().1));
    }
}

/// A board in another state says so and changes nothing; only a load makes it ask for a new start.
#[test]
fn late_requests_change_nothing() {
    let Conversation { requests, states, .. } = conversation("node_residual");
    let mut rig = board(FRAME, FRAME, NoTask);
    requests.iter().for_each(|request| drop(rig.send(request)));
    let state = Some(states.last().unwrap().1);
    for (i, late) in requests
        .iter()
        .enumerate()
        .filter(|(_, r)| !matches!(command_in(r), Command::InRun { command: RunCommand::Load { .. }, .. }))
    {
        rig.send(late);
        assert_eq!(rig.state(), state, "request {i}: {:?}", command_in(late));
    }
}

#[test]
fn corrupted_frames_are_counted_and_met_with_silence() {
    let mut rig = board(FRAME, FRAME, NoTask);
    let requests = conversation("node_residual").requests;
    for request in &requests {
        for bit in 0..8 * request.len() {
            let before = rig.stats();
            let mut bytes = request.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes.push(0);
            assert!(rig.send(&bytes).is_empty());
            let after = rig.stats();
            let bad = after.bad_frames - before.bad_frames;
            assert!((1..=2).contains(&bad), "bit {bit} of {request:?}: {bad}");
            assert_eq!((after.requests, after.units), (before.requests + 1, before.units));
        }
    }
    let before = rig.stats();
    assert!(rig.send(&[0; 50]).is_empty());
    assert_eq!(rig.stats(), Stats { requests: before.requests + 1, ..before });
}

#[test]
fn frames_are_those_of_the_definition() {
    for len in 0..700 {
        for fill in [0, 1, 0xFF] {
            let bytes = &vec![fill; len];
            let command = RunCommand::Load { section: Section::Samples, offset: 5, bytes };
            let request = Request { id: 300, command: command.of(5) };
            let (mut message, mut framed) = (vec![0; 1000], vec![0; 1000]);
            let message = postcard::to_slice(&request, &mut message).unwrap();
            let framed = encode(&request, &mut framed).unwrap();

            assert_eq!(framed.iter().filter(|&&b| b == 0).count(), 1);
            let end = framed.len() - 1;
            assert_eq!(decode::<Request<'_>>(&mut framed[..end]).as_ref(), Ok(&request));
            let mut own = frame(message);
            let end = own.len() - 1;
            assert_eq!(decode::<Request<'_>>(&mut own[..end]).as_ref(), Ok(&request), "{len}");
        }
    }
}

#[test]
fn intact_frames_that_are_no_request_are_refused_with_their_id() {
    let mut rig = board(FRAME, FRAME, NoTask);
    follows(&mut rig, "node_residual");
    let state = rig.state();
    let unknown = Answer::Refused(Error::UnknownRequest);
    for (message, id) in [
        (vec![5, 99], 5),
        (vec![0xAC, 2, 5, 1, 2, 3], 300),
        (vec![0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0xFF, 0xFF, 0xFF], u32::MAX),
        (vec![7, 0, 0], 7),    // a Hello with a byte too many
        (vec![9, 2, 0, 2], 9), // an Evaluate without its fields
        (vec![9], 9),
        (vec![], 0),
    ] {
        let before = rig.stats();
        assert_eq!(rig.ask(&frame(&message)), Reply { id, state, answer: unknown.clone() });
        let after = rig.stats();
        assert_eq!((after.refused, after.bad_frames), (before.refused + 1, before.bad_frames));
    }
}

#[test]
fn a_request_beyond_the_buffer_is_dropped_and_the_next_answered() {
    let mut rig = board(FRAME, FRAME, NoTask);
    let fits = |len: usize| {
        let bytes = &vec![1; len];
        ask(3, RunCommand::Load { section: Section::Samples, offset: u32::MAX, bytes })
    };
    for len in 0..3 * FRAME {
        let (request, before) = (fits(len), rig.stats());
        let answers = replies(rig.send(&[request.clone(), ask(8, Command::Checksum)].concat()));
        // The terminator takes no place in the buffer.
        let dropped = request.len() - 1 > FRAME;
        assert_eq!(answers.len(), if dropped { 1 } else { 2 });
        assert_eq!(answers.last().unwrap().id, 8);
        assert_eq!(rig.stats().bad_frames - before.bad_frames, u32::from(dropped));
        assert!(!dropped || len > payload_within(FRAME), "{len}");
    }
    assert!(rig.send(&vec![7; 100_000]).is_empty());
    assert!(rig.greets());
}

/// Whatever range is asked for: the scores, or what the reply would have needed; never a frame beyond the
/// largest.
#[test]
fn replies_that_would_not_fit_say_so() {
    let weight = Weight {
        pairs: 300,
        samples: 1,
        own_samples: false,
        rank: 1,
        sigma_shift: 4,
        noise: Noise::Sign,
        clip: 300,
        credit: CreditTo::Pair,
    };
    let run = run(&[1, 1], false, Estimator::Weight(weight), VOTE, 1);
    let shape = Shape::new(1, 300, false);
    for (request, reply) in [(FRAME, FRAME), (FRAME, 100), (100, FRAME), (600, 400)] {
        let (mut rig, largest) = (board(request, reply, NoTask), request.min(reply));
        let answer = rig.ask(&ask(u32::MAX, configure(run.clone(), false, checksum_of(&[0, 0])))).answer;
        assert!(matches!(answer, Answer::Configured { .. }), "{answer:?}");
        rig.ask(&ask(u32::MAX, RunCommand::Start { generation: u32::MAX - 1 }));
        let room = payload_within(largest);
        for count in 0..=300 {
            let command = RunCommand::Evaluate { generation: u32::MAX, first: 300 - count, count };
            let sent = rig.send(&ask(u32::MAX, command));
            assert!(sent.len() <= largest);
            let needs = shape.room(count as usize);
            match replies(sent).pop().expect("a reply").answer {
                Answer::Scores { scores, .. } => assert!(scores.len() == needs && needs <= room),
                answer => {
                    let error = Error::FrameTooSmall { needs: needs as u32, has: room as u32 };
                    assert!(needs > room && answer == Answer::Refused(error), "{answer:?}");
                }
            }
        }
    }
}

#[test]
fn buffers_of_any_size_do_no_harm() {
    let requests = conversation("node_residual").requests.concat();
    for (request, reply) in (0..90).flat_map(|a| [(a, a), (a, FRAME), (FRAME, a), (32, a)]) {
        let mut rig = board(request, reply, NoTask);
        for answer in replies(rig.send(&requests)) {
            assert!(answer.id <= 6);
        }
        rig.send(&frame(&[1, 99]));
        // A handshake of this board takes at most 56 bytes.
        assert!(rig.greets() || request < 7 || reply < 56, "{request} {reply}");
    }
}

const VOTE: Optimizer = Optimizer::Vote { reference_rank_scale: false };

/// Scores a member by what it answers to inputs of any length.
struct Probe;

impl Task for Probe {
    const NAME: &'static str = "probe";
    const UNIT: &'static str = "steps";

    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        let x = (trial.pair.wrapping_mul(7).wrapping_add(trial.generation) as i8).max(-127);
        let of = |y: &[i8]| y.iter().map(|&y| i32::from(y)).sum::<i32>();
        of(member.act(&[x])) + 3 * of(member.act(&[x, -x, 100])) - 5 * of(member.act(&[1, 2, 3, 4, 5]))
    }
}

#[test]
fn a_task_of_the_boards_own() {
    let (pairs, samples, rank, clip) = (70, 3, 3, 32_767);
    let weight = Weight {
        pairs,
        samples,
        own_samples: false,
        rank,
        sigma_shift: 2,
        noise: Noise::Sign,
        clip,
        credit: CreditTo::Pair,
    };
    let run = Run { task: TaskKind::Own, ..run(&[3, 9, 2], true, Estimator::Weight(weight), VOTE, 1) };
    let weights = Dice::new(6).values(56);
    let bytes: &[u8] = &weights.iter().map(|&w| w as u8).collect::<Vec<_>>();
    let evaluate = |first, count| ask(4, RunCommand::Evaluate { generation: 1, first, count });
    let prepare = [
        ask(1, configure(run.clone(), false, checksum_of(&[]))),
        ask(2, RunCommand::Load { section: Section::Weights, offset: 0, bytes }),
        ask(3, RunCommand::Start { generation: 0 }),
    ]
    .concat();
    let mut without = board(FRAME, FRAME, NoTask);
    without.send(&prepare);
    assert_eq!(without.ask(&evaluate(0, 1)).answer, Answer::Refused(Error::Setting(Setting::Task)));
    let measure = |trial| ask(5, RunCommand::Measure { trial });
    let no_task = Answer::Refused(Error::Setting(Setting::Task));
    assert_eq!(without.ask(&ask(1, Command::OwnTask)).answer, no_task);
    assert_eq!(without.ask(&measure(0)).answer, no_task);
    let mut rig = board(FRAME, FRAME, Probe);
    let Answer::Hello(hello) = rig.ask(&ask(1, Command::Hello)).answer else { panic!("no hello") };
    assert_eq!(hello.abilities, Abilities::of_firmware(true));
    let own = |score| Answer::OwnTask { name: "probe", unit: "steps", score };
    assert_eq!(rig.ask(&ask(1, Command::OwnTask)).answer, own(None));
    assert_eq!(rig.ask(&measure(0)).answer, Answer::Refused(Error::NotConfigured));
    rig.send(&prepare);
    let state = rig.state();
    let plain = Plain::new(&run, &weights, &[]);
    for pair in 0..pairs {
        let x = Int::from((pair * 7 + 1) as i8);
        let score = |sign| {
            let who = common::Who::Twin { generation: 1, pair, sign };
            let of = |input: [Int; 3]| plain.pass(&input, who).outputs.iter().sum::<Int>();
            of([x, 0, 0]) + 3 * of([x, -x, 100]) - 5 * of([1, 2, 3])
        };
        let Answer::Scores { scores, .. } = rig.ask(&evaluate(pair, 1)).answer else { panic!("no scores") };
        let expected: Report = vec![Some(vec![(score(1) - score(-1)) as i16])];
        assert_eq!(unpack(run.estimator.shape(), 1, scores), expected);
        // The weights themselves, on a trial that no training meets.
        let x = Int::from((pair.wrapping_mul(7).wrapping_add(FRESH) as i8).max(-127));
        let of = |input: [Int; 3]| plain.pass(&input, common::Who::Base).outputs.iter().sum::<Int>();
        let expected = of([x, 0, 0]) + 3 * of([x, -x, 100]) - 5 * of([1, 2, 3]);
        assert_eq!(rig.ask(&measure(pair)).answer, own(Some(expected as i32)));
    }
    assert_eq!(rig.state(), state);
    conversation("node_residual").requests.iter().for_each(|request| drop(rig.send(request)));
    assert_eq!(rig.ask(&measure(0)).answer, no_task, "the run is on samples");
}

/// [`Probe`], which waits for the world: three calls a score, six a second.
struct Waiting;

impl Task for Waiting {
    const ACTS_A_SECOND: u32 = 6;

    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        Probe.score(trial, member)
    }
}

#[test]
fn a_task_that_waits_says_so_twice_a_second() {
    let weight = Weight {
        pairs: 4,
        samples: 1,
        own_samples: false,
        rank: 1,
        sigma_shift: 2,
        noise: Noise::Sign,
        clip: 127,
        credit: CreditTo::Pair,
    };
    let run = Run { task: TaskKind::Own, ..run(&[3, 9, 2], true, Estimator::Weight(weight), VOTE, 1) };
    fn words<T: Task>(run: &Run, task: T) -> usize {
        let mut rig = board(FRAME, FRAME, task);
        rig.ask(&ask(1, configure(run.clone(), false, checksum_of(&[]))));
        rig.ask(&ask(2, RunCommand::Start { generation: 0 }));
        let evaluate = RunCommand::Evaluate { generation: 1, first: 0, count: 4 };
        replies(rig.send(&ask(3, evaluate))).len() - 1
    }
    // 24 passes, of which each fourth comes after three since the last word.
    assert_eq!((words(&run, Probe), words(&run, Waiting)), (0, 6));
}

/// Feeds bytes in chunks of any size.
fn feed(rig: &mut Rig<NoTask>, mut bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = vec![];
    while !bytes.is_empty() {
        let (chunk, rest) = bytes.split_at((1 + dice.below(60)).min(bytes.len()));
        out.extend(rig.send(chunk));
        bytes = rest;
    }
    out
}

proptest! {
    #[test]
    fn any_bytes_in_any_chunks(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0..3u8], 0..600), seed in any::<u32>()) {
        let mut rig = board(FRAME, FRAME, NoTask);
        replies(feed(&mut rig, &bytes, &mut Dice::new(seed)));
        prop_assert!(rig.greets());
        // The same bytes as the messages of intact frames.
        for message in bytes.split(|&b| b == 2) {
            replies(feed(&mut rig, &frame(message), &mut Dice::new(seed)));
        }
        prop_assert!(rig.greets());
    }
}

/// Valid frames flipped, cut, doubled, spliced and interleaved; afterwards the board still follows a golden
/// run.
#[test]
fn mutated_conversations() {
    let mut dice = Dice::new(12);
    let frames: Vec<Vec<u8>> = GOLDEN.iter().flat_map(|name| conversation(name).requests).collect();
    let mut rig = board(FRAME, FRAME, NoTask);
    for round in 0..20_000 {
        let mut bytes = frames[dice.below(frames.len())].clone();
        for _ in 0..dice.below(4) {
            let at = dice.below(bytes.len());
            match dice.below(6) {
                0 => bytes[at] ^= 1 << dice.below(8),
                1 => bytes.truncate(at + 1),
                2 => bytes.extend_from_within(at..),
                3 => bytes.insert(at, [0, 1, 0xFF, dice.word() as u8][at % 4]),
                4 => drop(bytes.remove(at).min(bytes.len() as u8)),
                _ => {
                    let other = &frames[dice.below(frames.len())];
                    bytes.splice(at..at, other[..dice.below(other.len())].iter().copied());
                }
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        replies(feed(&mut rig, &bytes, &mut dice));
        if round % 50 == 0 {
            assert!(rig.greets(), "{round}");
        }
    }
    // The last round may have left half a frame.
    assert!(rig.greets());
    let stats = rig.stats();
    assert!(stats.bad_frames > 5000 && stats.requests > 5000 && stats.refused > 100, "{stats:?}");
    GOLDEN.iter().for_each(|name| follows(&mut rig, name));
}

/// Requests that are well formed and seldom make sense: each gets one reply, and a refusal changes nothing.
#[test]
fn wild_requests() {
    let mut dice = Dice::new(13);
    // Convolutional models have long descriptions.
    let mut rig = board(1000, FRAME, NoTask);
    let (mut state, mut steps, mut scored): (Option<State>, u32, u32) = (None, 0, 0);
    let (mut alone, mut moved) = (0, 0);
    let mut last = ([0, 0], vec![]);
    for id in 0..320_000 {
        let generation = pick(&mut dice, &[1, 1, 1, 1, 0, 2, u32::MAX]);
        let generation = state.map_or(generation, |s| s.generation.wrapping_add(generation));
        let first = pick(&mut dice, &[0, 0, 0, 1, 3, u32::MAX]);
        let count = pick(&mut dice, &[0, 1, 1, 2, 2, 3, 7, 40, u32::MAX]);
        let offset = pick(&mut dice, &[0, 1, 7, 100, u32::MAX]);
        let section = [Section::Weights, Section::Residuals, Section::Samples][dice.below(3)];
        let len = dice.below(payload_within(FRAME));
        let mut bytes: Vec<u8> = (0..len).map(|_| dice.word() as u8 % 15).collect();
        if dice.below(3) == 0 {
            bytes.iter_mut().for_each(|byte| *byte = dice.word() as u8);
        }
        let rate = pick(&mut dice, &[0, 1, 26_214, u32::MAX]);
        let evaluated = dice.below(2) == 0;
        let (applied, scores) =
            if evaluated { last.clone() } else { ([first, count], bytes[..dice.below(8).min(len)].to_vec()) };
        let command = match dice.below(43) {
            0 if dice.below(3) == 0 => {
                let run = wild_run(&mut dice);
                // A store that was never written holds zeros.
                let record = u64::from(run.model.inputs) + run.target_kind().len() as u64;
                let len = u64::from(run.samples()).saturating_mul(record);
                let blank = vec![0; len.min(4000) as usize];
                let samples = if dice.below(8) == 0 { 7 } else { checksum_of(&blank) };
                configure(run, dice.below(3) > 0, samples)
            }
            1 if dice.below(5) == 0 => RunCommand::Load { section, offset, bytes: &bytes }.of(RUN),
            2..5 => RunCommand::Start { generation: pick(&mut dice, &[0, 0, 1, 1, u32::MAX - 3]) }.of(RUN),
            5..20 => RunCommand::Evaluate { generation, first, count }.of(RUN),
            20..38 => {
                RunCommand::Apply { generation, rate, first: applied[0], count: applied[1], scores: &scores }
                    .of(RUN)
            }
            38 => Command::Stats,
            39 => {
                let (from, end) = (generation.wrapping_sub(1), pick(&mut dice, &[1, 2, 8, 9, 30, u32::MAX]));
                let delta =
                    WeightDelta { count: dice.below(3) as u32, shift: dice.below(3) as u8, bits: &scores };
                RunCommand::Follow { from, generation, first, end, delta }.of(RUN)
            }
            40 | 41 => {
                let (count, pace) = (dice.below(4) as u32, Pace::Constant(rate));
                RunCommand::Train { generation, count, pace }.of(RUN)
            }
            42 if dice.below(2) == 0 => Command::OwnTask,
            _ => Command::Checksum,
        };
        let bytes = ask(id, command.clone());
        let reply = rig.ask(&bytes);
        assert_eq!(reply.id, id);
        macro_rules! is {
            ($kind:pat) => {
                matches!(command, Command::InRun { command: $kind, .. })
            };
        }
        let only_asks =
            matches!(command, Command::Hello | Command::Checksum | Command::Stats | Command::OwnTask)
                || is!(RunCommand::Evaluate { .. });
        if matches!(reply.answer, Answer::Refused(_)) || only_asks {
            assert_eq!(reply.state, state, "{command:?} {:?}", reply.answer);
        }
        steps += u32::from(is!(RunCommand::Apply { .. }) && reply.state != state);
        alone += u32::from(is!(RunCommand::Train { .. }) && reply.state != state);
        moved += u32::from(is!(RunCommand::Follow { .. }) && reply.state != state);
        if let Answer::Scores { first, count, scores } = reply.answer {
            last = ([first, count], scores.to_vec());
            scored += 1;
        }
        state = reply.state;
    }
    assert!(steps > 1000 && scored > 1000 && alone > 100 && moved > 10, "{steps} {scored} {alone} {moved}");
    GOLDEN.iter().for_each(|name| follows(&mut rig, name));
}
