//! Consistent overhead byte stuffing (Cheshire and Baker, 1999): a frame without zeros, closed by one.
//!
//! The crates that do this index slices in ways whose panics no optimiser removes.

use postcard::ser_flavors::Flavor;
use postcard::{Error, Result};

/// The longest block: a code and as many bytes less one, none of them 0.
const LONGEST: u8 = u8::MAX;

/// Writes a frame as its bytes come.
pub(super) struct Cobs<'o> {
    out: &'o mut [u8],
    /// Bytes written, the current block's code included.
    len: usize,
    /// The code of the current block: its bytes, and 1.
    code: u8,
    /// Where it belongs.
    code_at: usize,
}

impl<'o> Cobs<'o> {
    pub(super) const fn new(out: &'o mut [u8]) -> Self {
        Self { out, len: 1, code: 1, code_at: 0 }
    }

    fn put(&mut self, at: usize, byte: u8) -> Result<()> {
        *self.out.get_mut(at).ok_or(Error::SerializeBufferFull)? = byte;
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.put(self.code_at, self.code)?;
        (self.code_at, self.code) = (self.len, 1);
        self.len += 1;
        Ok(())
    }
}

impl<'o> Flavor for Cobs<'o> {
    type Output = &'o mut [u8];

    fn try_push(&mut self, byte: u8) -> Result<()> {
        if byte == 0 {
            return self.close();
        }
        self.put(self.len, byte)?;
        self.len += 1;
        self.code += 1;
        if self.code == LONGEST { self.close() } else { Ok(()) }
    }

    fn finalize(mut self) -> Result<Self::Output> {
        let terminator = self.len;
        self.close()?;
        self.put(terminator, 0)?;
        self.out.get_mut(..=terminator).ok_or(Error::SerializeBufferFull)
    }
}

/// Undoes the stuffing of a frame without its terminator, in place; returns how many bytes are left, or
/// `None` where a block is longer than the frame or a byte is 0.
pub(super) fn decode_in_place(frame: &mut [u8]) -> Option<usize> {
    let (mut from, mut to) = (0, 0);
    while let Some(&code) = frame.get(from) {
        let end = from + usize::from(code);
        from += 1;
        if code == 0 || end > frame.len() {
            return None;
        }
        while from < end {
            let byte = *frame.get(from)?;
            if byte == 0 {
                return None;
            }
            *frame.get_mut(to)? = byte;
            (from, to) = (from + 1, to + 1);
        }
        // Between two blocks there was a zero, unless the first was as long as can be.
        if code != LONGEST && from < frame.len() {
            *frame.get_mut(to)? = 0;
            to += 1;
        }
    }
    Some(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    fn framed(bytes: &[u8], room: usize) -> Option<Vec<u8>> {
        let mut out = vec![0xAA; room];
        let mut cobs = Cobs::new(&mut out);
        cobs.try_extend(bytes).ok()?;
        cobs.finalize().ok().map(|frame| frame.to_vec())
    }

    fn framed_by_postcard(bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 2000];
        let mut cobs =
            postcard::ser_flavors::Cobs::try_new(postcard::ser_flavors::Slice::new(&mut out)).unwrap();
        cobs.try_extend(bytes).unwrap();
        cobs.finalize().unwrap().to_vec()
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let runs = prop_oneof![(0u8..=255, 0usize..=6), (1u8..=255, 250usize..=258)];
        proptest::collection::vec(runs, 0..5)
            .prop_map(|runs| runs.iter().flat_map(|&(byte, times)| vec![byte; times]).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn equal_to_postcards(bytes in bytes()) {
            let frame = framed(&bytes, 2000).unwrap();
            let (stuffed, terminator) = frame.split_at(frame.len() - 1);
            prop_assert_eq!(terminator, &[0]);
            prop_assert!(!stuffed.contains(&0));
            prop_assert_eq!(&frame, &framed_by_postcard(&bytes));
            let mut ours = stuffed.to_vec();
            let len = decode_in_place(&mut ours).unwrap();
            prop_assert_eq!(&ours[..len], &bytes[..]);
            // With any less room there is no frame, and no panic.
            for room in 0..frame.len() {
                prop_assert_eq!(framed(&bytes, room), None);
            }
            prop_assert!(framed(&bytes, frame.len()).is_some());
        }

        #[test]
        fn anything_is_decoded_as_by_the_crate(bytes in proptest::collection::vec(prop_oneof![0u8..6, any::<u8>()], 0..40)) {
            let (mut ours, mut theirs) = (bytes.clone(), bytes.clone());
            if bytes.contains(&0) {
                prop_assert_eq!(decode_in_place(&mut ours), None);
            } else if let (Some(len), Ok(expected)) = (decode_in_place(&mut ours), cobs::decode_in_place(&mut theirs)) {
                prop_assert_eq!(&ours[..len], &theirs[..expected]);
            } else {
                prop_assert!(cobs::decode_in_place(&mut bytes.clone()).is_err());
            }
        }
    }
}
