//! What a lab of many agents takes, by lines through what was measured of few.

use super::tap::Kind;
use super::{DELAY_MS, EACH, Point};

/// A network of 1 Gbit/s in bytes a second, one way.
const NETWORK: f64 = 125e6;
/// The numbers of agents that the model is asked for.
const ASKED: [u32; 4] = [100, 1000, 3000, 10_000];

/// A quantity that grows with the number of agents: what it is without any, and what each adds.
#[derive(Clone, Copy)]
struct Line {
    fixed: f64,
    each: f64,
}

impl Line {
    /// The line of the least squares.
    fn through(points: &[Point], what: impl Fn(&Point) -> f64) -> Self {
        let points: Vec<_> = points.iter().map(|point| (f64::from(point.agents), what(point))).collect();
        let count = points.len() as f64;
        let (x, y) =
            points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
        let (above, below) = points
            .iter()
            .fold((0.0, 0.0), |(a, b), point| (a + (point.0 - x) * (point.1 - y), b + (point.0 - x).powi(2)));
        let each = above / below;
        Self { fixed: y - each * x, each }
    }

    fn at(self, agents: f64) -> f64 {
        self.fixed + self.each * agents
    }
}

/// The lines of a lab whose agents have `EACH` units each, whatever their number.
#[derive(Clone, Copy)]
struct Lines {
    seconds: Line,
    coordinator: Line,
    server: Line,
    /// Bytes to an agent: its own, and the journal, which has the scores of all.
    to_agent: Line,
}

impl Lines {
    fn through(points: &[Point]) -> Self {
        Self {
            seconds: Line::through(points, |point| point.quiet.seconds),
            coordinator: Line::through(points, |point| point.quiet.coordinator),
            server: Line::through(points, |point| point.quiet.server),
            to_agent: Line::through(points, |point| {
                point.tapped.counts.sum(&Kind::TO_AGENTS).bytes / f64::from(point.agents)
            }),
        }
    }
}

/// What the lines say, checked and extended.
pub(super) struct Model {
    /// Through the smaller labs, to be checked by the larger ones.
    few: Lines,
    /// Through all of them, for those that are larger still.
    all: Lines,
    used: usize,
}

impl Model {
    /// A model of what was measured, whose first `used` points are the smaller labs. The first point is one
    /// agent alone, which gets a generation as one request: no line goes through it.
    pub(super) fn of(points: &[Point], used: usize) -> Self {
        let (few, all) = (Lines::through(&points[1..used]), Lines::through(&points[1..]));
        Self { few, all, used }
    }

    /// Prints the model beside what was measured, and what it says of many agents.
    pub(super) fn print(&self, points: &[Point]) {
        let [least, most] = [1, self.used - 1].map(|point| points[point].agents);
        println!("\nLines through the rows of {least} to {most} agents, beside what was measured:\n");
        println!("| agents | a generation | coordinator's CPU | server's CPU | to an agent | was used |");
        println!("|---|---|---|---|---|---|");
        for (row, Point { agents, quiet, tapped }) in points.iter().enumerate() {
            let n = f64::from(*agents);
            println!(
                "| {agents} | {:.3} of {:.3} s | {:.1} of {:.1} ms | {:.1} of {:.1} ms | {:.0} of {:.0} B | {} |",
                self.few.seconds.at(n),
                quiet.seconds,
                1e3 * self.few.coordinator.at(n),
                1e3 * quiet.coordinator,
                1e3 * self.few.server.at(n),
                1e3 * quiet.server,
                self.few.to_agent.at(n),
                tapped.counts.sum(&Kind::TO_AGENTS).bytes / n,
                if (1..self.used).contains(&row) { "yes" } else { "no" }
            );
        }
        let Lines { coordinator, server, to_agent, .. } = self.all;
        println!(
            "\nLines through all rows but the first: an agent adds {:.2} ms of the coordinator's CPU, {:.2} ms of the\n\
             server's, and {:.0} B to every agent.",
            1e3 * coordinator.each,
            1e3 * server.each,
            to_agent.each
        );
        println!(
            "\nBeyond what was measured, by these lines: {EACH} units an agent, each CPU time on one core:\n"
        );
        println!(
            "| agents | units of {DELAY_MS} ms | coordinator | server | server's network of 1 Gbit/s | first full |"
        );
        println!("|---|---|---|---|---|---|");
        for agents in ASKED {
            let n = f64::from(agents);
            let parts = [
                ("evaluation", f64::from(EACH * DELAY_MS) / 1e3),
                ("coordinator", coordinator.at(n)),
                ("server", server.at(n)),
                ("network", n * to_agent.at(n) / NETWORK),
            ];
            let longest =
                parts.iter().max_by(|one, other| one.1.total_cmp(&other.1)).map_or("", |part| part.0);
            println!(
                "| {agents} | {:.2} s | {:.2} s | {:.2} s | {:.2} s | {longest} |",
                parts[0].1, parts[1].1, parts[2].1, parts[3].1
            );
        }
    }
}
