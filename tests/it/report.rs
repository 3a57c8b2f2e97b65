//! The report in a real browser: what it shows is what `metrics.csv` and `summary.json` say.
//!
//! Skipped, with a line that says so, where no browser starts. `EGGROLL_SCREENSHOT=FILE` keeps the picture.

use eggroll_cli::report::{self, RunFacts};
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_host::measure::Measure;
use eggroll_host::run::{BoardRow, MetricsRow, RunDirectory, SessionSummary, read_table};
use eggroll_host::train::Experiment;
use eggroll_tests::{Browser, environment, every_estimator, experiment, fleet_of, sims, train_with};
use std::path::Path;

/// A run with its report, as the program leaves it.
async fn reported(run: &Path, experiment: Experiment, boards: usize) -> RunDirectory {
    let mut fleet = fleet_of(sims(boards), &experiment, 5.0).await;
    let summary = train_with(experiment, &mut fleet, run, |_, _| ()).await.unwrap();
    let directory = RunDirectory::open(run).unwrap();
    SessionSummary::new(&summary, &directory, (2_000_000, 1_000_000)).write(&directory).unwrap();
    report::write(&directory).unwrap();
    directory
}

/// The text of the element with this id.
fn text<'h>(html: &'h str, id: &str) -> &'h str {
    let after = html.split(&format!("id=\"{id}\">")).nth(1).unwrap_or_else(|| panic!("no element {id}"));
    after.split('<').next().unwrap_or("")
}

/// The points of every line of a curve.
fn lines(html: &str, curve: &str) -> Vec<Vec<(f64, f64)>> {
    let figure = html.split(&format!("id=\"curve-{curve}\"")).nth(1).unwrap_or_else(|| panic!("no {curve}"));
    let figure = figure.split("</figure>").next().unwrap();
    let drawn = figure.split("<polyline").skip(1).filter(|line| line.contains("stroke-width=\"4\""));
    let points = drawn.map(|line| line.split("points=\"").nth(1).unwrap().split('"').next().unwrap());
    let point =
        |pair: &str| pair.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap();
    points.map(|points| points.split_whitespace().map(point).collect()).collect()
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
    groups.join(",")
}

fn check(html: &str, directory: &RunDirectory) {
    let rows: Vec<MetricsRow> = read_table(&directory.metrics()).unwrap();
    let said: serde_json::Value =
        serde_json::from_slice(&std::fs::read(directory.summary()).unwrap()).unwrap();
    let last = rows.last().unwrap();
    let measure = last.validation.measure;
    for part in ["test", "validation"] {
        let figure = said[format!("{part}_{}", measure.name())].as_f64().unwrap();
        let shown = match measure {
            Measure::Accuracy | Measure::Success => format!("{:.1} %", 100.0 * figure),
            Measure::Return | Measure::Own => format!("{figure:.1}"),
            Measure::R2 => format!("{figure:.3}"),
            Measure::Bits => format!("{figure:.3} bits"),
        };
        assert_eq!(text(html, &format!("{part}-{}", measure.name())), shown);
    }
    assert_eq!(text(html, "sha256"), said["weights_sha256"].as_str().unwrap());
    let (id, count) = match measure {
        Measure::Accuracy | Measure::R2 => ("forward-passes", &said["forward_passes"]),
        Measure::Return => ("episodes", &said["episodes"]),
        Measure::Own => ("trials", &said["trials"]),
        Measure::Success => ("answers", &said["answers"]),
        Measure::Bits => ("tokens", &said["tokens"]),
    };
    assert_eq!(text(html, id), thousands(count.as_u64().unwrap()));
    assert_eq!(text(html, "generations"), thousands(said["generations"].as_u64().unwrap()));
    assert_eq!(text(html, "bytes"), "2.86 MiB");
    assert_eq!(Some(last.forward_passes), count.as_u64());
    let watched = said[format!("validation_{}", measure.name())].as_f64();
    assert_eq!(Some(last.validation.value), watched);
    // Every look is a point of every line, and higher on the page where its value is higher.
    type Of = fn(&MetricsRow) -> f64;
    let of_rows: [(&str, &[Of]); 5] = [
        (measure.name(), &[|row| row.validation.value]),
        ("fitness", &[|row| row.mean_fitness]),
        ("differences", &[|row| row.zero, |row| row.clipped]),
        ("moved", &[|row| row.moved]),
        ("saturation", &[|row| row.saturation.0[0], |row| row.saturation.0[1]]),
    ];
    for (curve, values) in of_rows {
        let lines = lines(html, curve);
        assert_eq!(lines.len(), values.len(), "{curve}");
        for (line, value) in lines.iter().zip(values) {
            assert_eq!(line.len(), rows.len(), "{curve}");
            for (points, rows) in line.windows(2).zip(rows.windows(2)) {
                assert!(points[0].0 < points[1].0, "{curve}");
                let (rises, risen) = (value(&rows[1]) - value(&rows[0]), points[0].1 - points[1].1);
                assert!(
                    risen == 0.0 || rises.signum() == risen.signum(),
                    "{curve}: {rises} is drawn as {risen}"
                );
            }
        }
    }
    let boards: Vec<BoardRow> = read_table(&directory.boards()).unwrap();
    assert_eq!(lines(html, "boards").iter().map(Vec::len).sum::<usize>(), boards.len());
    assert_eq!(lines(html, "rate")[0].len(), rows.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_what_the_files_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut runs = Vec::new();
    let classifiers = [0, 2].map(|place| every_estimator()[place]);
    let classifiers = classifiers.map(|(estimator, optimizer)| experiment(estimator, optimizer, 120));
    let played = environment(EnvironmentKind::Pendulum, 40);
    for (number, of) in classifiers.into_iter().chain([played]).enumerate() {
        let directory = reported(&folder.path().join(format!("run-{number}")), of, 2).await;
        let html = std::fs::read_to_string(directory.report()).unwrap();
        check(&html, &directory);
        assert!(
            !html.contains(&folder.path().display().to_string()),
            "the report names this machine's folders"
        );
        assert!(
            !html.contains("http:") && !html.contains("https:") || html.contains("xmlns"),
            "not self-contained"
        );
        assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("@import"));
        runs.push(directory);
    }
    let comparison = folder.path().join("compare.html");
    let facts: Vec<RunFacts> = runs[..2].iter().map(|run| RunFacts::read(run).unwrap()).collect();
    report::write_comparison(&facts, &comparison).unwrap();

    let Some(browser) = Browser::find() else {
        println!("skipped: no browser starts here (cargo xtask setup installs chromium on Debian)");
        return;
    };
    for directory in &runs {
        let dom = browser.dom(&directory.report()).expect("the browser loads the report");
        check(&dom, directory);
    }
    let dom = browser.dom(&comparison).expect("the browser loads the comparison");
    assert_eq!(lines(&dom, "accuracy").len(), 2);
    assert_eq!(dom.matches("<tr>").count(), 3);
    let picture = browser.picture(&runs[0].report(), 1500).expect("the browser draws the report");
    let png = std::fs::read(&picture).unwrap();
    assert!(png.starts_with(b"\x89PNG") && png.len() > 20_000, "an empty picture of {} bytes", png.len());
    assert_eq!(png[16..20], 1200u32.to_be_bytes());
    if let Some(keep) = std::env::var_os("EGGROLL_SCREENSHOT") {
        std::fs::copy(picture, keep).unwrap();
    }
}

/// A run whose summary is lost, or which was killed, has a report all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_is_measured_again() {
    let folder = tempfile::tempdir().unwrap();
    let (estimator, optimizer) = every_estimator()[0];
    let directory = reported(&folder.path().join("run"), experiment(estimator, optimizer, 40), 1).await;
    let before = std::fs::read_to_string(directory.report()).unwrap();
    for file in [directory.summary(), directory.curve(), directory.boards()] {
        std::fs::remove_file(file).unwrap();
    }
    report::write(&directory).unwrap();
    let after = std::fs::read_to_string(directory.report()).unwrap();
    for id in ["test-accuracy", "validation-accuracy", "sha256", "forward-passes", "generations"] {
        assert_eq!(text(&after, id), text(&before, id));
    }
    for file in [directory.weights(), directory.metrics()] {
        std::fs::remove_file(file).unwrap();
        report::write(&directory).unwrap();
    }
}
