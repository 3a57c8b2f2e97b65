//! Devices that run the kernels: memory, copies, launches. The only module of the evaluator with `unsafe`: it
//! calls the driver, the compiler and the shim, and hands them slices whose lengths it has checked.

#![allow(
    unsafe_code,
    reason = "calls of the driver, the compiler and the shim, with slices of checked lengths"
)]

mod cache;
mod compile;
mod driver;
mod simulated;

pub use compile::{Compiled, compile, is_compiler_present};
pub use driver::Driver;
pub use simulated::Simulated;

use crate::args::Address;
use std::sync::Arc;
use zerocopy::{Immutable, IntoBytes};

/// Why a device cannot be used, or ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// There is no driver.
    #[error(
        "no NVIDIA driver is installed (libcuda is not found): install it, or train on `cpu`, which gives the same weights"
    )]
    NoDriver,
    /// There is no such device.
    #[error("no such GPU: the driver sees {0}, numbered from 0")]
    NoDevice(u32),
    /// A device that lacks the instructions.
    #[error(
        "{name} has compute capability {major}.{minor}, and the kernels need 8.0 or later: train on `cpu`"
    )]
    TooOld {
        /// The device's name.
        name: String,
        /// Its compute capability.
        major: i32,
        /// The part behind the point.
        minor: i32,
    },
    /// There is no compiler.
    #[error(
        "NVRTC, CUDA's compiler of kernels, is not found (libnvrtc): it comes with the CUDA toolkit, or from PyPI as \
         nvidia-cuda-nvrtc; its folder may be named in LD_LIBRARY_PATH"
    )]
    NoCompiler,
    /// The kernels do not compile.
    #[error("NVRTC refuses the kernels, which is a fault of this program: {0}")]
    Compile(String),
    /// The simulated device was not built in.
    #[error("{0}")]
    NotSimulated(&'static str),
    /// What the driver says.
    #[error("{action}: {says}")]
    Driver {
        /// What was tried.
        action: &'static str,
        /// The driver's words.
        says: String,
    },
    /// A simulated kernel that would misbehave on a device, too.
    #[error("the kernel {kernel} {fault}")]
    Kernel {
        /// Its name.
        kernel: String,
        /// What it did.
        fault: &'static str,
    },
}

/// How many threads run a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Blocks.
    pub blocks: u32,
    /// Threads of a block.
    pub threads: u32,
    /// Bytes of dynamic shared memory of a block.
    pub shared: usize,
}

/// A device.
pub trait Device: Send + Sync {
    /// Its name, as people know it.
    fn name(&self) -> &str;

    /// Its architecture, as `sm_90`.
    fn architecture(&self) -> &str;

    /// Multiprocessors.
    fn processors(&self) -> u32;

    /// Most bytes of shared memory of a block.
    fn shared_memory(&self) -> usize;

    /// Bytes of memory.
    fn memory(&self) -> u64;

    /// Allocates memory; brings its address.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn allocate(&self, bytes: usize) -> Result<u64, DeviceError>;

    /// Frees memory.
    ///
    /// # Safety
    /// `at` was allocated here and is not used again.
    unsafe fn free(&self, at: u64);

    /// Copies to the device.
    ///
    /// # Errors
    /// [`DeviceError`].
    ///
    /// # Safety
    /// As many bytes are allocated at `at`.
    unsafe fn write(&self, at: u64, bytes: &[u8]) -> Result<(), DeviceError>;

    /// Copies from the device, when all launches so far have ended.
    ///
    /// # Errors
    /// [`DeviceError`].
    ///
    /// # Safety
    /// As many bytes are allocated at `at`.
    unsafe fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), DeviceError>;

    /// Launches a kernel.
    ///
    /// # Errors
    /// [`DeviceError`].
    ///
    /// # Safety
    /// `args` are those of this kernel, and all memory that it reaches by them is allocated.
    unsafe fn launch(&self, kernel: &str, shape: Shape, args: &[u8]) -> Result<(), DeviceError>;
}

/// Memory of a device.
pub struct Buffer {
    device: Arc<dyn Device>,
    at: u64,
    len: usize,
}

impl Buffer {
    /// Allocates at least one byte.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn new(device: &Arc<dyn Device>, len: usize) -> Result<Self, DeviceError> {
        let at = device.allocate(len.max(1))?;
        Ok(Self { device: Arc::clone(device), at, len })
    }

    /// Allocates and fills.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn of(device: &Arc<dyn Device>, bytes: &[u8]) -> Result<Self, DeviceError> {
        let buffer = Self::new(device, bytes.len())?;
        buffer.write(bytes)?;
        Ok(buffer)
    }

    /// Makes room for at least `len` bytes; what was there may be lost.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn fit(&mut self, len: usize) -> Result<&Self, DeviceError> {
        if self.len < len {
            *self = Self::new(&self.device, len)?;
        }
        Ok(self)
    }

    /// The address of byte `offset`.
    pub(crate) fn at(&self, offset: usize) -> Address {
        assert!(offset <= self.len);
        Address(self.at + offset as u64)
    }

    /// Fills from the start; what does not fit is a fault of the caller.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn write(&self, bytes: &[u8]) -> Result<(), DeviceError> {
        assert!(bytes.len() <= self.len);
        // SAFETY: as many bytes are allocated.
        unsafe { self.device.write(self.at, bytes) }
    }

    /// Reads from the start.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn read(&self, bytes: &mut [u8]) -> Result<(), DeviceError> {
        assert!(bytes.len() <= self.len);
        // SAFETY: as many bytes are allocated.
        unsafe { self.device.read(self.at, bytes) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: allocated by this device, and gone with this.
        unsafe { self.device.free(self.at) };
    }
}

/// Launches a kernel with its arguments, of which every field takes eight bytes.
///
/// # Errors
/// [`DeviceError`].
pub(crate) fn launch<A: IntoBytes + Immutable>(
    device: &dyn Device,
    kernel: &str,
    shape: Shape,
    args: &A,
) -> Result<(), DeviceError> {
    let args = args.as_bytes();
    // SAFETY: addresses are those of buffers that live; the evaluator, whose kernels these are, sizes them
    // for what it tells a kernel to do. The simulated device, on which tests run all of it, watches over
    // their borders.
    unsafe { device.launch(kernel, shape, args) }
}
