//! The command line of eggroll, and what a person reads of a run.
//!
//! [`main()`] is the program `eggroll-host`. [`report`] makes the pages of a run; a program of one's own may
//! use it without the command line.

mod adapt;
mod answers;
mod args;
mod commands;
mod connected;
mod data;
mod error;
mod export;
mod features_file;
mod fits;
mod flag_values;
mod guide;
#[cfg(feature = "import")]
mod import;
mod interrupt;
#[cfg(feature = "nats")]
mod lab;
#[cfg(not(feature = "nats"))]
#[path = "lab/without.rs"]
mod lab;
mod language;
mod listen;
mod loaded;
mod metrics;
mod output;
mod progress;
pub mod report;
mod rounded;
mod settings;
#[cfg(test)]
mod settings_tests;
mod system;
mod table_args;
mod train;
mod trouble;
mod tui;
mod tune;

use crate::error::Error;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use eggroll_host::fleet::link::{Address, without_password};
use eggroll_host::train::TrainError;
use eggroll_host::words;
use output::tell;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The most characters in the line of an error. It bounds what the line repeats, and every line that is well
/// written is shorter.
const MOST_OF_ERROR: usize = 4000;
/// The exit code for wrong arguments.
const MISUSED: u8 = 2;

/// Trains integer neural networks on microcontrollers, without backpropagation.
///
/// Without a command it trains: `eggroll-host` alone learns to read handwritten digits on simulated boards.
/// The same configuration, seed and data give the same weights, byte for byte, whatever boards compute them.
#[derive(Parser)]
#[command(name = "eggroll-host", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    train: args::TrainArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Train a model (implied when no command is named)
    Train(Box<args::TrainArgs>),
    /// Try sizes of hidden layers, learning rates and seeds within a time, and keep the best run
    ///
    /// The defaults come first, then other sizes, half and twice the rate of the best, and other seeds; what
    /// a flag says is not varied. The run that is best on the watched part is kept as a normal run, and the
    /// command that trains it again is printed. The held-out part has no part in the choice.
    Tune(Box<tune::TuneArgs>),
    /// Adapt a trained model to a few rows of its user, its sensor or its place
    ///
    /// This is a training that begins with the model (--from), with settings for a few hundred rows: the last
    /// layer alone learns unless --train says more, the rate is chosen by cross-validation on these rows,
    /// there are 400 generations, and all rows that are not held out train. What the model reached before is
    /// printed beside what it reaches now.
    /// --keep FILE lets some rows of what it was trained on train again, so that it does not forget them.
    Adapt(Box<adapt::AdaptArgs>),
    /// Show what is understood of a table, as a training would
    Data {
        /// The file, or - for standard input
        #[arg(value_parser = table_args::typed())]
        file: PathBuf,
        #[command(flatten)]
        table: table_args::TableArgs,
        /// Share of the samples that is held out, 0 to 0.9 [default: 0.2]
        #[arg(long, value_name = "F")]
        holdout: Option<eggroll_host::data::Fraction>,
        /// Write the features that a training reads, before they are scaled, with class, group and part of
        /// each row: a table for other programs
        #[arg(long = "table", value_name = "OUT", value_parser = table_args::typed())]
        out: Option<PathBuf>,
    },
    /// Print how good a run's model is: its scores, the figures of each class, and baselines beside them
    Eval {
        /// The run's directory, or a .safetensors file that export or import has written
        run: PathBuf,
        /// A table whose rows have classes, to judge the model on instead, or - for standard input
        #[arg(value_parser = table_args::typed())]
        file: Option<PathBuf>,
        /// Say as well how good the answers are whose probability is at least T/256
        #[arg(long, value_name = "T", allow_negative_numbers = true)]
        reject: Option<answers::Threshold>,
        /// Print one JSON object instead
        #[arg(long)]
        json: bool,
    },
    /// Print the class that a run's model answers for each row of a table, with its probability in 1/256
    ///
    /// With --boards, boards answer with the model that they keep (`eggroll-host deploy`), bit for bit the
    /// same. The run need not be there then; where it is named, they have to keep its model.
    Predict {
        /// The run's directory, or a .safetensors file that export or import has written; it may be left out
        /// with --boards
        #[arg(required_unless_present = "boards", value_name = "RUN")]
        run: Option<PathBuf>,
        /// The table, whose columns are named or placed as those of the training, with or without classes; -
        /// for standard input
        #[arg(value_parser = table_args::typed(), value_name = "FILE")]
        file: Option<PathBuf>,
        /// A board that answers; the flag may be given several times, and the boards share the rows
        #[arg(long, value_name = "ADDR")]
        boards: Vec<Address>,
        /// Answer `unknown`, without a class, where the probability is below T/256, T from 0 to 255
        #[arg(long, value_name = "T", allow_negative_numbers = true)]
        reject: Option<answers::Threshold>,
        /// Signal: take the answers about windows together, and print those at which there is an answer to
        /// what happened: majority:N or majority:N/LEAST (the class of most of the last N windows, if LEAST
        /// have it), or leaky:SHIFT (the class of the greatest sum of outputs, each of which counts by 1 /
        /// 2^SHIFT)
        #[arg(long, value_name = "RULE", conflicts_with = "reject")]
        smooth: Option<answers::Smooth>,
        /// Signal: with --smooth, how far the greatest output must be ahead of the second, 0 to 254
        #[arg(long, value_name = "L", requires = "smooth", default_value = "0", value_parser = answers::level)]
        level: u8,
        /// Signal: with --smooth, windows that pass without an answer after one
        #[arg(long, value_name = "HOPS", requires = "smooth", default_value_t = 0)]
        hold_off: u16,
        /// Print a JSON object for each row instead of a table with commas
        #[arg(long)]
        json: bool,
    },
    /// Rebuild the weights of a run from its journal, without evaluating a member, and compare them
    ///
    /// With --boards it repeats what boards have learned from samples of their own: it reads the samples and
    /// the model before, trains on them again, and compares the model byte by byte. The exit code is 1 where
    /// one differs.
    Replay {
        /// The run's directory
        #[arg(required_unless_present = "boards", conflicts_with = "boards")]
        run: Option<PathBuf>,
        /// Boards that have adapted their model to samples of their own, in place of a run
        #[arg(long, value_name = "ADDR", num_args = 1..)]
        boards: Vec<Address>,
        /// Print one JSON object instead
        #[arg(long)]
        json: bool,
    },
    /// Write the model of a run for your own program: C, Rust, ONNX, safetensors or raw bytes
    ///
    /// C and Rust have what makes raw values features, inference, the names of the classes, a self test and a
    /// main under a flag; ONNX is the same as a graph of integers. All give the outputs that `eval` measures,
    /// bit for bit. The data of the run need not be there.
    Export {
        /// The run's directory
        run: PathBuf,
        /// The file; its ending names the format: .h or .c (C99, both files), .rs (Rust without std), .onnx,
        /// .safetensors (tensors, scaling in the metadata) or .bin (all weights, a byte each)
        #[arg(long)]
        out: PathBuf,
        /// What the symbols of C begin with, so that two models link together [default: made of the file's
        /// name]
        #[arg(long, value_name = "NAME")]
        prefix: Option<String>,
    },
    /// Give boards the model of a run, which they keep over a reset and answer with
    ///
    /// Layers, weights, scaling and names go into the board's flash. A board that loses power meanwhile has
    /// the model that it had before. `eggroll-host predict --boards ADDR FILE` asks it; without a host, its
    /// own application does.
    Deploy {
        /// The run's directory, or a .safetensors file that export or import has written
        run: PathBuf,
        /// The boards, as for a training
        #[arg(long, value_name = "ADDR", num_args = 1.., required = true)]
        boards: Vec<Address>,
        /// Print one JSON object for each board instead
        #[arg(long)]
        json: bool,
    },
    /// Write the report of a run again, from the files in its directory
    Report {
        /// The run's directory
        run: PathBuf,
    },
    /// Draw several runs over each other, accuracy against forward passes (or return against episodes), with
    /// a table
    Compare {
        /// The runs' directories
        #[arg(required = true, num_args = 1..)]
        runs: Vec<PathBuf>,
        /// The page
        #[arg(long, default_value = "compare.html")]
        out: PathBuf,
    },
    /// Write text with the model of a run on a text
    Sample {
        /// The run's directory, or a .safetensors file under the reference's names
        run: PathBuf,
        /// How the text begins; without it, a run on a reward shows answers to prompts of its own
        #[arg(long)]
        prompt: Option<String>,
        /// How random the text is: 0 takes the likeliest byte, 1 draws by the model's probabilities [default:
        /// 0.8; 0 for answers to prompts of a reward]
        #[arg(long, value_name = "T", allow_negative_numbers = true)]
        temperature: Option<language::Temperature>,
        /// The most bytes to write after the prompt; the end of a document ends the text
        #[arg(long, value_name = "N", default_value_t = 400)]
        bytes: u32,
        /// Seed of the random choice
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u32,
    },
    /// Write a text of puzzles with answers, some of them wrong, to train a language model on before a reward
    /// does
    ///
    /// Each document is a prompt and its answer, as --task reward:NAME makes them; a wrong answer has one
    /// digit changed. Train on it by --task text:FILE, export the weights, and begin by --from.
    Traces {
        /// The puzzles: reward:arithmetic, reward:countdown or reward:sort
        reward: language::RewardTask,
        /// Percent of the answers that are wrong
        #[arg(long, value_name = "PERCENT", default_value_t = 30, value_parser = clap::value_parser!(u8).range(0..=100))]
        wrong: u8,
        /// Documents to write
        #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
        count: u32,
        /// Seed of the puzzles
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u32,
        /// The file
        #[arg(long, value_name = "FILE", value_parser = table_args::typed())]
        out: PathBuf,
    },
    /// Print the outputs of an EGG model for tokens: a JSON object for each step, with logits and
    /// log-likelihood in 1/16 bit
    Logits {
        /// A .safetensors file under the reference's names; its tensors tell the model's sizes
        weights: PathBuf,
        /// A file whose bytes are the tokens: each but the last is read, each but the first is the target
        /// before it
        #[arg(long, value_name = "FILE")]
        tokens: PathBuf,
    },
    /// Turn a trained model of another tool into integers: ONNX, TFLite, or safetensors with a list of layers
    ///
    /// Scales are chosen from the data, whose rows have the model's inputs as it was trained on them, and
    /// what the model answers. The file that is written is a model to train on (--from), whole or in part.
    #[cfg(feature = "import")]
    Import {
        /// The model: .onnx, .tflite, or a .toml file that lists layers and names a .safetensors file
        #[arg(value_parser = table_args::typed())]
        file: PathBuf,
        /// Rows of the model's inputs, with the classes or the targets that it answers
        #[arg(long, value_name = "FILE", value_parser = table_args::typed())]
        data: PathBuf,
        #[command(flatten)]
        table: Box<table_args::TableArgs>,
        /// Share of the rows that choose no scale and judge the model [default: 0.2]
        #[arg(long, value_name = "F")]
        holdout: Option<eggroll_host::data::Fraction>,
        /// The file to write, which ends in .safetensors [default: beside the model, under its name]
        #[arg(long, value_name = "FILE", value_parser = table_args::typed())]
        out: Option<PathBuf>,
        /// Print one JSON object instead
        #[arg(long)]
        json: bool,
    },
    /// Show samples that a board sends, and store them as a log to train on, labelled by keys
    ///
    /// The board sends a line of numbers for each sample, such as `12,-5,980`, with commas, tabs, semicolons
    /// or spaces between them; `ax:12,ay:-5,az:980` names the channels, and so does a first line of names.
    /// Other lines are counted and passed over, as is the first one of a board, which may be cut. The keys 1
    /// to 9 begin a recording with a label, the space bar ends it, and q ends the program, which says how to
    /// train on what it has stored.
    Listen(listen::ListenArgs),
    /// Offer the boards of this computer to a lab, for runs that are trained on another one
    ///
    /// The lab is a NATS server with JetStream. A coordinator trains on what its agents offer by
    /// `eggroll-host --boards nats://HOST:PORT`. The agent connects again by itself when the network, the
    /// server or the coordinator fails, takes part in one run after another, and finishes what it has begun
    /// when it is told to end (SIGTERM or Ctrl-C).
    #[cfg(feature = "nats")]
    Agent(lab::AgentArgs),
    /// Show what a lab is doing: agents, boards, rates, lag, verified replies, refusals
    ///
    /// On a terminal the display is renewed until Ctrl-C.
    #[cfg(feature = "nats")]
    Status(lab::StatusArgs),
    /// Shake hands with boards and list what each can hold
    Boards {
        /// Their addresses, as for --boards
        #[arg(value_name = "ADDR")]
        addresses: Vec<Address>,
    },
}

/// Runs the program; errors go to standard error as one line.
pub fn main() -> ExitCode {
    let filter = std::env::var("EGGROLL_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| tui::Log)
        // Colours would be escape sequences, of which the log lets none through.
        .with_ansi(false)
        .with_target(false)
        .without_time();
    // What the client of NATS logs of a connection is told in this program's own words.
    let usual = || Targets::new().with_default(LevelFilter::WARN).with_target("async_nats", LevelFilter::OFF);
    let filter = filter.unwrap_or_else(usual);
    tracing_subscriber::registry().with(lines).with(filter).init();
    interrupt::survive_file_limits();
    system::panics_in_a_line();
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(error) => return usage(error),
    };
    let result = match cli.command {
        None => train::run(&cli.train),
        Some(Command::Train(args)) => train::run(&args),
        Some(Command::Adapt(args)) => adapt::run(*args),
        Some(Command::Tune(args)) => tune::run(&args),
        Some(Command::Data { file, table, holdout, out }) => {
            data::show(&file, &table, holdout, out.as_deref())
        }
        Some(Command::Eval { run, file, reject, json }) => {
            system::pool(None).and_then(|()| answers::eval(&run, file.as_deref(), json, reject))
        }
        Some(Command::Predict { run, file, boards, reject, smooth, level, hold_off, json }) => {
            let decides = smooth.map(|smooth| answers::Decides { smooth, level, hold_off });
            // One path is that of the file where boards are named, which keep the model.
            let (run, file) = if file.is_some() { (run, file) } else { (None, run) };
            match (run, file) {
                (None, Some(_)) if boards.is_empty() => {
                    Err(Error::Usage("predict needs RUN and FILE, or --boards ADDR and FILE".to_owned()))
                }
                (run, Some(file)) => {
                    answers::predict(run.as_deref(), &file, &boards, json, (reject, decides))
                }
                (_, None) => Err(Error::Usage("predict needs a FILE, or - for standard input".to_owned())),
            }
        }
        Some(Command::Deploy { run, boards, json }) => answers::deploy(&run, &boards, json),
        Some(Command::Replay { run: Some(run), json, .. }) => {
            system::pool(None).and_then(|()| commands::replay(&run, json))
        }
        Some(Command::Replay { run: None, boards, json }) => answers::replay(&boards, json),
        Some(Command::Export { run, out, prefix }) => export::run(&run, &out, prefix.as_deref()),
        Some(Command::Sample { run, prompt, temperature, bytes, seed }) => {
            language::sample(&run, prompt.as_deref(), temperature, bytes, seed)
        }
        Some(Command::Traces { reward, wrong, count, seed, out }) => {
            language::write_traces(reward, wrong, count, seed, &out)
        }
        Some(Command::Logits { weights, tokens }) => language::logits(&weights, &tokens),
        #[cfg(feature = "import")]
        Some(Command::Import { file, data, table, holdout, out, json }) => system::pool(None)
            .and_then(|()| import::run(&file, (&data, &table, holdout), out.as_deref(), json)),
        Some(Command::Listen(args)) => listen::run(&args),
        #[cfg(feature = "nats")]
        Some(Command::Agent(args)) => lab::agent(args),
        #[cfg(feature = "nats")]
        Some(Command::Status(args)) => lab::status(&args),
        Some(Command::Report { run }) => system::pool(None).and_then(|()| commands::report(&run)),
        Some(Command::Compare { runs, out }) => {
            system::pool(None).and_then(|()| commands::compare(&runs, &out))
        }
        Some(Command::Boards { addresses }) => {
            system::runtime(None, &addresses).and_then(|rt| rt.block_on(commands::boards(addresses)))
        }
    };
    result.unwrap_or_else(|error| {
        tell!("error: {}", words::shown(&error.to_string(), MOST_OF_ERROR));
        // What the parser of the arguments would have refused if it knew the task and the table.
        let of_table = match &error {
            Error::Data(error) | Error::Train(TrainError::Data(error)) => error.is_of_table(),
            _ => false,
        };
        if of_table || matches!(error, Error::Flag { .. }) {
            ExitCode::from(MISUSED)
        } else {
            ExitCode::FAILURE
        }
    })
}

/// Reads the arguments.
fn parsed() -> Result<Cli, clap::Error> {
    // A search runs many short trainings, for which the host's own cores are the fastest boards. Flags that
    // it refuses are not in its help.
    let command = Cli::command().mut_subcommand("tune", |tune| {
        let tune = tune.mut_arg("boards", |boards| boards.default_values(["cpu"]));
        ["resume", "from_generation", "until", "tui", "autonomous", "faults", "fault_seed", "metrics"]
            .into_iter()
            .fold(tune, |tune, flag| tune.mut_arg(flag, |arg| arg.hide(true)))
    });
    // What it begins with, and what it learns from, are no flags of it.
    let command = command.mut_subcommand("adapt", |adapt| {
        let hidden = ["task", "from", "model", "hidden", "resume", "from_generation"];
        hidden.into_iter().fold(adapt, |adapt, flag| adapt.mut_arg(flag, |arg| arg.hide(true)))
    });
    Cli::from_arg_matches(&command.try_get_matches()?)
}

/// Help as it is; what is wrong with the arguments as one line, like every other error.
fn usage(mut error: clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    // What was typed is repeated in part.
    let mut typed = Vec::new();
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        if let Some(ContextValue::String(text)) = error.get(kind) {
            typed.push((kind, text.clone()));
        }
    }
    for (kind, text) in typed {
        // An address may have a password in it.
        let text = without_password(&text);
        if text.chars().count() > words::MOST {
            // A tip repeats all of it.
            error.remove(ContextKind::Suggested);
        }
        error.insert(kind, ContextValue::String(words::shown(&text, words::MOST)));
    }
    let text = error.to_string();
    let end = text.find("\nUsage:").or(text.find("\nFor more information")).unwrap_or(text.len());
    let words = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<String> = text[..end].trim_end().split("\n\n").map(words).collect();
    tell!("{}; see --help", words::shown(&parts.join("; "), MOST_OF_ERROR));
    ExitCode::from(MISUSED)
}
