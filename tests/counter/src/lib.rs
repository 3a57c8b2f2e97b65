//! A plugin for QEMU that counts the blocks of instructions that a board executes between two marks. What
//! they weigh is for whoever reads the counts: `cargo xtask bench --cores`.
//!
//! `-plugin file=PLUGIN,begin=ADDRESS,end=ADDRESS,out=FILE`: counting goes on from each entry of the function
//! at `begin` to the next entry of the one at `end`; both addresses without the Thumb bit, in hexadecimal.
//! FILE gets, for each such interval, a line `interval`, then a line `ADDRESS BYTES RUNS FALLS` for every
//! block that ran: its place, how often it ran, and how often the block behind it in memory came next (so
//! that a branch at its end was not taken).

#![allow(unsafe_code, reason = "a plugin is called by QEMU's C, and calls it")]

mod qemu;

use qemu::{Block, Id};
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One block, and what it did in the current interval.
struct Counted {
    address: u64,
    bytes: u64,
    runs: u64,
    falls: u64,
}

struct Counter {
    begin: u64,
    end: u64,
    out: Option<BufWriter<File>>,
    counting: bool,
    blocks: Vec<Counted>,
    /// The block that ran last in this interval.
    last: Option<usize>,
}

static COUNTER: Mutex<Counter> =
    Mutex::new(Counter { begin: 0, end: 0, out: None, counting: false, blocks: Vec::new(), last: None });

fn counter() -> MutexGuard<'static, Counter> {
    COUNTER.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Counter {
    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        let address = || u64::from_str_radix(value.trim_start_matches("0x"), 16).ok();
        match key {
            "begin" => self.begin = address()?,
            "end" => self.end = address()?,
            "out" => self.out = Some(BufWriter::new(File::create(value).ok()?)),
            _ => return None,
        }
        Some(())
    }

    fn ran(&mut self, block: usize) {
        let address = self.blocks[block].address;
        if address == self.begin {
            (self.counting, self.last) = (true, None);
            return;
        }
        if !self.counting {
            return;
        }
        if let Some(last) = self.last {
            let last = &mut self.blocks[last];
            last.falls += u64::from(last.address + last.bytes == address);
        }
        if address == self.end {
            self.counting = false;
            self.report();
            return;
        }
        self.blocks[block].runs += 1;
        self.last = Some(block);
    }

    /// Writes an interval, and clears it.
    fn report(&mut self) {
        let Some(out) = &mut self.out else { return };
        // A disk that is full shows as intervals that are missing.
        let _ = writeln!(out, "interval");
        for block in &mut self.blocks {
            if block.runs > 0 {
                let Counted { address, bytes, runs, falls } = block;
                let _ = writeln!(out, "{address:x} {bytes} {runs} {falls}");
            }
            (block.runs, block.falls) = (0, 0);
        }
    }
}

/// The version of the plugin interface that this is written for.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "QEMU gives the name")]
pub static qemu_plugin_version: c_int = qemu::VERSION;

/// Called by QEMU when it loads the plugin.
///
/// # Safety
/// QEMU passes `count` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_plugin_install(
    id: Id,
    _: *const c_void,
    count: c_int,
    args: *const *const c_char,
) -> c_int {
    let mut counter = counter();
    for i in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: by the caller's promise.
        let arg = unsafe { CStr::from_ptr(*args.add(i)) }.to_string_lossy();
        if arg.split_once('=').and_then(|(key, value)| counter.set(key, value)).is_none() {
            eprintln!("counter: `{arg}` is not understood");
            return 1;
        }
    }
    // SAFETY: functions that match what QEMU calls, for as long as the process lives.
    unsafe {
        qemu::qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
        qemu::qemu_plugin_register_atexit_cb(id, ended, std::ptr::null_mut());
    }
    0
}

/// A block was translated, perhaps not for the first time: counts of the same place are kept apart.
unsafe extern "C" fn translated(_: Id, block: *mut Block) {
    // SAFETY: QEMU's own block, used while it is being translated.
    let (address, count) =
        unsafe { (qemu::qemu_plugin_tb_vaddr(block), qemu::qemu_plugin_tb_n_insns(block)) };
    // SAFETY: as above; the places are below the count.
    let size = |i| unsafe { qemu::qemu_plugin_insn_size(qemu::qemu_plugin_tb_get_insn(block, i)) };
    let bytes = (0..count).map(|i| size(i) as u64).sum();
    let mut counter = counter();
    let place = counter.blocks.len();
    counter.blocks.push(Counted { address, bytes, runs: 0, falls: 0 });
    // SAFETY: a function that matches what QEMU calls; what it is given is a number.
    unsafe { qemu::qemu_plugin_register_vcpu_tb_exec_cb(block, executed, 0, place as *mut c_void) };
}

unsafe extern "C" fn executed(_: c_uint, place: *mut c_void) {
    counter().ran(place as usize);
}

unsafe extern "C" fn ended(_: Id, _: *mut c_void) {
    if let Some(out) = &mut counter().out {
        let _ = out.flush();
    }
}
