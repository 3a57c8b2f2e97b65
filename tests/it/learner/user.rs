//! What the application does for its user, wherever it is reset.

use super::nor::Nor;
use super::*;
use crate::applications::gestures_here;
use eggroll_firmware::deploy::{Answers, Deployed, DeployedModel, Names};
use learner::ADAPTATION;

#[test]
fn a_board_learns_from_its_user() {
    let mut board = blank();
    let mut features = Features::new();
    let mut user = hands(&mut features);
    let none = user.moved(&mut board, &recording(0));
    assert!(none.len() > 8 && none.iter().all(|shown| *shown == Shown::NoModel), "{none:?}");
    assert_eq!(user.press(&mut board, &[1]), [Shown::NoModel]);
    assert_eq!(user.press(&mut board, &[0, 1]), [Shown::Learning, Shown::NoModel]);
    board = deployed(board);
    assert_eq!(user.press(&mut board, &[1]), [Shown::Failed], "no window since");
    // The answers of the model as `gesture` has it, which are those of `predict`.
    let all: Vec<[i16; 3]> = gestures().as_chunks().0.to_vec();
    let name = |class: usize| gesture::model::CLASS_NAMES[class].to_owned();
    let expected: Vec<String> = gestures_here(&gestures()).into_iter().map(|(_, class, _)| class).collect();
    let shown = user.moved(&mut board, &all).into_iter();
    let answers = shown.map(|shown| if let Shown::Class(class) = shown { name(class) } else { panic!() });
    assert_eq!(answers.collect::<Vec<_>>(), expected);

    let (before, windows) = rights(&mut user, &mut board);
    let taken = teach(&mut user, &mut board);
    let base = board.models.model().unwrap().to_vec();
    assert_eq!((board.log.len(), taken), (taken, windows.len()));
    assert_eq!(user.press(&mut board, &[0, 1]), [Shown::Learning, Shown::Learned]);
    let (after, shown) = rights(&mut user, &mut board);
    println!("{before} windows of {} as their user calls them, {after} after {taken} samples", windows.len());
    assert!(5 * before < 3 * windows.len() && 5 * after > 4 * windows.len(), "{before}, {after}");

    // What the host learns from the same samples, in memory of its own.
    let samples: Vec<Vec<u8>> = board.log.iter().map(<[u8]>::to_vec).collect();
    let mut own = Learner::new(vec![0; 4 * ARENA]);
    let adapted = ADAPTATION.train(&base, samples.iter().map(Vec::as_slice), &mut own, &mut Quiet).unwrap();
    let model = DeployedModel::of_bytes(board.models.model().unwrap()).unwrap();
    assert_eq!((model.weights(), model.adapted), (own.weights(), Some(adapted)));
    assert_eq!(board.models.previous(), Some(&base[..]));

    // It answers at once after a reset, and has its samples.
    let mut board = reset(board);
    assert_eq!(board.log.iter().map(<[u8]>::to_vec).collect::<Vec<_>>(), samples);
    let mut features = Features::new();
    assert_eq!(rights(&mut hands(&mut features), &mut board), (after, shown));
}

#[test]
fn the_log_is_as_large_as_training_has_memory_for() {
    let mut board = deployed(blank());
    let mut features = Features::new();
    let mut user = hands(&mut features);
    user.moved(&mut board, &recording(0));
    // Samples go on coming, and the oldest go: at most six pages of fifteen are there.
    for number in 1..=180 {
        assert_eq!(user.press(&mut board, &[1]), [Shown::Taken], "{number}");
        assert!(board.log.len() >= number.min(board.log.capacity()));
    }
    assert_eq!((board.log.capacity(), board.log.len()), (75, 90));
    assert_eq!(user.press(&mut board, &[0, 1]), [Shown::Learning, Shown::Learned]);
}

#[test]
fn samples_and_a_model_stay_wherever_power_is_cut() {
    /// Operations from one cut to the next: each would train once.
    const APART: usize = 37;
    let mut board = deployed(blank());
    let mut features = Features::new();
    let mut user = hands(&mut features);
    let taken = teach(&mut user, &mut board);
    let base = board.models.model().unwrap().to_vec();
    let (models, samples) = (board.models.into_flash().powered(), board.log.into_flash().powered());
    let mut whole = store(models.clone(), samples.clone());
    assert_eq!(user.press(&mut whole, &[0, 1]), [Shown::Learning, Shown::Learned]);
    let learned = whole.models.model().unwrap().to_vec();
    let operations = whole.models.into_flash().operations;
    assert!(operations > 10 * APART, "{operations} would show little");
    for cut in (0..operations).step_by(APART).chain([operations - 1]) {
        let mut board = store(models.clone(), samples.clone());
        board.models = cut_at(models.clone(), cut);
        assert_eq!(user.press(&mut board, &[0, 1]), [Shown::Learning, Shown::Failed], "{cut}");
        let mut board = reset(board);
        assert_eq!(board.log.len(), taken);
        // The last operation ends the head: what is cut of it may be all that was missing.
        let model = board.models.model();
        let is_done = cut == operations - 1 && model == Some(&learned[..]);
        assert!(model == Some(&base[..]) || is_done, "cut in operation {cut}");
        // And it goes on.
        if cut == 0 {
            assert_eq!(user.press(&mut board, &[0, 1]), [Shown::Learning, Shown::Learned]);
            assert_eq!(board.models.model(), Some(&learned[..]));
        }
    }
    // A sample is either there or not, and those before it are.
    user.moved(&mut store(models.clone(), samples.clone()), &recording(0));
    for cut in 0..16 {
        let mut board = store(models.clone(), Nor::new(SAMPLE_PAGES));
        let mut flash = samples.clone();
        flash.cut = Some(cut);
        board.log = SampleLog::new(flash, INPUTS).unwrap();
        assert_eq!(user.press(&mut board, &[1]), [Shown::Failed], "{cut}");
        assert_eq!(reset(board).log.len(), taken, "cut in operation {cut}");
    }
}

/// Models in flash whose power is cut in an operation.
fn cut_at(mut flash: Flash, cut: usize) -> Slots<Flash, 4> {
    flash.cut = Some(cut);
    Slots::new(flash).unwrap()
}

#[test]
fn samples_of_classes_that_are_no_more_go() {
    let mut board = deployed(blank());
    let mut features = Features::new();
    let mut user = hands(&mut features);
    assert!(teach(&mut user, &mut board) > 0);
    let bytes = board.models.model().unwrap().to_vec();
    let deploy = |board: &mut Store, bytes: &[u8]| {
        board.models.begin(Deployed::of(bytes)).unwrap();
        board.models.write(0, bytes).unwrap();
        board.models.commit().unwrap();
    };
    let mut model = DeployedModel::of_bytes(&bytes).unwrap();
    let weights: Vec<u8> = model.weights.iter().map(|&weight| if weight == 1 { 2 } else { weight }).collect();
    let (mut room, mut other) = (vec![0; 8192], vec![0; 8192]);
    model.weights = &weights;
    deploy(&mut board, model.write(&mut room).unwrap());
    let kept = board.log.len();
    user.moved(&mut board, &recording(0));
    assert_eq!(board.log.len(), kept, "the same features and classes");
    model.answers = Answers::Classes(Names::new("a\nb\n"));
    deploy(&mut board, model.write(&mut other).unwrap());
    user.moved(&mut board, &recording(0));
    assert!(board.log.is_empty(), "samples of other classes");
}
