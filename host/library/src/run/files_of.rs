//! The files that a configuration names.

use super::{Config, DataName, Source};
use crate::data::input::STDIN;
use std::path::{Path, PathBuf};

impl Config {
    /// The files and folders that the run reads. Standard input is none of them.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let _ = self.with_files(|file| {
            files.push(file.to_owned());
            file.to_owned()
        });
        files
    }

    /// The same configuration with other paths, as on another computer. The run is the same, too.
    #[must_use]
    pub fn with_files(&self, mut other: impl FnMut(&Path) -> PathBuf) -> Self {
        let mut config = self.clone();
        let mut change = |file: &mut PathBuf| {
            if file != Path::new(STDIN) {
                *file = other(file);
            }
        };
        let start = match &mut config.source {
            Source::Samples(samples) => {
                match &mut samples.name {
                    DataName::Digits => {}
                    DataName::Csv(file) | DataName::File(file) => change(file),
                }
                let reading = &mut *samples.reading;
                let more =
                    [&mut reading.test, &mut reading.labels, &mut reading.test_labels, &mut reading.keep];
                more.into_iter().flatten().for_each(&mut change);
                &mut samples.start
            }
            Source::Text(text) => {
                text.files.iter_mut().for_each(&mut change);
                &mut text.start
            }
            Source::Reward(reward) => &mut reward.start,
            Source::Environment(_) | Source::Own(_) => return config,
        };
        if let Some(start) = start {
            change(&mut start.file);
        }
        config
    }
}
