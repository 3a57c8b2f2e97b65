//! An application that learns from its user: through the sensor's driver on a bus in memory, over resets and
//! cuts of power, and read by a host that repeats what it has learned.

#[path = "../../../firmware/tests/common/nor.rs"]
mod nor;

mod emulated;
mod repeated;
mod user;

use crate::applications::{boards, gestures, program};
use eggroll_firmware::deploy::{ModelStore, SampleLog, Slots, WithSamples};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::runtime::{Board, Server, serve};
use eggroll_firmware::train::Learner;
use eggroll_firmware::wire::Features as Kernels;
use embedded_hal::digital::{ErrorType, InputPin};
use embedded_hal_mock::eh1::delay::NoopDelay;
use embedded_io_adapters::std::FromStd;
use gesture::replay::{BusFault, Replay};
use gesture::{Fault, Sensor};
use learner::{Application, Buttons, Features, INPUTS, STEADY, Shown};
use nor::Nor;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// The image's flash and memory: pages for models and samples, and words of the arena (`cargo xtask size`).
const MODEL_PAGES: usize = 12;
const SAMPLE_PAGES: usize = 6;
const ARENA: usize = 8352 / 8;
/// Samples of a recording in `recording.csv`, one a class, and classes.
const RECORDING: usize = 400;
const CLASSES: usize = 4;

type Flash = Nor<4, 1024>;
type Store = WithSamples<Slots<Flash, 4>, Flash, 4>;

fn store(models: Flash, samples: Flash) -> Store {
    let models = Slots::new(models.powered()).unwrap();
    WithSamples { models, log: SampleLog::new(samples.powered(), INPUTS).unwrap() }
}

fn blank() -> Store {
    store(Nor::new(MODEL_PAGES), Nor::new(SAMPLE_PAGES))
}

fn reset(board: Store) -> Store {
    store(board.models.into_flash(), board.log.into_flash())
}

/// A button, which pulls its pin low.
#[derive(Clone, Default)]
struct Button(Rc<Cell<bool>>);

impl ErrorType for Button {
    type Error = Infallible;
}

impl InputPin for Button {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(!self.0.get())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.get())
    }
}

type Samples = Rc<RefCell<VecDeque<[i16; 3]>>>;

/// The application in the hands of its user.
struct Hands<'f, I> {
    samples: Samples,
    buttons: [Button; 2],
    application: Application<'f, Replay<I>, Button, Button>,
    learner: Learner<Vec<u64>>,
    /// What the user does, as the image of the tests reads it: samples, and [`PRESS`] and which buttons.
    trace: Vec<[i16; 3]>,
}

/// What a press begins with in a trace.
const PRESS: i16 = i16::MAX;

fn hands(features: &mut Features) -> Hands<'_, impl Iterator<Item = [i16; 3]>> {
    let samples = Samples::default();
    let source = Rc::clone(&samples);
    let bus = Replay::new(std::iter::from_fn(move || source.borrow_mut().pop_front()));
    let buttons = [Button::default(), Button::default()];
    let [a, b] = buttons.clone();
    let sensor = Sensor::start(bus, &mut NoopDelay).unwrap();
    let application = Application::new(sensor, Buttons::new(a, b), features);
    Hands { samples, buttons, application, learner: Learner::new(vec![0; ARENA]), trace: Vec::new() }
}

impl<I: Iterator<Item = [i16; 3]>> Hands<'_, I> {
    fn poll(&mut self, board: &mut Store) -> Option<Shown> {
        match self.application.poll(&mut self.learner, board, &mut Quiet) {
            Ok(shown) => shown,
            // The sensor has measured nothing since.
            Err(Fault::Bus(BusFault::End)) => None,
            Err(fault) => panic!("{fault:?}"),
        }
    }

    /// Moves the board, and returns what it shows of each window.
    fn moved(&mut self, board: &mut Store, samples: &[[i16; 3]]) -> Vec<Shown> {
        self.samples.borrow_mut().extend(samples);
        self.trace.extend(samples);
        let shown = samples.iter().filter_map(|_| self.poll(board)).collect();
        assert!(self.samples.borrow().is_empty());
        shown
    }

    /// Presses buttons, which bounce, lets them go, and returns what is shown then.
    fn press(&mut self, board: &mut Store, which: &[usize]) -> Vec<Shown> {
        let mut shown = Vec::new();
        self.trace.push([PRESS, which.iter().map(|button| 1 << button).sum(), 0]);
        for down in [true, false, true, false] {
            which.iter().for_each(|&button| self.buttons[button].0.set(down));
            // One bounce, then a steady state.
            let looks = if shown.is_empty() { 1 } else { STEADY };
            shown.extend((0..looks).map(|_| self.poll(board)));
        }
        // Learning begins when the application is called next.
        shown.extend((0..2 * STEADY).map(|_| self.poll(board)));
        shown.into_iter().flatten().collect()
    }

    /// Chooses a class for samples.
    fn choose(&mut self, board: &mut Store, class: usize) {
        let chosen = |shown: Vec<Shown>| shown == [Shown::Chosen(class)];
        let presses = (0..=CLASSES).take_while(|_| !chosen(self.press(board, &[0]))).count();
        assert!(presses < CLASSES, "class {class} is not to be chosen");
    }
}

fn recording(class: usize) -> Vec<[i16; 3]> {
    gestures().as_chunks().0[class * RECORDING..][..RECORDING].to_vec()
}

/// The user calls circles taps, and taps circles.
const USERS: [usize; CLASSES] = [3, 1, 2, 0];

/// Puts the model of `gesture` into a store, by the program as a user would.
fn deployed(board: Store) -> Store {
    let run = boards().join("applications/gesture/model");
    served(board, |address| {
        let output = host(&["deploy", run.to_str().unwrap(), "--boards", address]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    })
}

fn host(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).output().unwrap()
}

/// A host talks to a board with this store.
fn served(board: Store, talk: impl FnOnce(&str)) -> Store {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        let server = scope.spawn(|| {
            // The frames of the micro:bit, into which not all samples fit.
            let (mut request, mut reply) = ([0; 256], [0; 256]);
            let says = Board { name: "learner", core: "mock", features: Kernels::default() };
            let server = Server::new(says, vec![0; ARENA], &mut request, &mut reply);
            let mut server = server.keeping(board);
            while let Ok((stream, _)) = listener.accept() {
                if ends.load(Ordering::SeqCst) {
                    break;
                }
                stream.set_nodelay(true).unwrap();
                // A host that leaves may do so by a reset.
                let _ = serve(&mut server, &mut FromStd::new(stream));
            }
            std::mem::replace(server.parts().1, blank())
        });
        talk(&format!("tcp:{address}"));
        ends.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(address).unwrap());
        server.join().unwrap()
    })
}

/// The user gives samples of their own: each window becomes one, of the class that they call it.
fn teach(user: &mut Hands<'_, impl Iterator<Item = [i16; 3]>>, board: &mut Store) -> usize {
    let mut taken = 0;
    for (class, &called) in USERS.iter().enumerate() {
        user.choose(board, called);
        for sample in recording(class) {
            if !user.moved(board, &[sample]).is_empty() {
                assert_eq!(user.press(board, &[1]), [Shown::Taken]);
                taken += 1;
            }
        }
    }
    taken
}

/// Windows of all recordings, of which so many are shown as their user calls them.
fn rights(user: &mut Hands<'_, impl Iterator<Item = [i16; 3]>>, board: &mut Store) -> (usize, Vec<Shown>) {
    let (mut right, mut all) = (0, Vec::new());
    for (class, &called) in USERS.iter().enumerate() {
        let shown = user.moved(board, &recording(class));
        right += shown.iter().filter(|shown| **shown == Shown::Class(called)).count();
        all.extend(shown);
    }
    (right, all)
}

/// A board that has learned from its user, and the samples that it learned from.
fn learned() -> (Store, Vec<Vec<u8>>) {
    let mut board = deployed(blank());
    let mut features = Features::new();
    let mut user = hands(&mut features);
    teach(&mut user, &mut board);
    assert_eq!(user.press(&mut board, &[0, 1]), [Shown::Learning, Shown::Learned]);
    let samples = board.log.iter().map(<[u8]>::to_vec).collect();
    (board, samples)
}
