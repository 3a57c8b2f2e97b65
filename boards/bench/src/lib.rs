//! What the images of the bench share: marks between which the emulator counts, what the host hands over, and
//! lines that the host reads.
#![no_std]

use core::arch::asm;
use core::fmt::{self, Write};
use eggroll_firmware::Error;
use eggroll_firmware::task::SampleStore;
use eggroll_firmware::train::{Pace, Run};
use serde::{Deserialize, Serialize};

#[cfg(target_arch = "arm")]
pub use cortex_m_rt::entry;
#[cfg(target_arch = "riscv32")]
pub use riscv_rt::entry;

/// Where the emulator puts what the host hands over: the upper third of a micro:bit's flash, a higher address
/// in the memory of the MPS2's code, and RAM behind that of the image on the AN547 and on RV32.
const HANDED: *const u8 = if cfg!(target_arch = "riscv32") {
    0x8040_0000 as *const u8
} else if cfg!(feature = "an505") {
    0x1010_0000 as *const u8
} else if cfg!(feature = "an547") {
    0x1110_0000 as *const u8
} else if cfg!(feature = "large") {
    0x10_0000 as *const u8
} else {
    0x2_A000 as *const u8
};
/// Bytes there.
const HANDED_LEN: usize = if cfg!(feature = "large") { 0x10_0000 } else { 0x1_6000 };

/// What the host hands over; bytes follow it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Training {
    /// The run.
    pub run: Run,
    /// Its step sizes.
    pub pace: Pace,
    /// Generations to train.
    pub generations: u32,
    /// Bytes of samples that follow.
    pub samples: u32,
    /// Bytes of weights that follow these; without any, the run begins with weights drawn from its seed.
    pub weights: u32,
}

/// What the host hands over.
pub fn handed() -> &'static [u8] {
    // SAFETY: memory that the images leave alone; the emulator fills it before the start.
    unsafe { core::slice::from_raw_parts(HANDED, HANDED_LEN) }
}

/// The samples that the host hands over: how many there are, in two bytes, and then those, all little endian.
pub fn handed_samples() -> impl Iterator<Item = i16> {
    let halves = handed().chunks_exact(2).map(|half| i16::from_le_bytes([half[0], half[1]]));
    let count = handed().first_chunk().map_or(0, |count| u16::from_le_bytes(*count));
    halves.skip(1).take(count.into())
}

/// Counting starts. The two marks differ, so that no linker makes them one.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn begin() {
    // SAFETY: does nothing.
    unsafe { asm!("nop") };
}

/// Counting ends.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn end() {
    // SAFETY: does nothing.
    unsafe { asm!("nop", "nop") };
}

/// Prints `name` and how often its unit is in `work`, which is counted.
pub fn measure<T>(name: fmt::Arguments<'_>, units: usize, work: impl FnOnce() -> T) -> T {
    say(format_args!("measure\t{name}\t{units}"));
    begin();
    let result = core::hint::black_box(work());
    end();
    result
}

/// Semihosting: the emulator does what is asked.
#[cfg(target_arch = "arm")]
fn ask(operation: u32, argument: u32) {
    // SAFETY: the emulator reads what the argument says; it changes nothing but r0.
    unsafe { asm!("bkpt 0xab", inout("r0") operation => _, in("r1") argument) };
}

/// Semihosting: the emulator does what is asked. It knows a request by the two instructions around the
/// breakpoint, all three uncompressed and in one page.
#[cfg(target_arch = "riscv32")]
fn ask(operation: u32, argument: u32) {
    // SAFETY: the emulator reads what the argument says; it changes nothing but a0.
    unsafe {
        asm!(
            ".option push",
            ".option norvc",
            ".balign 16",
            "slli x0, x0, 0x1f",
            "ebreak",
            "srai x0, x0, 7",
            ".option pop",
            inout("a0") operation => _,
            in("a1") argument,
        );
    }
}

struct Console;

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.as_bytes().chunks(63) {
            let mut line = [0; 64];
            line[..part.len()].copy_from_slice(part);
            // SYS_WRITE0: up to a zero.
            ask(4, line.as_ptr() as u32);
        }
        Ok(())
    }
}

/// Prints a line.
pub fn say(line: fmt::Arguments<'_>) {
    // The console never fails.
    let _ = Console.write_fmt(line);
    let _ = Console.write_str("\n");
}

/// Ends the emulation.
pub fn exit() -> ! {
    loop {
        // SYS_EXIT, with the code of a program that ended by itself.
        ask(0x18, 0x2_0026);
    }
}

/// A generator of bytes for tests: xorshift.
pub struct Dice(pub u32);

impl Dice {
    /// The next number.
    pub fn number(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// Fills with weights or activations: -127 to 127.
    pub fn fill(&mut self, out: &mut [i8]) {
        out.iter_mut().for_each(|x| *x = ((self.number() >> 16) % 255) as i8);
        out.iter_mut().for_each(|x| *x = (*x).max(-127));
    }
}

/// Samples in flash that are there already.
pub struct Linked(pub &'static [u8]);

impl SampleStore for Linked {
    fn capacity(&self) -> usize {
        self.0.len()
    }

    fn bytes(&self) -> &[u8] {
        self.0
    }

    fn erase(&mut self, _: usize) -> Result<(), Error> {
        Err(Error::Store)
    }

    fn write(&mut self, _: usize, _: &[u8]) -> Result<(), Error> {
        Err(Error::Store)
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    say(format_args!("panic\t{info}"));
    exit()
}
