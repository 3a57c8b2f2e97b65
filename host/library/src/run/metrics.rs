use super::table::{Row, TableWriter, line};
use crate::measure::{Measure, Reports, Score};
use serde::{Deserialize, Serialize};

/// A share for each layer, written as `0.1;0.25` in a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PerLayer(pub Vec<f64>);

impl From<PerLayer> for String {
    fn from(shares: PerLayer) -> Self {
        shares.0.iter().map(f64::to_string).collect::<Vec<_>>().join(";")
    }
}

impl TryFrom<String> for PerLayer {
    type Error = std::num::ParseFloatError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let shares = text.split(';').filter(|share| !share.is_empty());
        shares.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// A line of `metrics.csv`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "MetricsColumns", into = "MetricsColumns")]
pub struct MetricsRow {
    /// The generation of the validation.
    pub generation: u32,
    /// The forward passes so far, including those of the base model. In an environment these are episodes, of
    /// a task of the boards' own trials, on a text tokens that went through a model.
    pub forward_passes: u64,
    /// The score on the validation set.
    pub validation: Score,
    /// The share of units that had members, since the row before.
    pub kept: f64,
    /// The mean magnitude of a fitness since the row before, in 1/16 of a bit or reward unit.
    pub mean_fitness: f64,
    /// The mean share of weights that moved in a generation, since the row before.
    pub moved: f64,
    /// The seconds of training so far.
    pub seconds: f64,
    /// The share of fitnesses that were 0, since the row before.
    pub zero: f64,
    /// The share of fitnesses at the largest magnitude that is reported, since the row before.
    pub clipped: f64,
    /// For each layer, the share of activations at -127 or 127 on the validation set.
    pub saturation: PerLayer,
    /// The share of weights at -127 or 127.
    pub weights_at_limit: f64,
    /// The share of ReLUs that are 0 on the whole validation set.
    pub dead_relus: f64,
    /// The forward passes (or episodes) of all boards in a second, since the row before.
    pub passes_per_second: f64,
    /// The share of values of recurrent states at their limits, -127 or 126, on the validation set.
    pub saturated_states: f64,
    /// The share of gates of a recurrent model that are open at every token of the validation set, or shut at
    /// every token.
    pub stuck_gates: f64,
    /// The size of Z since the row before, relative to its size if fitness did not depend on the noise. It is
    /// known only for large generations.
    pub signal: Option<f64>,
    /// What the guide explained of the members' reports since the row before; `None` without a guide that
    /// members teach, and where no member reported anything.
    pub reports: Option<Reports>,
}

/// A [`MetricsRow`] by its columns. The name of a score's column is that of its measure. Columns that an
/// earlier version did not write are read as 0.
#[derive(Default, Serialize, Deserialize)]
struct MetricsColumns {
    generation: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    forward_passes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    episodes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validation_accuracy: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validation_return: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validation_bits_per_byte: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validation_r2: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trials: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validation_score: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answers: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validation_success: Option<f64>,
    kept: f64,
    mean_fitness: f64,
    moved: f64,
    seconds: f64,
    #[serde(default)]
    zero: f64,
    #[serde(default)]
    clipped: f64,
    #[serde(default)]
    saturation: PerLayer,
    #[serde(default)]
    weights_at_limit: f64,
    #[serde(default)]
    dead_relus: f64,
    #[serde(default)]
    passes_per_second: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    saturated_states: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stuck_gates: Option<f64>,
    /// This is empty if it is not known, as in the first row after a run was resumed.
    #[serde(default)]
    signal: Option<f64>,
    /// This and the next are empty where no member taught a guide.
    #[serde(default)]
    guide_explains: Option<f64>,
    #[serde(default)]
    report_squares: Option<f64>,
}

impl From<MetricsRow> for MetricsColumns {
    fn from(row: MetricsRow) -> Self {
        let (count, value) = (Some(row.forward_passes), Some(row.validation.value));
        let of_text = row.validation.measure == Measure::Bits;
        let figures = match row.validation.measure {
            Measure::Accuracy => {
                Self { forward_passes: count, validation_accuracy: value, ..Self::default() }
            }
            Measure::Return => Self { episodes: count, validation_return: value, ..Self::default() },
            Measure::Bits => Self { tokens: count, validation_bits_per_byte: value, ..Self::default() },
            Measure::R2 => Self { forward_passes: count, validation_r2: value, ..Self::default() },
            Measure::Own => Self { trials: count, validation_score: value, ..Self::default() },
            Measure::Success => Self { answers: count, validation_success: value, ..Self::default() },
        };
        Self {
            generation: row.generation,
            kept: row.kept,
            mean_fitness: row.mean_fitness,
            moved: row.moved,
            seconds: row.seconds,
            zero: row.zero,
            clipped: row.clipped,
            saturation: row.saturation,
            weights_at_limit: row.weights_at_limit,
            dead_relus: row.dead_relus,
            passes_per_second: row.passes_per_second,
            saturated_states: of_text.then_some(row.saturated_states),
            stuck_gates: of_text.then_some(row.stuck_gates),
            signal: row.signal,
            guide_explains: row.reports.map(|reports| reports.explained),
            report_squares: row.reports.map(|reports| reports.squares),
            ..figures
        }
    }
}

impl TryFrom<MetricsColumns> for MetricsRow {
    type Error = &'static str;

    fn try_from(line: MetricsColumns) -> Result<Self, Self::Error> {
        let (forward_passes, validation) = match line {
            MetricsColumns { forward_passes: Some(count), validation_accuracy: Some(value), .. } => {
                (count, Score::accuracy(value))
            }
            MetricsColumns { episodes: Some(count), validation_return: Some(value), .. } => {
                (count, Score::mean_return(value))
            }
            MetricsColumns { tokens: Some(count), validation_bits_per_byte: Some(value), .. } => {
                (count, Score::bits(value))
            }
            MetricsColumns { forward_passes: Some(count), validation_r2: Some(value), .. } => {
                (count, Score::r2(value))
            }
            MetricsColumns { trials: Some(count), validation_score: Some(value), .. } => {
                (count, Score::own(value))
            }
            MetricsColumns { answers: Some(count), validation_success: Some(value), .. } => {
                (count, Score::success(value))
            }
            _ => return Err("a line without figures"),
        };
        let saturation = &line.saturation.0;
        let figures = [line.kept, line.mean_fitness, line.moved, line.seconds, line.zero, line.clipped];
        let more = [line.weights_at_limit, line.dead_relus, line.passes_per_second, validation.value];
        let guide = [line.guide_explains, line.report_squares];
        let others =
            [line.saturated_states, line.stuck_gates, line.signal].into_iter().chain(guide).flatten();
        let all = figures.into_iter().chain(more).chain(others).chain(saturation.iter().copied());
        if !all.into_iter().all(f64::is_finite) {
            return Err("a figure that is no number");
        }
        Ok(Self {
            generation: line.generation,
            forward_passes,
            validation,
            kept: line.kept,
            mean_fitness: line.mean_fitness,
            moved: line.moved,
            seconds: line.seconds,
            zero: line.zero,
            clipped: line.clipped,
            saturation: line.saturation,
            weights_at_limit: line.weights_at_limit,
            dead_relus: line.dead_relus,
            passes_per_second: line.passes_per_second,
            saturated_states: line.saturated_states.unwrap_or(0.0),
            stuck_gates: line.stuck_gates.unwrap_or(0.0),
            signal: line.signal,
            reports: line.guide_explains.zip(line.report_squares).map(reports),
        })
    }
}

const fn reports((explained, squares): (f64, f64)) -> Reports {
    Reports { explained, squares }
}

/// A line of `boards.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoardRow {
    /// The generation of the row.
    pub generation: u32,
    /// The seconds of training so far.
    pub seconds: f64,
    /// The name of the board.
    pub board: String,
    /// The units that it evaluated in a second, since the generation of the row before.
    pub units_per_second: f64,
}

/// Appends to `metrics.csv`.
pub type MetricsWriter = TableWriter<MetricsRow>;
/// Appends to `boards.csv`.
pub type BoardsWriter = TableWriter<BoardRow>;

impl Row for MetricsRow {
    fn header(measure: Measure) -> String {
        let row = Self { validation: measure.nothing(), ..Self::default() };
        line(&row, true)
    }
}

impl Row for BoardRow {
    fn header(_: Measure) -> String {
        line(&Self { generation: 0, seconds: 0.0, board: String::new(), units_per_second: 0.0 }, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::run::{Identity, read_sealed, read_table};

    fn identity(name: char) -> Identity {
        name.to_string().repeat(64).parse().unwrap()
    }

    #[test]
    fn rows_come_back_and_older_tables_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let row = MetricsRow {
            generation: 7,
            saturation: PerLayer(vec![0.0, 0.125, 1.0]),
            clipped: 0.5,
            reports: Some(Reports { explained: -0.25, squares: 1024.0 }),
            ..MetricsRow::default()
        };
        let mut writer = MetricsWriter::create(&path, identity('a'), &[]).unwrap();
        writer.append(&[row.clone(), row.clone()]).unwrap();
        assert_eq!(read_table::<MetricsRow>(&path).unwrap(), [row.clone(), row]);
        let old = "generation,forward_passes,validation_accuracy,kept,mean_fitness,moved,seconds\n5,9,0.5,1,2,0.1,3\n";
        std::fs::write(&path, old).unwrap();
        let rows: Vec<MetricsRow> = read_table(&path).unwrap();
        assert_eq!((rows.len(), rows[0].seconds, rows[0].clipped), (1, 3.0, 0.0));
        assert_eq!((rows[0].validation, rows[0].forward_passes), (Score::accuracy(0.5), 9));
        for odd in ["inf", "NaN", "-inf", "1e999"] {
            std::fs::write(&path, old.replace("0.5", odd)).unwrap();
            assert_eq!(read_table::<MetricsRow>(&path).unwrap(), [], "{odd}");
        }
    }

    #[test]
    fn columns_are_named_by_the_measure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let names = |validation: Score| {
            let row = [MetricsRow { forward_passes: 5, validation, ..MetricsRow::default() }];
            // Two writers write the header and the rows, as when a run is resumed.
            MetricsWriter::create(&path, identity('a'), &row).unwrap().append(&row).unwrap();
            assert_eq!(read_table::<MetricsRow>(&path).unwrap(), [row.clone(), row.clone()].concat());
            let (rows, odd) = read_sealed::<MetricsRow>(&path, identity('a'), validation.measure).unwrap();
            assert_eq!((rows, odd), ([row.clone(), row].concat(), vec![]));
            let text = std::fs::read_to_string(&path).unwrap();
            text.lines().next().unwrap().split(',').take(4).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            names(Score::accuracy(0.25)),
            ["generation", "forward_passes", "validation_accuracy", "kept"]
        );
        assert_eq!(names(Score::mean_return(-12.5)), ["generation", "episodes", "validation_return", "kept"]);
        assert_eq!(names(Score::own(-7.5)), ["generation", "trials", "validation_score", "kept"]);
        assert_eq!(names(Score::bits(2.5)), ["generation", "tokens", "validation_bits_per_byte", "kept"]);
    }

    #[test]
    fn every_flip_costs_its_own_line_and_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let row = |generation| MetricsRow {
            generation,
            validation: Score::accuracy(0.875),
            saturation: PerLayer(vec![0.5]),
            ..MetricsRow::default()
        };
        let rows = [1, 2, 3].map(row);
        MetricsWriter::create(&path, identity('a'), &rows).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for place in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[place] ^= 1 << bit;
                std::fs::write(&path, &flipped).unwrap();
                let (left, odd) = read_sealed::<MetricsRow>(&path, identity('a'), Measure::Accuracy).unwrap();
                assert!(left.iter().all(|row| rows.contains(row)), "{place} {bit}");
                // A line break that is lost or added changes two lines.
                assert!(left.len() + 2 >= rows.len(), "{place} {bit}: {odd:?}");
                let unfinished = place + 1 == whole.len();
                assert!(!odd.is_empty() || unfinished, "{place} {bit}");
            }
        }
        std::fs::write(&path, &whole).unwrap();
        let (left, odd) = read_sealed::<MetricsRow>(&path, identity('b'), Measure::Accuracy).unwrap();
        assert_eq!((left.len(), odd.len()), (0, 3));
    }
}
