//! What is in a board's image.

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
    /// All other RAM.
    pub(crate) arena: u64,
}

impl Image {
    /// Reads an ELF file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        Ok(Self(std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?))
    }

    /// The sizes of its parts, by the symbols that `memory.x` and cortex-m-rt define.
    pub(crate) fn size(&self) -> Result<Size> {
        let file: ElfFile32<'_> = ElfFile32::parse(&*self.0).context("not an ELF file")?;
        let symbol = |name: &str| {
            let mut symbols = file.symbols();
            let found = symbols.find(|symbol| symbol.name() == Ok(name));
            found.map(|symbol| symbol.address()).with_context(|| format!("the image has no symbol {name}"))
        };
        // RAM, stack first: it lies below the statics.
        let (top, bottom) = (symbol("_stack_start")?, symbol("_stack_end")?);
        let (statics_end, end) = (symbol("__sheap")?, symbol("_ram_end")?);
        let mut flash = 0;
        for segment in file.segments() {
            flash += segment.file_range().1;
        }
        Ok(Size { flash, statics: statics_end - top, stack: top - bottom, arena: end - statics_end })
    }
}
