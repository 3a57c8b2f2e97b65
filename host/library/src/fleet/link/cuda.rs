//! Addresses of GPUs.

#[cfg(feature = "cuda")]
use crate::words;
use std::fmt;

/// The most simulated GPUs that an address can name.
const MOST_SIMULATED: u32 = 64;

/// The error of a program that was built without CUDA.
#[cfg(not(feature = "cuda"))]
pub(crate) const CUDA_MISSING: &str = "this program was built without CUDA: build it with \
    `cargo build --release --features cuda`, which needs no CUDA itself";

/// An address of GPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuda {
    /// The device of a number.
    Device(u32),
    /// A number of simulated devices, which run the kernels on the host's own cores. They are for tests.
    Simulated(u32),
}

impl Cuda {
    /// Reads what follows `cuda`: nothing, or the number of a device.
    pub fn device(rest: Option<&str>) -> Option<Self> {
        number(rest, 0).map(Self::Device)
    }

    /// Reads what follows `cuda-sim`: nothing, or the number of simulated devices.
    pub fn simulated(rest: Option<&str>) -> Option<Self> {
        number(rest, 1).filter(|count| (1..=MOST_SIMULATED).contains(count)).map(Self::Simulated)
    }

    /// The architecture, memory and name of the device, for a list of boards.
    ///
    /// # Errors
    /// A sentence that says what is missing.
    pub fn describe(self) -> Result<[String; 3], String> {
        #[cfg(not(feature = "cuda"))]
        return Err(CUDA_MISSING.to_owned());
        #[cfg(feature = "cuda")]
        {
            let device = self.open().map_err(|error| error.to_string())?;
            let memory = words::bytes(device.memory());
            let processors = device.processors();
            let name = format!("{}, {processors} multiprocessors", device.name());
            Ok([device.architecture().to_owned(), memory, name])
        }
    }

    /// Opens the device or a simulated device.
    ///
    /// # Errors
    /// [`eggroll_cuda::device::DeviceError`].
    #[cfg(feature = "cuda")]
    pub fn open(
        self,
    ) -> Result<std::sync::Arc<dyn eggroll_cuda::device::Device>, eggroll_cuda::device::DeviceError> {
        use eggroll_cuda::device::{Driver, Simulated};
        Ok(match self {
            Self::Device(number) => std::sync::Arc::new(Driver::open(number)?),
            Self::Simulated(_) => std::sync::Arc::new(Simulated::new()?),
        })
    }
}

/// Reads a number that consists of digits alone. Without a text it is `default`.
fn number(rest: Option<&str>, default: u32) -> Option<u32> {
    let Some(text) = rest else { return Some(default) };
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl fmt::Display for Cuda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(number) => write!(f, "cuda:{number}"),
            Self::Simulated(count) => write!(f, "cuda-sim:{count}"),
        }
    }
}
