//! Instructions and cycles of emulated cores.

pub(crate) mod counter;
pub(crate) mod thumb;

use anyhow::{Result, bail};
use counter::{Counter, Measured};

/// The kernels of every core equal their portable definitions, on the emulated core itself.
pub(crate) fn check() -> Result<()> {
    for core in [Measured::Dsp, Measured::Small] {
        let said = Counter::build(core)?.run("equal", &[])?.said;
        match said.get("equal") {
            Some(rows) => println!("{}: {rows} rows of products are equal", core.name()),
            None => bail!("{}: {}", core.name(), said.get("differs").map_or("nothing was compared", |d| d)),
        }
    }
    Ok(())
}
