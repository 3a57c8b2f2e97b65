//! What a lab of many agents takes, by lines through what was measured of few.

use super::trial::Measured;

/// A network of 1 Gbit/s in bytes a second.
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
    fn through(points: &[(f64, f64)]) -> Self {
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

/// A lab whose agents have so many units each, whatever their number.
pub(super) struct Model {
    /// Seconds beside the evaluation.
    wait: Line,
    coordinator: Line,
    server: Line,
    /// Bytes from an agent, which do not grow.
    from_agent: f64,
    /// Bytes to an agent: its own, and the journal, which has the scores of all.
    to_agent: Line,
    evaluation: f64,
}

impl Model {
    /// A model of what was measured, each with so many units an agent.
    pub(super) fn of(all: &[(u32, Measured)]) -> Self {
        let of = |what: fn(&Measured) -> f64| {
            let points: Vec<_> = all.iter().map(|(agents, one)| (f64::from(*agents), what(one))).collect();
            Line::through(&points)
        };
        let mean = all.iter().map(|(_, one)| one.from_agent).sum::<f64>() / all.len() as f64;
        Self {
            wait: of(|one| one.seconds),
            coordinator: of(|one| one.coordinator),
            server: of(|one| one.server),
            from_agent: mean,
            to_agent: of(|one| one.to_agent),
            evaluation: 0.0,
        }
    }

    /// Prints the model beside what was measured, and what it says of many agents.
    pub(super) fn print(mut self, all: &[(u32, Measured)], each: u32, delay_ms: u32) {
        self.evaluation = f64::from(each * delay_ms) / 1e3;
        println!(
            "\nLines through the first four rows, beside what was measured (the last row was not used):\n"
        );
        println!(
            "| agents | a generation | coordinator's CPU | server's CPU | to an agent |\n|---|---|---|---|---|"
        );
        for (agents, one) in all {
            let n = f64::from(*agents);
            println!(
                "| {agents} | {:.3} of {:.3} s | {:.2} of {:.2} ms | {:.2} of {:.2} ms | {:.0} of {:.0} B |",
                self.wait.at(n),
                one.seconds,
                1e3 * self.coordinator.at(n),
                1e3 * one.coordinator,
                1e3 * self.server.at(n),
                1e3 * one.server,
                self.to_agent.at(n),
                one.to_agent
            );
        }
        println!("\nBy these lines, {each} units of {delay_ms} ms an agent, a generation takes at least:\n");
        println!(
            "| agents | evaluation | coordinator, one core | server, one core | server's network of 1 Gbit/s | first full |"
        );
        println!("|---|---|---|---|---|---|");
        for agents in ASKED {
            let n = f64::from(agents);
            let network = n * (self.to_agent.at(n) + self.from_agent) / NETWORK;
            let parts = [
                ("evaluation", self.evaluation),
                ("coordinator", self.coordinator.at(n)),
                ("server", self.server.at(n)),
                ("network", network),
            ];
            let longest =
                parts.iter().max_by(|one, other| one.1.total_cmp(&other.1)).map_or("", |part| part.0);
            println!(
                "| {agents} | {:.2} s | {:.2} s | {:.2} s | {network:.2} s | {longest} |",
                parts[0].1, parts[1].1, parts[2].1
            );
        }
    }
}
