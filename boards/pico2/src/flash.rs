//! The flash behind the program, where a model stays over a reset, by the functions of the boot ROM (RP2350
//! datasheet, "Low-level Flash Commands"): the HAL has no driver for it. The flash, where all other code is,
//! cannot be read meanwhile, so interrupts are off, and what calls them is in RAM. **Not run yet.**
//!
//! A sector of 4 KB is erased in some 45 ms, or in 400 ms at most (data sheets of Winbond's W25Q family,
//! "AC Electrical Characteristics": tSE). USB waits for as long: the chip tells the host by itself that it
//! has no room.

use crate::watchdog;
use eggroll_board::deploy::Slots;
use eggroll_board::{Region, RegionFlash};
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use rp235x_hal::rom_data;

/// Bytes of a page.
const PAGE: usize = 256;
/// Where the core reads the flash, and how long it is.
const BASE: usize = 0x1000_0000;
const CAPACITY: usize = 4 << 20;

/// What the boot ROM has left in its memory to be called from RAM: it makes the flash readable again in the
/// mode that was found when the chip started (datasheet, "flash_range_erase"). It has no fixed address within
/// itself, and is of the kind of processor that was started.
const SETUP: *const [u32; SETUP_WORDS] = 0x400e_0000 as *const _;
const SETUP_WORDS: usize = 64;
/// Arm's processors are told by this bit of an address that the code is Thumb.
const THUMB: usize = if cfg!(target_arch = "arm") { 1 } else { 0 };

/// Where models stay. Each page is programmed once between two erasures.
pub(crate) type Models = Slots<RegionFlash<Chip, PAGE>, PAGE>;

/// The models at the end of the flash. Called once: there is one flash.
pub(crate) fn models() -> Option<Models> {
    // The sectors of a slot may take longer than the watchdog waits.
    Slots::new(RegionFlash::new(Chip(()), Region::models(), BASE, watchdog::feed))
}

/// All of the board's flash. Nothing translates its addresses: the image is not in a partition.
pub(crate) struct Chip(());

/// Functions of the boot ROM, looked up as long as the flash can be read.
struct Functions {
    connect: unsafe extern "C" fn(),
    exit_xip: unsafe extern "C" fn(),
    erase: unsafe extern "C" fn(u32, usize, u32, u8),
    program: unsafe extern "C" fn(u32, *const u8, usize),
    flush: unsafe extern "C" fn(),
    setup: unsafe extern "C" fn(),
}

/// What is done to the flash.
#[derive(Clone, Copy)]
enum Change<'b> {
    Erase { bytes: usize },
    Program(&'b [u8; PAGE]),
}

/// Changes the flash from an offset on.
fn change(offset: u32, change: Change<'_>) {
    // SAFETY: the boot ROM has written it, and nothing writes it after that.
    let setup = unsafe { SETUP.read_volatile() };
    let code = setup.as_ptr() as usize | THUMB;
    let functions = Functions {
        connect: rom_data::connect_internal_flash::ptr(),
        exit_xip: rom_data::flash_exit_xip::ptr(),
        erase: rom_data::flash_range_erase::ptr(),
        program: rom_data::flash_range_program::ptr(),
        flush: rom_data::flash_flush_cache::ptr(),
        // SAFETY: a function without arguments, in RAM, which is executable on this chip.
        setup: unsafe { core::mem::transmute::<usize, unsafe extern "C" fn()>(code) },
    };
    // The copy is there before it is called.
    core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
    // SAFETY: interrupts are off, the other core was never started, and no DMA is used.
    critical_section::with(|_| unsafe { in_ram(&functions, offset, change) });
    // It lives until here.
    core::hint::black_box(&setup);
}

/// # Safety
/// Nothing but this reads the flash meanwhile, and what is to be programmed is in RAM.
#[inline(never)]
#[unsafe(link_section = ".data.ram_func")]
unsafe fn in_ram(functions: &Functions, offset: u32, change: Change<'_>) {
    // SAFETY: in the order that the datasheet tells ("flash_range_erase"); offsets and lengths are those of
    // whole sectors and pages of the flash.
    unsafe {
        (functions.connect)();
        (functions.exit_xip)();
        match change {
            // With a block of this size it erases sectors alone.
            Change::Erase { bytes } => (functions.erase)(offset, bytes, 1 << 31, 0),
            Change::Program(page) => (functions.program)(offset, page.as_ptr(), PAGE),
        }
        (functions.flush)();
        (functions.setup)();
    }
}

impl ErrorType for Chip {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Chip {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        for (place, byte) in (BASE + offset as usize..).zip(bytes) {
            // SAFETY: within the flash.
            *byte = unsafe { (place as *const u8).read_volatile() };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

impl NorFlash for Chip {
    const WRITE_SIZE: usize = PAGE;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        change(from, Change::Erase { bytes: (to - from) as usize });
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let (pages, _) = bytes.as_chunks::<PAGE>();
        for (place, &page) in (offset..).step_by(PAGE).zip(pages) {
            // A copy is in RAM, wherever they are.
            let page = core::hint::black_box(page);
            change(place, Change::Program(&page));
        }
        Ok(())
    }
}
