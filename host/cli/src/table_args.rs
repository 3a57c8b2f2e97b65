//! The flags that say how a table is read, for every command that reads one.

use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};
use eggroll_host::data::input::expanded;
use eggroll_host::data::{Delimiter, Fraction, Missing, Mixed, Parts, RUN_SPLIT, Reading, Scale};
use std::path::PathBuf;

/// Reads a path in which `~/` is the user's home directory. Shells do not expand it after `--run=`.
pub(super) fn typed() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(expanded)
}

/// Which rows of a run on samples train, with the share that is held out if that is said. The rows that are
/// watched set the threshold of a detector, so it has more of them.
pub(super) fn parts(holdout: Option<Fraction>, reading: &Reading) -> Parts {
    let share = |parts| Fraction::from_parts(parts).unwrap_or_default();
    let validation = share(if reading.is_of_detector() { 2000 } else { 1000 });
    Parts { holdout: holdout.unwrap_or(share(2000)), validation, split: RUN_SPLIT }
}

/// The flags that say how a table is read.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct TableArgs {
    /// Table: the column of classes, by name or number [default: the one that is named class, label, target
    /// or y, otherwise the last]
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    label: Option<String>,
    /// Table: a column of numbers to answer, instead of classes (regression); may be given again
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true, conflicts_with = "label")]
    target: Vec<String>,
    /// Table: tell anomalies, by an autoencoder that learns normal rows; without --normal all rows are normal
    ///
    /// The model learns to answer the features of a row through a narrow layer. The score of a row is the
    /// squared error of its answers; a row above the threshold, a quantile of the scores of watched normal
    /// rows, counts as an anomaly.
    #[arg(long, conflicts_with = "target")]
    anomaly: bool,
    /// Table: a class whose rows are normal; those of other classes are anomalies, which never train (implies
    /// --anomaly); may be given again
    #[arg(long, value_name = "CLASS", allow_hyphen_values = true, conflicts_with = "target")]
    normal: Vec<String>,
    /// Table: a column to leave out, by name or number; may be given again
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    drop: Vec<String>,
    /// Table: a column of names, each of which becomes a feature; may be given again
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    categorical: Vec<String>,
    /// Table: what to do with missing values: refuse, drop (their rows) or mean (of the column) [default:
    /// refuse]
    #[arg(long, value_name = "RULE")]
    missing: Option<Missing>,
    /// Table: what separates fields: comma, semicolon, tab, spaces or bar [default: found out]
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    delimiter: Option<Delimiter>,
    /// Table: how values are scaled, by the training rows: standard (each column), wide (the same with room
    /// for values far out), image (all columns alike), minmax (each column to the whole range) or none
    /// (integers in -127..127) [default: image for levels of one kind, wide for --anomaly, otherwise
    /// standard]
    #[arg(long, value_name = "RULE")]
    scale: Option<Scale>,
    /// Table: a column that names the group of each row, such as a recording; no group is in two parts of the
    /// split. Of a folder of recordings: what stands behind the group in the names of files, such as _
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    group: Option<String>,
    /// Table: another file of the same columns, whose rows are held out, and no others
    #[arg(long, value_name = "FILE", value_parser = typed(), conflicts_with = "holdout")]
    test: Option<PathBuf>,
    /// Samples: the labels, where they are in a file of their own: .npy, IDX, or a text of one label a line
    #[arg(long, value_name = "FILE", value_parser = typed())]
    labels: Option<PathBuf>,
    /// Samples: the labels of --test
    #[arg(long, value_name = "FILE", value_parser = typed(), requires = "test")]
    test_labels: Option<PathBuf>,
    /// Signal: make windows of so many samples of the rows of a log, of series or of sounds, and learn
    /// features of them [default: the longest series, or 1 s of sound]
    ///
    /// The columns of a log are its channels. Each file, series or --group is a recording; a folder with a
    /// folder of WAV files or logs for each class is a signal without this flag.
    #[arg(long, value_name = "N")]
    window: Option<u32>,
    /// Signal: samples from one window to the next [default: half a window]
    #[arg(long, value_name = "M")]
    hop: Option<u32>,
    /// Signal: samples in a second, where the file does not say it
    #[arg(long, value_name = "HZ")]
    rate: Option<u32>,
    /// Signal: what is learned of a window, with commas: raw, mean, spread, min, max, peak, crossings, stats
    /// (those six), magnitude (of all channels, one more), highpass:HZ, lowpass:HZ, bands:N, logmel:N,
    /// mfcc:N, or motion (magnitude,stats,bands:8) or audio (logmel:16) [default: audio for WAV, otherwise
    /// motion]
    #[arg(long, value_name = "LIST")]
    features: Option<String>,
    /// Signal: what a window with two labels counts as: drop (it is left out) or majority [default: drop]
    #[arg(long, value_name = "RULE")]
    mixed: Option<Mixed>,
}

impl TableArgs {
    /// How a table is read by these flags.
    pub(super) fn reading(&self) -> Reading {
        let mut reading = Reading::default();
        self.overlay(&mut reading);
        reading
    }

    /// Replaces what is said of a table by the flags that were given.
    pub(super) fn overlay(&self, reading: &mut Reading) {
        let Self {
            label,
            target,
            anomaly,
            normal,
            drop,
            categorical,
            missing,
            delimiter,
            scale,
            group,
            test,
            labels,
            test_labels,
            window,
            hop,
            rate,
            features,
            mixed,
        } = self.clone();
        reading.label = label.or(reading.label.take());
        if !target.is_empty() {
            reading.target = target;
        }
        reading.anomaly |= anomaly;
        if !normal.is_empty() {
            reading.normal = normal;
        }
        if !drop.is_empty() {
            reading.drop = drop;
        }
        if !categorical.is_empty() {
            reading.categorical = categorical;
        }
        reading.missing = missing.unwrap_or(reading.missing);
        reading.delimiter = delimiter.or(reading.delimiter);
        reading.scale = scale.or(reading.scale);
        reading.group = group.or(reading.group.take());
        // The run can be resumed from any folder.
        let absolute = |file: PathBuf| std::path::absolute(&file).unwrap_or(file);
        reading.test = test.map(absolute).or(reading.test.take());
        reading.labels = labels.map(absolute).or(reading.labels.take());
        reading.test_labels = test_labels.map(absolute).or(reading.test_labels.take());
        reading.window = window.or(reading.window);
        reading.hop = hop.or(reading.hop);
        reading.rate = rate.or(reading.rate);
        reading.features = features.or(reading.features.take());
        reading.mixed = mixed.or(reading.mixed);
    }

    /// The first of the flags that was given.
    pub(super) fn given(&self) -> Option<&'static str> {
        let flags = [
            ("--label", self.label.is_some()),
            ("--target", !self.target.is_empty()),
            ("--anomaly", self.anomaly),
            ("--normal", !self.normal.is_empty()),
            ("--drop", !self.drop.is_empty()),
            ("--categorical", !self.categorical.is_empty()),
            ("--missing", self.missing.is_some()),
            ("--delimiter", self.delimiter.is_some()),
            ("--scale", self.scale.is_some()),
            ("--group", self.group.is_some()),
            ("--test", self.test.is_some()),
            ("--labels", self.labels.is_some()),
            ("--test-labels", self.test_labels.is_some()),
            ("--window", self.window.is_some()),
            ("--hop", self.hop.is_some()),
            ("--rate", self.rate.is_some()),
            ("--features", self.features.is_some()),
            ("--mixed", self.mixed.is_some()),
        ];
        flags.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }
}
