//! What is in a board's image.

mod bytes;
mod code;
mod function;
mod panics;
mod risc_v;
mod stack;
mod thumb;

pub(crate) use panics::{FIRMWARE, Panic};
pub(crate) use stack::Bound;

use anyhow::{Context, Result};
use object::read::elf::ElfFile32;
use object::{Object, ObjectSegment, ObjectSymbol};
use std::path::Path;

/// A linked image.
pub(crate) struct Image(Vec<u8>);

/// Its sizes, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// What is written to flash.
    pub(crate) flash: u64,
    /// RAM of static variables.
    pub(crate) statics: u64,
    /// RAM of the stack.
    pub(crate) stack: u64,
    /// All other RAM: frame buffers and arena.
    pub(crate) arena: u64,
    /// The longest frame; 0 of an application, which has none.
    pub(crate) frame: u64,
    /// Flash for samples.
    pub(crate) samples: u64,
}

/// Addresses that an image takes.
#[cfg(all(test, feature = "chips"))]
#[derive(Debug)]
pub(crate) struct Memory {
    /// RAM, stack included.
    pub(crate) ram: std::ops::Range<u64>,
    /// Flash for samples, if any.
    pub(crate) samples: Option<std::ops::Range<u64>>,
    /// What keeps a model, if anything does.
    pub(crate) models: Option<std::ops::Range<u64>>,
}

/// The address of a symbol.
fn symbol(file: &ElfFile32<'_>, name: &str) -> Result<u64> {
    let found = file.symbols().find(|symbol| symbol.name() == Ok(name));
    found.map(|symbol| symbol.address()).with_context(|| format!("the image has no symbol {name}"))
}

impl Image {
    /// Reads an ELF file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        Ok(Self(std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?))
    }

    fn file(&self) -> Result<ElfFile32<'_>> {
        ElfFile32::parse(&*self.0).context("not an ELF file")
    }

    /// The calls of its panics, each with its places in the sources. `path` is where the image was read from.
    pub(crate) fn panics(&self, path: &Path) -> Result<Vec<Panic>> {
        panics::panics(&self.file()?, path)
    }

    /// The functions of Rust's formatting machinery in it.
    pub(crate) fn formatting(&self) -> Result<usize> {
        let file = self.file()?;
        let names = file.symbols().filter(|symbol| symbol.size() > 0).filter_map(|symbol| symbol.name().ok());
        Ok(names
            .filter(|name| format!("{:#}", rustc_demangle::demangle(name)).contains("core::fmt::"))
            .count())
    }

    /// What the function at an address is called.
    pub(crate) fn function(&self, address: u32) -> Result<String> {
        let file = self.file()?;
        let found =
            file.symbols().find(|symbol| symbol.size() > 0 && symbol.address() as u32 & !1 == address);
        let name =
            found.as_ref().and_then(|symbol| symbol.name().ok()).unwrap_or("a function without a name");
        Ok(format!("{:#}", rustc_demangle::demangle(name)))
    }

    /// A bound on its stack.
    pub(crate) fn stack(&self) -> Result<Bound> {
        stack::bound(&self.file()?)
    }

    /// Where its loadable parts go when it is flashed: addresses, none of them empty.
    #[cfg(all(test, feature = "chips"))]
    pub(crate) fn loads(&self) -> Result<Vec<std::ops::Range<u64>>> {
        use object::read::elf::ProgramHeader;
        let file = self.file()?;
        let endian = file.endian();
        let loaded = |header: &&_| ProgramHeader::p_type(*header, endian) == object::elf::PT_LOAD;
        let headers = file.elf_program_headers().iter().filter(loaded).map(|header| {
            let (at, len) = (u64::from(header.p_paddr(endian)), u64::from(header.p_filesz(endian)));
            at..at + len
        });
        Ok(headers.filter(|range| !range.is_empty()).collect())
    }

    /// What it takes of the chip's memory beside what is loaded.
    #[cfg(all(test, feature = "chips"))]
    pub(crate) fn memory(&self) -> Result<Memory> {
        let file = self.file()?;
        let between = |from, to| symbol(&file, from).and_then(|at| Ok(at..symbol(&file, to)?)).ok();
        let samples = between("_samples_start", "_samples_end");
        let models = between("_models_start", "_models_end");
        let first = symbol(&file, "_ram_start").or_else(|_| symbol(&file, "_stack_end"))?;
        Ok(Memory { ram: first..symbol(&file, "_ram_end")?, samples, models })
    }

    /// The sizes of its parts, by the symbols that `memory.x` and the start-up code define.
    pub(crate) fn size(&self) -> Result<Size> {
        let file = self.file()?;
        let symbol = |name: &str| symbol(&file, name);
        // RAM, stack first: it lies below the statics, unless `_ram_start` says that some lie below it.
        let (top, bottom) = (symbol("_stack_start")?, symbol("_stack_end")?);
        let (statics_end, end) = (symbol("__sheap")?, symbol("_ram_end")?);
        let below = symbol("_ram_start").map_or(0, |start| bottom - start);
        let mut flash = 0;
        for segment in file.segments() {
            flash += segment.file_range().1;
        }
        let samples = symbol("_samples_end").and_then(|end| Ok(end - symbol("_samples_start")?)).unwrap_or(0);
        Ok(Size {
            flash,
            statics: below + statics_end - top,
            stack: top - bottom,
            arena: end - statics_end,
            frame: symbol("_frame").unwrap_or(0),
            samples,
        })
    }
}
