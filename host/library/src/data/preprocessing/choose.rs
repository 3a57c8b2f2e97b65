//! The choice of the rules, by the training rows alone.

use super::super::number::Number;
use super::{DataError, FeatureRule, Rows, Scale, rules};
use eggroll_firmware::features::{PLACES, Rule};

/// The most raw values that rules are chosen by; of more rows, every second, third and so on counts.
const MOST_VALUES: usize = 1 << 26;
/// Digits of a raw value that every i32 holds.
const DIGITS: i32 = 9;
/// Powers of ten by which the greatest values of a column may exceed nearly all others before they saturate.
const HEADROOM: i32 = 4;
/// Fewer columns are never taken as the pixels of an image.
const IMAGE_COLUMNS: usize = 16;

/// What was chosen.
pub(in super::super) struct Choice {
    /// How.
    pub(in super::super) scale: Scale,
    /// A rule for each feature, or one for all.
    pub(in super::super) rules: Vec<FeatureRule>,
    /// The mean of each feature, as a raw value.
    pub(in super::super) means: Vec<i32>,
}

/// The sizes of the numbers in a column.
#[derive(Clone)]
struct Sizes {
    /// How many numbers, other than 0, are below each power of ten and not below a tenth of it.
    leads: Vec<u32>,
    /// The most decimal places.
    places: i32,
}

/// The powers of ten that are told apart, from `-LEAD` to `LEAD`.
const LEAD: i32 = 45;

impl Sizes {
    fn new() -> Sizes {
        Sizes { leads: vec![0; 2 * LEAD as usize + 1], places: 0 }
    }

    fn take(&mut self, number: Number) {
        self.places = self.places.max(number.places());
        let lead = number.lead();
        if lead > i32::MIN {
            let at = lead.clamp(-LEAD, LEAD) + LEAD;
            if let Some(count) = self.leads.get_mut(at as usize) {
                *count += 1;
            }
        }
    }

    fn join(mut self, other: &Sizes) -> Sizes {
        self.leads.iter_mut().zip(&other.leads).for_each(|(count, more)| *count += more);
        self.places = self.places.max(other.places);
        self
    }

    /// The decimal places of raw values: as many as needed, but no more than leave nearly all values, and
    /// those that are not far out, within 32 bits.
    fn raw_places(&self) -> i8 {
        let all: u64 = self.leads.iter().map(|&count| u64::from(count)).sum();
        let (mut seen, mut nearly_all, mut greatest) = (0, None, None);
        for (lead, &count) in (-LEAD..).zip(&self.leads) {
            seen += u64::from(count);
            if nearly_all.is_none() && seen * 10 >= all * 9 && seen > 0 {
                nearly_all = Some(lead);
            }
            if count > 0 {
                greatest = Some(lead);
            }
        }
        let (Some(nearly_all), Some(greatest)) = (nearly_all, greatest) else { return 0 };
        let lead = greatest.min(nearly_all + HEADROOM);
        let places = self.places.max(0).min(DIGITS - lead);
        places.clamp((*PLACES.start()).into(), (*PLACES.end()).into()) as i8
    }
}

/// Chooses the rules of a table by those of its rows that `trains` says train. Without `scale` it is chosen
/// as well: columns of different kinds get `plain`.
pub(in super::super) fn choose(
    rows: &dyn Rows,
    trains: &[bool],
    scale: Option<Scale>,
    plain: Scale,
) -> Result<Choice, DataError> {
    let features = rows.features();
    let training = trains.iter().filter(|&&trains| trains).count();
    let stride = (training.saturating_mul(features)).div_ceil(MOST_VALUES).max(1);
    let mut sizes = vec![Sizes::new(); features];
    each_training(rows, trains, stride, &mut |feature, number| {
        if let (Some(sizes), Some(number)) = (sizes.get_mut(feature), Number::parse(number, false)) {
            sizes.take(number);
        }
    })?;
    let mut places: Vec<i8> = sizes.iter().map(Sizes::raw_places).collect();
    let mut columns = raw_columns(rows, trains, stride, &places)?;
    let scale = scale.unwrap_or_else(|| default(rows, &places, &columns, plain));
    if scale == Scale::Image {
        let common = sizes.iter().fold(Sizes::new(), Sizes::join).raw_places();
        if places.iter().any(|&places| places != common) {
            places.fill(common);
            columns = raw_columns(rows, trains, stride, &places)?;
        }
    }
    let places_of = |feature: usize| places.get(feature).copied().unwrap_or_default();
    let rule = |places: i8, (finer, rule): (i8, Rule)| {
        FeatureRule::new(places.saturating_add(finer), rule).unwrap_or(FeatureRule::as_is())
    };
    let rules = match scale {
        Scale::Standard | Scale::Wide => {
            let features = if scale == Scale::Wide { rules::WIDE_DEVIATION } else { rules::DEVIATION };
            let each = columns.iter_mut().enumerate();
            each.map(|(feature, column)| rule(places_of(feature), rules::standard(column, features)))
                .collect()
        }
        Scale::Minmax => {
            let each = columns.iter_mut().enumerate();
            each.map(|(feature, column)| rule(places_of(feature), rules::minmax(column))).collect()
        }
        Scale::Image => {
            let mut all = columns.concat();
            let (finer, found) = rules::standard(&mut all, rules::DEVIATION);
            columns.iter_mut().for_each(|column| rules::make_finer(column, finer));
            vec![rule(places_of(0), (finer, found))]
        }
        Scale::Imported | Scale::None => {
            for (feature, (column, places)) in columns.iter().zip(&places).enumerate() {
                let range = i32::from(super::FEATURE_MAX);
                if *places != 0 || column.iter().any(|value| !(-range..=range).contains(value)) {
                    let name = rows.name(feature);
                    return Err(rows.fault(format!(
                        "column {name} has other values than integers in -127..=127, which --scale none takes as \
                         they are; leave it out, or give --scale standard"
                    )));
                }
            }
            vec![FeatureRule::as_is()]
        }
    };
    // In the units of the rules, by which the columns became finer.
    let means = columns.iter().map(|column| mean(column)).collect();
    Ok(Choice { scale, rules, means })
}

/// Whether all columns are fields of one kind: levels from 0 on, many of them, most of which come
/// near the greatest value of all.
fn default(rows: &dyn Rows, places: &[i8], columns: &[Vec<i32>], plain: Scale) -> Scale {
    if columns.len() < IMAGE_COLUMNS || (0..columns.len()).any(|feature| rows.is_flag(feature)) {
        return plain;
    }
    // Columns of other units, such as 0 and 0.5, are compared in the finest one.
    let finest = places.iter().copied().max().unwrap_or_default();
    let ends = |(column, &places): (&Vec<i32>, &i8)| {
        let unit = 10i128.pow(finest.abs_diff(places).into());
        let least = column.iter().copied().min().unwrap_or_default();
        let greatest = column.iter().copied().max().unwrap_or_default();
        (i128::from(least) * unit, i128::from(greatest) * unit)
    };
    let ends: Vec<(i128, i128)> = columns.iter().zip(places).map(ends).collect();
    let greatest = ends.iter().map(|&(_, high)| high).max().unwrap_or_default();
    let near = ends.iter().filter(|&&(_, high)| high > greatest / 4).count();
    let are_levels = ends.iter().all(|&(low, _)| low >= 0) && greatest > 0;
    if are_levels && 2 * near >= columns.len() { Scale::Image } else { plain }
}

/// Visits the numbers of every `stride`-th training row.
fn each_training(
    rows: &dyn Rows,
    trains: &[bool],
    stride: usize,
    visit: &mut dyn FnMut(usize, &str),
) -> Result<(), DataError> {
    let mut trains = trains.iter();
    let mut training = 0;
    rows.each(&mut |fields| {
        if trains.next() != Some(&true) {
            return Ok(());
        }
        training += 1;
        if (training - 1) % stride == 0 {
            for (feature, field) in fields.iter().enumerate() {
                if let Some(number) = field {
                    visit(feature, number);
                }
            }
        }
        Ok(())
    })
}

/// The raw values of each column.
fn raw_columns(
    rows: &dyn Rows,
    trains: &[bool],
    stride: usize,
    places: &[i8],
) -> Result<Vec<Vec<i32>>, DataError> {
    let mut columns = vec![Vec::new(); places.len()];
    each_training(rows, trains, stride, &mut |feature, number| {
        let places = places.get(feature).copied().unwrap_or_default();
        let raw = eggroll_firmware::features::raw(number.as_bytes(), places);
        if let (Some(column), Ok(raw)) = (columns.get_mut(feature), raw) {
            column.push(raw.value);
        }
    })?;
    Ok(columns)
}

/// The mean, to the nearest unit.
fn mean(column: &[i32]) -> i32 {
    let sum: i64 = column.iter().map(|&value| i64::from(value)).sum();
    let count = column.len().max(1) as i64;
    // Between two i32, so it is one.
    (2 * i128::from(sum) + i128::from(count)).div_euclid(2 * i128::from(count)) as i32
}
