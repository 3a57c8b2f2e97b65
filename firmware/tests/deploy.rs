//! Models in flash: kept whole whatever is cut short, and answering what the firmware's pass answers.

#[path = "common/nor.rs"]
mod nor;

use eggroll_firmware::Error;
use eggroll_firmware::accelerator::NoAccelerator;
use eggroll_firmware::deploy::{
    Answers, Deployed, DeployedModel, ModelStore, Names, NoModels, PlacedRule, Predictor, RamFlash, Rules,
    Slots,
};
use eggroll_firmware::features::Rule;
use eggroll_firmware::model::{Description, Program, Scratch, Start, infer};
use eggroll_firmware::runtime::{self, Server};
use eggroll_firmware::task::{InArena, NoTask};
use eggroll_firmware::wire::{Answer, Command, Features, ModelCommand, Reply, Request, decode, encode};
use nor::Nor;

/// The bytes of a small classifier, whose weights are those of a `seed`.
fn classifier(seed: usize) -> Vec<u8> {
    let model = Description::mlp(&[3, 8, 2], true).unwrap();
    let program = Program::new(&model).unwrap();
    let weight = |n: usize| ((n * 83 + seed * 29) % 255) as i8 ^ -128;
    let weights: Vec<i8> = (0..program.parameters()).map(|n| weight(n).max(-127)).collect();
    let rules: Vec<u8> = (0..3)
        .flat_map(|n| PlacedRule { places: n, rule: Rule::new(100 * i32::from(n), 5, 3).unwrap() }.bytes())
        .collect();
    let model = DeployedModel {
        model,
        rules: Rules::new(&rules),
        answers: Answers::Classes(Names::new("left\nright\n")),
        weights: bytemuck::cast_slice(&weights),
        host: b"columns",
        adapted: None,
    };
    model.write(&mut [0; 1024]).unwrap().to_vec()
}

/// Sends a model in pieces of some length.
fn deploy(store: &mut impl ModelStore, model: &[u8], piece: usize) -> Result<(), Error> {
    let mut at = store.begin(Deployed::of(model))? as usize;
    while at < model.len() {
        let end = model.len().min(at + piece);
        let whole = store.write(at as u32, &model[at..end])?;
        assert_eq!(whole, (end == model.len()).then_some(model));
        at = end;
    }
    store.commit()
}

/// Cuts power in every operation of a chip's flash, from a store that holds one model to one that holds
/// another.
fn cut_everywhere<const UNIT: usize, const PAGE: usize>(pages: usize) {
    let (first, second) = (classifier(1), classifier(2));
    let slots = |flash: Nor<UNIT, PAGE>| Slots::<_, UNIT>::new(flash.powered()).unwrap();
    let mut store = slots(Nor::new(pages));
    assert_eq!((store.model(), store.deployed()), (None, None));
    deploy(&mut store, &first, 50).unwrap();
    let held = store.into_flash();
    let mut whole = slots(held.clone());
    assert_eq!(whole.model(), Some(&first[..]));
    deploy(&mut whole, &second, 50).unwrap();
    let operations = whole.into_flash().operations;
    assert!(operations > 2);
    for cut in 0..=operations {
        let mut flash = held.clone().powered();
        flash.cut = Some(cut);
        let mut store = Slots::<_, UNIT>::new(flash).unwrap();
        let deployed = deploy(&mut store, &second, 50);
        assert_eq!(deployed.is_ok(), cut == operations, "{cut}");
        // The board starts anew.
        let mut store = slots(store.into_flash());
        let expected = if deployed.is_ok() { &second } else { &first };
        assert_eq!(store.model(), Some(&expected[..]), "cut in operation {cut}");
        // And takes the model now.
        deploy(&mut store, &second, 64).unwrap();
        let mut store = slots(store.into_flash());
        assert_eq!(store.model(), Some(&second[..]));
        deploy(&mut store, &first, 1000).unwrap();
        assert_eq!(slots(store.into_flash()).model(), Some(&first[..]));
    }
}

#[test]
fn power_may_be_cut_in_any_operation() {
    // Unit and page: of an nRF51, an nRF52 or an ESP32-C3, an RP2040 or RP2350, an STM32L4 and an STM32F4.
    cut_everywhere::<4, 1024>(3);
    cut_everywhere::<4, 4096>(2);
    cut_everywhere::<256, 4096>(2);
    cut_everywhere::<8, 2048>(4);
    cut_everywhere::<1, 16384>(2);
}

#[test]
fn numbers_of_models_wrap() {
    let mut memory = vec![0xff; 4096];
    let models = [classifier(1), classifier(2)];
    for turn in 0..5 {
        let mut store = Slots::<_, 4>::new(RamFlash::new(&mut memory)).unwrap();
        deploy(&mut store, &models[turn % 2], 7).unwrap();
        let store = Slots::<_, 4>::new(RamFlash::new(&mut memory)).unwrap();
        assert_eq!(store.model(), Some(&models[turn % 2][..]), "{turn}");
    }
}

#[test]
fn pieces_may_come_again_and_none_may_be_missing() {
    let model = classifier(1);
    let mut store = Slots::<_, 256>::new(Nor::<256, 4096>::new(2)).unwrap();
    assert_eq!(store.write(0, &model), Err(Error::NotBegun));
    assert_eq!(store.commit(), Err(Error::NotBegun));
    assert_eq!(store.begin(Deployed::of(&model)), Ok(0));
    assert_eq!(store.write(1, &model[1..2]), Err(Error::Gap { have: 0 }));
    assert_eq!(store.write(0, &model[..30]), Ok(None));
    assert_eq!(store.write(0, &model[..30]), Ok(None));
    assert_eq!(store.write(10, &model[10..40]), Ok(None));
    assert_eq!(store.commit(), Err(Error::NotBegun));
    // The same again goes on where it was.
    assert_eq!(store.begin(Deployed::of(&model)), Ok(40));
    let (end, has) = (41 + model.len() as u64, model.len() as u64);
    assert_eq!(store.write(41, &model), Err(Error::OutOfRange { end, has }));
    assert_eq!(store.write(40, &model[40..]), Ok(Some(&model[..])));
    assert_eq!(store.model(), None, "not before it is committed");
    store.commit().unwrap();
    store.commit().unwrap();
    assert_eq!(store.model(), Some(&model[..]));
    assert_eq!(store.write(0, &model), Ok(Some(&model[..])), "a late repeat");
    assert_eq!(store.begin(Deployed::of(&model)), Ok(model.len() as u32), "it is here");
    let operations = store.into_flash().operations;
    // Two pages at most were erased, and what was written was written once.
    assert!(operations <= 1 + model.len().div_ceil(256) + 1, "{operations}");
}

#[test]
fn a_model_that_differs_or_is_too_large_is_refused() {
    let model = classifier(1);
    let mut store = Slots::<_, 4>::new(Nor::<4, 1024>::new(2)).unwrap();
    let has = store.capacity();
    assert_eq!(has, 1000);
    let large = Deployed { length: has + 1, checksum: 0 };
    assert_eq!(store.begin(large), Err(Error::ModelTooLarge { needs: has + 1, has }));
    let wrong = Deployed { checksum: 1, ..Deployed::of(&model) };
    store.begin(wrong).unwrap();
    assert_eq!(store.write(0, &model), Err(Error::ModelDiffers));
    assert_eq!(store.commit(), Err(Error::NotBegun));
    assert!(Slots::<_, 4>::new(Nor::<4, 1024>::new(1)).is_none(), "one page is not two slots");
    assert!(Slots::<_, 8>::new(Nor::<4, 1024>::new(2)).is_none(), "another unit than the flash's");
}

#[test]
fn bytes_that_are_no_model_are_refused() {
    let bytes = classifier(1);
    let model = DeployedModel::of_bytes(&bytes).unwrap();
    assert!(model.program().is_ok());
    for end in 0..bytes.len() {
        assert_eq!(DeployedModel::of_bytes(&bytes[..end]).err(), Some(Error::BadModel), "{end}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(DeployedModel::of_bytes(&longer).err(), Some(Error::BadModel));
    let short = DeployedModel { weights: &model.weights[1..], ..model.clone() };
    assert_eq!(short.program().err(), Some(Error::BadModel));
    let mut weights = model.weights.to_vec();
    weights[7] = 128;
    let bad = DeployedModel { weights: &weights, ..model.clone() };
    assert_eq!(bad.program().err(), Some(Error::BadWeight { at: 7 }));
    let names = Answers::Classes(Names::new("a\nb\nc\n"));
    assert_eq!(DeployedModel { answers: names, ..model.clone() }.program().err(), Some(Error::BadModel));
    let rules = Rules::new(&[0; 20]);
    assert_eq!(DeployedModel { rules, ..model.clone() }.program().err(), Some(Error::BadModel));
    assert_eq!(
        DeployedModel { answers: Answers::Features { threshold: 0 }, ..model }.program().err(),
        Some(Error::BadModel)
    );
}

#[test]
fn it_answers_as_a_pass_does() {
    let bytes = classifier(3);
    let mut store = Slots::<_, 4>::new(Nor::<4, 1024>::new(2)).unwrap();
    let mut memory = [0u64; 32];
    assert_eq!(Predictor::load(&store, &mut memory).err(), Some(Error::NoModel));
    deploy(&mut store, &bytes, 33).unwrap();
    let model = DeployedModel::of_bytes(&bytes).unwrap();
    let program = model.program().unwrap();
    let needs = Predictor::memory_of(&program);
    let mut short = vec![0u64; needs as usize / 8 - 1];
    let refused = Predictor::load(&store, &mut short).err();
    assert_eq!(refused, Some(Error::ArenaTooSmall { needs, has: needs - 8 }));
    let mut exact = vec![0u64; needs as usize / 8];
    let mut predictor = Predictor::load(&store, &mut exact).unwrap();
    let (mut bytes, mut sums) = (vec![0; program.scratch_len()], vec![0; program.products()]);
    let mut classes = [0; 2];
    for turn in 0..64 {
        let raws = [turn * 397 % 601 - 300, 100 - turn * 211 % 500, turn * 97 % 701];
        let mut scratch = Scratch::new(&program, &mut bytes, &mut sums).unwrap();
        let rule = |n: usize| model.rules.at(n).unwrap().rule.apply(raws[n]);
        let input = [rule(0), rule(1), rule(2)];
        let outputs = infer(&program, model.weights(), Start::Input(&input), &mut [], &mut scratch).to_vec();
        let mut answered = [0; 2];
        predictor.outputs(&raws, &mut answered).unwrap();
        assert_eq!(answered[..], outputs);
        let answer = predictor.classify(&raws).unwrap();
        assert_eq!(answer.class, usize::from(outputs[1] > outputs[0]));
        assert_eq!(answer.name, ["left", "right"][answer.class]);
        classes[answer.class] += 1;
    }
    assert!(classes.iter().all(|&count| count > 0), "{classes:?}: they would show nothing");
    assert_eq!(predictor.classify(&[1, 2]).err(), Some(Error::Inputs { needs: 3, has: 2 }));
}

/// A board that keeps a model, and what it answers.
struct Board<M: ModelStore> {
    server: Server<'static, Vec<u64>, NoTask, InArena, NoAccelerator, M>,
    id: u32,
}

impl<M: ModelStore> Board<M> {
    fn new(words: usize, models: M) -> Self {
        let board = runtime::Board { name: "mock", core: "none", features: Features::default() };
        let [request, reply] = [(); 2].map(|()| &mut *Box::leak(vec![0; 256].into_boxed_slice()));
        Self { server: Server::new(board, vec![0; words], request, reply).keeping(models), id: 0 }
    }

    fn ask<R>(&mut self, command: ModelCommand<'_>, read: impl FnOnce(Answer<'_>) -> R) -> R {
        self.id += 1;
        let (mut frame, mut replies) = ([0; 256], [0; 256]);
        let request = Request { id: self.id, command: Command::Model(command) };
        let mut rest = &mut replies[..];
        self.server.receive(encode(&request, &mut frame).unwrap(), &mut rest).unwrap();
        let len = 256 - rest.len();
        assert_eq!(replies[len - 1], 0);
        let reply: Reply<'_> = decode(&mut replies[..len - 1]).unwrap();
        assert_eq!((reply.id, reply.state), (self.id, None));
        read(reply.answer)
    }

    fn refused(&mut self, command: ModelCommand<'_>) -> Error {
        self.ask(command, |answer| match answer {
            Answer::Refused(error) => error,
            other => panic!("{other:?}"),
        })
    }

    /// Sends raw values in pieces of `piece`, and returns the outputs.
    fn infer(&mut self, raws: &[i32], piece: usize) -> Vec<i8> {
        let (mut outputs, row) = (Vec::new(), self.id);
        for (place, part) in (0..).step_by(piece).zip(raws.chunks(piece)) {
            let bytes: Vec<u8> = part.iter().flat_map(|raw| raw.to_le_bytes()).collect();
            self.ask(ModelCommand::Infer { row, first: place, raws: &bytes }, |answer| match answer {
                Answer::Outputs { outputs: all } => outputs.extend(bytemuck::cast_slice::<_, i8>(all)),
                other => assert_eq!(other, Answer::Done),
            });
        }
        outputs
    }
}

#[test]
fn a_board_takes_a_model_and_answers_over_the_wire() {
    let bytes = classifier(3);
    let store = Slots::<_, 4>::new(RamFlash::new(vec![0xff; 4096].leak())).unwrap();
    let capacity = store.capacity();
    let mut board = Board::new(32, store);
    board.ask(ModelCommand::Which, |answer| assert_eq!(answer, Answer::Kept { capacity, model: None }));
    assert_eq!(board.refused(ModelCommand::Infer { row: 7, first: 0, raws: &[] }), Error::NoModel);
    assert_eq!(board.refused(ModelCommand::Read { previous: false, offset: 0, length: 1 }), Error::NoModel);
    let model = Deployed::of(&bytes);
    board.ask(ModelCommand::Begin(model), |answer| assert_eq!(answer, Answer::Begun { here: 0 }));
    for (offset, piece) in (0..).step_by(40).zip(bytes.chunks(40)) {
        let piece = ModelCommand::Piece { offset, bytes: piece };
        board.ask(piece, |answer| assert_eq!(answer, Answer::Done));
        // A repeat, as after a lost reply.
        board.ask(piece, |answer| assert_eq!(answer, Answer::Done));
    }
    let kept = Answer::Kept { capacity, model: Some(model) };
    board.ask(ModelCommand::Which, |answer| assert_eq!(answer, kept));
    let here = model.length;
    board.ask(ModelCommand::Begin(model), |answer| assert_eq!(answer, Answer::Begun { here }));
    let mut read: Vec<u8> = Vec::new();
    while read.len() < bytes.len() {
        let command = ModelCommand::Read { previous: false, offset: read.len() as u32, length: 1000 };
        board.ask(command, |answer| match answer {
            Answer::Bytes { bytes } if !bytes.is_empty() => read.extend(bytes),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(read, bytes);
    let mut memory = [0; 32];
    let mut predictor = Predictor::new(&bytes, &mut memory).unwrap();
    for turn in 0..20 {
        let raws = [turn * 397 % 601 - 300, 100 - turn * 211 % 500, turn * 97 % 701];
        let mut expected = [0; 2];
        predictor.outputs(&raws, &mut expected).unwrap();
        for piece in 1..=3 {
            assert_eq!(board.infer(&raws, piece), expected);
        }
    }
}

#[test]
fn a_board_refuses_rows_and_models_that_it_cannot_take() {
    let bytes = classifier(3);
    let mut nowhere = Board::new(32, NoModels);
    let none = Answer::Kept { capacity: 0, model: None };
    nowhere.ask(ModelCommand::Which, |answer| assert_eq!(answer, none));
    assert_eq!(nowhere.refused(ModelCommand::Begin(Deployed::of(&bytes))), Error::NoModelStore);
    let store = || Slots::<_, 4>::new(RamFlash::new(vec![0xff; 4096].leak())).unwrap();
    // Too little memory for a pass of it, which then is not kept.
    let mut small = Board::new(2, store());
    small.ask(ModelCommand::Begin(Deployed::of(&bytes)), |_| ());
    small.ask(ModelCommand::Piece { offset: 0, bytes: &bytes[..100] }, |_| ());
    let last = ModelCommand::Piece { offset: 100, bytes: &bytes[100..] };
    assert!(matches!(small.refused(last), Error::ArenaTooSmall { has: 16, .. }));
    small.ask(ModelCommand::Which, |answer| assert!(matches!(answer, Answer::Kept { model: None, .. })));
    // Bytes that are no model.
    let mut board = Board::new(32, store());
    board.ask(ModelCommand::Begin(Deployed::of(b"none")), |_| ());
    assert_eq!(board.refused(ModelCommand::Piece { offset: 0, bytes: b"none" }), Error::BadModel);
    let mut kept = store();
    deploy(&mut kept, &bytes, 1000).unwrap();
    let mut board = Board::new(32, kept);
    assert_eq!(
        board.refused(ModelCommand::Infer { row: 7, first: 1, raws: &[0; 4] }),
        Error::Gap { have: 0 }
    );
    assert_eq!(
        board.refused(ModelCommand::Infer { row: 7, first: 0, raws: &[0; 16] }),
        Error::OutOfRange { end: 4, has: 3 }
    );
    let odd = board.refused(ModelCommand::Infer { row: 7, first: 0, raws: &[0; 5] });
    assert_eq!(odd, Error::Inputs { needs: 3, has: 1 });
    // A late repeat of another row's values is none of this row's.
    board.ask(ModelCommand::Infer { row: 1, first: 0, raws: &[0; 8] }, |_| ());
    board.ask(ModelCommand::Infer { row: 0, first: 0, raws: &[9; 4] }, |_| ());
    let rest = ModelCommand::Infer { row: 1, first: 2, raws: &[0; 4] };
    assert_eq!(board.refused(rest), Error::Gap { have: 0 });
    let beyond = ModelCommand::Read { previous: false, offset: 1000, length: 1 };
    assert!(matches!(board.refused(beyond), Error::OutOfRange { end: 1000, .. }));
}

#[test]
fn values_of_a_regression_are_in_the_unit_of_their_rule() {
    let model = Description::mlp(&[1, 1], false).unwrap();
    let rule = PlacedRule { places: 1, rule: Rule::new(500, 1 << 10, 12).unwrap() }.bytes();
    let rules = Rules::new(&rule);
    let answers = Answers::Values { rules, names: Names::new("height\n") };
    let model = DeployedModel { model, rules, answers, weights: &[16], host: &[], adapted: None };
    let (mut memory, mut room) = ([0; 8], [0; 256]);
    let mut predictor = Predictor::new(model.write(&mut room).unwrap(), &mut memory).unwrap();
    let (mut outputs, mut values) = ([0], [0]);
    predictor.outputs(&[900], &mut outputs).unwrap();
    predictor.values(&[900], &mut values).unwrap();
    assert_eq!((outputs, values), ([100], [900]));
    assert_eq!(predictor.classify(&[900]).err(), Some(Error::BadModel));
}

#[test]
fn a_detector_tells_how_far_a_row_is() {
    // A weight of 16 is 1, so both features are their own answers; the second is halved.
    let model = Description::mlp(&[2, 2], false).unwrap();
    let rule = PlacedRule { places: 0, rule: Rule::new(0, 2, 1).unwrap() }.bytes();
    let (rules, answers) = (Rules::new(&rule), Answers::Features { threshold: 25 });
    let model = DeployedModel { model, rules, answers, weights: &[16, 0, 0, 8], host: &[], adapted: None };
    let (mut memory, mut room) = ([0; 8], [0; 256]);
    let mut detector = Predictor::new(model.write(&mut room).unwrap(), &mut memory).unwrap();
    assert_eq!(detector.anomaly(&[100, 10]), Ok((25, false)));
    assert_eq!(detector.anomaly(&[-100, 12]), Ok((36, true)));
    assert_eq!(detector.anomaly(&[1]), Err(Error::Inputs { needs: 2, has: 1 }));
}
