//! Instructions and cycles of emulated cores.

pub(crate) mod counter;
pub(crate) mod rv32;
pub(crate) mod signal;
pub(crate) mod thumb;

use anyhow::{Result, bail, ensure};
use counter::{Counter, Measured};

/// The kernels of every core equal their portable definitions, and features of signals those that this
/// machine finds, on the emulated core itself.
pub(crate) fn check() -> Result<()> {
    for core in Measured::ALL {
        if core == Measured::Rv32
            && let Some(missing) = core.missing()
        {
            println!("{}: skipped: {missing}: run cargo xtask setup", core.name());
            continue;
        }
        let counter = Counter::build(core)?;
        kernels(&counter, core)?;
        println!("{}: features of {} windows are equal", core.name(), signals(&counter, core)?);
    }
    // An M7 runs the instructions of an M4.
    [Measured::M33, Measured::M55].into_iter().try_for_each(|core| kernels(&Counter::build(core)?, core))
}

/// Compares the kernels of a core.
fn kernels(counter: &Counter, core: Measured) -> Result<()> {
    let said = counter.run("equal", &[])?.said;
    let Some(rows) = said.get("equal") else {
        bail!("{}: {}", core.name(), said.get("differs").map_or("nothing was compared", |d| d));
    };
    println!("{}: {rows} rows of products are equal", core.name());
    Ok(())
}

/// Compares all cases, and says how many windows they have.
fn signals(counter: &Counter, core: Measured) -> Result<usize> {
    let (cases, mut windows) = (signal::cases(), 0);
    for (cases, bytes) in signal::handed(&cases)? {
        let mut said = counter.run("signal", &bytes)?.said;
        for (number, case) in cases.iter().enumerate() {
            for (window, checksum) in case.windows(number) {
                let found = said.remove(&window);
                ensure!(
                    found.as_ref() == Some(&checksum),
                    "{}: {}: window {window} is {found:?} and not {checksum}",
                    core.name(),
                    case.name
                );
                windows += 1;
            }
        }
        ensure!(said.is_empty(), "{}: {said:?} is too much", core.name());
    }
    Ok(windows)
}
