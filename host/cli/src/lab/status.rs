//! The command `status`.

use super::args::StatusArgs;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::output::{say, tell};
use crate::rounded::rounded;
use crate::system::runtime;
use eggroll_lab::status::{self, AgentStatus, LabStatus, RunStatus};
use indicatif::HumanCount;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

/// The pause between two displays on a terminal.
const RENEWED: Duration = Duration::from_secs(1);
/// The most lines of agents on a terminal.
const MOST_LINES: usize = 200;

/// Shows what a lab is doing.
pub(crate) fn status(args: &StatusArgs) -> Result<ExitCode, Error> {
    let runtime = runtime(None, &[])?;
    runtime.block_on(async {
        let login = args.login.login();
        if args.forget {
            status::forget(&args.lab, &login).await?;
            tell!("{}: forgotten", args.lab);
            return Ok(ExitCode::SUCCESS);
        }
        if args.json {
            say!("{}", serde_json::json!(status::status(&args.lab, &login).await?))?;
            return Ok(ExitCode::SUCCESS);
        }
        if !stdout().is_terminal() {
            say!("{}", table(&status::status(&args.lab, &login).await?).trim_end())?;
            return Ok(ExitCode::SUCCESS);
        }
        let listening = Interrupt::listen();
        let interrupt =
            listening.map_err(|error| Error::Usage(format!("cannot listen for signals: {error}")))?;
        while let Some(now) = interrupt.token.run_until_cancelled(status::status(&args.lab, &login)).await {
            // The whole display is written at once, from the upper left corner, so that it does not flicker.
            let page = table(&now?).lines().map(|line| format!("{line}\x1b[K\n")).collect::<String>();
            // Everything that came over the network has been made plain; these codes are the program's own.
            let mut screen = stdout().lock();
            let drawn = write!(screen, "\x1b[H{page}\x1b[J(Ctrl-C ends this)").and_then(|()| screen.flush());
            drawn.map_err(|error| Error::Usage(format!("the terminal is gone: {error}")))?;
            drop(screen);
            if interrupt.token.run_until_cancelled(tokio::time::sleep(RENEWED)).await.is_none() {
                break;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The status of a lab as lines.
fn table(lab: &LabStatus) -> String {
    let mut text = format!("{}\n", lab.server);
    // A string takes everything that is written to it.
    for run in &lab.runs {
        let _ = of_run(&mut text, run);
    }
    for run in &lab.resting {
        let state = if run.generation >= run.planned { "finished" } else { "nobody trains it" };
        let (done, planned) = (HumanCount(run.generation.into()), HumanCount(run.planned.into()));
        let _ = writeln!(text, "run {}: generation {done} of {planned}, {state}", run.run);
    }
    if !lab.idle.is_empty() {
        let _ = writeln!(text, "agents without one of these runs");
        let _ = agents(&mut text, &lab.idle);
    }
    if lab.runs.is_empty() && lab.resting.is_empty() && lab.idle.is_empty() {
        text.push_str("no run and no agent: eggroll-host agent --join LAB --boards ADDR offers boards\n");
    }
    text
}

fn of_run(text: &mut String, run: &RunStatus) -> std::fmt::Result {
    let (done, planned) = (HumanCount(run.generation.into()), HumanCount(run.planned.into()));
    writeln!(
        text,
        "run {}: generation {done} of {planned}, trained by {} (process {})",
        run.run, run.host, run.process
    )?;
    let share = 100.0 * run.checked as f64 / run.answers.max(1) as f64;
    writeln!(
        text,
        "  {} units in {} answers, {} verified ({share:.1} %); lost {}, expelled {}, answers twice or late {}",
        HumanCount(run.units),
        HumanCount(run.answers),
        HumanCount(run.checked),
        run.lost,
        run.expelled,
        run.unasked
    )?;
    agents(text, &run.agents)?;
    if run.agents_in_all > run.agents.len() {
        writeln!(text, "  and {} agents more", run.agents_in_all - run.agents.len())?;
    }
    Ok(())
}

fn agents(text: &mut String, agents: &[AgentStatus]) -> std::fmt::Result {
    writeln!(
        text,
        "  {:<24} {:<10} {:>12} {:>12} {:>8} {:>6}",
        "agent and board", "stage", "units/s", "units", "waiting", "lag"
    )?;
    let mut left = MOST_LINES;
    for agent in agents {
        let (rate, units) =
            agent.evaluators.iter().fold((0.0, 0), |(rate, units), e| (rate + e.rate, units + e.units));
        let waiting: u64 = agent.evaluators.iter().map(|evaluator| u64::from(evaluator.waiting)).sum();
        writeln!(
            text,
            "  {:<24} {:<10} {:>12} {:>12} {waiting:>8} {:>6}",
            agent.name,
            if agent.refused.is_some() { "refused" } else { &agent.stage },
            rounded(rate),
            HumanCount(units).to_string(),
            agent.lag
        )?;
        if let Some(why) = agent.refused.as_ref().or(agent.trouble.as_ref()) {
            writeln!(text, "    {why}")?;
        }
        for evaluator in &agent.evaluators {
            let state = if evaluator.expelled { "expelled" } else { "" };
            writeln!(
                text,
                "    {:<22} {state:<10} {:>12} {:>12} {:>8}",
                evaluator.name,
                rounded(evaluator.rate),
                HumanCount(evaluator.units).to_string(),
                evaluator.waiting
            )?;
            left = left.saturating_sub(1);
        }
        if left == 0 {
            return writeln!(text, "  and more: --json has them all");
        }
    }
    Ok(())
}
