//! Runs an image of `boards/bench` in the emulator and counts what it executes between its marks.

use super::thumb::Counts;
use super::{rv32, thumb};
use crate::cross::{self, Via};
use crate::process;
use anyhow::{Context, Result, bail};
use object::read::elf::ElfFile32;
use object::{Object, ObjectSegment, ObjectSymbol, SymbolKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A core that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measured {
    /// ARMv6-M, on QEMU's `microbit`.
    Small,
    /// ARMv6-M with the memory of a larger chip, and inner loops that run from RAM, as those of a Pico do:
    /// its code on QEMU's `mps2-an386`, whose core has all of its instructions.
    Plus,
    /// ARMv7E-M, on QEMU's `mps2-an386`.
    Dsp,
    /// The same with recurrent models, of which only a text alone is measured.
    #[cfg(feature = "bench")]
    Recurrent,
    /// RV32IMC, on QEMU's `virt`.
    Rv32,
    /// ARMv7E-M as a Cortex-M7, on QEMU's `mps2-an500`.
    M7,
    /// ARMv8-M with the DSP extension, on QEMU's `mps2-an505`.
    M33,
    /// ARMv8.1-M with the vectors of Helium, on QEMU's `mps3-an547`.
    M55,
}

impl Measured {
    /// Those of which every image is built.
    pub(crate) const ALL: [Self; 3] = [Self::Dsp, Self::Small, Self::Rv32];
    /// Those whose kernels alone are compared and counted.
    pub(crate) const KERNELS: [Self; 3] = [Self::M7, Self::M33, Self::M55];

    /// The core's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Small => "Cortex-M0",
            Self::Plus => "Cortex-M0+",
            Self::Dsp => "Cortex-M4",
            #[cfg(feature = "bench")]
            Self::Recurrent => "Cortex-M4",
            Self::Rv32 => "RV32",
            Self::M7 => "Cortex-M7",
            Self::M33 => "Cortex-M33",
            Self::M55 => "Cortex-M55",
        }
    }

    const fn target(self) -> &'static str {
        match self {
            Self::Small | Self::Plus => cross::ARMV6M,
            Self::Dsp | Self::M7 => cross::ARMV7EM,
            #[cfg(feature = "bench")]
            Self::Recurrent => cross::ARMV7EM,
            Self::M33 | Self::M55 => cross::ARMV8M,
            Self::Rv32 => cross::RV32IMAC,
        }
    }

    /// The core that the compiler is told, where the target has several.
    const fn cpu(self) -> Option<&'static str> {
        match self {
            Self::M7 => Some("cortex-m7"),
            Self::M33 => Some("cortex-m33"),
            Self::M55 => Some("cortex-m55"),
            Self::Small | Self::Plus | Self::Dsp | Self::Rv32 => None,
            #[cfg(feature = "bench")]
            Self::Recurrent => None,
        }
    }

    const fn emulator(self) -> &'static str {
        match self {
            Self::Rv32 => "qemu-system-riscv32",
            _ => "qemu-system-arm",
        }
    }

    /// The arguments that name the machine.
    const fn machine(self) -> &'static [&'static str] {
        match self {
            Self::Small => &["-M", "microbit"],
            Self::Plus | Self::Dsp => &["-M", "mps2-an386"],
            #[cfg(feature = "bench")]
            Self::Recurrent => &["-M", "mps2-an386"],
            Self::Rv32 => &["-M", "virt", "-bios", "none"],
            Self::M7 => &["-M", "mps2-an500"],
            Self::M33 => &["-M", "mps2-an505"],
            Self::M55 => &["-M", "mps3-an547"],
        }
    }

    /// Where the images look for what they are handed.
    const fn handed(self) -> &'static str {
        match self {
            Self::Small => "0x2a000",
            Self::Plus | Self::Dsp | Self::M7 => "0x100000",
            #[cfg(feature = "bench")]
            Self::Recurrent => "0x100000",
            Self::M33 => "0x10100000",
            Self::M55 => "0x11100000",
            Self::Rv32 => "0x80400000",
        }
    }

    /// Which of the images are built: those that use nothing of Arm's, or all.
    const fn images(self) -> &'static [&'static str] {
        match self {
            Self::Small => &["--features", "applications"],
            Self::Plus => &["--features", "hot,recurrent", "--bin=alone", "--bin=convolution"],
            Self::Dsp => &["--features", "applications,dsp"],
            #[cfg(feature = "bench")]
            Self::Recurrent => &["--features", "dsp,recurrent", "--bin=alone"],
            Self::Rv32 => &[
                "--features",
                "applications",
                "--bin=equal",
                "--bin=signal",
                "--bin=gesture-replay",
                "--bin=keyword-replay",
                "--bin=kernels",
            ],
            Self::M7 => &["--features", "dsp", "--bin=equal", "--bin=kernels"],
            Self::M33 => &["--features", "an505", "--bin=equal", "--bin=kernels"],
            Self::M55 => &["--features", "an547", "--bin=equal", "--bin=kernels"],
        }
    }

    /// Where the images are built: those for one target with another memory or core apart.
    fn folder(self) -> PathBuf {
        let target = process::root().join("boards/target");
        match (self, self.cpu()) {
            (Self::Plus, _) => target.join("large"),
            #[cfg(feature = "bench")]
            (Self::Recurrent, _) => target.join("recurrent"),
            (_, Some(cpu)) => target.join(cpu),
            (_, None) => target,
        }
    }

    /// What is missing here for measuring it, if anything is.
    pub(crate) fn missing(self) -> Option<String> {
        if cross::find(self.target(), Via::Auto).is_none() {
            return Some(format!("nothing here builds for {}", self.target()));
        }
        let version = process::output(Command::new(self.emulator()).arg("--version"));
        version.is_none().then(|| format!("there is no {}", self.emulator()))
    }
}

/// One counted interval.
pub(crate) struct Interval {
    /// What was measured.
    pub(crate) name: String,
    /// How many units of work it was.
    pub(crate) units: u64,
    /// What was executed.
    pub(crate) counts: Counts,
    /// What of it was not code in RAM.
    #[cfg_attr(not(feature = "bench"), allow(dead_code, reason = "only the headline tells memories apart"))]
    pub(crate) from_flash: Counts,
    /// The same by function.
    #[cfg_attr(not(feature = "bench"), allow(dead_code, reason = "only the headline tells functions apart"))]
    pub(crate) functions: BTreeMap<String, Counts>,
}

/// What a run of an image gave.
pub(crate) struct Outcome {
    /// Its intervals, in order.
    pub(crate) intervals: Vec<Interval>,
    /// All other lines, each a name and a value.
    pub(crate) said: BTreeMap<String, String>,
}

/// The images of one core, and the plugin.
pub(crate) struct Counter {
    core: Measured,
    plugin: PathBuf,
}

impl Counter {
    /// Builds both.
    pub(crate) fn build(core: Measured) -> Result<Self> {
        let mut plugin = process::cargo();
        process::run(plugin.args([
            "build",
            "--release",
            "--locked",
            "--quiet",
            "--package",
            "eggroll-counter",
        ]))?;
        let way = cross::find(core.target(), Via::Auto)
            .with_context(|| format!("nothing here builds for {}: run cargo xtask setup", core.target()))?;
        let mut images = cross::cargo(way);
        images.current_dir(process::root().join("boards/bench"));
        images.args(["build", "--release", "--locked", "--quiet", "--target", core.target()]);
        images.arg("--target-dir").arg(core.folder());
        images.args(core.images());
        if let Some(cpu) = core.cpu() {
            let flags = format!("target.{}.rustflags=[\"-Ctarget-cpu={cpu}\"]", core.target());
            images.args(["--config", &flags]);
        }
        process::run(&mut images)?;
        Ok(Self { core, plugin: process::target_dir().join("release/libeggroll_counter.so") })
    }

    /// Runs an image that is handed some bytes.
    pub(crate) fn run(&self, image: &str, handed: &[u8]) -> Result<Outcome> {
        let folder = self.core.folder().join(self.core.target()).join("release");
        let path = folder.join(image);
        let code = Code::read(&path, self.core)?;
        let scratch = tempfile::tempdir()?;
        let (given, counts) = (scratch.path().join("handed"), scratch.path().join("counts"));
        std::fs::write(&given, handed)?;
        let plugin = format!(
            "file={},begin={:x},end={:x},out={}",
            self.plugin.display(),
            code.mark("begin"),
            code.mark("end"),
            counts.display()
        );
        let loader = format!("loader,file={},addr={},force-raw=on", given.display(), self.core.handed());
        let mut emulator = Command::new(self.core.emulator());
        emulator
            .args(self.core.machine())
            .args(["-display", "none", "-monitor", "none", "-serial", "null"])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(["-plugin", &plugin, "-device", &loader, "-kernel"])
            .arg(&path);
        // Semihosting's console is the emulator's standard error.
        let (status, lines) = process::within(&mut emulator, PATIENCE)
            .with_context(|| format!("{image} on {}", self.core.name()))?;
        if lines.contains("panic\t") || !status.success() {
            bail!("{image} on {}: {}", self.core.name(), lines.trim());
        }
        outcome(&code, &lines, &std::fs::read_to_string(&counts)?)
    }
}

/// How long an image may run: the longest takes a minute or two. One that hangs is an error then.
const PATIENCE: Duration = Duration::from_secs(1200);

/// Where the RAM of a Cortex-M begins.
const RAM: u64 = 0x2000_0000;

/// Puts the lines of an image and the counts of its intervals together.
fn outcome(code: &Code, lines: &str, counts: &str) -> Result<Outcome> {
    let (mut intervals, mut said) = (Vec::new(), BTreeMap::new());
    let mut blocks = counts.split("interval\n").skip(1);
    for line in lines.lines() {
        let words: Vec<&str> = line.split('\t').collect();
        match words[..] {
            ["measure", name, units] => {
                let blocks = blocks.next().with_context(|| format!("{name} was not counted"))?;
                let (mut counts, mut from_flash) = (Counts::default(), Counts::default());
                let mut functions = BTreeMap::new();
                for block in blocks.lines() {
                    let (address, weighed) = code.weigh(block)?;
                    counts += weighed;
                    if address < RAM {
                        from_flash += weighed;
                    }
                    *functions.entry(code.function(address)).or_insert_with(Counts::default) += weighed;
                }
                let (name, units) = (name.to_owned(), units.parse()?);
                intervals.push(Interval { name, units, counts, from_flash, functions });
            }
            [name, value] => {
                said.insert(name.to_owned(), value.to_owned());
            }
            _ => bail!("the image says `{line}`"),
        }
    }
    Ok(Outcome { intervals, said })
}

/// The code of an image.
struct Code {
    core: Measured,
    segments: Vec<(u64, Vec<u8>)>,
    /// Names of functions by their first address.
    functions: BTreeMap<u64, String>,
}

impl Code {
    fn read(path: &Path, core: Measured) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file: ElfFile32<'_> = ElfFile32::parse(&*bytes).context("not an ELF file")?;
        let segments = file.segments().filter_map(|s| Some((s.address(), s.data().ok()?.to_vec()))).collect();
        let functions = file.symbols().filter(|s| s.kind() == SymbolKind::Text);
        // The lowest bit says Thumb.
        let functions = functions.filter_map(|s| Some((s.address() & !1, s.name().ok()?.to_owned())));
        Ok(Self { core, segments, functions: functions.collect() })
    }

    /// Where a mark is; of an image that counts nothing, the linker keeps none: then an address that never
    /// runs.
    fn mark(&self, name: &str) -> u64 {
        let found = self.functions.iter().find(|(_, function)| *function == name);
        found.map_or(u64::from(u32::MAX), |(address, _)| *address)
    }

    fn function(&self, address: u64) -> String {
        self.functions.range(..=address).next_back().map_or_else(String::new, |(_, name)| name.clone())
    }

    /// A line of the plugin's: the block's address, and what it adds up to.
    fn weigh(&self, line: &str) -> Result<(u64, Counts)> {
        let words: Vec<&str> = line.split(' ').collect();
        let [address, bytes, runs, falls] = words[..] else { bail!("the plugin says `{line}`") };
        let (address, bytes) = (u64::from_str_radix(address, 16)?, bytes.parse::<usize>()?);
        let code = self.segments.iter().find_map(|(start, data)| {
            let at = address.checked_sub(*start)? as usize;
            data.get(at..at + bytes)
        });
        let code = code.with_context(|| format!("no code at {address:x}"))?;
        let weigh = match self.core {
            Measured::Rv32 => rv32::weigh,
            _ => thumb::weigh,
        };
        Ok((address, weigh(code, runs.parse()?, falls.parse()?)))
    }
}
