use core::fmt;
use serde::{Deserialize, Serialize};

/// Why a request, a model or a run is refused. Travels in replies, so a host can say it in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Error {
    /// The run needs more memory than the arena has; bytes.
    ArenaTooSmall {
        /// Bytes the run needs at least.
        needs: u64,
        /// Bytes of the arena.
        has: u64,
    },
    /// A layer, or the model, has a size of 0 or above its limit.
    Shape {
        /// The layer, counted from 0.
        layer: u32,
    },
    /// A sum of this layer could leave its integer: too many inputs, or too large a population, for the
    /// perturbation asked for.
    Overflow {
        /// The layer, counted from 0.
        layer: u32,
        /// The largest magnitude that could occur.
        bound: u64,
        /// The largest that is allowed.
        limit: u64,
    },
    /// A setting of the run is outside its range.
    Setting(Setting),
    /// No run has been configured since reset.
    NotConfigured,
    /// The weights have not been loaded and started since the run was configured.
    NotStarted,
    /// The request is for a generation whose weights are not here.
    WrongGeneration {
        /// The last generation that the weights hold.
        have: u32,
    },
    /// Bytes beyond the end of what is being loaded.
    OutOfRange {
        /// First byte beyond.
        end: u64,
        /// Bytes there are.
        has: u64,
    },
    /// Pairs or slots beyond the population.
    NoSuchUnits {
        /// First unit beyond.
        end: u64,
        /// Units of a generation.
        has: u32,
    },
    /// A loaded weight is -128, which the arithmetic excludes.
    BadWeight {
        /// Its place among all parameters.
        at: u32,
    },
    /// A loaded feature or target is -128, or a label names no output.
    BadSample {
        /// The sample, counted from 0.
        at: u32,
    },
    /// The samples that are here are not those of the run: load them again.
    SamplesDiffer,
    /// The samples do not fit the board's store; bytes.
    StoreTooSmall {
        /// Bytes of the samples.
        needs: u64,
        /// Bytes of the store.
        has: u64,
    },
    /// The board's store for samples failed to erase or write.
    Store,
    /// A difference of weights that makes no sense.
    BadDelta,
    /// A board that keeps residuals cannot follow by moves of weights alone.
    HasResiduals,
    /// Packed scores of another length or with a value out of range.
    BadScores,
    /// The reply would not fit the board's largest frame: ask for fewer units.
    FrameTooSmall {
        /// Bytes the reply would need.
        needs: u32,
        /// Bytes there are.
        has: u32,
    },
    /// This board was not configured to update itself.
    NoLocalUpdate,
    /// The board knows no such request.
    UnknownRequest,
    /// The model does not fit the run's environment.
    ModelOfEnvironment {
        /// Inputs the model must have.
        inputs: u32,
        /// Outputs the model must have.
        outputs: u32,
    },
    /// The board's firmware was built without recurrent models.
    NoRecurrence,
    /// The streams' tokens and states of this generation are not here, or not all of them.
    NotFed {
        /// Bytes of them that are here.
        have: u32,
    },
    /// A token that the model's vocabulary does not have, or a state of -128.
    BadFeed {
        /// Its place among the streams' bytes.
        at: u32,
    },
    /// Only a text has streams.
    NoStreams,
    /// The request is of another run than the one that the board is configured for.
    OtherRun {
        /// Identity of that one.
        have: u32,
    },
    /// The board cannot move its weights itself.
    CannotUpdate,
    /// The host's largest frame is too short for a handshake.
    HostFrame,
    /// The board's firmware was built without convolutions.
    NoConvolution,
    /// The board has no store for models.
    NoModelStore,
    /// The board's store holds no model.
    NoModel,
    /// The model does not fit the board's store; bytes.
    ModelTooLarge {
        /// Bytes of the model.
        needs: u32,
        /// Bytes of the longest that fits.
        has: u32,
    },
    /// These bytes are no model that this firmware can read, or its parts do not belong together.
    BadModel,
    /// The whole model has another checksum than was said: send it again.
    ModelDiffers,
    /// No model has been begun since reset: begin anew.
    NotBegun,
    /// Bytes before these are missing.
    Gap {
        /// Bytes that are here.
        have: u32,
    },
    /// The board's flash failed to erase or to write.
    Flash,
    /// The model takes another number of raw values.
    Inputs {
        /// Raw values that it takes.
        needs: u32,
        /// Raw values that there are.
        has: u32,
    },
}

/// A setting that [`Error::Setting`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Setting {
    /// Slots of a generation: 1..=2^20.
    Slots,
    /// Members of a slot: 1..=256.
    Members,
    /// Amplitude of node noise in 1/16: 1..=127.
    Amplitude,
    /// Clip of a fitness: 1..=127 for `node`, 1..=32767 for `weight`.
    Clip,
    /// Antithetic pairs of a generation: 1..=2^20.
    Pairs,
    /// Samples a pair: 1..=2^20.
    Samples,
    /// Rank: 1..=8.
    Rank,
    /// Sigma shift: 0..=15.
    SigmaShift,
    /// The task has no samples, or scores no single sample as estimator `node` needs.
    Task,
    /// A tensor needs more noise than its stream has.
    Noise,
    /// Credit per sample needs samples that all pairs share.
    OwnSamples,
    /// Pairs times clip: at most 32767 with credit per sample.
    PairsTimesClip,
    /// The returns of a member's episodes could leave an `i32`, or there are more than 2^32 episodes a
    /// generation.
    Episodes,
    /// A model of tokens goes with a text, and any other model with anything else.
    Model,
    /// Tokens of a stream in a generation: 1..=65535, and a divisor of the slots of estimator `node`.
    Context,
    /// Guided credit goes with a model whose outputs are linear, and members that are not antithetic; on a
    /// text no slot is skipped.
    Guide,
    /// Members of a slot, guided: 0..=256, and 0 where no hidden layer is trained, or the model is recurrent.
    GuidedMembers,
    /// Slots of which one has members: at least 1.
    MemberSlots,
    /// Weight of the members' residual: 0..=16.
    ResidualWeight,
    /// Size of the guide's entries at the start: 0..=4096, and above 0 without members.
    GuideScale,
    /// The layers to train: at least one of the model's, each named once.
    TrainedLayers,
    /// The rule against saturation goes with credit to the nodes of a sample, and a guided run has it anyway.
    Saturation,
    /// Guided credit goes with the squared loss of a regression.
    Loss,
    /// The errors of a member's samples, summed, could leave an `i32`.
    Errors,
    /// How far the parameters of a randomized environment lie from the nominal ones, in percent: 1..=50.
    Spread,
    /// How random answers to puzzles are, in 1/16: 0..=64.
    Temperature,
    /// A model that answers puzzles has 64 tokens at least.
    Vocabulary,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slots => "slots must be 1 to 1048576",
            Self::Members => "members must be 1 to 256",
            Self::Amplitude => "amplitude must be 1 to 127",
            Self::Clip => "clip must be 1 to 127 (estimator weight: 1 to 32767)",
            Self::Pairs => "pairs must be 1 to 1048576",
            Self::Samples => "samples must be 1 to 1048576",
            Self::Rank => "rank must be 1 to 8",
            Self::SigmaShift => "sigma-shift must be 0 to 15",
            Self::Task => "the task has no samples that this estimator could use",
            Self::OwnSamples => "credit per sample needs samples that all pairs share: leave out own-samples",
            Self::PairsTimesClip => "with credit per sample, pairs times clip must be at most 32767",
            Self::Noise => "a tensor is too large for its noise stream: lower the rank or the layer",
            Self::Model => {
                "a text or a reward needs a recurrent model like egg:D=64,L=2,V=256, and nothing else takes one"
            }
            Self::Context => {
                "context must be 1 to 65535, divide the slots of estimator node, and samples times context be at most 1048576; a generation has at most 16777216 streams"
            }
            Self::Guide => "guided credit needs a model with linear outputs, no antithetic members, and on a text no skip",
            Self::GuidedMembers => "members must be 0 to 256, and 0 where no hidden layer is trained, or on a text with a guide",
            Self::MemberSlots => "member-slots must be at least 1",
            Self::Spread => "the domain must be randomized by 1 to 50 percent",
            Self::ResidualWeight => "residual-weight must be 0 to 16",
            Self::GuideScale => "guide-scale must be 0 to 4096, and above 0 without members",
            Self::Saturation => {
                "saturation goes with estimator node without a guide, or with credit per sample of estimator weight"
            }
            Self::Loss => {
                "guided credit needs the squared loss: with the absolute one give estimator node without a guide, or weight"
            }
            Self::Errors => "the errors of a member's samples could leave 32 bits: lower samples, or the model's outputs",
            Self::TrainedLayers => "train must name layers of the model, counted from 0, each once",
            Self::Episodes => "too many episodes a member, or a generation: lower samples",
            Self::Temperature => "temperature must be 0 to 64, in 1/16",
            Self::Vocabulary => "a model that answers puzzles needs 64 tokens or more, as egg:D=64,L=1,V=64 has",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ArenaTooSmall { needs, has } => {
                write!(f, "the run needs {needs} bytes of memory, the board has {has}")
            }
            Self::Shape { layer } => {
                write!(f, "layer {layer} has a size of 0, or above 65535 (outputs of the last: 4096), or does not belong there")
            }
            Self::Overflow { layer, bound, limit } => write!(
                f,
                "a sum of layer {layer} could reach {bound}, the limit is {limit}: give it fewer inputs, or lower members, slots, pairs or clip"
            ),
            Self::Setting(setting) => setting.fmt(f),
            Self::NotConfigured => f.write_str("no run is configured"),
            Self::NotStarted => f.write_str("no weights are loaded"),
            Self::WrongGeneration { have } => write!(f, "the weights are those of generation {have}"),
            Self::OutOfRange { end, has } => write!(f, "bytes up to {end} of {has}"),
            Self::NoSuchUnits { end, has } => write!(f, "members up to {end} of {has}"),
            Self::BadWeight { at } => write!(f, "weight {at} is -128; weights are -127 to 127"),
            Self::BadSample { at } => {
                write!(f, "sample {at} has a feature or target of -128, or a label without an output")
            }
            Self::SamplesDiffer => f.write_str("the samples on the board are not those of the run"),
            Self::StoreTooSmall { needs, has } => {
                write!(f, "the samples need {needs} bytes, the board's store has {has}")
            }
            Self::Store => f.write_str("the board's store for samples failed"),
            Self::BadDelta => f.write_str("a difference of weights that makes no sense"),
            Self::HasResiduals => {
                f.write_str("the board keeps residuals: it follows by scores or by all weights")
            }
            Self::BadScores => f.write_str("scores of a wrong length or range"),
            Self::FrameTooSmall { needs, has } => {
                write!(f, "the reply needs {needs} bytes, the largest frame holds {has}")
            }
            Self::NoLocalUpdate => f.write_str("the board was not configured to update itself"),
            Self::UnknownRequest => f.write_str("the board does not know the request"),
            Self::NoRecurrence => f.write_str(
                "this board's firmware has no recurrent models: train on sim or another board, or build it with the \
                 feature `recurrent`",
            ),
            Self::NoConvolution => f.write_str(
                "this board's firmware has no convolutions: train on sim or another board, build it with the feature \
                 `convolution`, or adapt only the layers behind with --train last, whose front runs on the host",
            ),
            Self::NotFed { have } => write!(f, "only {have} bytes of the generation's text are on the board"),
            Self::BadFeed { at } => {
                write!(f, "byte {at} of the generation's text is no token of the model, or a state of -128")
            }
            Self::NoStreams => f.write_str("the run is not on a text"),
            Self::OtherRun { have } => write!(f, "the board is configured for another run, {have:08x}"),
            Self::CannotUpdate => f.write_str("the board cannot move its weights itself"),
            Self::HostFrame => f.write_str("the host's largest frame is too short for a handshake"),
            Self::NoModelStore => f.write_str(
                "the board's firmware keeps no model: use another board, or give it a store (`run_with_models`)",
            ),
            Self::NoModel => {
                f.write_str("the board holds no model: send it one by `eggroll-host deploy RUN --boards ADDRESS`")
            }
            Self::ModelTooLarge { needs, has } => {
                write!(f, "the model needs {needs} bytes of flash, the board keeps {has}: deploy a smaller one")
            }
            Self::BadModel => f.write_str(
                "this is no model that the board's firmware can read: flash the firmware of this host's version, and \
                 deploy the model again",
            ),
            Self::ModelDiffers => f.write_str("the model that came is not the one that was said: deploy it again"),
            Self::NotBegun => f.write_str("no model is on its way: the board was reset, so deploy it again"),
            Self::Gap { have } => write!(f, "only {have} bytes of the model are on the board"),
            Self::Flash => f.write_str("the board's flash failed to erase or write: it may be worn out"),
            Self::Inputs { needs, has } => write!(f, "the model takes {needs} values, not {has}"),
            Self::ModelOfEnvironment { inputs, outputs } => {
                write!(f, "the environment needs a model with {inputs} inputs and {outputs} outputs")
            }
        }
    }
}

impl core::error::Error for Error {}
