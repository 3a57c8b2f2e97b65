//! One file a target.

mod config;
mod csv;
mod frames;
mod journal;
mod messages;
mod runtime;
mod scores;
mod weights;

pub use config::config;
pub use csv::csv;
pub use frames::frames;
pub use journal::journal;
pub use messages::messages;
pub use runtime::runtime;
pub use scores::scores;
pub use weights::weights;

/// A fuzz target.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Runs one input; panics where an invariant fails.
    pub run: fn(&[u8]),
    /// Inputs to start from; none where any bytes make a meaningful input.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Pieces of text that make a difference to it.
    pub words: &'static [&'static str],
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "frames", run: frames, seeds: frames::seeds, words: &[] },
    Target { name: "messages", run: messages, seeds: messages::seeds, words: &[] },
    Target { name: "runtime", run: runtime, seeds: Vec::new, words: &[] },
    Target { name: "scores", run: scores, seeds: Vec::new, words: &[] },
    Target { name: "journal", run: journal, seeds: journal::seeds, words: &[] },
    Target { name: "csv", run: csv, seeds: csv::seeds, words: csv::WORDS },
    Target { name: "weights", run: weights, seeds: weights::seeds, words: weights::WORDS },
    Target { name: "config", run: config, seeds: config::seeds, words: config::WORDS },
];

#[cfg(test)]
mod tests {
    use super::TARGETS;

    fn few_thousand(name: &str) {
        let target = TARGETS.iter().find(|target| target.name == name).unwrap();
        let corpus = (target.seeds)();
        corpus.iter().for_each(|seed| (target.run)(seed));
        let mut input = Vec::new();
        for number in 0..4000 {
            crate::mutate::input(target, &corpus, 1, number, &mut input);
            (target.run)(&input);
        }
    }

    macro_rules! tests {
        ($($name:ident)*) => { $(#[test] fn $name() { few_thousand(stringify!($name)); })* };
    }

    tests!(frames messages runtime scores journal csv weights config);
}
