use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::weight::CreditTo;
use eggroll_firmware::model::LayerSet;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::Loss;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::Missing;
use eggroll_host::run::{Config, Schedule, Source, TaskName};
use fixed::types::U16F16;

/// The command that trains the same weights again. It names every setting, whatever the defaults become.
pub fn command(config: &Config) -> String {
    let mut words = vec!["eggroll-host train".to_owned()];
    let mut say =
        |flag: &str, value: &dyn ToString| words.push(format!("--{flag} {}", quote(&value.to_string())));
    match config.source.task() {
        TaskName::Text(files) => {
            let mut files = files.iter().map(|file| file.to_string_lossy());
            say("task", &format!("text:{}", files.next().unwrap_or_default()));
            files.for_each(|file| words.push(quote(&file)));
        }
        // This is the path as it is, and not as a message shows it.
        TaskName::Data(name) => say("task", &name),
        task => say("task", &task),
    }
    let mut say =
        |flag: &str, value: &dyn ToString| words.push(format!("--{flag} {}", quote(&value.to_string())));
    // A trained model brings its own, and a new last layer changes that.
    if !matches!(&config.source, Source::Samples(samples) if samples.start.is_some()) {
        say("model", &config.model);
    }
    say("seed", &config.seed);
    say("generations", &config.generations);
    say("evaluate-every", &config.evaluate_every);
    match &config.source {
        Source::Samples(samples) => {
            let reading = &samples.reading;
            match &reading.test {
                Some(test) => say("test", &test.to_string_lossy()),
                None => say("holdout", &samples.holdout),
            }
            say("validation", &samples.validation);
            if let Some(start) = &samples.start {
                say("from", &start.file.to_string_lossy());
                start.head.iter().for_each(|outputs| say("head", outputs));
            }
            reading.keep.iter().for_each(|file| say("keep", &file.to_string_lossy()));
            reading.keep_share.iter().for_each(|share| say("keep-share", share));
            reading.label.iter().for_each(|column| say("label", column));
            reading.target.iter().for_each(|column| say("target", column));
            reading.normal.iter().for_each(|class| say("normal", class));
            samples.quantile.iter().for_each(|quantile| say("quantile", quantile));
            reading.drop.iter().for_each(|column| say("drop", column));
            reading.categorical.iter().for_each(|column| say("categorical", column));
            if reading.missing != Missing::Refuse {
                say("missing", &reading.missing.name());
            }
            reading.delimiter.iter().for_each(|delimiter| say("delimiter", delimiter));
            reading.scale.iter().for_each(|scale| say("scale", &scale.name()));
            for (flag, file) in [("labels", &reading.labels), ("test-labels", &reading.test_labels)] {
                file.iter().for_each(|file| say(flag, &file.to_string_lossy()));
            }
            samples
                .loss
                .iter()
                .for_each(|loss| say("loss", &if *loss == Loss::Squared { "squared" } else { "absolute" }));
            reading.group.iter().for_each(|group| say("group", group));
            for (flag, samples) in [("window", reading.window), ("hop", reading.hop), ("rate", reading.rate)]
            {
                samples.iter().for_each(|samples| say(flag, samples));
            }
            // Without a list, the one that was chosen, whatever the presets become.
            let signal = samples.preprocessing.as_ref().and_then(|stored| stored.signal.as_ref());
            let features = reading.features.as_ref().or(signal.map(|signal| &signal.features));
            features.iter().for_each(|features| say("features", features));
            reading.mixed.iter().for_each(|mixed| say("mixed", &mixed.name()));
        }
        Source::Text(text) => {
            say("holdout", &text.holdout);
            say("context", &text.context);
            if let Some(start) = &text.start {
                say("from", &start.file.to_string_lossy());
            }
        }
        Source::Reward(source) => {
            say("temperature", &(f64::from(source.reward.temperature) / 16.0));
            if let Some(start) = &source.start {
                say("from", &start.file.to_string_lossy());
            }
        }
        Source::Environment(domain) if domain.spread > 0 => say("domain-randomize", &domain.spread),
        Source::Environment(_) | Source::Own(_) => {}
    }
    say("estimator", &config.estimator_name());
    say("optimizer", &if config.optimizer == Optimizer::Residual { "residual" } else { "vote" });
    match config.schedule {
        Schedule::LearningRate(rate) => say("lr", &decimal(rate)),
        Schedule::Alpha(alpha) => say("alpha", &decimal(alpha)),
        Schedule::Q(q) => say("q", &q),
    }
    if config.estimator.leaves_saturation_open() {
        say("saturation", &if config.saturation { "on" } else { "off" });
    }
    match config.estimator {
        Estimator::Node(node) | Estimator::Guided(Guided { node, .. }) => {
            say("slots", &node.slots);
            say("members", &node.members);
            say("amplitude", &node.amplitude);
            say("clip", &node.clip);
            say("skip", &node.skip.map_or("off".to_owned(), |skip| skip.to_string()));
            if node.antithetic {
                words.push("--antithetic".to_owned());
            }
        }
        Estimator::Weight(weight) => {
            say("pairs", &weight.pairs);
            if !matches!(config.source, Source::Own(_)) {
                say("samples", &weight.samples);
            }
            say("rank", &weight.rank);
            say("sigma-shift", &weight.sigma_shift);
            say("clip", &weight.clip);
            say("credit", &if weight.credit == CreditTo::Pair { "pair" } else { "sample" });
            say("noise", &if weight.noise == Noise::Sign { "sign" } else { "near-normal" });
            if weight.own_samples {
                words.push("--own-samples".to_owned());
            }
        }
    }
    if matches!(&config.source, Source::Samples(samples) if samples.reading.anomaly) {
        words.push("--anomaly".to_owned());
    }
    let front = match &config.source {
        Source::Samples(samples) => samples.start.as_ref().map_or(0, |start| start.front),
        Source::Text(_) | Source::Environment(_) | Source::Own(_) | Source::Reward(_) => 0,
    };
    if front > 0 && !matches!(config.estimator, Estimator::Guided(_)) {
        let places = config.model.weighted();
        let behind = places.iter().filter(|&&place| place >= front as usize).count();
        words.push(format!("--train last:{behind}"));
    }
    let guide = match (&config.source, config.estimator) {
        (_, Estimator::Guided(guided)) => {
            let say = |flag: &str, value: &dyn ToString| format!("--{flag} {}", value.to_string());
            words.push("--guide on".to_owned());
            words.push(say("member-slots", &guided.member_slots));
            words.push(say("residual-weight", &guided.residual_weight));
            words.push(say("guide-scale", &guided.guide_scale));
            trained(guided.train, &config.model.weighted())
        }
        (Source::Samples(_) | Source::Text(_), Estimator::Node(node)) if !node.antithetic => {
            Some("--guide off".to_owned())
        }
        _ => None,
    };
    words.extend(guide);
    if matches!(&config.source, Source::Samples(samples) if samples.balance) {
        words.push("--balance".to_owned());
    }
    words.join(" ")
}

/// The flag that names the trained layers by their numbers among those with weights, whose places in the
/// model these are, unless all are.
fn trained(layers: LayerSet, places: &[usize]) -> Option<String> {
    if layers.is_of_biases() {
        return Some("--train bias".to_owned());
    }
    let numbered = places.iter().enumerate().filter(|&(_, &place)| layers.has(place));
    let places: Vec<String> = numbered.map(|(number, _)| number.to_string()).collect();
    (layers != LayerSet::ALL).then(|| format!("--train {}", places.join(",")))
}

/// The shortest decimal that a flag reads as this number of 65536ths.
fn decimal(bits: u32) -> String {
    let rounded = |digits: u32| {
        let scale = 10u64.pow(digits);
        let number = (u64::from(bits) * scale + (1 << 15)) >> 16;
        let behind = format!("{:0width$}", number % scale, width = digits as usize);
        if digits == 0 { number.to_string() } else { format!("{}.{behind}", number / scale) }
    };
    let reads_back = |text: &String| text.parse::<U16F16>().is_ok_and(|number| number.to_bits() == bits);
    // Five decimals are finer than a 65536th.
    (0..=5).map(rounded).find(reads_back).unwrap_or_else(|| U16F16::from_bits(bits).to_string())
}

/// A word in the quotes that a shell needs.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:+=,%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals() {
        for (bits, text) in [(0, "0"), (1 << 16, "1"), (39_321, "0.59999"), (39_322, "0.6"), (19_661, "0.3")]
        {
            assert_eq!(decimal(bits), text);
        }
        assert_eq!((decimal(169_408), decimal(u32::MAX)), ("2.58496".to_owned(), "65535.99998".to_owned()));
    }

    proptest! {
        #[test]
        fn decimals_read_back(bits: u32) {
            for bits in [bits, bits >> 16] {
                prop_assert_eq!(decimal(bits).parse::<U16F16>().unwrap().to_bits(), bits);
            }
        }
    }

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quote("csv:a/b.csv"), "csv:a/b.csv");
        assert_eq!(quote("csv:my data's.csv"), "'csv:my data'\\''s.csv'");
    }
}
