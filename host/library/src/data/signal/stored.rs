//! What is computed of a signal, as numbers: what travels with a model.

use super::Mixed;
use super::features::{Kind, List};
use eggroll_firmware::features::PLACES;
use eggroll_firmware::signal::{Biquad, Block, MelBank, MelFrames, Plan};
use serde::{Deserialize, Serialize};

/// A column of a log by its place and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its place, from 1.
    pub number: usize,
    /// Its name, where the log has a header.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl Named {
    fn is_none(&self) -> bool {
        *self == Named::default()
    }

    /// The channel of this column, in units of `10^-places`.
    pub(super) fn in_units(&self, places: i8) -> Channel {
        Channel { number: self.number, name: self.name.clone(), places }
    }
}

/// A channel of a signal: a column of a log, or a channel of a sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Its place in the log, from 1.
    pub number: usize,
    /// Its name, where the log has a header.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A sample is a number in units of `10^-places`.
    pub places: i8,
}

impl Channel {
    /// Its name, or its place where it has none.
    pub fn title(&self) -> String {
        if self.name.is_empty() { format!("channel {}", self.number) } else { self.name.clone() }
    }
}

/// What one block of frames needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mel {
    /// Samples of a frame.
    pub(super) frame: u16,
    /// Samples from one frame to the next.
    pub(super) step: u16,
    /// The first bin at or behind each edge.
    pub(super) starts: Vec<u16>,
    /// How far each bin is between two edges, in 1/4096.
    pub(super) rising: Vec<u16>,
}

/// What is computed of a signal, and of which columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Signal {
    /// Samples of a window.
    pub window: u32,
    /// Samples from one window to the next.
    pub hop: u32,
    /// Samples in a second, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// What a window with two labels counts as.
    #[serde(default, skip_serializing_if = "Mixed::is_default")]
    pub mixed: Mixed,
    /// The list of what is computed, without presets.
    pub features: String,
    /// The filters of the list, in its order: `b0`, `b1`, `b2`, `a1` and `a2`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) filters: Vec<[i32; 5]>,
    /// The frames and bands of what the list computes of frames, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) mel: Vec<Mel>,
    /// The number of columns of the log.
    pub(in super::super) width: usize,
    /// Its column of labels; without one all is empty.
    #[serde(default, skip_serializing_if = "Named::is_none")]
    pub(in super::super) label: Named,
    /// Its columns of targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) targets: Vec<Named>,
    /// The channels, in the order of the samples.
    pub channels: Vec<Channel>,
}

impl Signal {
    fn list(&self) -> Option<List> {
        self.features.parse().ok()
    }

    /// The filters of the plan.
    pub fn filters(&self) -> Vec<Biquad> {
        let biquad = |&[b0, b1, b2, a1, a2]: &[i32; 5]| Biquad { b: [b0, b1, b2], a: [a1, a2] };
        self.filters.iter().map(biquad).collect()
    }

    /// The blocks of the plan.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let mut mels = self.mel.iter();
        let block = |kind: Kind| {
            Some(match kind {
                Kind::Raw => Block::Raw,
                Kind::Mean => Block::Mean,
                Kind::Spread => Block::Spread,
                Kind::Least => Block::Least,
                Kind::Greatest => Block::Greatest,
                Kind::PeakToPeak => Block::PeakToPeak,
                Kind::Crossings => Block::Crossings,
                Kind::Bands(count) => Block::Bands { count },
                Kind::LogMel(_) | Kind::Mfcc(_) => {
                    let Mel { frame, step, starts, rising } = mels.next()?;
                    let (frame, step, bank) = (*frame, *step, MelBank { starts, rising });
                    let coefficients = if let Kind::Mfcc(count) = kind { count } else { 0 };
                    Block::Mel(MelFrames { frame, step, bank, coefficients })
                }
            })
        };
        self.list().map(|list| list.kinds.into_iter().filter_map(block).collect()).unwrap_or_default()
    }

    /// The plan of these [`filters`](Self::filters) and [`blocks`](Self::blocks).
    pub fn plan<'a>(&self, filters: &'a [Biquad], blocks: &'a [Block<'a>]) -> Plan<'a> {
        let channels = u16::try_from(self.channels.len()).unwrap_or(u16::MAX);
        let magnitude = self.list().is_some_and(|list| list.magnitude);
        Plan { channels, window: self.window, hop: self.hop, filters, magnitude, blocks }
    }

    /// The number of features of a window.
    pub fn features_of_a_window(&self) -> usize {
        self.plan(&[], &self.blocks()).features()
    }

    /// The names of the lanes: of the channels, and behind them of the magnitude where there is one.
    pub fn lanes(&self) -> Vec<String> {
        let magnitude = self.list().filter(|list| list.magnitude).map(|_| "magnitude".to_owned());
        self.channels.iter().map(Channel::title).chain(magnitude).collect()
    }

    /// The name of each block of features, how many a lane has of it, and how many of those belong together:
    /// those of a frame.
    pub fn parts(&self) -> Vec<(String, usize, usize)> {
        let (filters, blocks) = (self.filters(), self.blocks());
        let plan = self.plan(&filters, &blocks);
        let kinds = self.list().map(|list| list.kinds).unwrap_or_default();
        let part = |(kind, block): (Kind, &Block<'_>)| {
            let together = if let Block::Mel(mel) = block { mel.width() } else { 1 };
            (kind.name(), plan.width(block), together)
        };
        kinds.into_iter().zip(&blocks).map(part).collect()
    }

    /// A name for each feature, in their order. The name of the channel is left out where there is no other.
    pub fn names(&self) -> Vec<String> {
        let (filters, blocks) = (self.filters(), self.blocks());
        let plan = self.plan(&filters, &blocks);
        let mut lanes: Vec<String> = self.lanes().into_iter().map(|lane| lane + " ").collect();
        if let ([_], Some(only)) = (&self.channels[..], lanes.first_mut()) {
            only.clear();
        }
        let mut names = Vec::new();
        let kinds = self.list().map(|list| list.kinds).unwrap_or_default();
        for (kind, block) in kinds.into_iter().zip(&blocks) {
            for lane in &lanes {
                names.extend((0..plan.width(block)).map(|at| format!("{lane}{}", name(kind, block, at))));
            }
        }
        names
    }

    /// What does not fit together, if anything does not: a file may say anything.
    pub fn fault(&self) -> Option<&'static str> {
        let Some(list) = self.list() else { return Some("the features of the signal are not understood") };
        let bands = list.kinds.iter().filter_map(|kind| kind.mel_bands());
        let is_one_each = self.filters.len() == list.filters.len()
            && self.mel.iter().map(|mel| mel.starts.len()).eq(bands.map(|bands| usize::from(bands) + 2));
        let (filters, blocks) = (self.filters(), self.blocks());
        if !is_one_each {
            Some("the filters and frames of the signal are not those of its features")
        } else if self.rate == Some(0) {
            Some("the signal has no samples in a second")
        } else if self.plan(&filters, &blocks).fault().is_some() {
            Some("the numbers of the signal are no plan that a board can follow")
        } else if self.channels.iter().any(|channel| !PLACES.contains(&channel.places)) {
            Some("the unit of a channel is not 10^-38 to 10^38")
        } else {
            None
        }
    }
}

/// The name of a feature of a lane.
fn name(kind: Kind, block: &Block<'_>, at: usize) -> String {
    match (kind, block) {
        (Kind::Raw, _) => format!("sample {}", at + 1),
        (Kind::Bands(_), _) => format!("band {}", at + 1),
        (_, Block::Mel(mel)) => {
            let (frame, number) = (at / mel.width().max(1) + 1, at % mel.width().max(1));
            match mel.coefficients {
                0 => format!("frame {frame} band {}", number + 1),
                // The first coefficient has the number 0 wherever there are such.
                _ => format!("frame {frame} mfcc {number}"),
            }
        }
        (kind, _) => kind.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Asked, design};
    use super::*;

    fn made(features: &str, window: u32, names: &[&str]) -> Signal {
        let named = |(at, name): (usize, &&str)| Named { number: at + 1, name: (*name).to_owned() };
        let channels: Vec<Named> = names.iter().enumerate().map(named).collect();
        let asked = Asked { window, hop: None, rate: Some(8_000), features, mixed: Mixed::Majority };
        let label = Named { number: channels.len() + 1, name: "class".to_owned() };
        design(&asked, &channels, &label, &[], channels.len() + 1).unwrap()
    }

    #[test]
    fn the_form_in_a_configuration() {
        let mut given = made("highpass:10,lowpass:100,motion,mfcc:3,logmel:2", 400, &["ax", "ay"]);
        given.channels[1].places = -2;
        assert_eq!(given.fault(), None);
        let text = toml::to_string(&given).unwrap();
        assert_eq!(toml::from_str::<Signal>(&text).unwrap(), given);
        let names = given.names();
        assert_eq!(names.len(), given.features_of_a_window());
        let some =
            ["ax mean", "magnitude band 3", "magnitude crossings", "ay frame 2 mfcc 0", "ax frame 1 band 2"];
        some.iter().for_each(|name| assert!(names.iter().any(|other| other == name), "{name}: {names:?}"));
        assert_eq!(made("min,raw", 2, &["x"]).names(), ["min", "sample 1", "sample 2"]);
        assert_eq!(made("max", 2, &["", "b"]).names(), ["channel 1 max", "b max"]);
    }

    /// Whatever a file says, it is a fault and no panic.
    #[test]
    fn faults_of_what_a_file_says() {
        let good = made("lowpass:100,bands:4,mfcc:3", 400, &["x"]);
        let wrong = |change: &dyn Fn(&mut Signal)| {
            let mut signal = good.clone();
            change(&mut signal);
            let (_, _, _) = (signal.names(), signal.blocks(), signal.features_of_a_window());
            signal.fault().is_some()
        };
        assert!(!wrong(&|_| {}));
        assert!(wrong(&|signal| signal.window = 0));
        assert!(wrong(&|signal| signal.window = 65_536));
        assert!(wrong(&|signal| signal.hop = 0));
        assert!(wrong(&|signal| signal.hop += 1));
        assert!(wrong(&|signal| signal.rate = Some(0)));
        assert!(wrong(&|signal| signal.features = "nothing".to_owned()));
        assert!(wrong(&|signal| signal.features = "bands:4,mfcc:3".to_owned()));
        assert!(wrong(&|signal| signal.features = "lowpass:100,bands:4".to_owned()));
        assert!(wrong(&|signal| signal.filters.clear()));
        assert!(wrong(&|signal| signal.filters[0][3] = i32::MIN));
        assert!(wrong(&|signal| signal.mel.clear()));
        assert!(wrong(&|signal| signal.mel[0].step = 0));
        assert!(wrong(&|signal| signal.mel[0].frame = 0));
        assert!(wrong(&|signal| signal.mel[0].starts[2] = u16::MAX));
        assert!(wrong(&|signal| signal.mel[0].starts.clear()));
        assert!(wrong(&|signal| signal.mel[0].rising.truncate(1)));
        assert!(wrong(&|signal| signal.channels.clear()));
        assert!(wrong(&|signal| signal.channels[0].places = 39));
        assert!(wrong(&|signal| signal.channels = vec![signal.channels[0].clone(); 65]));
    }
}
