use super::{Device, DeviceError, Shape, compile};
use cudarc::driver::{result, sys};
use std::ffi::{CString, c_void};

/// A GPU behind NVIDIA's driver. Tests of its own are ignored where there is none; what kernels do is tested
/// on the simulated device as well.
pub struct Driver {
    name: String,
    architecture: String,
    processors: u32,
    shared_memory: usize,
    memory: u64,
    context: sys::CUcontext,
    module: sys::CUmodule,
}

// SAFETY: handles of the driver may be used by any thread that makes their context its own, as every call
// here does.
unsafe impl Send for Driver {}
// SAFETY: the driver's functions may be called side by side.
unsafe impl Sync for Driver {}

/// An error as the driver puts it.
fn failed(action: &'static str) -> impl Fn(result::DriverError) -> DeviceError {
    move |error| {
        let says = error.error_string().map(|text| text.to_string_lossy().into_owned());
        let name = error.error_name().map(|text| text.to_string_lossy().into_owned());
        let says = match (name, says) {
            (Ok(name), Ok(says)) => format!("{says} ({name})"),
            _ => format!("error {:?}", error.0),
        };
        DeviceError::Driver { action, says }
    }
}

impl Driver {
    /// Opens a device and loads the kernels, which are compiled where the cache has none for it.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn open(number: u32) -> Result<Self, DeviceError> {
        // Asked first: without the library every call would panic.
        // SAFETY: loads a library, whose start-up code is the system's word.
        if !unsafe { sys::is_culib_present() } {
            return Err(DeviceError::NoDriver);
        }
        result::init().map_err(failed("the NVIDIA driver cannot be used"))?;
        let count = result::device::get_count().map_err(failed("the driver counts no GPU"))?;
        let count = u32::try_from(count).unwrap_or(0);
        let Some(number) = i32::try_from(number).ok().filter(|&number| number.cast_unsigned() < count) else {
            return Err(DeviceError::NoDevice(count));
        };
        let found = failed("the GPU cannot be opened");
        let device = result::device::get(number).map_err(&found)?;
        let name = result::device::get_name(device).map_err(&found)?;
        // SAFETY: the device is the driver's.
        let attribute = |which| unsafe { result::device::get_attribute(device, which) }.map_err(&found);
        use sys::CUdevice_attribute as A;
        let major = attribute(A::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
        let minor = attribute(A::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
        if major < 8 {
            return Err(DeviceError::TooOld { name, major, minor });
        }
        let processors = attribute(A::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
        let shared = attribute(A::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)?;
        // SAFETY: the device is the driver's.
        let memory = unsafe { result::device::total_mem(device) }.map_err(&found)?;
        // SAFETY: the device is the driver's; the context stays as long as the program.
        let context = unsafe {
            let context = result::primary_ctx::retain(device).map_err(&found)?;
            result::ctx::set_current(context).map_err(&found)?;
            context
        };
        Ok(Self {
            name,
            architecture: format!("sm_{major}{minor}"),
            processors: u32::try_from(processors).unwrap_or(1).max(1),
            shared_memory: usize::try_from(shared).unwrap_or(0),
            memory: memory as u64,
            context,
            module: load(major, minor)?,
        })
    }

    fn current(&self) -> Result<(), DeviceError> {
        // SAFETY: the context lives as long as the program.
        unsafe { result::ctx::set_current(self.context) }.map_err(failed("the GPU's context is lost"))
    }
}

/// Loads the kernels into the current context. An image from the cache that the driver refuses is compiled
/// anew.
fn load(major: i32, minor: i32) -> Result<sys::CUmodule, DeviceError> {
    let (image, entry) = compile::image(major, minor)?;
    // SAFETY: a whole image, as the compiler made it.
    if let Ok(module) = unsafe { result::module::load_data(image.as_ptr().cast()) } {
        return Ok(module);
    }
    entry.remove();
    let (image, _) = compile::image(major, minor)?;
    // SAFETY: a whole image, as the compiler made it.
    unsafe { result::module::load_data(image.as_ptr().cast()) }
        .map_err(failed("the GPU refuses the kernels: is its driver older than NVRTC?"))
}

impl Device for Driver {
    fn name(&self) -> &str {
        &self.name
    }

    fn architecture(&self) -> &str {
        &self.architecture
    }

    fn processors(&self) -> u32 {
        self.processors
    }

    fn shared_memory(&self) -> usize {
        self.shared_memory
    }

    fn memory(&self) -> u64 {
        self.memory
    }

    fn allocate(&self, bytes: usize) -> Result<u64, DeviceError> {
        self.current()?;
        // SAFETY: the memory is only reached through a buffer, which knows its length.
        unsafe { result::malloc_sync(bytes) }.map_err(failed("the GPU's memory does not suffice"))
    }

    unsafe fn free(&self, at: u64) {
        // SAFETY: the caller's word.
        if self.current().is_ok()
            && let Err(error) = unsafe { result::free_sync(at) }
        {
            tracing::debug!(?error, "memory of the GPU is not freed");
        }
    }

    unsafe fn write(&self, at: u64, bytes: &[u8]) -> Result<(), DeviceError> {
        self.current()?;
        // SAFETY: the caller's word.
        unsafe { result::memcpy_htod_sync(at, bytes) }.map_err(failed("a copy to the GPU failed"))
    }

    unsafe fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), DeviceError> {
        self.current()?;
        // SAFETY: the caller's word. It follows the launches of the same (the default) stream.
        unsafe { result::memcpy_dtoh_sync(bytes, at) }
            .map_err(failed("a kernel, or a copy from the GPU, failed"))
    }

    unsafe fn launch(&self, kernel: &str, shape: Shape, args: &[u8]) -> Result<(), DeviceError> {
        self.current()?;
        let action = failed("a kernel cannot be launched");
        let name = CString::new(kernel)
            .map_err(|_| DeviceError::Kernel { kernel: kernel.to_owned(), fault: "is not known" })?;
        let attribute = sys::CUfunction_attribute_enum::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        let shared = u32::try_from(shape.shared).unwrap_or(u32::MAX);
        // One parameter, a structure: the driver copies it before it returns.
        let mut parameters = [args.as_ptr().cast_mut().cast::<c_void>()];
        // SAFETY: the module lives as long as this; the caller's word for the arguments.
        unsafe {
            let function = result::module::get_function(self.module, name).map_err(&action)?;
            result::function::set_function_attribute(function, attribute, shared.cast_signed())
                .map_err(&action)?;
            let (grid, block) = ((shape.blocks, 1, 1), (shape.threads, 1, 1));
            let stream = result::stream::null();
            result::launch_kernel(function, grid, block, shared, stream, &mut parameters).map_err(&action)
        }
    }
}
