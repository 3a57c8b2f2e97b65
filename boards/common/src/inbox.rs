use core::cell::RefCell;
use critical_section::Mutex;
use heapless::Deque;

/// Bytes that an interrupt has received and the server has not read yet.
///
/// When it is full, bytes stay where they are: a port with flow control holds its sender back, one without
/// loses what comes next, and the host repeats the request.
pub struct Inbox<const N: usize>(Mutex<RefCell<Deque<u8, N>>>);

impl<const N: usize> Inbox<N> {
    /// An empty one.
    #[allow(clippy::new_without_default, reason = "a static needs a const fn, which Default is not")]
    pub const fn new() -> Self {
        Self(Mutex::new(RefCell::new(Deque::new())))
    }

    /// Takes in what `next` gives, until it gives nothing or the inbox is full; returns whether it is full.
    pub fn fill(&self, mut next: impl FnMut() -> Option<u8>) -> bool {
        critical_section::with(|cs| {
            // Nobody holds it: a critical section lends it, and its own borrow would bring a panic that
            // formats.
            let Ok(mut bytes) = self.0.borrow(cs).try_borrow_mut() else { return false };
            while !bytes.is_full() {
                let Some(byte) = next() else { return false };
                // There is room: just asked.
                let _ = bytes.push_back(byte);
            }
            true
        })
    }

    /// Moves bytes to `out`; returns how many.
    pub fn take(&self, out: &mut [u8]) -> usize {
        critical_section::with(|cs| {
            let Ok(mut bytes) = self.0.borrow(cs).try_borrow_mut() else { return 0 };
            let mut taken = 0;
            for (place, byte) in out.iter_mut().zip(core::iter::from_fn(|| bytes.pop_front())) {
                *place = byte;
                taken += 1;
            }
            taken
        })
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        critical_section::with(|cs| self.0.borrow(cs).try_borrow().is_ok_and(|bytes| bytes.is_empty()))
    }
}
