use eggroll_firmware::estimator::weight::CreditTo;
use eggroll_firmware::task::environment::{EnvironmentKind, RETURN_UNIT};
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::measure::{Chance, Measure, Score};
use eggroll_host::run::{Config, MetricsRow, Source};

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// Most activations of a layer are at their limit.
    Saturated,
    /// Nearly all score differences are clipped.
    Clipped,
    /// Nearly all score differences are 0.
    Zero,
    /// Nothing is left to learn, because the samples are learned or every member gets the largest return.
    Learnt,
    /// Nothing is left to learn from, although the model is not good.
    Skipped,
    /// No weight moves.
    Still,
    /// Many weights are at their limit.
    WeightsAtLimit,
    /// Many ReLUs are 0 on the whole validation set.
    DeadRelus,
    /// Most states of a recurrent model are at their limit.
    SaturatedStates,
    /// Many gates of a recurrent model are open at every token, or shut at every token.
    StuckGates,
    /// The credit is not larger than it would be if fitness did not depend on the noise.
    Noise,
    /// The model classifies no better than chance, or acts no better than at first.
    Chance,
    /// The accuracy is clearly below the best that it was.
    FellBack,
    /// There are more boards than have work.
    IdleBoards,
    /// The inputs hardly vary.
    NarrowInputs,
    /// Many inputs are cut off at their limits.
    CutInputs,
    /// No row of a class is answered rightly.
    NeverRight,
    /// The training rows are learned by heart, and others are not answered as well.
    Overfitted,
    /// A baseline is better.
    Behind,
}

impl FindingKind {
    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Saturated => "saturated",
            Self::Clipped => "clipped",
            Self::Zero => "zero",
            Self::Learnt => "learnt",
            Self::Skipped => "skipped",
            Self::Still => "still",
            Self::WeightsAtLimit => "weights_at_limit",
            Self::DeadRelus => "dead_relus",
            Self::SaturatedStates => "saturated_states",
            Self::StuckGates => "stuck_gates",
            Self::Noise => "noise",
            Self::Chance => "chance",
            Self::FellBack => "fell_back",
            Self::IdleBoards => "idle_boards",
            Self::NarrowInputs => "narrow_inputs",
            Self::CutInputs => "cut_inputs",
            Self::NeverRight => "never_right",
            Self::Overfitted => "overfitted",
            Self::Behind => "behind_baseline",
        }
    }
}

/// A finding in a run, and advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of the finding.
    pub kind: FindingKind,
    /// The finding in numbers.
    pub seen: String,
    /// The advice. It is empty for good news.
    pub advice: String,
}

impl Finding {
    /// Whether something should be changed.
    pub const fn is_advice(&self) -> bool {
        !self.advice.is_empty()
    }

    /// The finding and the advice in one line.
    pub fn line(&self) -> String {
        if self.is_advice() { format!("{}: {}", self.seen, self.advice) } else { self.seen.clone() }
    }
}

/// So many validations are judged together, so that a single odd one has no effect.
pub(super) const LOOKS: usize = 3;

/// Credit up to this multiple of the size of noise shows nothing.
const NO_SIGNAL: f64 = 1.02;

/// What makes steps smaller.
pub(super) const fn slower(config: &Config) -> &'static str {
    match config.optimizer {
        Optimizer::Residual => "lower --lr",
        Optimizer::Vote { .. } => "lower --alpha (or raise --q)",
    }
}

/// The findings in the metrics of a run so far, whose latest row is last. With too few rows there are none.
/// `chance` is that of the validation part, for a run on samples.
pub fn diagnose(config: &Config, chance: Option<Chance>, rows: &[MetricsRow]) -> Vec<Finding> {
    let Some(start) = rows.len().checked_sub(LOOKS) else { return Vec::new() };
    let recent = &rows[start..];
    let mean = |of: fn(&MetricsRow) -> f64| recent.iter().map(of).sum::<f64>() / LOOKS as f64;
    let (less, more) = match config.estimator {
        Estimator::Node(_) | Estimator::Guided(_) => ("lower --amplitude", "raise --amplitude"),
        Estimator::Weight(_) => ("raise --sigma-shift", "lower --sigma-shift"),
    };
    let slower = slower(config);
    let faster = slower.replace("lower", "RAISE").replace("raise", "lower").replace("RAISE", "raise");
    let clip = config.estimator.shape().clip;
    let measure = config.source.measure();
    let score = Score { measure, value: mean(|row| row.validation.value) };
    let good = match &config.source {
        Source::Samples(_) => score.value >= 0.9,
        Source::Environment(domain) => score.value >= 0.99 * largest_return(domain.kind),
        // At the sizes of boards, no model learns a text by heart.
        Source::Text(_) => false,
        // Which score is a good one only the user knows.
        Source::Own(_) => false,
        Source::Reward(_) => score.value >= 0.98,
    };
    let latest = &recent[LOOKS - 1];
    // A tenth of the run is enough to be better than chance on samples, and a fifth elsewhere.
    let enough = if matches!(config.source, Source::Samples(_)) { 0.1 } else { 0.2 };
    let late = f64::from(latest.generation) >= enough * f64::from(config.generations);
    let kept = mean(|row| row.kept);
    let p = |part: f64| format!("{:.0} %", 100.0 * part);
    let mut findings = Vec::new();
    let mut find = |kind, seen: String, advice: String| findings.push(Finding { kind, seen, advice });

    if kept < 0.02 && good {
        let seen = format!(
            "{} of the samples are skipped as learnt: more generations would change little",
            p(1.0 - kept)
        );
        find(FindingKind::Learnt, seen, String::new());
    } else if kept < 0.02 && skips_what_is_right(config) {
        // The training rows are answered rightly, so that the figure is about rows that are not.
        if chance.is_some_and(|chance| !chance.may_reach(score.value, 1.0 - kept)) {
            let seen = format!(
                "overfitting: {} of the training rows are skipped as learnt, at a validation of {score}",
                p(1.0 - kept)
            );
            find(FindingKind::Overfitted, seen, BY_HEART.to_owned());
        }
    } else if kept < 0.02 {
        let seen = format!("{} of the samples are skipped at a figure of {score}", p(1.0 - kept));
        find(FindingKind::Skipped, seen, "lower --skip, or turn it off".to_owned());
    }
    let stuck = stuck(config, chance, rows, recent);
    // Votes are signs, which are always at their limit. Returns often differ by all or nothing, and learn as
    // well when they are clipped.
    let clipped = mean(|row| row.clipped);
    if clip > 1 && clipped > 0.8 && (measure == Measure::Accuracy || stuck.is_some()) {
        let seen = format!("{} of the score differences are clipped, the noise is too large", p(clipped));
        find(FindingKind::Clipped, seen, format!("{less}, or raise --clip"));
    }
    let zero = mean(|row| row.zero);
    if zero > 0.9 && good && measure == Measure::Return {
        let seen = format!("{} of the score differences are 0 at the largest return", p(zero));
        find(FindingKind::Learnt, format!("{seen}: more generations would change little"), String::new());
    } else if kept > 0.0 && zero > 0.9 {
        let seen =
            format!("{} of the score differences are 0, members hardly differ from the model", p(zero));
        find(FindingKind::Zero, seen, format!("{more}, or look whether the activations are saturated"));
    }
    // The outputs of a good classifier go to their limits, and so do actions.
    let outputs = recent[0].saturation.0.len().saturating_sub(1);
    let saturated = (0..recent[0].saturation.0.len()).map(|layer| {
        let of = |row: &MetricsRow| row.saturation.0.get(layer).copied().unwrap_or(0.0);
        (layer, recent.iter().map(of).sum::<f64>() / LOOKS as f64)
    });
    // With many classes most outputs are at their lower limit in every good model, so that they say something
    // about one that hardly learns alone.
    let learns = chance.is_some_and(|chance| score.value >= (1.0 + chance.share()) / 2.0);
    let healthy_outputs =
        good || learns || matches!(measure, Measure::Return | Measure::Own | Measure::Success);
    let saturated = saturated.filter(|(layer, _)| *layer < outputs || !healthy_outputs);
    if let Some((layer, part)) = saturated.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, part)| *part > 0.6)
    {
        let seen = format!("{} of the activations of layer {layer} are at -127 or 127", p(part));
        find(FindingKind::Saturated, seen, format!("{slower}, or take a wider model"));
    }
    let at_limit = mean(|row| row.weights_at_limit);
    if at_limit > 0.1 {
        let seen = format!("{} of the weights are at -127 or 127, where they cannot grow", p(at_limit));
        find(FindingKind::WeightsAtLimit, seen, slower.to_owned());
    }
    // A wide model on easy data does well with most of its ReLUs at 0.
    let well = good || chance.is_some_and(|chance| chance.may_reach(score.value, 0.9));
    let dead = mean(|row| row.dead_relus);
    if dead > 0.4 && late && !well {
        let seen = format!("{} of the ReLUs are 0 on all watched {}", p(dead), measure.watched());
        find(FindingKind::DeadRelus, seen, format!("{slower}, or another --seed"));
    }
    let states = mean(|row| row.saturated_states);
    if states > 0.5 {
        let seen = format!("{} of the states are at their limits, and hardly remember", p(states));
        find(FindingKind::SaturatedStates, seen, format!("{slower}, or take a wider model"));
    }
    let gates = mean(|row| row.stuck_gates);
    if gates > 0.25 {
        let seen = format!("{} of the gates are open, or shut, at every token", p(gates));
        find(FindingKind::StuckGates, seen, format!("{slower}, or another --seed"));
    }
    // The ratio of a run that learns grows with the population. In a run that does not learn, this is worth a
    // look.
    let signals: Vec<f64> = recent.iter().filter_map(|row| row.signal).collect();
    let signal = signals.iter().sum::<f64>() / LOOKS as f64;
    if late && stuck.is_some() && signals.len() == LOOKS && signal < NO_SIGNAL {
        let seen = format!("the credit is {signal:.3} times what noise alone would give");
        let advice = match (&config.source, config.estimator) {
            (Source::Samples(_), Estimator::Weight(weight)) if weight.credit == CreditTo::Pair => {
                "credit each sample instead of a whole pair (--credit sample), or train by --estimator node"
            }
            (Source::Samples(_), Estimator::Weight(_)) => "train by --estimator node, or take more --pairs",
            _ => "more members, pairs or slots a generation",
        };
        find(FindingKind::Noise, seen, advice.to_owned());
    }
    // A learning rate falls to 0, so the last tenth moves little by design.
    let early = f64::from(latest.generation) < 0.9 * f64::from(config.generations);
    // Dead, saturated or perfect layers do not move either, and larger steps would not change that.
    let learnt = |finding: &Finding| finding.kind == FindingKind::Learnt;
    let otherwise_well = !findings.iter().any(|finding| finding.is_advice() || learnt(finding));
    let mut find = |kind, seen: String, advice: String| findings.push(Finding { kind, seen, advice });
    if otherwise_well && early && kept >= 0.02 && recent.iter().all(|row| row.moved == 0.0) {
        find(FindingKind::Still, "no weight moves".to_owned(), faster);
    }
    if let Some((seen, way_out)) = stuck.filter(|_| late) {
        let others = findings.iter().any(Finding::is_advice);
        let advice = if others { "see the other findings first" } else { way_out };
        findings.push(Finding { kind: FindingKind::Chance, seen, advice: advice.to_owned() });
    }
    findings
}

/// The advice for a model that has learned its rows by heart.
pub(super) const BY_HEART: &str = "give it more rows, fewer or coarser features (--drop), a narrower model (--hidden), or end it early \
     (--until); more generations or another --skip change nothing";

/// Whether a sample that is skipped is surely answered rightly: its class has more than half of the
/// probability. A loss of 16 is one bit.
fn skips_what_is_right(config: &Config) -> bool {
    let skip = match config.estimator {
        Estimator::Node(node) => node.skip,
        Estimator::Guided(guided) => guided.node.skip,
        Estimator::Weight(_) => None,
    };
    matches!(config.source, Source::Samples(_)) && skip.is_some_and(|skip| skip < 16)
}

/// The largest possible return, in reward units.
fn largest_return(kind: EnvironmentKind) -> f64 {
    f64::from(kind.largest_return()) / f64::from(RETURN_UNIT)
}

/// The signs of a run that is no better than at its beginning, and what to try.
fn stuck(
    config: &Config,
    chance: Option<Chance>,
    rows: &[MetricsRow],
    recent: &[MetricsRow],
) -> Option<(String, &'static str)> {
    let mean = recent.iter().map(|row| row.validation.value).sum::<f64>() / recent.len() as f64;
    match &config.source {
        // Its accuracy may well be below that of the most frequent class, which it answers less often.
        Source::Samples(samples) if samples.balance => None,
        Source::Samples(_) => {
            let chance = chance?;
            let seen = format!(
                "the accuracy of {:.0} % is that of chance: {:.0} % of {} samples are of one class",
                100.0 * mean,
                100.0 * chance.share(),
                chance.watched
            );
            let way_out = "try another step size (--lr, --alpha), inputs centred around 0, more members or pairs, or a \
                           longer run; check labels and features";
            recent.iter().all(|row| chance.holds(row.validation.value)).then_some((seen, way_out))
        }
        Source::Text(_) => {
            // An untrained model needs so many bits. A model that knows how often each byte occurs needs 5 or
            // less.
            let seen = format!("{mean:.2} bits a byte are not better than guessing");
            let way_out = "try another step size, more members or pairs, or a longer run";
            recent.iter().all(|row| row.validation.value >= 7.5).then_some((seen, way_out))
        }
        Source::Reward(_) => {
            let first = rows.first().map(|row| row.validation)?;
            let seen =
                format!("{:.0} % right answers are none above the {first} of the first look", 100.0 * mean);
            let way_out = "begin with a model that answers some prompts (--from), or try smaller noise (raise \
                           --sigma-shift), more --pairs or --samples, or a longer run";
            let flat = recent.iter().all(|row| row.validation.value <= first.value);
            (first.value < 0.9 && flat).then_some((seen, way_out))
        }
        Source::Own(_) => {
            let first = rows.first().map(|row| row.validation)?;
            let seen = format!("the mean score of {mean:.1} is none above the {first} of the first look");
            let way_out = "try larger noise (lower --sigma-shift), more --pairs, or a longer run";
            let flat = recent.iter().all(|row| row.validation.value <= first.value);
            flat.then_some((seen, way_out))
        }
        Source::Environment(domain) => {
            let first = rows.first().map(|row| row.validation)?;
            let room = first.value < 0.9 * largest_return(domain.kind);
            let seen = format!("the mean return of {mean:.1} is none above the {first} of the first look");
            let way_out = "try larger noise (lower --sigma-shift), more --pairs, or a longer run";
            let flat = recent.iter().all(|row| row.validation.value <= first.value);
            (room && flat).then_some((seen, way_out))
        }
    }
}
