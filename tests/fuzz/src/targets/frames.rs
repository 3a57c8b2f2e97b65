use crate::generate::{reply, request};
use crate::memory;
use arbitrary::Unstructured;
use eggroll_firmware::wire::{self, FrameError, Received, Receiver, Reply, Request};

const BUFFER: usize = 512;

/// A stream of bytes, cut into chunks anyhow, through [`Receiver`] and [`wire::decode`].
///
/// The frames are those between the zeros of the whole stream, whatever the chunks; too long ones are
/// dropped; none is an error that only a sender has; no heap is used.
pub fn frames(data: &[u8]) {
    let Some((&[size, a, b, c], stream)) = data.split_first_chunk() else { return };
    let (mut buffer, mut copy) = ([0; BUFFER], [0; BUFFER]);
    let room = 2 * usize::from(size);
    memory::within(0, || {
        let mut expected = stream.split(|&byte| byte == 0).filter(|frame| !frame.is_empty());
        let mut receiver = Receiver::new(&mut buffer[..room]);
        let (mut rest, mut chunks) = (stream, [a, b, c].into_iter().cycle());
        while !rest.is_empty() {
            let len = 1 + usize::from(chunks.next().unwrap_or(0)).min(rest.len() - 1);
            let (mut chunk, after) = rest.split_at(len);
            while !chunk.is_empty() {
                let before = chunk.len();
                match receiver.push(&mut chunk) {
                    Received::Nothing => assert!(chunk.is_empty()),
                    Received::TooLong => assert!(expected.next().is_some_and(|frame| frame.len() > room)),
                    Received::Frame(frame) => {
                        assert_eq!(expected.next(), Some(&*frame));
                        let copy = &mut copy[..frame.len()];
                        copy.copy_from_slice(frame);
                        let request = wire::decode::<Request<'_>>(frame).map(|request| request.id);
                        let reply = wire::decode::<Reply<'_>>(copy).map(|reply| reply.id);
                        assert_ne!(request, Err(FrameError::NoRoom));
                        // Both begin with the id; what only one of them reads is no reason to differ in it.
                        assert!(request == reply || request.is_err() || reply.is_err());
                    }
                }
                assert!(chunk.len() < before, "the receiver took no byte");
            }
            rest = after;
        }
        // Only what no zero has ended yet is left.
        let tail = stream.rsplit(|&byte| byte == 0).next().filter(|tail| !tail.is_empty());
        assert_eq!(expected.next(), tail);
        // Whatever came before, the next whole frame is received.
        if room > 8 {
            receiver.push(&mut &[0][..]);
            assert!(matches!(receiver.push(&mut &[1, 2, 3, 0][..]), Received::Frame([1, 2, 3])));
        }
    });
}

/// Streams of whole frames.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut entropy = Vec::new();
    (0u8..32)
        .map(|i| {
            entropy.extend((0..40).map(|j: u8| (i + 7).wrapping_mul(j.wrapping_mul(31) ^ 113)));
            let mut u = Unstructured::new(&entropy);
            let (mut stream, mut frame) =
                (vec![if i % 2 == 0 { 255 } else { 8 * i }, 200, 3 + i, i], [0; 2048]);
            while !u.is_empty() && stream.len() < 600 {
                if let Ok(Ok(frame)) = request(&mut u).map(|message| wire::encode(&message, &mut frame)) {
                    stream.extend(&*frame);
                }
                if let Ok(Ok(frame)) = reply(&mut u).map(|message| wire::encode(&message, &mut frame)) {
                    stream.extend(&*frame);
                }
            }
            stream
        })
        .collect()
}
