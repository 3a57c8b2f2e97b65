//! The flags of `eggroll-host train`.

use super::flag_values::{
    CreditName, EstimatorName, GuideName, Hidden, LossName, NoiseName, OptimizerName, SaturationName, Skip,
    SyncName, TaskWord, Temperature, TrainedLayers, fixed_point, model,
};
use super::table_args::{TableArgs, parts, typed};
use crate::error::Error;
use crate::metrics::MetricsAddress;
use clap::Args;
use eggroll_host::data::{Fraction, Parts, Reading};
use eggroll_host::fleet::link::faults::Faults;
use eggroll_host::fleet::link::{Address, LabAddress};
use eggroll_host::fleet::probability::Probability;
use eggroll_host::measure::{Quantile, Score};
use eggroll_host::run::{ModelName, TaskName};
use std::path::PathBuf;

/// The boards of a run that is not told any.
pub(super) const DEFAULT_BOARDS: &str = "sim";

/// The flags of a training.
#[derive(Args, Clone)]
pub(super) struct TrainArgs {
    /// Boards to train on, any number: sim, cpu, cuda, /dev/ttyACM0, tcp:HOST:PORT, qemu:BOARD,
    /// rp2040js:BOARD
    ///
    /// sim[:N][,arena=BYTES]: simulated boards, one a core unless N says how many. cpu: the host's own cores,
    /// which evaluate many members side by side. cuda[:N]: the NVIDIA GPU number N, from 0 (a program built
    /// with --features cuda). PATH[,baud=N]: serial devices, which may be unplugged and plugged in again. A
    /// quoted pattern such as '/dev/ttyACM*': the devices that match, now or later. tcp:HOST:PORT: a board
    /// behind a serial server. nats://HOST:PORT: what agents on other computers offer (a program built with
    /// --features nats). qemu:BOARD[:N] and rp2040js:BOARD[:N]: emulated boards, with the images that
    /// `cargo xtask boards` builds, or with ,image=PATH. The weights are the same with all of them.
    #[arg(long, value_name = "ADDR", num_args = 1.., default_values = [DEFAULT_BOARDS])]
    pub(super) boards: Vec<Address>,
    /// What to learn: digits (built in), csv:FILE with features and a column of classes, data:FILE,
    /// text:FILE..., an environment: cartpole, mountain-car, acrobot, pendulum, balance, line-follower,
    /// thermal, a reward: reward:arithmetic, reward:countdown, reward:sort, or own: what the boards score by
    /// a task of their own [default: digits]
    ///
    /// data:FILE is a table, too, or arrays of NumPy (.npy, .npz), the IDX files of MNIST, series of the UCR
    /// and UEA archives (.ts); any of them may be packed by gzip. What it is stands in the file. On a text, a
    /// model that carries a state learns to predict the next byte. A byte 0 separates documents, and so does
    /// the end of a file. More files and folders of files may follow. csv:- and text:- read standard input
    /// once, before the run is made; to resume such a run, pipe the same data in again. A CSV file has at
    /// most 1 GiB, 65536 columns and 16777216 rows, and a text at most 1 GiB. Boards simulate the
    /// environments themselves, and estimator weight trains on them. Texts and environments have defaults of
    /// their own for the model and the settings. A reward is for a language model: boards make puzzles,
    /// members write answers, and a checker marks them; begin with a model (--from) that was trained on texts
    /// of `eggroll-host traces`. own is for boards whose firmware ends in `eggroll_board::run_with_task`; all
    /// have to have the same task, and --model gives its inputs and outputs.
    #[arg(long, value_name = "TASK", num_args = 1..)]
    task: Vec<TaskWord>,
    #[command(flatten)]
    pub(super) table: TableArgs,
    #[cfg(feature = "nats")]
    #[command(flatten)]
    pub(super) login: crate::lab::LoginArgs,
    /// Layer sizes, with +bias for biases; a network like conv:28x28x1/c8k3s2/c16k3s2/gap/10, ds-cnn,
    /// resnet-8, mobilenet-v1-0.25 or dense-autoencoder, or a .toml file of such layers; or
    /// egg:D=64,L=2,V=256 [default: FEATURES-64-CLASSES, with biases for a file; FEATURES-N-FEATURES with a
    /// narrow N for --anomaly; INPUTS-16-OUTPUTS in an environment; egg:D=64,L=1,V=128 on a text, V=256 where
    /// it has bytes above 127]
    #[arg(long, value_parser = model)]
    pub(super) model: Option<ModelName>,
    /// Sizes of the hidden layers, such as 32,16, or none; inputs and outputs are those of the task
    #[arg(long, value_name = "N,N", conflicts_with = "model")]
    pub(super) hidden: Option<Hidden>,
    /// Seed of all noise [default: 1]
    #[arg(long)]
    pub(super) seed: Option<u32>,
    /// Directory of the run [default: runs/TASK-N, the first that is free]
    #[arg(long, value_name = "DIR", value_parser = typed())]
    pub(super) run: Option<PathBuf>,
    /// Resume the run in --run from its journal, or a run of a lab, nats://HOST:PORT#RUN, in a new directory
    ///
    /// With --generations N the run has N generations from now on. A finished run is trained on so. The
    /// generations that are done stay as they are, and those after them have the learning rate of a run that
    /// had N from the start.
    #[arg(long, value_name = "LAB", num_args = 0..=1)]
    pub(super) resume: Option<Option<LabAddress>>,
    /// With --resume: go back to the weights after generation G first. What the journal has after it does not
    /// count any more. 0 begins again
    #[arg(long, value_name = "G", requires = "resume")]
    pub(super) from_generation: Option<u32>,
    /// Regression: how errors of the targets are put together [default: squared]
    #[arg(long, value_enum)]
    pub(super) loss: Option<LossName>,
    /// Anomalies: the share of normal rows whose score is to be at most the threshold, 0.5 to 0.9999; about 1
    /// minus this share of normal rows raises a false alarm [default: 0.99]
    #[arg(long, value_name = "Q")]
    pub(super) quantile: Option<Quantile>,
    /// How members are made and scored [default: node for data, weight in an environment and on a reward]
    #[arg(long, value_enum)]
    pub(super) estimator: Option<EstimatorName>,
    /// Data: draw samples of all classes alike, however few rows a class has
    #[arg(long)]
    pub(super) balance: bool,
    /// How credit moves weights [default: residual]
    #[arg(long, value_enum)]
    pub(super) optimizer: Option<OptimizerName>,
    /// Learning rate of residual, falling linearly to 0 [default: with a guide and one hidden layer 1, for a
    /// file 0.24, less for deeper models, more for more slots; 0.59999 for node without a guide; on a text
    /// 1.6 with a guide, 0.3 without; 0.2 on a reward, 1 for weight]
    #[arg(long, value_name = "X", value_parser = fixed_point)]
    pub(super) lr: Option<u32>,
    /// Share of weights that a vote moves by chance; above 1, alpha in the reference's schedule [default:
    /// 2.58496]
    #[arg(long, value_name = "A", value_parser = fixed_point, conflicts_with = "q")]
    pub(super) alpha: Option<u32>,
    /// Threshold of a vote in 1/16 standard deviations, instead of --alpha
    #[arg(long)]
    pub(super) q: Option<u32>,
    /// Generations to train [default: 6000 for node, with a guide more for deeper models and fewer for more
    /// slots, 1725 for a file; 1000 for weight, 2000 with credit per sample, 200 on a task of the boards'
    /// own, 600 on a reward]
    #[arg(long, value_name = "G")]
    pub(super) generations: Option<u32>,
    /// Stop once the validation reaches this: accuracy=0.95 for data, return=475 in an environment, bits=2.5
    /// on a text, success=0.9 on a reward, score=-20 on a task of the boards' own
    #[arg(long, value_name = "GOAL")]
    pub(super) until: Option<Score>,
    /// Generations between two validations [default: a hundredth of the run, a fiftieth in an environment]
    #[arg(long, value_name = "N")]
    pub(super) evaluate_every: Option<u32>,
    /// Data: share of the samples, or of the text at its end, that is held out, 0 to 0.9; 0 trains on all
    /// rows in file order [default: 0.2; 0.05 of a text]
    #[arg(long, value_name = "F")]
    pub(super) holdout: Option<Fraction>,
    /// Data: share of the rows that are not held out that is watched, 0 to 0.9; 0 watches the training rows
    /// [default: 0.1; 0.2 with --anomaly]
    #[arg(long, value_name = "F")]
    pub(super) validation: Option<Fraction>,
    /// The trained model to start from: a run, or a .safetensors file that export or import has written; for
    /// a text a .safetensors file with the reference's names [default: weights are drawn from the seed]
    #[arg(long, value_name = "FILE", value_parser = typed())]
    pub(super) from: Option<PathBuf>,
    /// With --from: replace the last layer by one of N outputs, drawn from the seed, for classes of its own.
    /// With --keep these are the model's classes and behind them the new ones of the data
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(super) head: Option<u32>,
    /// With --from: rows of what the model was trained on before, some of which train again so that it does
    /// not forget them; the others tell what it has forgotten
    #[arg(long, value_name = "FILE", value_parser = typed())]
    pub(super) keep: Option<PathBuf>,
    /// With --keep: the share of these rows among those that train, 0 to 0.9; at most four fifths of the file
    /// train [default: 0.3]
    #[arg(long, value_name = "F", requires = "keep")]
    pub(super) keep_share: Option<Fraction>,
    /// Reward: how random members' answers are, 0 to 4: 1 draws by the model's probabilities, 0 takes the
    /// likeliest byte; a multiple of 1/16 [default: 0]
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub(super) temperature: Option<Temperature>,
    /// Text: tokens that a stream takes in a generation [default: 16 with a guide, 4 for node without, 100
    /// for weight]
    #[arg(long, value_name = "T")]
    pub(super) context: Option<u32>,
    /// Text: streams that are read side by side; for weight, streams of each pair [default: 64 with a guide,
    /// 32 for node without, 1 for weight]
    #[arg(long, value_name = "N")]
    pub(super) streams: Option<u32>,
    /// node: credit the last layer exactly, and the others by a guide [default: on for data, unless members
    /// are antithetic, and on a text unless there are members]
    #[arg(long, value_enum)]
    pub(super) guide: Option<GuideName>,
    /// node: samples of a generation [default: 4; 16 for a file with a guide; tokens of all streams on a
    /// text]
    #[arg(long, value_name = "N")]
    pub(super) slots: Option<u32>,
    /// node: members of a slot [default: 2 with a guide, where 0 leaves it as it starts; 8 without; on a text
    /// none with a guide, 4 without]
    #[arg(long, value_name = "K")]
    pub(super) members: Option<u32>,
    /// Guide: every M-th slot has members [default: 1]
    #[arg(long, value_name = "M")]
    pub(super) member_slots: Option<u32>,
    /// Guide: the weight of what members report beyond what the guide expects, in 1/16, 0 to 16 [default: 0]
    #[arg(long, value_name = "V")]
    pub(super) residual_weight: Option<u8>,
    /// Guide: the size of its entries at the start, 0 to 4096 [default: 256]
    #[arg(long, value_name = "S")]
    pub(super) guide_scale: Option<u16>,
    /// Guide, or a run from a trained model (--from): the layers to train, among those with weights: all,
    /// last, last:2, bias (the biases of all layers), or their numbers from 0, such as 1,2. Frozen layers
    /// before the first of them run once a sample [default: all]
    #[arg(long, value_name = "LAYERS")]
    pub(super) train: Option<TrainedLayers>,
    /// node: the size of the noise in 1/16 [default: 8 with a guide, 4 without]
    #[arg(long, value_name = "A")]
    pub(super) amplitude: Option<u8>,
    /// node, and weight with credit per sample: take back credit that pushes a saturated node further out
    /// [default: on; with a guide it always is]
    #[arg(long, value_enum)]
    pub(super) saturation: Option<SaturationName>,
    /// Largest fitness that is reported, in 1/16 bit, 1/16 reward unit in an environment, or units of the
    /// boards' own task [default: 7 for node without a guide and for credit per sample, 1000 on an own task
    /// and on a reward, otherwise 127]
    #[arg(long, value_name = "C")]
    pub(super) clip: Option<i16>,
    /// node: samples with a loss up to this, in 1/16 bit, get no members; or off [default: 1]
    #[arg(long, value_name = "T")]
    pub(super) skip: Option<Skip>,
    /// node: compare the two members of a pair instead of a member and the base model
    #[arg(long)]
    pub(super) antithetic: bool,
    /// weight: pairs of a generation [default: 128; 8 with credit per sample; 16 on a task of the boards'
    /// own; 64 on a reward]
    #[arg(long, value_name = "N")]
    pub(super) pairs: Option<u32>,
    /// weight: samples that a pair is scored on [default: 16], episodes that a member plays in an
    /// environment, or prompts that it answers on a reward [default: 32]
    #[arg(long, value_name = "N")]
    pub(super) samples: Option<u32>,
    /// weight: give every pair samples, or starts of episodes, of its own
    #[arg(long)]
    pub(super) own_samples: bool,
    /// In an environment: give every episode parameters of its own, such as masses and delays, up to PERCENT
    /// from the nominal ones, 1 to 50 [default: 20 where no number is given]
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, default_missing_value = "20")]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=50))]
    pub(super) domain_randomize: Option<u8>,
    /// weight: rank of the perturbation, 1 to 8 [default: 1]
    #[arg(long, value_name = "R")]
    pub(super) rank: Option<u8>,
    /// weight: sigma is 2^-S [default: 4; 1 with credit per sample; 2 on a task of the boards' own]
    #[arg(long, value_name = "S")]
    pub(super) sigma_shift: Option<u8>,
    /// weight: the distribution of the factors' entries [default: sign]
    #[arg(long, value_enum)]
    pub(super) noise: Option<NoiseName>,
    /// weight: what a fitness is credited to; in an environment it is the pair [default: pair]
    #[arg(long, value_enum)]
    pub(super) credit: Option<CreditName>,
    /// Let one board train K generations alone at a time. It needs the samples and memory for its own update
    ///
    /// The board evaluates, credits and moves its weights without the host, and reports its scores. The host
    /// replays them and compares the results. The other boards wait, and take over if it is lost. The weights
    /// are the same. Of a text the board gets all that is trained on, which must fit it. However large K is,
    /// the board reports after about half a second and at most 4096 generations; a host that is killed loses
    /// no more.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) autonomous: Option<u32>,
    /// How boards get new weights: cheapest (the fewest bytes for each board), scores, moves or weights
    #[arg(long, value_enum, default_value_t = SyncName::Cheapest)]
    pub(super) sync: SyncName,
    /// Seconds to wait for a board that answers once all are gone. A board that joins and fails does not end
    /// the wait
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) patience: u64,
    /// Share of the boards' replies that the host computes again, 0 to 1 [default: 0.01; 0 on a task of the
    /// boards' own, which the host cannot compute]
    ///
    /// A board that is caught with wrong scores is expelled, everything that it gave is computed again, and
    /// the run goes back to before the first wrong generation. Wrong scores that no sample has found stay: if
    /// a share E of a board's replies is wrong, N wrong replies are believed with probability (1 - E F)^N. 0
    /// trusts every board.
    #[arg(long, value_name = "F")]
    pub(super) verify: Option<Probability>,
    /// Break links on purpose: drop=P,flip=P,dup=P,cut=P (probabilities for each frame) and delay=TIME, or
    /// some of them
    ///
    /// For example drop=0.01,flip=0.001,dup=0.01,delay=5ms,cut=0.0005. In both directions, frames are lost,
    /// get one to four bits inverted, arrive twice, wait for up to TIME (500us, 5ms, 1s), or are the last of
    /// their link, which is then opened again. A request without a reply is repeated after 100 ms and twice
    /// the longest delay, instead of 2 s. The weights are the same.
    #[arg(long, value_name = "FAULTS")]
    pub(super) faults: Option<Faults>,
    /// Seed of the noise of --faults
    #[arg(long, value_name = "N", default_value_t = 1, requires = "faults")]
    pub(super) fault_seed: u32,
    /// Threads of the host [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Print nothing but errors (and the object of --json)
    #[arg(long)]
    pub(super) quiet: bool,
    /// Print a JSON object as the last line of standard output
    #[arg(long)]
    pub(super) json: bool,
    /// Show boards, rates and the curve of the validation on the whole terminal (a program built with
    /// --features tui)
    #[arg(long, conflicts_with = "quiet")]
    pub(super) tui: bool,
    /// Serve figures of the run for Prometheus at http://ADDR/metrics while it trains, such as 127.0.0.1:9464
    ///
    /// Port 0 takes one that is free, and says which. Whoever reaches the address reads the figures:
    /// 127.0.0.1 is for programs of this machine, 0.0.0.0 for everybody.
    #[arg(long, value_name = "ADDR")]
    pub(super) metrics: Option<MetricsAddress>,
    /// Whether a trained model is adapted to a few rows, which have defaults of their own.
    #[arg(skip)]
    pub(super) adapts: bool,
}

impl TrainArgs {
    /// How the table is read, and the one that is kept beside it.
    pub(super) fn reading(&self) -> Reading {
        let mut reading = self.table.reading();
        self.overlay_reading(&mut reading);
        reading
    }

    /// Replaces what is said of tables by the flags that were given.
    pub(super) fn overlay_reading(&self, reading: &mut Reading) {
        self.table.overlay(reading);
        // The run can be resumed from any folder.
        let absolute = |file: &PathBuf| std::path::absolute(file).unwrap_or_else(|_| file.clone());
        reading.keep = self.keep.as_ref().map(absolute).or(reading.keep.take());
        reading.keep_share = self.keep_share.or(reading.keep_share);
    }

    /// Which rows train, with those that are held out and watched unless that is said.
    pub(super) fn parts(&self, reading: &Reading) -> Parts {
        let parts = parts(self.holdout, reading);
        // A few rows are all needed to train on.
        let watched = if self.adapts { Fraction::ZERO } else { parts.validation };
        Parts { validation: self.validation.unwrap_or(watched), ..parts }
    }

    /// Sets the task.
    pub(super) fn learn(&mut self, task: TaskName) {
        self.task = vec![TaskWord::Task(task)];
    }

    /// The task that is asked for, with all its files.
    pub(super) fn task(&self) -> Result<Option<TaskName>, Error> {
        let Some((first, more)) = self.task.split_first() else { return Ok(None) };
        let mut task = match first {
            TaskWord::Task(task) => task.clone(),
            TaskWord::File(file) => {
                let [file, why] = [file.display().to_string(), "say what it is".to_owned()];
                return Err(Error::Usage(format!("--task {file}: {why}, as text:{file} or csv:{file}")));
            }
        };
        for word in more {
            let (TaskName::Text(files), TaskWord::File(file)) = (&mut task, word) else {
                return Err(Error::Usage("--task takes one task; only a text has further files".to_owned()));
            };
            files.push(file.clone());
        }
        Ok(Some(task))
    }
}
