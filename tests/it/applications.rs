//! Applications of exported models: their answers on emulated boards, and through a mocked bus, beside those
//! of `eggroll-host predict`.
//!
//! `cargo xtask setup` installs the emulators and `cargo xtask boards` builds the images. What is missing is
//! named and left out.

use embedded_hal_mock::eh1::delay::NoopDelay;
use embedded_hal_mock::eh1::i2c::{Mock, Transaction};
use gesture::replay::{BusFault, Replay};
use gesture::{Fault, Gestures};
use keyword::Keywords;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A line of what is answered about a window: the number of the sample that completes it, its class, and what
/// is told then, or `-`.
pub(crate) type Line = (usize, String, String);

pub(crate) fn boards() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards")
}

/// The program, which cargo builds before the tests of a workspace.
pub(crate) fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.ancestors().nth(2).unwrap().join("eggroll-host");
    assert!(path.is_file(), "{} is not there: cargo build --package eggroll-cli", path.display());
    path
}

/// The number and the name of each row that `predict` prints.
fn rows(application: &str, file: &Path, flags: &[&str]) -> Vec<(usize, String)> {
    let model = boards().join("applications").join(application).join("model");
    let output = Command::new(program()).arg("predict").arg(model).arg(file).args(flags).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let column = |name: &str| names.iter().position(|column| *column == name).unwrap();
    let (sample, name) = (column("sample"), column("name"));
    lines.map(|row| (row[sample].parse().unwrap(), row[name].to_owned())).collect()
}

/// What `predict` answers, with the decision of the application.
fn predicted(application: &str, file: &Path, decision: [String; 3]) -> Vec<Line> {
    let [smooth, level, hold_off] = &decision;
    let told = rows(application, file, &["--smooth", smooth, "--level", level, "--hold-off", hold_off]);
    let of = |sample| told.iter().find(|(at, _)| *at == sample).map_or("-", |(_, name)| name).to_owned();
    rows(application, file, &[]).into_iter().map(|(sample, name)| (sample, name, of(sample))).collect()
}

/// A decision as flags.
fn majority(windows: u8, least: u8, level: u8, hold_off: u16) -> [String; 3] {
    [format!("majority:{windows}/{least}"), level.to_string(), hold_off.to_string()]
}

/// A core that is emulated.
struct Core {
    name: &'static str,
    target: &'static str,
    emulator: &'static str,
    machine: &'static [&'static str],
    /// Where the images look for samples.
    handed: &'static str,
}

const CORES: [Core; 3] = [
    Core {
        name: "Cortex-M0",
        target: "thumbv6m-none-eabi",
        emulator: "qemu-system-arm",
        machine: &["-M", "microbit"],
        handed: "0x2a000",
    },
    Core {
        name: "Cortex-M4",
        target: "thumbv7em-none-eabihf",
        emulator: "qemu-system-arm",
        machine: &["-M", "mps2-an386"],
        handed: "0x100000",
    },
    Core {
        name: "RV32",
        target: "riscv32imac-unknown-none-elf",
        emulator: "qemu-system-riscv32",
        machine: &["-M", "virt", "-bios", "none"],
        handed: "0x80400000",
    },
];

fn starts(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

impl Core {
    /// What an image answers on samples; nothing, and why, where it cannot run here.
    fn answers(&self, image: &str, samples: &[i16]) -> Option<Vec<Line>> {
        let path = boards().join("target").join(self.target).join("release").join(image);
        if !path.is_file() || !starts(self.emulator) {
            eprintln!(
                "skipped: {image} on {}: no {} or no image: cargo xtask setup, cargo xtask boards",
                self.name, self.emulator
            );
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let given = folder.path().join("samples");
        std::fs::write(&given, handed(samples)).unwrap();
        let output = Command::new(self.emulator)
            .args(self.machine)
            .args(["-display", "none", "-monitor", "none", "-serial", "null"])
            .args(["-semihosting-config", "enable=on,target=native", "-device"])
            .arg(format!("loader,file={},addr={},force-raw=on", given.display(), self.handed))
            .arg("-kernel")
            .arg(path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        // Semihosting's console is the emulator's standard error.
        Some(String::from_utf8(output.stderr).unwrap().lines().filter_map(line).collect())
    }
}

/// A line of an image; marks of what is counted are left out.
fn line(text: &str) -> Option<Line> {
    let (sample, answer) = text.split_once('\t')?;
    if sample == "measure" {
        return None;
    }
    let (window, told) = answer.split_once(' ').unwrap_or_else(|| panic!("the image says `{text}`"));
    let sample = sample.parse().unwrap_or_else(|_| panic!("the image says `{text}`"));
    Some((sample, window.to_owned(), told.to_owned()))
}

/// Samples as an image reads them.
fn handed(samples: &[i16]) -> Vec<u8> {
    let count = u16::try_from(samples.len()).unwrap().to_le_bytes();
    count.into_iter().chain(samples.iter().flat_map(|sample| sample.to_le_bytes())).collect()
}

/// The recording of an application, and what is at the ends of the range.
fn variants(recording: &[i16], least: i16, most: i16) -> Vec<(&'static str, Vec<i16>)> {
    let count = recording.len();
    let mut one_wrong = recording.to_vec();
    one_wrong[count / 2] = least;
    vec![
        ("the recording", recording.to_vec()),
        ("one sample wrong", one_wrong),
        ("silence", vec![0; count]),
        ("full scale", vec![most; count]),
        ("what is constant", vec![992; count]),
        ("full scale that alternates", (0..count).map(|i| if i % 2 == 0 { most } else { least }).collect()),
    ]
}

/// The samples of the gestures' recording, three a moment.
pub(crate) fn gestures() -> Vec<i16> {
    let text = std::fs::read_to_string(boards().join("applications/gesture/recording.csv")).unwrap();
    let axes = text.lines().skip(1).flat_map(|line| line.split(',').take(3));
    axes.map(|value| value.parse().unwrap()).collect()
}

/// What the application answers on this machine.
pub(crate) fn gestures_here(samples: &[i16]) -> Vec<Line> {
    let mut signal = gesture::model::Signal::new();
    let moments = samples.as_chunks().0.iter().copied();
    let mut gestures = Gestures::start(Replay::new(moments), &mut NoopDelay, &mut signal).unwrap();
    let mut lines = Vec::new();
    for sample in 1.. {
        match gestures.poll() {
            Ok(None) => {}
            Ok(Some(answer)) => {
                let told = answer.gesture.unwrap_or("-");
                lines.push((sample, answer.window.to_owned(), told.to_owned()));
            }
            Err(fault) => {
                assert_eq!(fault, Fault::Bus(BusFault::End));
                break;
            }
        }
    }
    lines
}

#[test]
fn gestures_through_a_sensor() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.csv");
    let gesture::model::Smoothing::Majority { windows, least } = gesture::SMOOTHING else {
        panic!("another smoothing")
    };
    let decision = || majority(windows, least, gesture::LEVEL, gesture::HOLD_OFF);
    for (name, samples) in variants(&gestures(), -4094, 4094) {
        let rows = samples.as_chunks::<3>().0.iter().map(|[x, y, z]| format!("{x},{y},{z}\n"));
        std::fs::write(&file, "x,y,z\n".to_owned() + &rows.collect::<String>()).unwrap();
        let expected = predicted("gesture", &file, decision());
        assert!(expected.len() > 20 && expected.iter().any(|(_, _, told)| told != "-"), "{name}");
        assert_eq!(gestures_here(&samples), expected, "{name}");
        for core in &CORES {
            if let Some(answers) = core.answers("gesture-replay", &samples) {
                assert_eq!(answers, expected, "{name} on {}", core.name);
            }
        }
    }
}

#[test]
fn a_mocked_bus_sees_what_the_data_sheet_asks_for() {
    const ACCELEROMETER: u8 = 0x19;
    let read =
        |register, bytes: &[u8]| Transaction::write_read(ACCELEROMETER, vec![register], bytes.to_vec());
    let write = |register, value| Transaction::write(ACCELEROMETER, vec![register, value]);
    // 1000, -500 and 2 thousandths of g: 12 bits at the left, of 2 thousandths each.
    let bytes = [500i16 << 4, -250 << 4, 1 << 4].map(i16::to_le_bytes).concat();
    let mut bus = Mock::new(&[
        read(0x0F, &[0x33]),
        // Blocks of data, temperature, and the same of the magnetometer; 50 Hz, 12 bits, 4 g.
        write(0x23, 0x80),
        write(0x1F, 0xC0),
        Transaction::write(0x1E, vec![0x62, 0x10]),
        write(0x20, 0x47),
        write(0x23, 0x88),
        write(0x23, 0x98),
        read(0x27, &[0]),
        read(0x27, &[0x08]),
        read(0xA8, &bytes),
    ]);
    let mut sensor = gesture::Sensor::start(bus.clone(), &mut NoopDelay).unwrap();
    assert_eq!(sensor.sample(), Ok(None));
    assert_eq!(sensor.sample(), Ok(Some([1000, -500, 2])));
    bus.done();
    let mut bus = Mock::new(&[read(0x0F, &[0x32])]);
    let other = gesture::Sensor::start(bus.clone(), &mut NoopDelay);
    assert!(matches!(other, Err(Fault::OtherChip)));
    bus.done();
}

/// The samples of the words' recording.
fn words() -> Vec<i16> {
    const HEADER: usize = 44;
    let wav = std::fs::read(boards().join("applications/keyword/recording.wav")).unwrap();
    wav[HEADER..].as_chunks().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect()
}

/// Sound as a file.
fn wav(samples: &[i16]) -> Vec<u8> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let word = |value: u32| value.to_le_bytes().to_vec();
    let format: Vec<u8> =
        [1u16, 1, 16_000, 0, 32_000, 0, 2, 16].iter().flat_map(|v| v.to_le_bytes()).collect();
    let len = bytes.len() as u32;
    [
        b"RIFF".to_vec(),
        word(36 + len),
        b"WAVEfmt ".to_vec(),
        word(16),
        format,
        b"data".to_vec(),
        word(len),
        bytes,
    ]
    .concat()
}

fn words_here(samples: &[i16]) -> Vec<Line> {
    let mut signal = keyword::model::Signal::new();
    let mut keywords = Keywords::new(&mut signal);
    let mut lines = Vec::new();
    for (at, &sample) in samples.iter().enumerate() {
        if let Some(answer) = keywords.push(sample) {
            lines.push((at + 1, answer.window.to_owned(), answer.word.unwrap_or("-").to_owned()));
        }
    }
    lines
}

/// What a Pico tells on its serial line of what its converter reads, in rp2040js.
fn words_of_a_pico(samples: &[i16]) -> Option<String> {
    let image = boards().join("target/thumbv6m-none-eabi/release/keyword");
    if !image.is_file() || !starts("node") || !boards().join("node_modules/rp2040js").is_dir() {
        eprintln!(
            "skipped: keyword on a Pico: no rp2040js or no image: cargo xtask setup, cargo xtask boards"
        );
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let readings = folder.path().join("readings");
    let reading = |sample: &i16| ((sample / 16 + 2048) as u16).to_le_bytes();
    std::fs::write(&readings, samples.iter().flat_map(reading).collect::<Vec<_>>()).unwrap();
    let mut node = Command::new("node");
    node.arg(boards().join("rp2040js.mjs")).arg(image).arg(&readings);
    // The runner ends with its standard input.
    let child = node.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut child, mut said) = (child, String::new());
    std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    Some(said)
}

#[test]
fn words_through_a_converter() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("words.wav");
    let keyword::model::Smoothing::Majority { windows, least } = keyword::SMOOTHING else {
        panic!("another smoothing")
    };
    let decision = || majority(windows, least, keyword::LEVEL, keyword::HOLD_OFF);
    let readings: Vec<u16> = words().iter().map(|sample| (sample / 16 + 2048) as u16).collect();
    assert_eq!(readings.iter().map(|&r| keyword::sample_of(r)).collect::<Vec<_>>(), words());
    for (number, (name, samples)) in variants(&words(), -32752, 32752).into_iter().enumerate() {
        std::fs::write(&file, wav(&samples)).unwrap();
        let expected = predicted("keyword", &file, decision());
        assert_eq!(expected.len(), 4, "{name}: windows of a second, two a second");
        assert_eq!(words_here(&samples), expected, "{name}");
        for core in &CORES {
            if let Some(answers) = core.answers("keyword-replay", &samples) {
                assert_eq!(answers, expected, "{name} on {}", core.name);
            }
        }
        if number > 0 {
            continue;
        }
        if let Some(said) = words_of_a_pico(&samples) {
            let mut lines = String::new();
            for (_, window, told) in &expected {
                lines += &format!("window {window}\r\n");
                lines += &if told == "-" { String::new() } else { format!("word {told}\r\n") };
            }
            assert!(said.starts_with(&lines), "{said}");
        }
    }
}
