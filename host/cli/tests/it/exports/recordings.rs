//! Signals that runs are trained on, and recordings that programs are given: recorded ones and the ends of what
//! there may be.

use std::fs;
use std::path::Path;

/// A signal.
pub(super) struct Recorded {
    /// The name of its run.
    pub(super) name: &'static str,
    /// What it is trained with.
    pub(super) arguments: String,
    /// The recordings that programs are given, each of lines with a number a channel.
    recordings: Vec<(String, Vec<Vec<String>>)>,
    /// The files that they are in.
    pub(super) files: Vec<String>,
    /// What it is trained on: files by their names.
    training: Vec<(String, Vec<u8>)>,
}

impl Recorded {
    /// The lines of all recordings, as programs read them.
    pub(super) fn lines(&self) -> String {
        let of = |(_, moments): &(String, Vec<Vec<String>>)| {
            moments.iter().map(|moment| moment.join(",") + "\n").collect::<String>() + "\n"
        };
        self.recordings.iter().map(of).collect()
    }

    /// Writes what the run is trained on, and what it is asked.
    pub(super) fn write(&self, folder: &Path) {
        for (name, bytes) in &self.training {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        for ((name, moments), file) in self.recordings.iter().zip(&self.files) {
            let bytes = if file.ends_with(".wav") {
                wav(moments.iter().map(|moment| moment[0].parse().unwrap()))
            } else {
                let channels: Vec<String> =
                    (1..=moments[0].len()).map(|channel| format!("c{channel}")).collect();
                let rows: String =
                    moments.iter().map(|moment| format!("{},{name}\n", moment.join(","))).collect();
                format!("{},take\n{rows}", channels.join(",")).into_bytes()
            };
            fs::write(folder.join(file), bytes).unwrap();
        }
    }
}

/// A sound of one channel with 8000 samples a second.
fn wav(samples: impl Iterator<Item = i16>) -> Vec<u8> {
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let length = data.len() as u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend([8000u32, 16_000].map(u32::to_le_bytes).concat());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A number that any other would do for, from 0 to 999.
fn drawn(a: usize, b: usize) -> i64 {
    ((a * 7919 + b * 104_729 + a * a * (b + 3)) % 1000) as i64
}

/// A sample of a class, about -1000 to 1000: each swings at a rate and a size of its own.
fn swing(class: usize, moment: usize, seed: usize) -> i64 {
    let phase = (moment as f64) * [0.0, 0.35, 1.1][class] + seed as f64;
    let size = [0.0, 400.0, 900.0][class];
    (size * phase.sin()) as i64 + drawn(moment, seed) / 10 - 50
}

const CLASSES: [&str; 3] = ["still", "sway", "shake"];

/// Channels in units of their own; the second has fewer digits than it is written with.
fn decimals(class: usize, moment: usize, seed: usize) -> Vec<String> {
    let of = |channel| swing(class, moment, seed + channel);
    vec![format!("{:.2}", of(1) as f64 / 100.0), format!("{}e-3", of(2)), format!("{}", of(3))]
}

fn one(class: usize, moment: usize, seed: usize) -> Vec<String> {
    vec![swing(class, moment, seed).to_string()]
}

fn loud(class: usize, moment: usize, seed: usize) -> Vec<String> {
    vec![(swing(class, moment, seed) * 20).to_string()]
}

type Moment = fn(usize, usize, usize) -> Vec<String>;

/// A log of recordings of all classes.
fn log(of: Moment, length: usize) -> Vec<u8> {
    let channels = of(0, 0, 0).len();
    let mut text: String = (1..=channels).map(|channel| format!("c{channel},")).collect();
    text += "take,class\n";
    for take in 0..18 {
        let class = take % 3;
        for moment in 0..length {
            text += &format!("{},{take},{}\n", of(class, moment, take).join(","), CLASSES[class]);
        }
    }
    text.into_bytes()
}

/// Recordings that were seen, and the ends of what there may be. `end` is beyond the range of samples.
fn asked(of: Moment, length: usize, end: [&str; 2]) -> Vec<(String, Vec<Vec<String>>)> {
    let channels = of(0, 0, 0).len();
    let same = |text: &str| vec![text.to_owned(); channels];
    let each = |of: &dyn Fn(usize) -> Vec<String>| (0..length).map(of).collect::<Vec<_>>();
    let mut recordings = vec![
        ("recorded".to_owned(), each(&|moment| of(2, moment, 1))),
        ("other".to_owned(), each(&|moment| of(1, moment + 5, 40))),
        ("silence".to_owned(), each(&|_| same("0"))),
        ("high".to_owned(), each(&|_| same(end[1]))),
        ("low".to_owned(), each(&|_| same(end[0]))),
        ("constant".to_owned(), each(&|_| same("3"))),
        ("ends".to_owned(), each(&|moment| same(end[moment % 2]))),
        ("slow ends".to_owned(), each(&|moment| same(end[moment / 7 % 2]))),
    ];
    let mut wrong = each(&|moment| of(1, moment, 3));
    wrong[length / 2] = same(end[1]);
    recordings.push(("wrong".to_owned(), wrong));
    recordings
}

fn of_log((name, arguments): (&'static str, &'static str), (of, length): (Moment, usize)) -> Recorded {
    let recordings = asked(of, length, ["-4e9", "1e30"]);
    let files = (0..recordings.len()).map(|at| format!("{name}-{at}.csv")).collect();
    let arguments = arguments.to_owned();
    Recorded { name, arguments, recordings, files, training: vec![(format!("{name}.csv"), log(of, length))] }
}

/// Signals of which different features are made.
pub(super) fn all() -> Vec<Recorded> {
    let motion = (
        "motion",
        "--task csv:motion.csv --group take --window 32 --hop 10 --rate 50 --features \
         highpass:0.5,magnitude,stats,bands:8 --hidden 9",
    );
    let levels = (
        "levels",
        "--task csv:levels.csv --group take --window 300 --hop 80 --rate 4000 --features \
         lowpass:900,highpass:20,max,logmel:6,mfcc:4,bands:3 --hidden 5",
    );
    let raws = (
        "raws",
        "--task csv:raws.csv --group take --window 8 --hop 3 --features raw,crossings,peak --hidden 7",
    );
    let recordings = asked(loud, 1500, ["-32768", "32767"]);
    let sound = |take: usize| {
        let class = take % 3;
        let samples = (0..1200).map(|moment| (swing(class, moment, take) * 20) as i16);
        (format!("tones/{}/{take}.wav", CLASSES[class]), wav(samples))
    };
    let tones = Recorded {
        name: "tones",
        arguments: "--task csv:tones --window 800 --hop 320 --features mfcc:5 --hidden 6".to_owned(),
        files: (0..recordings.len()).map(|at| format!("{at}.wav")).collect(),
        recordings,
        training: (0..18).map(sound).collect(),
    };
    vec![of_log(motion, (decimals, 150)), of_log(levels, (one, 700)), of_log(raws, (one, 60)), tones]
}
