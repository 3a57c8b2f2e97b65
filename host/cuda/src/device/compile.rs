//! The kernels, compiled by NVRTC for an architecture.

use super::DeviceError;
use super::cache::Entry;
use crate::source;
use cudarc::nvrtc::{result, sys};
use std::ffi::{CString, c_char};

/// What is told to the compiler beside the architecture.
const OPTIONS: [&str; 3] = ["--std=c++17", "--restrict", "--ptxas-options=-v"];

/// Compiled kernels.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Machine code; or PTX, with the zero at its end, for a device that is newer than the compiler.
    pub image: Vec<u8>,
    /// What the compiler says: registers and memory of every kernel.
    pub log: String,
}

/// Whether the compiler is there.
pub fn is_compiler_present() -> bool {
    // SAFETY: loads a library, whose start-up code is the system's word.
    unsafe { sys::is_culib_present() }
}

/// The kernels for a device of compute capability `major.minor`, from the cache where they are there, and
/// where they are kept.
pub(super) fn image(major: i32, minor: i32) -> Result<(Vec<u8>, Entry), DeviceError> {
    if !is_compiler_present() {
        return Err(DeviceError::NoCompiler);
    }
    let architecture = architecture(10 * major + minor)?;
    let entry = Entry::of(&[&source::joined(), &architecture, &OPTIONS.join(" "), &version()?]);
    if let Some(image) = entry.read() {
        return Ok((image, entry));
    }
    let compiled = compile(&architecture)?;
    entry.write(&compiled.image);
    Ok((compiled.image, entry))
}

fn refused(error: result::NvrtcError) -> DeviceError {
    DeviceError::Compile(error.to_string())
}

/// The compiler's version.
fn version() -> Result<String, DeviceError> {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: two places for two numbers.
    unsafe { sys::nvrtcVersion(&raw mut major, &raw mut minor) }.result().map_err(refused)?;
    Ok(format!("{major}.{minor}"))
}

/// The architecture to compile for: the device's; or the latest that the compiler knows below it, for which
/// the driver translates.
fn architecture(device: i32) -> Result<String, DeviceError> {
    let mut count = 0;
    // SAFETY: a place for a number, then as many as it says.
    let mut known = unsafe {
        sys::nvrtcGetNumSupportedArchs(&raw mut count).result().map_err(refused)?;
        let mut known = vec![0; usize::try_from(count).unwrap_or(0)];
        sys::nvrtcGetSupportedArchs(known.as_mut_ptr()).result().map_err(refused)?;
        known
    };
    known.retain(|&architecture| architecture <= device);
    match known.into_iter().max() {
        Some(same) if same == device => Ok(format!("sm_{same}")),
        Some(below) => Ok(format!("compute_{below}")),
        None => Err(DeviceError::Compile(format!("it knows no architecture up to sm_{device}"))),
    }
}

/// Compiles for an architecture, as `sm_90` (machine code) or `compute_90` (PTX).
///
/// # Errors
/// [`DeviceError::NoCompiler`]; [`DeviceError::Compile`].
pub fn compile(architecture: &str) -> Result<Compiled, DeviceError> {
    if !is_compiler_present() {
        return Err(DeviceError::NoCompiler);
    }
    let text = |text: String| CString::new(text).map_err(|error| DeviceError::Compile(error.to_string()));
    let source = text(source::joined())?;
    let mut options = vec![format!("--gpu-architecture={architecture}")];
    options.extend(OPTIONS.map(str::to_owned));
    let program = result::create_program(&source, Some(c"eggroll.cu")).map_err(refused)?;
    // SAFETY: the program was made just now, and goes at the end.
    unsafe {
        let compiled = result::compile_program(program, &options);
        let log = result::get_program_log(program).map(|log| said(&log)).unwrap_or_default();
        let image = compiled.and_then(|()| take_image(program, architecture.starts_with("compute_")));
        let _ = result::destroy_program(program);
        match image {
            Ok(image) => Ok(Compiled { image, log }),
            Err(error) => Err(DeviceError::Compile(format!("{error}\n{log}"))),
        }
    }
}

/// # Safety
/// The program is compiled.
unsafe fn take_image(program: sys::nvrtcProgram, is_ptx: bool) -> Result<Vec<u8>, result::NvrtcError> {
    // SAFETY: as many bytes as the compiler says.
    unsafe {
        if is_ptx {
            return Ok(result::get_ptx(program)?.iter().map(|&c| c as u8).collect());
        }
        let mut size = 0;
        sys::nvrtcGetCUBINSize(program, &raw mut size).result()?;
        let mut image = vec![0u8; size];
        sys::nvrtcGetCUBIN(program, image.as_mut_ptr().cast()).result()?;
        Ok(image)
    }
}

/// A C string as text.
fn said(log: &[c_char]) -> String {
    let bytes: Vec<u8> = log.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
