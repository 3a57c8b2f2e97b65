use super::{Device, DeviceError, Shape};
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

/// Shared memory of a block of compute capability 9.0.
const SHARED: usize = 227 << 10;
/// Bytes around an allocation that nobody may touch, and what stands in them.
const GUARD: usize = 64;
const UNTOUCHED: u8 = 0xA5;

/// What a build says that has no simulated device.
#[cfg(not(feature = "cuda-sim"))]
const MISSING: &str = "this program was built without the simulated GPU: build it with `cargo build --release --features \
    cuda-sim`, which needs a C++ compiler";
#[cfg(all(feature = "cuda-sim", not(cuda_shim)))]
const MISSING: &str = "no C++ compiler was found when this program was built: install one and build again";

#[cfg(cuda_shim)]
unsafe extern "C" {
    fn eggroll_shim_launch(
        name: *const std::ffi::c_char,
        blocks: u32,
        threads: u32,
        shared: usize,
        args: *const c_void,
    ) -> i32;
    fn eggroll_shim_kernels();
}

/// A device whose threads are fibers of the thread that launches: the kernels, compiled for the host's
/// processor (`shim/`). It is there for tests: slow, and strict where a device is not.
pub struct Simulated {
    shared: usize,
    processors: u32,
    /// Memory by its address, guards included.
    allocated: Mutex<HashMap<u64, Vec<u128>>>,
}

impl Simulated {
    /// A device with the shared memory of compute capability 9.0.
    ///
    /// # Errors
    /// [`DeviceError::NotSimulated`] where this build has none.
    pub fn new() -> Result<Self, DeviceError> {
        Self::with(2, SHARED)
    }

    /// One with so many processors and bytes of shared memory a block.
    ///
    /// # Errors
    /// [`DeviceError::NotSimulated`] where this build has none.
    #[cfg_attr(not(cuda_shim), allow(unused_variables, clippy::missing_const_for_fn, reason = "refused"))]
    pub fn with(processors: u32, shared: usize) -> Result<Self, DeviceError> {
        #[cfg(not(cuda_shim))]
        return Err(DeviceError::NotSimulated(MISSING));
        #[cfg(cuda_shim)]
        {
            // SAFETY: does nothing.
            unsafe { eggroll_shim_kernels() };
            Ok(Self { shared, processors, allocated: Mutex::default() })
        }
    }

    fn guards_are_whole(&self) -> bool {
        let allocated = self.allocated.lock().unwrap_or_else(PoisonError::into_inner);
        allocated.values().all(|memory| {
            let bytes: &[u8] = bytemuck::cast_slice(memory);
            let (before, after) = (&bytes[..GUARD], &bytes[bytes.len() - GUARD..]);
            before.iter().chain(after).all(|&byte| byte == UNTOUCHED)
        })
    }
}

impl Device for Simulated {
    fn name(&self) -> &'static str {
        "simulated GPU"
    }

    fn architecture(&self) -> &'static str {
        "shim"
    }

    fn processors(&self) -> u32 {
        self.processors
    }

    fn shared_memory(&self) -> usize {
        self.shared
    }

    fn memory(&self) -> u64 {
        1 << 30
    }

    fn allocate(&self, bytes: usize) -> Result<u64, DeviceError> {
        // As a device: what is allocated begins on 16 bytes.
        let fill = u128::from_ne_bytes([UNTOUCHED; 16]);
        let memory = vec![fill; 2 * GUARD / 16 + bytes.div_ceil(16)];
        let at = memory.as_ptr() as u64 + GUARD as u64;
        self.allocated.lock().unwrap_or_else(PoisonError::into_inner).insert(at, memory);
        Ok(at)
    }

    unsafe fn free(&self, at: u64) {
        self.allocated.lock().unwrap_or_else(PoisonError::into_inner).remove(&at);
    }

    unsafe fn write(&self, at: u64, bytes: &[u8]) -> Result<(), DeviceError> {
        // SAFETY: the caller's word that as many bytes are allocated there.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at as *mut u8, bytes.len()) };
        Ok(())
    }

    unsafe fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), DeviceError> {
        // SAFETY: the caller's word that as many bytes are allocated there.
        unsafe { std::ptr::copy_nonoverlapping(at as *const u8, bytes.as_mut_ptr(), bytes.len()) };
        Ok(())
    }

    unsafe fn launch(&self, kernel: &str, shape: Shape, args: &[u8]) -> Result<(), DeviceError> {
        let fault = |fault| Err(DeviceError::Kernel { kernel: kernel.to_owned(), fault });
        // SAFETY: the caller's word that these are the kernel's arguments.
        match unsafe { run(kernel, shape, args.as_ptr().cast()) } {
            0 if self.guards_are_whole() => Ok(()),
            0 => fault("wrote beyond an allocation"),
            1 => fault("is not known"),
            2 => fault("waits for ever: its threads do not all come to a barrier"),
            _ => fault("wrote beyond its shared memory"),
        }
    }
}

/// # Safety
/// `args` points at the kernel's arguments.
#[cfg(cuda_shim)]
unsafe fn run(kernel: &str, shape: Shape, args: *const c_void) -> i32 {
    let Ok(name) = std::ffi::CString::new(kernel) else { return 1 };
    // SAFETY: a string with its end, and the caller's word for the rest.
    unsafe { eggroll_shim_launch(name.as_ptr(), shape.blocks, shape.threads, shape.shared, args) }
}

/// # Safety
/// Does nothing.
#[cfg(not(cuda_shim))]
const unsafe fn run(_: &str, _: Shape, _: *const c_void) -> i32 {
    1
}
