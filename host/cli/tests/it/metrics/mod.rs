//! `--metrics`: what a scraper gets while a run trains, and what strangers do to the run.

mod exposition;

use crate::common::*;
use exposition::{Kind, Page, page};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

const OPEN_METRICS: &str = "application/openmetrics-text";
/// A run that does not end by itself, with a row of `metrics.csv` for every generation.
const ENDLESS: &str = "--task csv:data.csv --model 4-8-3 --generations 4000000 --evaluate-every 1 --lr 1 --slots 3 --members 5 \
    --quiet --json";

/// A program that serves metrics at a port that it chose.
struct Served {
    child: Child,
    port: u16,
}

impl Served {
    fn start(folder: &Path, arguments: &str) -> Self {
        let arguments = format!("{arguments} --metrics 127.0.0.1:0");
        let mut command = command(folder, arguments.split_whitespace());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        // With --quiet there is nothing else that this could read too much of.
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port =
            line.strip_prefix("metrics  http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/metrics\n"));
        let port = port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("no address in: {line}"));
        Self { child, port }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).unwrap()
    }

    /// The beginning and the body of the answer to these bytes; the program closes the connection.
    fn ask(&self, request: &str) -> (String, String) {
        let mut client = self.connect();
        client.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
        (head.to_ascii_lowercase(), body.to_owned())
    }

    fn scrape(&self, accept: &str) -> Page {
        let (head, body) =
            self.ask(&format!("GET /metrics HTTP/1.1\r\nHost: here\r\nAccept: {accept}\r\n\r\n"));
        assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
        let open = accept.starts_with(OPEN_METRICS);
        let form =
            if open { "application/openmetrics-text; version=1.0.0" } else { "text/plain; version=0.0.4" };
        assert!(head.contains(&format!("\r\ncontent-type: {form}; charset=utf-8\r\n")), "{head}");
        page(&body, open)
    }

    /// Scrapes until the run has done so many generations.
    fn after(&self, generation: f64) -> Page {
        loop {
            let page = self.scrape("text/plain");
            if page.get("eggroll_generation").is_some_and(|done| done >= generation)
                && page.get("eggroll_validation_score").is_some()
            {
                return page;
            }
            sleep(Duration::from_millis(20));
        }
    }

    fn interrupted(self) -> Value {
        let signal = Command::new("sh").args(["-c", &format!("kill -INT {}", self.child.id())]).status();
        assert!(signal.unwrap().success());
        let ended = self.ended(130);
        serde_json::from_slice(&ended.stdout).unwrap()
    }

    fn ended(self, code: i32) -> Output {
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        output
    }
}

/// The row of `metrics.csv` after a generation, by the names of its columns.
fn row(folder: &Path, generation: f64) -> impl Fn(&str) -> f64 {
    let text = fs::read_to_string(folder.join("run/metrics.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let row = lines.find(|row| row[0] == format!("{generation}")).unwrap();
    move |name| row[names.iter().position(|column| column == name).unwrap()].parse().unwrap()
}

#[test]
fn the_figures_are_those_of_the_run() {
    let folder = &folder();
    // A name that has to be escaped.
    fs::copy(folder.join("data.csv"), folder.join("odd\"name\\.csv")).unwrap();
    let arguments = ENDLESS.replace("data.csv", "odd\"name\\.csv");
    let served = Served::start(folder, &format!("{arguments} --verify 1 --boards sim:3 --run run"));
    let first = served.after(3.0);
    let open = served.scrape("application/openmetrics-text; version=1.0.0, text/plain;q=0.5");
    let later = served.after(first.of("eggroll_generation") + 50.0);
    let summary = served.interrupted();

    // A page is of one moment, and its figures are those that the run has written of it.
    for page in [&first, &open, &later] {
        let generation = page.of("eggroll_generation");
        let written = row(folder, generation);
        assert_eq!(page.of("eggroll_forward_passes_total"), written("forward_passes"));
        assert_eq!(page.of("eggroll_validation_generation"), generation);
        let validated = written("validation_accuracy");
        assert!((page.of("eggroll_validation_score") - validated).abs() < 1e-6, "{validated}");
        assert!((page.of("eggroll_weights_moved_ratio") - written("moved")).abs() < 1e-6);
        assert_eq!(page.label("eggroll_validation_score", "measure"), ["accuracy"]);
        let rate = 1.0 - (generation - 1.0) / 4e6;
        assert!((page.of("eggroll_learning_rate") - rate).abs() < 1e-4);
        assert_eq!(page.of("eggroll_generations_planned"), 4e6);
        assert_eq!(page.of("eggroll_boards"), 3.0);
        assert_eq!(page.label("eggroll_board_units_total", "board"), ["sim-0", "sim-1", "sim-2"]);
        // Nothing is held out from a session that has not ended.
        assert_eq!(page.get("eggroll_test_score"), None);
        for (label, text) in [
            ("identity", summary["identity"].as_str().unwrap()),
            ("version", env!("CARGO_PKG_VERSION")),
            ("task", "csv:odd\"name\\.csv"),
            ("model", "4-8-3"),
            ("seed", "1"),
        ] {
            assert_eq!(page.label("eggroll_run_info", label), [text]);
        }
    }

    // Counters only grow, up to what the program says at its end.
    let last = |key: &str| summary[key].as_f64().unwrap_or_else(|| panic!("{key}: {summary}"));
    for (name, key) in [
        ("eggroll_generation", "generations"),
        ("eggroll_forward_passes_total", "forward_passes"),
        ("eggroll_training_seconds_total", "seconds"),
        ("eggroll_sent_bytes_total", "bytes_sent"),
        ("eggroll_received_bytes_total", "bytes_received"),
        ("eggroll_requests_total", "requests"),
        ("eggroll_requests_repeated_total", "repeated"),
        ("eggroll_resyncs_total", "resyncs"),
        ("eggroll_boards_lost_total", "boards_lost"),
        ("eggroll_boards_expelled_total", "boards_expelled"),
        ("eggroll_replies_verified_total", "replies_checked"),
        ("eggroll_rollbacks_total", "rollbacks"),
    ] {
        let grown = [first.of(name), open.of(name), later.of(name), last(key)];
        assert!(grown.is_sorted(), "{name}: {grown:?}");
        // How often a link has trouble depends on the machine.
        let calm = ["repeated", "resyncs", "boards_lost", "boards_expelled", "rollbacks"].contains(&key);
        assert!(calm || grown[2] > 0.0, "{name}: {grown:?}");
    }
    let units: f64 = later.all("eggroll_board_units_total").iter().sum();
    assert!(units > 0.0, "{later:?}");

    // A session that goes on counts on, and knows what was tested before.
    let served = Served::start(folder, "--resume --quiet --json --run run");
    let again = served.after(last("generations") + 1.0);
    assert!(again.of("eggroll_forward_passes_total") > last("forward_passes"));
    assert_eq!(again.of("eggroll_test_score"), last("test_accuracy"));
    assert_eq!(again.of("eggroll_test_generation"), last("generations"));
    served.interrupted();
}

#[test]
fn what_is_no_scrape_is_answered_as_such() {
    let folder = &folder();
    let served = Served::start(folder, &format!("{ENDLESS} --run run"));
    served.after(1.0);
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: here\r\n\r\n", "404 not found"),
        ("GET /metrics/ HTTP/1.1\r\nHost: here\r\n\r\n", "404 not found"),
        ("POST /config HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n", "404 not found"),
        ("POST /metrics HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\nhi", "405 method not allowed"),
        ("HEAD /metrics HTTP/1.1\r\nHost: here\r\n\r\n", "405 method not allowed"),
        ("DELETE /metrics HTTP/1.0\r\n\r\n", "405 method not allowed"),
        ("\0\0\0\r\n\r\n", "400 bad request"),
    ] {
        let (head, _) = served.ask(request);
        assert!(
            head.starts_with(&format!("http/1.1 {status}\r\n"))
                || head.starts_with(&format!("http/1.0 {status}\r\n")),
            "{request:?}: {head}"
        );
        assert_eq!(head.contains("\r\nallow: get\r\n"), status.starts_with("405"), "{head}");
    }
    let (head, body) = served.ask("GET /metrics?a=b HTTP/1.0\r\n\r\n");
    assert!(head.contains(" 200 ok\r\n"), "{head}");
    page(&body, false);
    served.interrupted();
}

#[test]
fn strangers_do_not_hold_up_the_run_or_a_scraper() {
    let folder = &folder();
    let served = Served::start(folder, &format!("{ENDLESS} --run run"));
    let before = served.after(1.0).of("eggroll_generation");
    let mut strangers = Vec::new();
    // More than are served at once. These say nothing, these never end what they say, these do not read, and
    // these are no clients of HTTP at all.
    for round in 0..12 {
        strangers.push(served.connect());
        for said in [
            "GET /metrics HTTP/1.1\r\nHost: ".to_owned(),
            "GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n".repeat(50),
            format!("{}\u{1}\u{0}\u{7f}", "x".repeat(round * 3000)),
        ] {
            let mut client = served.connect();
            // It may have been closed by now.
            let _ = client.write_all(said.as_bytes());
            strangers.push(client);
        }
    }
    let during = served.after(before + 1.0).of("eggroll_generation");
    drop(strangers);
    let after = served.after(during + 1.0);
    assert_eq!(after.of("eggroll_boards_lost_total"), 0.0);
    let summary = served.interrupted();
    assert!(summary["generations"].as_f64() >= Some(during));
    assert_eq!(
        host(folder, "replay run --json").silently().json()["weights_sha256"],
        summary["weights_sha256"]
    );
}

#[test]
fn metrics_decide_nothing() {
    let folder = &folder();
    for arguments in [NODE, WEIGHT] {
        let without = host(folder, &format!("{arguments} --run without")).silently().json();
        let mut served = Served::start(folder, &format!("{arguments} --run with"));
        // Until the program ends, which may be before any answer.
        while served.child.try_wait().unwrap().is_none() {
            let Ok(mut client) = TcpStream::connect(("127.0.0.1", served.port)) else { continue };
            let _ = client.write_all(b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n");
            let _ = client.read_to_end(&mut Vec::new());
        }
        let with: Value = serde_json::from_slice(&served.ended(0).stdout).unwrap();
        for key in ["weights_sha256", "identity", "generations", "forward_passes", "test_accuracy"] {
            assert_eq!(with[key], without[key], "{key}");
        }
        assert_eq!(generations(folder, "with"), generations(folder, "without"));
        for run in ["with", "without"] {
            fs::remove_dir_all(folder.join(run)).unwrap();
        }
    }
    host(folder, &format!("{NODE} --run run")).silently();
    let adapted = Served::start(folder, "adapt run data.csv --quiet --json --generations 30 --run adapted");
    adapted.ended(0);
}

#[test]
fn an_address_that_is_not_to_be_had_is_refused_before_the_run_is_made() {
    let folder = &folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    // The second is kept for documents, so that no machine has it.
    for (address, words) in [
        (&*taken, ["--metrics", &taken, "name another port, or 0"]),
        ("192.0.2.1:9464", ["--metrics", "192.0.2.1:9464", "127.0.0.1"]),
    ] {
        host(folder, &format!("{NODE} --run run --metrics {address}")).refused(&words);
        assert!(!folder.join("run").exists());
    }
    for text in ["9464", "localhost", "somewhere:80", "127.0.0.1:65536", "127.0.0.1:-1"] {
        let words = [text, "127.0.0.1:9464", "--metrics"];
        host(folder, &format!("{NODE} --run run --metrics {text}")).refused_with(2, &words);
        assert!(!folder.join("run").exists());
    }
    let words = ["--metrics does not go with tune"];
    host(folder, "tune --task csv:data.csv --run run --metrics 127.0.0.1:0").refused(&words);
    assert!(!folder.join("run").exists());
}

#[test]
fn the_dashboard_shows_what_there_is() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/grafana.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let folder = &folder();
    let served = Served::start(folder, &format!("{ENDLESS} --run run"));
    let mut exported: BTreeSet<String> = served.after(2.0).names();
    served.interrupted();
    // A session has this after one that has ended, and a run of votes has the other.
    for votes in ["", "--estimator weight --optimizer vote"] {
        let run = format!("run{}", votes.len());
        let arguments =
            format!("--task csv:data.csv --model 4-3 --generations 20 {votes} --quiet --run {run}");
        host(folder, &arguments).silently();
        let served =
            Served::start(folder, &format!("--resume --generations 4000000 --quiet --json --run {run}"));
        exported.append(&mut served.after(21.0).names());
        served.interrupted();
    }
    let mut shown = BTreeSet::new();
    let mut expressions = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{panel}");
            expressions.push(target["expr"].as_str().unwrap());
        }
    }
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    assert_eq!((&variables[0]["name"], &variables[0]["type"]), (&"datasource".into(), &"datasource".into()));
    expressions.extend(
        variables
            .iter()
            .map(|variable| variable["query"]["query"].as_str().or(variable["query"].as_str()).unwrap()),
    );
    for expression in expressions {
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        shown.extend(words.filter(|word| word.starts_with("eggroll_")).map(str::to_owned));
    }
    let unknown: Vec<_> = shown.difference(&exported).collect();
    assert!(unknown.is_empty(), "{unknown:?} of {exported:?}");
    // What is served and in no panel: how old scores are, and the time, which a panel has as its axis.
    let left_out: Vec<_> = exported.difference(&shown).collect();
    let expected =
        ["eggroll_test_generation", "eggroll_training_seconds_total", "eggroll_validation_generation"];
    assert_eq!(left_out, expected);
}

#[test]
fn the_parser_of_these_tests_is_strict() {
    let head = "# HELP eggroll_a Some help\n# TYPE eggroll_a gauge\n";
    let counter = "# HELP eggroll_b Some help\n# TYPE eggroll_b counter\n";
    for body in [
        "eggroll_a 1\neggroll_a 2\n# EOF\n",
        "eggroll_a{x=\"1\"} 1\neggroll_a{x=\"1\"} 2\n# EOF\n",
        "eggroll_a{x=\"1} 1\n# EOF\n",
        "eggroll_a{x=\"\\x\"} 1\n# EOF\n",
        "eggroll_a{1x=\"\"} 1\n# EOF\n",
        "eggroll_a one\n# EOF\n",
        "eggroll_a 1\n",
        "eggroll_a 1\n# EOF\neggroll_c 1\n",
        "eggroll_b 1\n# EOF\n",
        "eggroll_a 1\n\n# EOF\n",
    ] {
        assert!(std::panic::catch_unwind(|| page(&format!("{head}{body}"), true)).is_err(), "{body}");
    }
    for body in ["eggroll_b 1\n# EOF\n", "eggroll_b_total -1\n# EOF\n", "eggroll_b_total NaN\n# EOF\n"] {
        assert!(std::panic::catch_unwind(|| page(&format!("{counter}{body}"), true)).is_err(), "{body}");
    }
    let good = page(
        &format!("{head}eggroll_a{{x=\"\\\"\\\\\\n\"}} -1.5\n{counter}eggroll_b_total 2\n# EOF\n"),
        true,
    );
    assert_eq!(good.label("eggroll_a", "x"), ["\"\\\n"]);
    assert_eq!((good.of("eggroll_a"), good.of("eggroll_b_total")), (-1.5, 2.0));
    assert_eq!(good.kind("eggroll_b_total"), Kind::Counter);
}
