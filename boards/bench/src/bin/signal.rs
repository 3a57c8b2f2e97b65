//! The features of signals that the host hands over with their plans: a checksum of each window, and what
//! some of the samples cost.
#![no_std]
#![no_main]

use core::ptr::addr_of_mut;
use eggroll_bench::{begin, end, entry, exit, handed, say};
use eggroll_firmware::signal::{Biquad, BiquadState, Block, Extractor, MelBank, MelFrames, Memory, Plan};
use eggroll_firmware::wire::checksum_of;
use heapless::Vec;
use serde::Deserialize;

/// The most samples that are kept, in all lanes.
const RING: usize = 1024;
/// The most features of a window, and of its frames.
const FEATURES: usize = 512;
/// The largest transform.
const SCRATCH: usize = 1024;
/// The most filters, in all channels.
const FILTERS: usize = 12;

/// A plan and samples, as the host hands them over; the samples follow at the next even address.
#[derive(Deserialize)]
struct Case {
    channels: u16,
    window: u32,
    hop: u32,
    filters: Vec<([i32; 3], [i32; 2]), 4>,
    magnitude: bool,
    blocks: Vec<Wanted, 16>,
    /// The bank of all blocks on the mel scale.
    starts: Vec<u16, 42>,
    rising: Vec<u16, 513>,
    /// The first moment that is counted, and how many are.
    from: u32,
    count: u32,
    /// Moments that follow, each a sample a channel.
    moments: u32,
}

/// A block of features.
#[derive(Clone, Copy, Deserialize)]
enum Wanted {
    Raw,
    Mean,
    Spread,
    Least,
    Greatest,
    PeakToPeak,
    Crossings,
    Bands(u8),
    Mel { frame: u16, step: u16, coefficients: u8 },
}

impl Case {
    fn block(&self, wanted: Wanted) -> Block<'_> {
        match wanted {
            Wanted::Raw => Block::Raw,
            Wanted::Mean => Block::Mean,
            Wanted::Spread => Block::Spread,
            Wanted::Least => Block::Least,
            Wanted::Greatest => Block::Greatest,
            Wanted::PeakToPeak => Block::PeakToPeak,
            Wanted::Crossings => Block::Crossings,
            Wanted::Bands(count) => Block::Bands { count },
            Wanted::Mel { frame, step, coefficients } => {
                let bank = MelBank { starts: &self.starts, rising: &self.rising };
                Block::Mel(MelFrames { frame, step, bank, coefficients })
            }
        }
    }
}

/// What an extractor works in.
struct Room {
    ring: [i16; RING],
    frames: [i16; FEATURES],
    scratch: [i16; SCRATCH],
    filters: [BiquadState; FILTERS],
    features: [i32; FEATURES],
}

static mut ROOM: Room = Room {
    ring: [0; RING],
    frames: [0; FEATURES],
    scratch: [0; SCRATCH],
    filters: [BiquadState::NEW; FILTERS],
    features: [0; FEATURES],
};

/// Where the program begins.
#[entry]
fn main() -> ! {
    // SAFETY: nothing else names it, and the program starts once.
    let room = unsafe { &mut *addr_of_mut!(ROOM) };
    let (cases, mut rest) = postcard::take_from_bytes::<u8>(handed()).unwrap();
    for number in 0..cases {
        rest = run(number, rest, room);
    }
    exit()
}

/// Runs a case. Returns what is behind it.
fn run<'a>(number: u8, bytes: &'a [u8], room: &mut Room) -> &'a [u8] {
    let (case, rest) = postcard::take_from_bytes::<Case>(bytes).unwrap();
    let rest = &rest[rest.as_ptr().align_offset(2)..];
    let (samples, rest) = rest.split_at(2 * usize::from(case.channels) * case.moments as usize);
    let filters: Vec<Biquad, 4> = case.filters.iter().map(|&(b, a)| Biquad { b, a }).collect();
    let blocks: Vec<Block<'_>, 16> = case.blocks.iter().map(|&wanted| case.block(wanted)).collect();
    let plan = Plan {
        channels: case.channels,
        window: case.window,
        hop: case.hop,
        filters: &filters,
        magnitude: case.magnitude,
        blocks: &blocks,
    };
    if let Some(fault) = plan.fault() {
        say(format_args!("{number}\t{fault:?}"));
        return rest;
    }
    let mut memory = Memory {
        ring: &mut room.ring[..plan.ring()],
        frames: &mut room.frames[..plan.frames()],
        scratch: &mut room.scratch[..plan.scratch()],
        filters: &mut room.filters[..plan.states()],
    };
    let features = &mut room.features[..plan.features()];
    let mut extractor = Extractor::new(&plan);
    extractor.restart(&plan, &mut memory);
    let mut moments = bytemuck::cast_slice::<u8, i16>(samples).chunks_exact(case.channels.into());
    let mut window = 0;
    let mut push =
        |moment: &[i16], features: &mut [i32]| extractor.push(&plan, &mut memory, moment, features);
    let mut say_window = |features: &[i32]| {
        say(format_args!("{number}.{window}\t{:08x}", checksum_of(bytemuck::cast_slice(features))));
        window += 1;
    };
    for moment in moments.by_ref().take(case.from as usize) {
        if push(moment, features) {
            say_window(features);
        }
    }
    if case.count > 0 {
        say(format_args!("measure\t{number}\t{}", case.count));
        let mut is_complete = false;
        begin();
        for moment in moments.by_ref().take(case.count as usize) {
            is_complete = push(moment, features);
        }
        end();
        if is_complete {
            say_window(features);
        }
    }
    for moment in moments {
        if push(moment, features) {
            say_window(features);
        }
    }
    rest
}
