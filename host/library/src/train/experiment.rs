use super::Material;
use super::TrainError;
use super::front::{Front, front_layers};
use crate::data::{self, Dataset, Parts, RUN_SPLIT, Reading, Text};
use crate::measure::{Adaptation, Chance, Detector, EvalSet, Score, Work};
use crate::run::RunError;
use crate::run::{
    Config, DataFingerprint, DataName, Identity, Lengths, ModelName, OwnTask, Preset, Samples, Source,
    StartWeights, TextFingerprint, TrainedModel, Weights,
};
use crate::update::{Setup, Sync, Tally};
use eggroll_firmware::model::Program;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::{Estimator, Plan};
use std::borrow::Cow;
use std::sync::Arc;

/// Loads a data set by its name for a run that is yet to begin; a table is read as `reading` says, and scaled
/// by the rows that train by `parts`.
///
/// # Errors
/// [`TrainError::Data`].
pub fn load_data(name: &DataName, reading: &Reading, parts: &Parts) -> Result<Dataset, TrainError> {
    Ok(match name.file() {
        None => data::digits()?,
        Some(file) => data::table(file, reading, parts)?,
    })
}

/// The configuration of a run, with its data.
pub struct Experiment {
    /// The configuration.
    pub config: Config,
    /// How many generations the run has, and their step sizes.
    pub lengths: Lengths,
    /// The data that the run trains on.
    pub material: Material,
    /// What evaluators need before the first generation.
    pub setup: Arc<Setup>,
    /// The model, lowered to the operations of its forward pass.
    pub program: Program,
    /// Its frozen front. What evaluators get is the model behind it, and what it makes of the samples.
    front: Option<Front>,
}

impl Experiment {
    /// Checks a configuration against the samples that it names.
    ///
    /// # Errors
    /// [`TrainError::Shape`] if the model does not fit the data, [`TrainError::Refused`] if the firmware
    /// refuses the run, [`TrainError::Takes`] if the task takes no samples, [`TrainError::Changed`] if the
    /// data are not those of the configuration.
    pub fn new(config: Config, data: Dataset) -> Result<Self, TrainError> {
        let Source::Samples(samples) = &config.source else {
            return Err(TrainError::Takes { task: config.source.task().to_string(), what: "data" });
        };
        if DataFingerprint::from(&data) != samples.data {
            return Err(changed(&config));
        }
        let (inputs, outputs) = (config.model.inputs() as usize, config.model.outputs() as usize);
        let is_other = samples.loss.is_some() != data.targets().is_some()
            || samples.quantile.is_some() != data.anomalies().is_some();
        if is_other {
            return Err(changed(&config));
        }
        let answers = data.targets().map_or(data.classes, |targets| targets.columns.len());
        let hidden = if data.anomalies().is_some() { 8 } else { 64 };
        let way_out = format!("{}-{hidden}-{answers}", data.features);
        let misfit = |what, theirs, ours| misfit(&config, what, theirs, ours, &data.name, &way_out);
        if inputs != data.features {
            return Err(misfit("inputs", inputs, data.features));
        }
        // A class more than the data have does no harm; a target does.
        if outputs < answers || (samples.loss.is_some() && outputs > answers) {
            return Err(misfit("outputs", outputs, answers));
        }
        let split = data::split(&data, samples.holdout, samples.validation, RUN_SPLIT)?;
        let drawn = if samples.balance { data::balanced(&data, &split.train)? } else { split.train.clone() };
        let start = match &samples.start {
            None => None,
            Some(start) => {
                let mut found = TrainedModel::read(&start.file)?;
                if let Some(outputs) = start.head {
                    found = found.with_head(outputs, config.seed)?;
                }
                Some(started(&config, start, (&found.start, &found.model, found.weights))?)
            }
        };
        let data = Box::new(data);
        Self::on(config, Material::Samples { data, split, drawn }, start)
    }

    /// Checks a configuration against the text that it names.
    ///
    /// # Errors
    /// Those of [`Self::new`]; [`TrainError::Data`] for a text that is too short.
    pub fn on_text(config: Config, text: Text) -> Result<Self, TrainError> {
        let Source::Text(source) = &config.source else {
            return Err(TrainError::Takes { task: config.source.task().to_string(), what: "text" });
        };
        if TextFingerprint::from(&text) != source.text {
            return Err(changed(&config));
        }
        let (tokens, needed) = (config.model.inputs() as usize, usize::from(text.largest()) + 1);
        if config.model.is_recurrent() && tokens < needed {
            return Err(misfit(&config, "tokens", tokens, needed, &text.name, "egg:V=256"));
        }
        let split = text.split(source.holdout, source.validation, source.context)?;
        let start = match &source.start {
            None => None,
            Some(start) => {
                let (found, model, weights) = StartWeights::read(&start.file)?;
                Some(started(&config, start, (&found, &model, weights))?)
            }
        };
        Self::on(config, Material::Text { text, split }, start)
    }

    /// Loads the data that a configuration names. Data that came by standard input have to come that way
    /// again.
    ///
    /// # Errors
    /// [`TrainError::Data`], and those of [`Self::new`].
    pub fn load(config: Config) -> Result<Self, TrainError> {
        let task = config.source.task();
        let loaded = Self::load_from(config);
        if !task.is_piped() {
            return loaded;
        }
        loaded.map_err(|error| match error {
            TrainError::Data(_) | TrainError::Changed(_) => {
                TrainError::Piped { task: task.label(), error: Box::new(error) }
            }
            other => other,
        })
    }

    fn load_from(config: Config) -> Result<Self, TrainError> {
        match &config.source {
            Source::Samples(samples) => {
                let data = match (samples.name.file(), &samples.preprocessing) {
                    (Some(file), Some(stored)) => data::table_as(file, &samples.reading, stored)?,
                    _ => {
                        let (holdout, validation) = (samples.holdout, samples.validation);
                        let parts = Parts { holdout, validation, split: RUN_SPLIT };
                        load_data(&samples.name, &samples.reading, &parts)?
                    }
                };
                Self::new(config, data)
            }
            Source::Text(text) => {
                let text = data::text(&text.files)?;
                Self::on_text(config, text)
            }
            Source::Environment(domain) => {
                let domain = *domain;
                check_environment(&config, domain.kind)?;
                Self::on(config, Material::Environment(domain), None)
            }
            Source::Own(own) => {
                let own = own.clone();
                Self::on(config, Material::Own(own), None)
            }
            Source::Reward(source) => {
                let reward = source.reward;
                let start = match &source.start {
                    None => None,
                    Some(start) => {
                        let (found, model, weights) = StartWeights::read(&start.file)?;
                        Some(started(&config, start, (&found, &model, weights))?)
                    }
                };
                Self::on(config, Material::Reward(reward), start)
            }
        }
    }

    fn on(config: Config, material: Material, start: Option<Arc<[i8]>>) -> Result<Self, TrainError> {
        let mut run = config.run(material.training()).map_err(TrainError::Refused)?;
        let program = Program::new(&run.model).map_err(TrainError::Refused)?;
        let (mut samples, text): (_, Arc<[u8]>) = (material.records(), Arc::from(material.training_text()));
        let (mut start, mut front) = (start, None);
        if let (layers @ 1.., Some(weights), Material::Samples { data, drawn, .. }) =
            (front_layers(&config), start.clone(), &material)
        {
            let of = Front::new(layers, &program, &run.model, &weights)?;
            samples = of.records(&program, &weights, data, drawn);
            (run, start) = (of.rest(&run), Some(of.behind(&weights).into()));
            front = Some(of);
        }
        // This comes before any board is asked, so that no board is blamed for it.
        Plan::new(run.clone(), true).map_err(TrainError::Refused)?;
        let (schedule, generations) = (config.schedule, config.generations);
        let own = match &material {
            Material::Own(own) => Some(own.clone()),
            Material::Samples { .. }
            | Material::Environment(_)
            | Material::Text { .. }
            | Material::Reward(_) => None,
        };
        // What identifies such a task is what its board says of it.
        let of_own = own.as_ref().map(OwnTask::to_string);
        let identifying = of_own.as_ref().map_or(&*text, String::as_bytes);
        let identity = Identity::new(&run, schedule, generations, &samples, identifying, start.as_deref());
        let setup = Arc::new(Setup {
            run,
            samples,
            text,
            start,
            identity,
            sync: Sync::default(),
            own,
            holds_text: false,
        });
        let lengths = Lengths::new(generations, schedule.rates(generations));
        Ok(Self { config, lengths, material, setup, program, front })
    }

    /// All weights of the model, of those that are trained behind a frozen front, if there is one.
    pub fn whole<'w>(&self, trained: &'w [i8]) -> Cow<'w, [i8]> {
        match &self.front {
            Some(front) => Cow::Owned(front.whole(trained)),
            None => Cow::Borrowed(trained),
        }
    }

    /// The set that the final figure is measured on. It may be empty.
    pub fn held_out(&self) -> EvalSet<'_> {
        self.material.held_out(self.config.seed)
    }

    /// The validation set, on which progress is watched.
    pub fn watched(&self) -> EvalSet<'_> {
        self.material.watched(self.config.seed)
    }

    /// Whether only boards can measure what weights are worth.
    pub const fn is_measured_by_boards(&self) -> bool {
        matches!(self.material, Material::Own(_))
    }

    /// Measures these weights on the held-out set, if there is one, and on the validation set. On a task of
    /// the boards' own there is nothing to measure on.
    pub fn scores(&self, weights: &[i8]) -> (Option<Score>, Score) {
        let of = |part: EvalSet<'_>| part.score(&self.program, weights);
        let nothing = self.config.source.measure().nothing();
        (of(self.held_out()), of(self.watched()).unwrap_or(nothing))
    }

    /// Measures these weights on the rows of what the model was trained on before that do not train again, if
    /// there are such rows.
    pub fn score_of_old(&self, weights: &[i8]) -> Option<Score> {
        let Material::Samples { data, split, .. } = &self.material else { return None };
        EvalSet::Samples { data, rows: &split.old }.score(&self.program, weights)
    }

    /// What the weights of a trained model, which the run starts from, reach before it; `None` of weights
    /// that are drawn.
    pub fn adaptation(&self, weights: &[i8]) -> Option<Adaptation> {
        let Material::Samples { split, .. } = &self.material else { return None };
        let start = self.whole(self.setup.start.as_deref()?);
        let value = |score: Option<Score>| score.map(|score| score.value);
        Some(Adaptation {
            test_before: value(self.held_out().score(&self.program, &start)),
            old_rows: split.old.len(),
            old_before: value(self.score_of_old(&start)),
            old_after: value(self.score_of_old(weights)),
        })
    }

    /// The score above which a row counts as an anomaly, by the scores of the rows that are watched; `None`
    /// unless the model is a detector.
    pub fn threshold(&self, weights: &[i8]) -> Option<i32> {
        let Source::Samples(Samples { quantile: Some(quantile), .. }) = &self.config.source else {
            return None;
        };
        let EvalSet::Samples { data, rows } = self.watched() else { return None };
        let rows = rows.iter().map(|&row| data.row(row as usize));
        quantile.threshold(&Detector::new(&self.program, weights).scores(rows))
    }

    /// What chance reaches on the validation set; `None` unless it has samples.
    pub fn chance(&self) -> Option<Chance> {
        match self.watched() {
            EvalSet::Samples { data, rows } => Chance::of(data, rows),
            EvalSet::Episodes { .. }
            | EvalSet::Text { .. }
            | EvalSet::Own { .. }
            | EvalSet::Prompts { .. } => None,
        }
    }

    /// Whether the units of the run are slots.
    pub(super) const fn has_slots(&self) -> bool {
        matches!(self.config.estimator, Estimator::Node(_) | Estimator::Guided(_))
    }

    /// The work of a generation of which so many units were kept.
    pub(super) fn work(&self, tally: &Tally, kept: u32) -> Work {
        let (slots, passes) = (u64::from(tally.units()), self.passes(tally));
        let base_passes = if self.has_slots() { slots } else { 0 };
        Work {
            slots,
            slots_skipped: slots.saturating_sub(kept.into()),
            base_passes,
            member_passes: passes.saturating_sub(base_passes),
        }
    }

    fn passes(&self, tally: &Tally) -> u64 {
        let passes = self.config.estimator.passes(u64::from(tally.units()), tally.value_count());
        match (&self.config.source, self.config.estimator) {
            // A sample is a stream of so many tokens.
            (Source::Text(text), Estimator::Weight(_)) => passes * u64::from(text.context),
            _ => passes,
        }
    }
}

/// The weights that a run starts from, which must be those that it was started with.
fn started(
    config: &Config,
    start: &StartWeights,
    (found, model, weights): (&StartWeights, &ModelName, Weights),
) -> Result<Arc<[i8]>, TrainError> {
    let fault = |why: String| TrainError::Run(RunError::Weights { path: start.file.clone(), why });
    if *model != config.model {
        return Err(fault(format!("holds {model}, not {}: leave out --model", config.model)));
    }
    if found.sha256 != start.sha256 {
        return Err(fault("has changed since the run was started: bring it back as it was".to_owned()));
    }
    Ok(Arc::from(weights.values))
}

/// The error if the data are not those that the run was started with.
fn changed(config: &Config) -> TrainError {
    TrainError::Changed(config.source.task().label())
}

fn check_environment(config: &Config, kind: EnvironmentKind) -> Result<(), TrainError> {
    let (inputs, outputs) = (config.model.inputs() as usize, config.model.outputs() as usize);
    let way_out = format!("{}-{}-{}", kind.inputs(), Preset::of(kind).hidden, kind.outputs());
    for (what, theirs, ours) in [("inputs", inputs, kind.inputs()), ("outputs", outputs, kind.outputs())] {
        if theirs != ours {
            return Err(misfit(config, what, theirs, ours, kind.name(), &way_out));
        }
    }
    Ok(())
}

/// The error if a model does not fit what it is to learn from.
fn misfit(
    config: &Config,
    what: &'static str,
    theirs: usize,
    ours: usize,
    source: &str,
    way_out: &str,
) -> TrainError {
    let kind = match config.source {
        Source::Samples(_) => "data",
        Source::Environment(_) => "environment",
        Source::Text(_) => "text",
        Source::Own(_) => "task",
        Source::Reward(_) => "reward",
    };
    let (model, learned_from) = (config.model.to_string(), format!("{kind} {source}"));
    TrainError::Shape { model, what, theirs, learned_from, ours, way_out: format!("--model {way_out}") }
}
