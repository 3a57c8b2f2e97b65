//! Trains alone on samples in flash, in as much memory as a micro:bit has, or as a Pico.
#![no_std]
#![no_main]

use cortex_m::singleton;
use cortex_m_rt::entry;
use eggroll_bench::{Linked, Training, exit, handed, measure, say};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Learner, Section};
use eggroll_firmware::wire::checksum_of;

/// The arena: somewhat less than those of the boards' images.
const WORDS: usize = if cfg!(feature = "large") { 220_000 / 8 } else { 8_992 / 8 };
/// Bytes for scores, as in a frame of the micro:bit's.
const FRAME: usize = 230;

#[entry]
fn main() -> ! {
    let arena: &'static mut [u64; WORDS] = singleton!(: [u64; WORDS] = [0; WORDS]).unwrap();
    let (training, rest) = postcard::take_from_bytes::<Training>(handed()).unwrap();
    let (samples, rest) = rest.split_at(training.samples as usize);
    let weights = &rest[..training.weights as usize];
    let mut learner = Learner::with_store(&mut arena[..], Linked(samples));
    let needs = learner.configure(training.run, true).unwrap();
    say(format_args!("needs\t{needs}"));
    assert!(learner.expect_samples(checksum_of(samples)).unwrap());
    if weights.is_empty() {
        measure(format_args!("initial weights"), 1, || learner.initialize()).unwrap();
    } else {
        learner.load(Section::Weights, 0, weights).unwrap();
        learner.initialize_guide().unwrap();
    }
    learner.start(0).unwrap();
    #[cfg(feature = "recurrent")]
    if let Some(streams) = learner.plan().and_then(|plan| plan.run().streams()) {
        let states = learner.plan().unwrap().program().state_len();
        let mut room = [0; 4096];
        let feed = &mut room[..streams.feed_len(states) as usize];
        streams.read(1, samples, &mut feed[..streams.feed_len(0) as usize]);
        learner.feed(1, 0, feed).unwrap();
    }
    let generations = training.generations;
    measure(format_args!("training"), generations as usize, || {
        let (mut next, mut scores) = (1, [0; FRAME]);
        while next <= generations {
            let left = generations - (next - 1);
            next += learner.train(next, left, training.pace, &mut NoTask, &mut Quiet, &mut scores).unwrap().0;
        }
    });
    say(format_args!("checksum\t{:08x}", learner.state().unwrap().checksum));
    exit()
}
