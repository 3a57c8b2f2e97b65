//! Which lines are samples of one board: how many channels it has, and their names.

use super::sample::{Said, Sample, parse};

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// There is nothing in it to be stored, and nothing is wrong with it.
    Nothing,
    /// The values of samples: those of this line, and those of the line before where only this one shows that
    /// it was a sample.
    Samples(Vec<Vec<String>>),
    /// The line, or the one before it, is passed over, and why.
    Odd(&'static str),
}

/// Tells samples from other lines. The channels are those of `--names`, of a header, or of the first two
/// samples one behind the other that have the same channels: a single line may be cut.
pub(super) struct Format {
    /// The channels, once they are known.
    channels: Option<Vec<String>>,
    /// The names are those of `--names`, whatever names come.
    given: bool,
    /// The line before, if it has names alone.
    header: Option<Vec<String>>,
    /// The line before, if it may be the first sample.
    first: Option<Sample>,
    /// No line has come yet, and the first may be cut.
    cut: bool,
}

impl Format {
    /// With the names that were given, if any. The first line of a stream that is joined while it runs may be
    /// `cut`, so that it is no sample.
    pub(super) fn new(names: Option<Vec<String>>, cut: bool) -> Self {
        Self { given: names.is_some(), channels: names, header: None, first: None, cut }
    }

    /// The names of the channels, once they are known.
    pub(super) fn channels(&self) -> Option<&[String]> {
        self.channels.as_deref()
    }

    /// Takes the next line; `None` is one that was too long.
    pub(super) fn take(&mut self, line: Option<&[u8]>) -> Taken {
        let said = line.map_or(Said::Other("too long"), parse);
        if said == Said::Nothing {
            return Taken::Nothing;
        }
        let (header, first) = (self.header.take(), self.first.take());
        let cut = std::mem::take(&mut self.cut);
        let sample = match said {
            Said::Sample(_) if cut => return Taken::Odd("the first line may be cut"),
            Said::Sample(sample) => sample,
            Said::Names(names) => {
                let again = self.channels.as_ref() == Some(&names);
                if self.channels.is_none() {
                    self.header = Some(names);
                }
                // A header is no fault: that of a board which starts again, or which --names replaces.
                return if self.channels.is_none() || self.given || again {
                    first.map_or(Taken::Nothing, |_| Taken::Odd("a line alone"))
                } else {
                    Taken::Odd("no numbers")
                };
            }
            Said::Nothing => return Taken::Nothing,
            Said::Other(why) => return Taken::Odd(why),
        };
        let Some(channels) = &self.channels else { return self.settle(sample, header, first) };
        if sample.values.len() != channels.len() {
            return Taken::Odd("another number of values");
        }
        if !self.given && sample.names.as_ref().is_some_and(|names| names != channels) {
            return Taken::Odd("other names");
        }
        Taken::Samples(vec![sample.values])
    }

    /// The sample that waits for another one like it, when there will be none: a text of a single line.
    pub(super) fn finish(&mut self) -> Option<Vec<String>> {
        let first = self.first.take()?;
        self.channels = Some(named(&first));
        Some(first.values)
    }

    fn settle(&mut self, sample: Sample, header: Option<Vec<String>>, first: Option<Sample>) -> Taken {
        let count = sample.values.len();
        if let (None, Some(header)) = (&sample.names, header.filter(|header| header.len() == count)) {
            self.channels = Some(header);
            return Taken::Samples(vec![sample.values]);
        }
        match first {
            Some(first) if first.names == sample.names && first.values.len() == count => {
                self.channels = Some(named(&sample));
                Taken::Samples(vec![first.values, sample.values])
            }
            other => {
                self.first = Some(sample);
                other.map_or(Taken::Nothing, |_| Taken::Odd("another number of values"))
            }
        }
    }
}

/// The names of a sample's channels.
fn named(sample: &Sample) -> Vec<String> {
    let numbered = || (1..=sample.values.len()).map(|number| format!("c{number}")).collect();
    sample.names.clone().unwrap_or_else(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples of lines with `+`, and the reasons of the others with `-`.
    fn taken(format: &mut Format, lines: &[&str]) -> Vec<String> {
        let mut all = Vec::new();
        for line in lines {
            match format.take(Some(line.as_bytes())) {
                Taken::Nothing => {}
                Taken::Samples(samples) => {
                    all.extend(samples.iter().map(|values| "+".to_owned() + &values.join(",")))
                }
                Taken::Odd(why) => all.push("-".to_owned() + why),
            }
        }
        all
    }

    #[test]
    fn two_lines_alike_show_the_channels() {
        let mut format = Format::new(None, false);
        let lines = ["Booting", "7", "", "1,2,3", "4,5,6", "7,8", "a:7,b:8,c:9", "7,8,9", "Oops, no"];
        let odd = "-another number of values";
        assert_eq!(
            taken(&mut format, &lines),
            ["-no numbers", odd, "+1,2,3", "+4,5,6", odd, "-other names", "+7,8,9", "-no numbers"]
        );
        assert_eq!(format.channels().unwrap(), ["c1", "c2", "c3"]);
    }

    #[test]
    fn a_header_is_right_before_the_first_sample() {
        let mut format = Format::new(None, true);
        assert_eq!(taken(&mut format, &["ax,ay", "1,2", "ax,ay", "3,4"]), ["+1,2", "+3,4"]);
        assert_eq!(format.channels().unwrap(), ["ax", "ay"]);
        let mut format = Format::new(None, false);
        assert_eq!(
            taken(&mut format, &["Ready, steady", "go", "1,2", "3,4"]),
            ["-no numbers", "+1,2", "+3,4"]
        );
        assert_eq!(format.channels().unwrap(), ["c1", "c2"]);
    }

    #[test]
    fn given_names_decide() {
        let mut format = Format::new(Some(vec!["x".to_owned(), "y".to_owned()]), true);
        let lines = ["1,2", "3,4", "u,v", "1,2,3", "p:5,q:6"];
        assert_eq!(
            taken(&mut format, &lines),
            ["-the first line may be cut", "+3,4", "-another number of values", "+5,6"]
        );
    }

    #[test]
    fn a_single_line_and_pairs() {
        let mut format = Format::new(None, false);
        assert_eq!(taken(&mut format, &["ax:1 ay:2"]), [""; 0]);
        assert_eq!(format.finish(), Some(vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!(format.channels().unwrap(), ["ax", "ay"]);
        assert_eq!(format.take(None), Taken::Odd("too long"));
        assert_eq!(taken(&mut format, &["ay:2 ax:1", "ax:1 ay:2"]), ["-other names", "+1,2"]);
    }
}
