use crate::generate::{Body, reply, request, run};
use crate::memory;
use arbitrary::Unstructured;
use eggroll_firmware::train::{Plan, Section};
use eggroll_firmware::wire::{self, Answer, FrameError, Received, Receiver, Reply, Request, RunCommand};
use serde::Serialize;
use std::fmt::Debug;

const FRAME: usize = 2048;

/// Any message comes back as it went; any intact body is a message or refused, and one that is accepted comes
/// back as well; payloads of the stated length fit; any run is planned or refused. No heap is used.
pub fn messages(data: &[u8]) {
    let Some((&mode, rest)) = data.split_first() else { return };
    let mut u = Unstructured::new(rest);
    memory::within(0, || {
        let _ = match mode % 8 {
            0 | 1 => request(&mut u).map(|message| round_trip(&message)),
            2 | 3 => reply(&mut u).map(|message| round_trip(&message)),
            4 => payload(&mut u),
            5 => run(&mut u).map(|run| {
                for updates in [false, true] {
                    if let Ok(plan) = Plan::new(run.clone(), updates) {
                        assert!(plan.needs() >= plan.program().parameters() as u64);
                    }
                }
            }),
            _ => {
                intact(rest);
                Ok(())
            }
        };
    });
}

trait Message: Serialize + Debug {
    fn is_in(&self, frame: &mut [u8]) -> Result<bool, FrameError>;
}

impl Message for Request<'_> {
    fn is_in(&self, frame: &mut [u8]) -> Result<bool, FrameError> {
        wire::decode::<Request<'_>>(frame).map(|message| message == *self)
    }
}

impl Message for Reply<'_> {
    fn is_in(&self, frame: &mut [u8]) -> Result<bool, FrameError> {
        wire::decode::<Reply<'_>>(frame).map(|message| message == *self)
    }
}

fn round_trip(message: &impl Message) {
    let mut buffer = [0; FRAME];
    let len = match wire::encode(message, &mut buffer) {
        Ok(frame) => frame.len(),
        Err(error) => panic!("{error} for {message:?}"),
    };
    assert_eq!(buffer[..len].iter().position(|&byte| byte == 0), Some(len - 1));
    let mut small = [0; FRAME];
    assert_eq!(wire::encode(message, &mut small[..len - 1]), Err(FrameError::NoRoom));
    let mut receiver = Receiver::new([0; FRAME]);
    let (mut first, mut second) = buffer[..len].split_at(len / 2);
    assert_eq!(receiver.push(&mut first), Received::Nothing);
    let Received::Frame(frame) = receiver.push(&mut second) else { panic!("no frame of {message:?}") };
    assert_eq!(message.is_in(frame), Ok(true), "{message:?}");
}

/// A body with the right CRC, as a frame without its terminator.
fn seal<'b>(body: &[u8], buffer: &'b mut [u8; FRAME]) -> &'b mut [u8] {
    let body = &body[..body.len().min(FRAME / 2)];
    let Ok(frame) = wire::encode(&Body(body), buffer) else { panic!("no room for {}", body.len()) };
    let len = frame.len() - 1;
    &mut frame[..len]
}

fn intact(body: &[u8]) {
    match wire::decode::<Request<'_>>(seal(body, &mut [0; FRAME])) {
        Ok(message) => round_trip(&message),
        Err(error) => assert_eq!(error, FrameError::NotAMessage),
    }
    match wire::decode::<Reply<'_>>(seal(body, &mut [0; FRAME])) {
        Ok(message) => round_trip(&message),
        Err(error) => assert_eq!(error, FrameError::NotAMessage),
    }
}

fn payload(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let frame = u.int_in_range(0..=FRAME)?;
    let payload = wire::payload_within(frame);
    let fill = [u.arbitrary::<u8>()?; FRAME];
    let fill = &fill[..payload];
    let (id, generation, rate, first, count) = u.arbitrary()?;
    let mut buffer = [0; FRAME];
    let mut fits = |message: &dyn Fn(&mut [u8]) -> bool| {
        assert!(payload == 0 || message(&mut buffer[..frame]), "{payload} in {frame}");
    };
    let load = RunCommand::Load { section: Section::Samples, offset: first, bytes: fill };
    let apply = RunCommand::Apply { generation, rate, first, count, scores: fill };
    let state = Some(eggroll_firmware::train::State { generation, checksum: rate });
    let answer = Answer::Scores { first, count, scores: fill };
    fits(&|out| wire::encode(&Request { id, command: load.clone().of(rate) }, out).is_ok());
    fits(&|out| wire::encode(&Request { id, command: apply.clone().of(rate) }, out).is_ok());
    fits(&|out| wire::encode(&Reply { id, state, answer: answer.clone() }, out).is_ok());
    Ok(())
}

/// Bodies of valid messages.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let entropy: Vec<u8> = (0u32..2000).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut seeds = Vec::new();
    for piece in entropy.chunks(100) {
        let mut u = Unstructured::new(piece);
        let bodies = [
            request(&mut u).ok().and_then(|message| postcard::to_stdvec(&message).ok()),
            reply(&mut u).ok().and_then(|message| postcard::to_stdvec(&message).ok()),
        ];
        seeds.extend(bodies.into_iter().flatten().map(|body| [&[6], &body[..]].concat()));
        seeds.extend((0..6).map(|mode| [&[mode], piece].concat()));
    }
    seeds
}
