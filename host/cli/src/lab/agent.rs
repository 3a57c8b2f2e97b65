//! The command `agent`.

use super::args::AgentArgs;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::output::tell;
use crate::system::runtime;
use eggroll_host::fleet::link::Address;
use eggroll_host::words;
use eggroll_lab::agent::Agent;
use eggroll_lab::is_agent_name;
use std::process::ExitCode;

/// The most characters of a name that is made of the computer's.
const LONGEST: usize = 32;

/// Offers the boards of this computer until it is told to end.
pub(crate) fn agent(args: AgentArgs) -> Result<ExitCode, Error> {
    if let Some(lab) = args.boards.iter().find(|address| matches!(address, Address::Lab(_))) {
        return Err(Error::Flag {
            flag: "--boards",
            task: words::shown(&lab.to_string(), words::MOST),
            way_out: "an agent offers what is attached to this computer; --join names the lab".to_owned(),
        });
    }
    let name = match &args.name {
        Some(name) if is_agent_name(name) => name.clone(),
        Some(name) => {
            return Err(Error::Flag {
                flag: "--name",
                task: format!("`{}`", words::shown(name, words::MOST)),
                way_out: "a name has 1 to 32 letters, digits, - and _".to_owned(),
            });
        }
        None => computer(),
    };
    let runtime = runtime(None, &args.boards)?;
    let ended = runtime.block_on(async {
        let listening = Interrupt::listen();
        let interrupt =
            listening.map_err(|error| Error::Usage(format!("cannot listen for signals: {error}")))?;
        tell!("agent {name}: offers its boards to {}", args.join);
        let delay = args.delay();
        let agent = Agent {
            lab: args.join,
            login: args.login.login(),
            name: name.clone(),
            boards: args.boards,
            delay,
        };
        agent.run(interrupt.token.clone()).await?;
        tell!("agent {name}: has left");
        Ok(ExitCode::SUCCESS)
    });
    runtime.shutdown_background();
    ended
}

/// The name of this computer, as far as it can be a part of a subject.
fn computer() -> String {
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let name: String = host.chars().map(fits).take(LONGEST).collect();
    if name.is_empty() { "agent".to_owned() } else { name }
}
