//! Samples that a board collects by itself, and what it learns from them.

#[path = "common/nor.rs"]
mod nor;

use eggroll_firmware::Error;
use eggroll_firmware::accelerator::NoAccelerator;
use eggroll_firmware::checksum::checksum_of;
use eggroll_firmware::deploy::{
    Adaptation, Answers, Deployed, DeployedModel, ModelStore, Names, PlacedRule, Predictor, Rules, SampleLog,
    Slots, WithSamples, keep_adapted,
};
use eggroll_firmware::features::Rule;
use eggroll_firmware::model::{Description, Program};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::task::{InArena, NoTask};
use eggroll_firmware::train::Learner;
use eggroll_firmware::wire::{
    Answer, Command, Features, ModelCommand, Reply, Request, SMALLEST_FRAME, decode, encode,
};
use nor::Nor;

const INPUTS: usize = 5;

/// The features of a sample that can be told from all others.
fn features(number: usize) -> [i8; INPUTS] {
    core::array::from_fn(|place| ((number * 31 + place * 7) % 255) as i8 ^ -128)
        .map(|feature: i8| feature.max(-127))
}

fn sample(number: usize) -> Vec<u8> {
    features(number).iter().map(|&feature| feature as u8).chain([(number % 3) as u8]).collect()
}

fn push<const UNIT: usize, const PAGE: usize>(
    log: &mut SampleLog<Nor<UNIT, PAGE>, UNIT>,
    number: usize,
) -> Result<(), Error> {
    log.push(&features(number), (number % 3) as u8)
}

/// Fills a log several times over, and cuts power in each operation of its last rounds.
fn whole_wherever_power_is_cut<const UNIT: usize, const PAGE: usize>(pages: usize) {
    let open = |flash: Nor<UNIT, PAGE>| SampleLog::<_, UNIT>::new(flash.powered(), INPUTS).unwrap();
    let mut log = open(Nor::new(pages));
    assert!(log.is_empty());
    let capacity = log.capacity();
    // Near the end of a page, so that little is left until the next is erased.
    let before = 2 * capacity + capacity / (pages - 1) - 2;
    for number in 0..before {
        push(&mut log, number).unwrap();
        let kept: Vec<Vec<u8>> = log.iter().map(<[u8]>::to_vec).collect();
        assert!(kept.len() >= capacity.min(number + 1));
        let first = number + 1 - kept.len();
        assert!(kept.iter().zip(first..).all(|(kept, number)| *kept == sample(number)), "{number}");
    }
    let flash = log.into_flash();
    let mut whole = open(flash.clone());
    (before..before + 4).for_each(|number| push(&mut whole, number).unwrap());
    let operations = whole.into_flash().operations;
    for cut in 0..operations {
        let mut cut_flash = flash.clone().powered();
        cut_flash.cut = Some(cut);
        let mut log = SampleLog::<_, UNIT>::new(cut_flash, INPUTS).unwrap();
        let pushed = (before..before + 4).take_while(|&number| push(&mut log, number).is_ok()).count();
        assert!(pushed < 4);
        let mut log = open(log.into_flash());
        let kept: Vec<Vec<u8>> = log.iter().map(<[u8]>::to_vec).collect();
        // All that was said to be there is, and nothing that is no sample.
        assert_eq!(kept.last(), Some(&sample(before + pushed - 1)), "cut in operation {cut}");
        assert!(kept.windows(2).all(|two| (0..).take(before + 4).any(|n| two == [sample(n), sample(n + 1)])));
        // And it goes on.
        push(&mut log, before + pushed).unwrap();
        assert_eq!(log.iter().last(), Some(&sample(before + pushed)[..]));
    }
}

#[test]
fn samples_are_whole_wherever_power_is_cut() {
    whole_wherever_power_is_cut::<4, 1024>(3);
    whole_wherever_power_is_cut::<8, 2048>(2);
    whole_wherever_power_is_cut::<256, 4096>(3);
    whole_wherever_power_is_cut::<1, 512>(4);
}

#[test]
fn pages_wear_alike() {
    let mut log = SampleLog::<_, 4>::new(Nor::<4, 1024>::new(4), INPUTS).unwrap();
    let places = log.capacity() / 3;
    let before = log.capacity() * 10;
    (0..before).for_each(|number| push(&mut log, number).unwrap());
    // A page is erased once it is to be filled, and not again before all others were.
    let erased = before.div_ceil(places);
    let units = (before * 12).div_ceil(4) + erased * 4;
    assert_eq!(log.into_flash().operations, erased + units);
}

#[test]
fn samples_of_another_model_are_none() {
    let mut log = SampleLog::<_, 4>::new(Nor::<4, 1024>::new(2), INPUTS).unwrap();
    push(&mut log, 0).unwrap();
    assert_eq!(log.push(&[0; 4], 0), Err(Error::Inputs { needs: 5, has: 4 }));
    assert_eq!(log.push(&[0, 0, -128, 0, 0], 0), Err(Error::BadSample { at: 1 }));
    let mut other = SampleLog::<_, 4>::new(log.into_flash().powered(), INPUTS + 1).unwrap();
    assert!(other.is_empty());
    other.push(&[1; 6], 2).unwrap();
    assert_eq!(other.len(), 1);
    other.clear().unwrap();
    assert!(other.is_empty());
    assert!(SampleLog::<_, 4>::new(Nor::<4, 1024>::new(1), INPUTS).is_none());
    assert!(SampleLog::<_, 4>::new(Nor::<4, 1024>::new(2), 1024).is_none());
}

/// A model of two inputs that answers which is larger, but the other way round.
fn wrong_way_round() -> Vec<u8> {
    let model = Description::mlp(&[2, 6, 2], true).unwrap();
    let program = Program::new(&model).unwrap();
    let mut weights = vec![0; program.parameters()];
    program.initialize(3, &mut weights);
    let rule = PlacedRule { places: 0, rule: Rule::new(0, 2, 1).unwrap() }.bytes();
    let model = DeployedModel {
        model,
        rules: Rules::new(&rule),
        answers: Answers::Classes(Names::new("first\nsecond\n")),
        weights: bytemuck::cast_slice(&weights),
        host: b"columns",
        adapted: None,
    };
    model.write(&mut [0; 512]).unwrap().to_vec()
}

#[test]
fn a_board_learns_from_its_own_samples_and_keeps_what_came_of_it() {
    let base = wrong_way_round();
    let mut store = Slots::<_, 4>::new(Nor::<4, 1024>::new(2)).unwrap();
    store.begin(Deployed::of(&base)).unwrap();
    store.write(0, &base).unwrap();
    store.commit().unwrap();
    let mut log = SampleLog::<_, 4>::new(Nor::<4, 1024>::new(2), 2).unwrap();
    let point = |n: i32| [(n * 37 % 201 - 100) as i8, (n * 91 % 201 - 100) as i8];
    for number in 0..60 {
        let [x, y] = point(number);
        log.push(&[x, y], u8::from(y > x)).unwrap();
    }
    let right = |model: &[u8]| {
        let mut memory = [0; 16];
        let mut predictor = Predictor::new(model, &mut memory).unwrap();
        let rights = (60..160).filter(|&number| {
            let [x, y] = point(number).map(i32::from);
            predictor.classify(&[x, y]).unwrap().class == usize::from(y > x)
        });
        rights.count()
    };
    let adaptation = Adaptation { rate: 40_000, ..Adaptation::default() };
    let mut learner = Learner::new([0u64; 128]);
    let model = store.model().unwrap();
    let adapted = adaptation.train(model, log.iter(), &mut learner, &mut Quiet).unwrap();
    assert_eq!((adapted.base, adapted.samples), (checksum_of(&base), 60));
    let weights = learner.weights().to_vec();
    keep_adapted(&mut store, &weights, &adapted).unwrap();
    // After a reset.
    let store = Slots::<_, 4>::new(store.into_flash().powered()).unwrap();
    let kept = store.model().unwrap();
    let model = DeployedModel::of_bytes(kept).unwrap();
    assert_eq!((model.adapted, model.host), (Some(adapted), &b"columns"[..]));
    assert!(
        right(kept) >= 90 && right(kept) > right(&base),
        "{} of 100, before {}",
        right(kept),
        right(&base)
    );
    // Whoever has the model and the samples rebuilds the weights.
    let mut again = Learner::new(vec![0u64; 1024]);
    let samples: Vec<Vec<u8>> = log.iter().map(<[u8]>::to_vec).collect();
    let rebuilt = adaptation.train(&base, samples.iter().map(Vec::as_slice), &mut again, &mut Quiet);
    assert_eq!((rebuilt, again.weights()), (Ok(adapted), model.weights()));
    // Also where the same has been learned before.
    let rebuilt = adaptation.train(&base, log.iter(), &mut learner, &mut Quiet);
    assert_eq!((rebuilt, learner.weights()), (Ok(adapted), model.weights()));
}

#[test]
fn what_cannot_be_adapted_is_refused() {
    let base = wrong_way_round();
    let adaptation = Adaptation::default();
    let mut learner = Learner::new([0u64; 128]);
    let none = adaptation.train(&base, [].into_iter(), &mut learner, &mut Quiet);
    assert!(matches!(none, Err(Error::Setting(_))), "{none:?}");
    let beyond = [[1, 2, 7]];
    let bad = adaptation.train(&base, beyond.iter().map(<[u8; 3]>::as_slice), &mut learner, &mut Quiet);
    assert_eq!(bad, Err(Error::BadSample { at: 0 }));
    let small = adaptation.train(
        &base,
        beyond.iter().map(<[u8; 3]>::as_slice),
        &mut Learner::new([0; 4]),
        &mut Quiet,
    );
    assert!(matches!(small, Err(Error::ArenaTooSmall { .. })), "{small:?}");
}

/// A board with a store, and what it answers in its smallest frames.
struct Wire<M: ModelStore>(Server<'static, Vec<u64>, NoTask, InArena, NoAccelerator, M>);

impl<M: ModelStore> Wire<M> {
    fn new(store: M) -> Self {
        let board = Board { name: "mock", core: "none", features: Features::default() };
        let [request, reply] = [(); 2].map(|()| &mut *Box::leak(vec![0; FRAME].into_boxed_slice()));
        Self(Server::new(board, vec![0; 32], request, reply).keeping(store))
    }

    fn ask<R>(&mut self, command: ModelCommand<'_>, read: impl FnOnce(Answer<'_>) -> R) -> R {
        let (mut frame, mut replies) = ([0; FRAME], [0; FRAME]);
        let request = Request { id: 7, command: Command::Model(command) };
        let mut rest = &mut replies[..];
        self.0.receive(encode(&request, &mut frame).unwrap(), &mut rest).unwrap();
        let len = FRAME - rest.len();
        let reply: Reply<'_> = decode(&mut replies[..len - 1]).unwrap();
        read(reply.answer)
    }

    fn refused(&mut self, command: ModelCommand<'_>) -> Error {
        self.ask(command, |answer| match answer {
            Answer::Refused(error) => error,
            other => panic!("{other:?}"),
        })
    }

    /// Samples from a place on, and how many there are.
    fn samples(&mut self, first: u32) -> (u32, Vec<u8>) {
        self.ask(ModelCommand::Samples { first }, |answer| match answer {
            Answer::Samples { count, samples } => (count, samples.to_vec()),
            other => panic!("{other:?}"),
        })
    }

    fn deploy(&mut self, bytes: &[u8]) {
        let (_, store) = self.0.parts();
        store.begin(Deployed::of(bytes)).unwrap();
        store.write(0, bytes).unwrap();
        store.commit().unwrap();
    }
}

const FRAME: usize = SMALLEST_FRAME as usize;
const BEFORE: ModelCommand<'_> = ModelCommand::Read { previous: true, offset: 0, length: 1000 };

#[test]
fn a_host_reads_the_model_before() {
    let mut board = Wire::new(Slots::<_, 4>::new(Nor::<4, 1024>::new(2)).unwrap());
    assert_eq!(board.refused(BEFORE), Error::NoModel);
    let first = wrong_way_round();
    board.deploy(&first);
    assert_eq!(board.refused(BEFORE), Error::NoModel, "it is the first");
    let mut second = DeployedModel::of_bytes(&first).unwrap();
    second.host = b"another";
    board.deploy(second.write(&mut [0; 512]).unwrap());
    let mut read: Vec<u8> = Vec::new();
    loop {
        let command = ModelCommand::Read { previous: true, offset: read.len() as u32, length: 40 };
        let more = board.ask(command, |answer| match answer {
            Answer::Bytes { bytes } => bytes.to_vec(),
            other => panic!("{other:?}"),
        });
        if more.is_empty() {
            break;
        }
        read.extend(more);
    }
    assert_eq!(read, first);
    assert_eq!(board.samples(0), (0, vec![]), "a store without a log");
    // What is coming takes its place.
    board.ask(ModelCommand::Begin(Deployed::of(b"none")), |answer| {
        assert_eq!(answer, Answer::Begun { here: 0 });
    });
    assert_eq!(board.refused(BEFORE), Error::NoModel);
}

#[test]
fn a_host_reads_samples() {
    let with = |inputs| WithSamples {
        models: Slots::<_, 4>::new(Nor::<4, 1024>::new(2)).unwrap(),
        log: SampleLog::<_, 4>::new(Nor::<4, 1024>::new(3), inputs).unwrap(),
    };
    let mut board = Wire::new(with(INPUTS));
    assert_eq!(board.samples(0), (0, vec![]));
    (0..100).for_each(|number| push(&mut board.0.parts().1.log, number).unwrap());
    // As many whole ones as fit a frame, from any place on.
    let (mut all, mut answers) = (Vec::new(), 0);
    while all.len() < 100 * (INPUTS + 1) {
        let (count, more) = board.samples((all.len() / (INPUTS + 1)) as u32);
        assert!(count == 100 && !more.is_empty() && more.len().is_multiple_of(INPUTS + 1));
        all.extend(more);
        answers += 1;
    }
    assert_eq!(all, (0..100).flat_map(sample).collect::<Vec<_>>());
    assert!(answers > 2, "{answers}");
    assert_eq!([100, u32::MAX].map(|first| board.samples(first)), [(100, vec![]), (100, vec![])]);
    // The model is that of the store beside.
    board.deploy(&wrong_way_round());
    let store = board.0.parts().1;
    assert_eq!((store.model(), store.capacity()), (store.models.model(), store.models.capacity()));
    // One that no frame holds.
    let mut wide = Wire::new(with(FRAME));
    wide.0.parts().1.log.push(&[1; FRAME], 0).unwrap();
    let error = wide.refused(ModelCommand::Samples { first: 0 });
    assert!(matches!(error, Error::FrameTooSmall { needs: 257, has: ..257 }), "{error:?}");
}
