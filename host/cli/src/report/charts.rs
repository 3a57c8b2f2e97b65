//! The charts of a report.

use super::curves::{Chart, MOST, Series};
use super::facts::RunFacts;
use super::thin::thinned;
use eggroll_host::measure::Measure;
use eggroll_host::run::{BoardRow, MetricsRow};
use std::collections::HashSet;

/// A chart of the score against forward passes or episodes, with a line for each run. All runs have the same
/// measure.
pub(super) fn progress(measure: Measure, remark: String, runs: &[(&str, &[MetricsRow])]) -> Chart {
    let point = |row: &MetricsRow| (row.forward_passes as f64, row.validation.on_axis());
    let line = |(name, rows): &(&str, &[MetricsRow])| Series {
        name: (*name).to_owned(),
        points: rows.iter().map(point).collect(),
    };
    let series: Vec<Series> = runs.iter().map(line).collect();
    let values =
        series.iter().flat_map(|series| thinned(series.points.iter().copied())).map(|(_, value)| value);
    Chart {
        key: measure.name(),
        title: measure.title(),
        remark,
        x: measure.trials(),
        range: Some(measure.axis(values)),
        unit: measure.unit(),
        wide: true,
        series,
    }
}

pub(super) fn charts(facts: &RunFacts) -> Vec<Chart> {
    let rows = &facts.rows;
    let line = |name: &str, of: &dyn Fn(&MetricsRow) -> f64| Series {
        name: name.to_owned(),
        points: rows.iter().map(|row| (f64::from(row.generation), of(row))).collect(),
    };
    let small = |key, title, remark: &str, unit, range, series| Chart {
        key,
        title,
        remark: remark.to_owned(),
        x: "generation",
        range,
        unit,
        wide: false,
        series,
    };
    let whole = Some((0.0, 100.0));
    let (measure, watched) = (facts.measure(), facts.measure().watched());
    let remark = match measure {
        Measure::Accuracy => {
            "share of the watched samples that the model classifies rightly, against forward passes"
        }
        Measure::Bits => "of the unperturbed model on the watched text, against tokens through all models",
        Measure::R2 => {
            "share of the watched targets' variance that the model explains, against forward passes"
        }
        Measure::Return => {
            "of the unperturbed model over fresh starts, in reward units, against episodes of training"
        }
        Measure::Success => {
            "share of the watched prompts that the unperturbed model answers rightly, against answers of members"
        }
        Measure::Own => "of the unperturbed model, as boards measured it, against trials of training",
    };
    let unit = facts.config.source.unit();
    let remark = if unit.is_empty() { remark.to_owned() } else { format!("{remark}, in {unit}") };
    let mut charts = vec![progress(measure, remark, &[("validation", rows)])];
    charts.push(small(
        "fitness",
        "Size of the score differences",
        &format!("mean magnitude, in {}", measure.fitness()),
        "",
        None,
        vec![line("mean magnitude", &|row| row.mean_fitness / measure.fitness_parts())],
    ));
    charts.push(small(
        "differences",
        "Score differences without information",
        "share of all that members reported",
        " %",
        whole,
        vec![line("zero", &|row| 100.0 * row.zero), line("clipped", &|row| 100.0 * row.clipped)],
    ));
    charts.push(small(
        "moved",
        "Weights moved",
        "share of all weights in a generation",
        " %",
        None,
        vec![line("moved", &|row| 100.0 * row.moved)],
    ));
    let skips = facts.config.estimator.node().is_some_and(|node| node.skip.is_some());
    if skips {
        charts.push(small(
            "kept",
            "Samples still worth members",
            "share of the slots whose loss is above --skip",
            " %",
            whole,
            vec![line("kept", &|row| 100.0 * row.kept)],
        ));
    }
    let explained: Vec<(f64, f64)> = rows
        .iter()
        .filter_map(|row| Some((f64::from(row.generation), 100.0 * row.reports?.explained)))
        .collect();
    if !explained.is_empty() {
        charts.push(small(
            "guide",
            "What the guide explains",
            "share of the variance of the members' reports; below 0 where the guide is wrong",
            " %",
            None,
            vec![Series { name: "explained".to_owned(), points: explained }],
        ));
    }
    let layers = rows.iter().map(|row| row.saturation.0.len()).max().unwrap_or(0);
    // Of more layers than can be told apart, the last are shown, because saturation begins there.
    let layers = layers.saturating_sub(MOST)..layers;
    let of_layer =
        |layer: usize| move |row: &MetricsRow| 100.0 * row.saturation.0.get(layer).copied().unwrap_or(0.0);
    charts.push(small(
        "saturation",
        "Saturated activations",
        &format!("share at -127 or 127 on the watched {watched}, by layer"),
        " %",
        None,
        layers.map(|layer| line(&format!("layer {layer}"), &of_layer(layer))).collect(),
    ));
    if measure == Measure::Bits {
        charts.push(small(
            "memory",
            "States and gates",
            "states at their limits; gates open, or shut, at every token of the watched text",
            " %",
            None,
            vec![
                line("saturated states", &|row| 100.0 * row.saturated_states),
                line("stuck gates", &|row| 100.0 * row.stuck_gates),
            ],
        ));
    }
    charts.push(small(
        "limits",
        "Dead ReLUs, and weights at their limit",
        &format!("share 0 on all watched {watched}; share at -127 or 127"),
        " %",
        None,
        vec![
            line("dead ReLUs", &|row| 100.0 * row.dead_relus),
            line("weights at the limit", &|row| 100.0 * row.weights_at_limit),
        ],
    ));
    charts.push(small(
        "rate",
        match measure {
            Measure::Accuracy | Measure::R2 => "Forward passes a second",
            Measure::Return => "Episodes a second",
            Measure::Own => "Trials a second",
            Measure::Success => "Answers a second",
            Measure::Bits => "Tokens a second",
        },
        "all boards together, looks included",
        "",
        None,
        vec![line(measure.short_trials(), &|row| row.passes_per_second)],
    ));
    charts.push(small(
        "boards",
        "Work by board",
        "slots or pairs evaluated a second",
        "",
        None,
        board_lines(&facts.boards),
    ));
    charts
}

/// A line for each board. Of more boards than can be told apart, the slowest, the median and the fastest are
/// shown.
fn board_lines(rows: &[BoardRow]) -> Vec<Series> {
    let mut known = HashSet::new();
    let names: Vec<&str> = rows.iter().map(|row| &*row.board).filter(|board| known.insert(*board)).collect();
    let point = |row: &BoardRow| (f64::from(row.generation), row.units_per_second);
    if names.len() <= MOST {
        let of = |name: &&str| Series {
            name: (*name).to_owned(),
            points: rows.iter().filter(|row| row.board == **name).map(point).collect(),
        };
        return names.iter().map(of).collect();
    }
    let mut looks: Vec<(f64, Vec<f64>)> = Vec::new();
    for (generation, rate) in rows.iter().map(point) {
        match looks.last_mut() {
            Some((last, rates)) if *last == generation => rates.push(rate),
            _ => looks.push((generation, vec![rate])),
        }
    }
    looks.iter_mut().for_each(|(_, rates)| rates.sort_by(f64::total_cmp));
    let of = |name: &str, place: fn(usize) -> usize| Series {
        name: format!("{name} of {}", names.len()),
        points: looks.iter().map(|(generation, rates)| (*generation, rates[place(rates.len())])).collect(),
    };
    vec![of("fastest", |n| n - 1), of("median", |n| n / 2), of("slowest", |_| 0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_boards_are_three_lines() {
        let row = |generation: u32, board: u32| BoardRow {
            generation,
            seconds: 1.0,
            board: format!("b{board}"),
            units_per_second: f64::from(board),
        };
        let rows = |boards: u32| -> Vec<BoardRow> {
            [5, 10].into_iter().flat_map(|g| (0..boards).map(move |b| row(g, b))).collect()
        };
        assert_eq!(board_lines(&rows(8)).len(), 8);
        let three = board_lines(&rows(21));
        let last: Vec<f64> = three.iter().map(|series| series.points[1].1).collect();
        assert_eq!((last, three[0].points.len()), (vec![20.0, 10.0, 0.0], 2));
    }
}
