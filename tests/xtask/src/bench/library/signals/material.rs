//! Python with what computes features in it, and recordings, which are fetched or spoken once.

use super::super::learning::Scikit;
use super::super::tables::{PIP_LIMIT, fetched};
use crate::process;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PACKAGES: [&str; 2] = ["pymicro-features==2.0.2", "python_speech_features==0.6"];
const WHEELS: [&str; 2] = ["aeon==1.6.0", "seglearn==1.2.5"];
/// Speaking a thousand words takes half a minute on two cores.
const SPEAKING_LIMIT: Duration = Duration::from_secs(600);

/// Python, and the folder of the recordings.
pub(super) struct Material {
    pub(super) scikit: Scikit,
    folder: PathBuf,
}

impl Material {
    /// Installs, fetches and speaks what is missing.
    ///
    /// # Errors
    /// It cannot be had.
    pub(super) fn find() -> Result<Self> {
        let scikit = Scikit::find()?;
        install(&scikit)?;
        let folder = process::target_dir().join("signals");
        // Each script writes this file last.
        let (series, words) = (folder.join("series-are-complete"), folder.join("words-are-complete"));
        if !series.is_file() {
            let wheels = fetched(&scikit, &folder, &WHEELS)?;
            let mut python = scikit.python();
            python.args(["-c", include_str!("sets.py")]).arg(&folder).args(wheels);
            process::run_quietly(&mut python, PIP_LIMIT)?;
            std::fs::write(&series, "")?;
        }
        if !words.is_file() {
            speak(&scikit, &folder, "words")?;
            std::fs::write(&words, "")?;
        }
        Ok(Self { scikit, folder })
    }

    /// A file or folder of recordings.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Every `step`-th word that is trained on, in the order of the names of files.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn words(&self, step: usize) -> Result<Vec<Vec<i16>>> {
        let mut files = Vec::new();
        for word in std::fs::read_dir(self.path("words-train"))? {
            for file in std::fs::read_dir(word?.path())? {
                files.push(file?.path());
            }
        }
        files.sort();
        files.iter().step_by(step).map(|file| wav(file)).collect()
    }
}

/// Speaks a set of words into a folder.
fn speak(scikit: &Scikit, folder: &Path, set: &str) -> Result<()> {
    ensure!(
        process::output(Command::new("espeak-ng").arg("--version")).is_some(),
        "espeak-ng is needed, which speaks the words (on Debian: apt-get install espeak-ng)"
    );
    eprintln!("speaking words with espeak-ng");
    let mut python = scikit.python();
    python.args(["-c", include_str!("words.py")]).arg(folder).arg(set);
    process::run_quietly(&mut python, SPEAKING_LIMIT)
}

/// A folder of words by many speakers, which is made in another folder.
///
/// # Errors
/// There is no espeak-ng, or it fails.
pub(in super::super) fn speakers(scikit: &Scikit, folder: &Path) -> Result<PathBuf> {
    speak(scikit, folder, "speakers")?;
    Ok(folder.join("speakers"))
}

/// Installs what floats and the front end need beside scikit-learn.
fn install(scikit: &Scikit) -> Result<()> {
    let has_them = || {
        let imports = "import pymicro_features, python_speech_features";
        process::output(scikit.python().args(["-c", imports])).is_some()
    };
    if !has_them() {
        eprintln!("installing {} with pip", PACKAGES.join(" and "));
        let mut pip = scikit.python();
        pip.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES);
        process::run_quietly(&mut pip, PIP_LIMIT)?;
        ensure!(has_them(), "pip has not installed {}", PACKAGES.join(" and "));
    }
    Ok(())
}

/// The samples of a WAV file as `words.py` writes them: 16 bits, one channel, behind a header of 44 bytes.
pub(super) fn wav(file: &Path) -> Result<Vec<i16>> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let samples = bytes.get(44..).with_context(|| format!("{} has no header", file.display()))?;
    Ok(samples.as_chunks().0.iter().map(|&pair| i16::from_le_bytes(pair).max(-i16::MAX)).collect())
}
