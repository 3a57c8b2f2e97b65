//! Sounds: WAV files of numbers.

use super::super::input::{self, Limit};
use eggroll_firmware::signal::SAMPLE_MAX;
use hound::{Error, SampleFormat, WavReader};
use std::io::{BufReader, Read};
use std::path::Path;

/// A file of sound.
const SOUND: Limit = Limit { what: "a WAV file", bytes: 1 << 30, way_out: "cut it into shorter ones" };

/// What a file says of its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Sound {
    /// Moments in a second.
    pub(in super::super) rate: u32,
    pub(in super::super) channels: u16,
    /// The number of moments.
    pub(in super::super) length: usize,
}

/// Whether a file begins as a sound.
pub(in super::super) fn is_wav(bytes: &[u8]) -> bool {
    matches!(bytes, [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..])
}

fn opened(path: &Path) -> Result<BufReader<std::fs::File>, String> {
    let (file, _) = input::open(path, &SOUND).map_err(|error| error.to_string())?;
    Ok(BufReader::new(file))
}

impl Sound {
    /// Looks at the beginning of a file.
    pub(in super::super) fn look(path: &Path) -> Result<Sound, String> {
        Self::of(&reader(opened(path)?)?)
    }

    /// Reads a sound, whose samples at a moment stand beside one another.
    pub(in super::super) fn read(bytes: &[u8]) -> Result<(Sound, Vec<i16>), String> {
        let reader = reader(bytes)?;
        Ok((Self::of(&reader)?, samples(reader)?))
    }

    fn of<R: Read>(reader: &WavReader<R>) -> Result<Sound, String> {
        let (spec, length) = (reader.spec(), reader.duration() as usize);
        if spec.sample_rate == 0 || spec.channels == 0 || length == 0 {
            return Err("there is no sound in this file; take it out".to_owned());
        }
        Ok(Sound { rate: spec.sample_rate, channels: spec.channels, length })
    }
}

/// The samples of a file.
pub(super) fn read(path: &Path) -> Result<Vec<i16>, String> {
    samples(reader(opened(path)?)?)
}

fn reader<R: Read>(input: R) -> Result<WavReader<R>, String> {
    WavReader::new(input).map_err(|error| fault(&error))
}

const CUT: &str = "the WAV file is cut off; take another copy of it";

/// Why a file cannot be read, and what to do.
fn fault(error: &Error) -> String {
    match error {
        // What is too short for a number that is to come, or ends before all samples have.
        Error::IoError(error) if error.to_string() == "Failed to read enough bytes." => CUT.to_owned(),
        Error::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => CUT.to_owned(),
        Error::IoError(error) => format!("cannot read the WAV file: {error}"),
        Error::FormatError(why) => format!("the WAV file is damaged: {why}; take another copy of it"),
        _ => "this form of WAV is not read, only numbers of 8, 16, 24 or 32 bits and floats of 32: write it anew, as by \
              `sox in.wav -e signed -b 16 out.wav`"
            .to_owned(),
    }
}

/// All samples: the upper 16 bits of each, and of floats 32767 times the number, rounded.
fn samples<R: Read>(mut reader: WavReader<R>) -> Result<Vec<i16>, String> {
    let spec = reader.spec();
    let bits = u32::from(spec.bits_per_sample);
    let whole = |value: i32| {
        let value = if bits < 16 { value << (16 - bits) } else { value >> (bits - 16) };
        value.clamp(-i32::from(SAMPLE_MAX), SAMPLE_MAX.into()) as i16
    };
    // A number that is none becomes 0.
    let float = |value: f32| {
        let scaled = (f64::from(value) * f64::from(SAMPLE_MAX)).round();
        scaled.clamp(-f64::from(SAMPLE_MAX), SAMPLE_MAX.into()) as i16
    };
    let read: Result<Vec<i16>, Error> = match spec.sample_format {
        SampleFormat::Int => reader.samples::<i32>().map(|value| value.map(whole)).collect(),
        SampleFormat::Float => reader.samples::<f32>().map(|value| value.map(float)).collect(),
    };
    read.map_err(|error| fault(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hound::{Sample, WavSpec, WavWriter};
    use std::io::Cursor;

    fn written<S: Sample + Copy>(bits: u16, format: SampleFormat, channels: u16, samples: &[S]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let spec = WavSpec { channels, sample_rate: 16_000, bits_per_sample: bits, sample_format: format };
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        samples.iter().for_each(|&sample| writer.write_sample(sample).unwrap());
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_width_becomes_sixteen_bits() {
        let of = |bytes: &[u8]| Sound::read(bytes).unwrap().1;
        let int = SampleFormat::Int;
        assert_eq!(of(&written(8, int, 1, &[-128i8, -1, 0, 127])), [-32767, -256, 0, 32512]);
        assert_eq!(of(&written(16, int, 1, &[i16::MIN, -1, 0, i16::MAX])), [-32767, -1, 0, 32767]);
        assert_eq!(
            of(&written(24, int, 1, &[-8_388_608, -1, 255, 256, 8_388_607])),
            [-32767, -1, 0, 1, 32767]
        );
        assert_eq!(of(&written(32, int, 1, &[i32::MIN, -1, 65_536, i32::MAX])), [-32767, -1, 1, 32767]);
        let floats = [-2.0f32, -1.0, -0.5, 0.0, 0.00001, 0.00002, 1.0, 7.0, f32::NAN];
        let bytes = written(32, SampleFormat::Float, 1, &floats);
        assert_eq!(of(&bytes), [-32767, -32767, -16384, 0, 0, 1, 32767, 32767, 0]);
        let (sound, samples) = Sound::read(&written(16, int, 2, &[1i16, 2, 3, 4])).unwrap();
        assert_eq!((sound, samples), (Sound { rate: 16_000, channels: 2, length: 2 }, vec![1, 2, 3, 4]));
    }

    #[test]
    fn damage_is_named() {
        let whole = written(16, SampleFormat::Int, 1, &[7i16; 100]);
        assert!(is_wav(&whole) && !is_wav(b"RIFF1234AVI ") && !is_wav(b"RIFF"));
        for cut in 12..whole.len() {
            let why = Sound::read(&whole[..cut]).unwrap_err();
            assert!(why.contains("take another copy"), "{cut}: {why}");
        }
        let none = written::<i16>(16, SampleFormat::Int, 1, &[]);
        assert!(Sound::read(&none).unwrap_err().contains("no sound"));
        // A-law has the number 6.
        let mut other = whole.clone();
        other[20] = 6;
        let why = Sound::read(&other).unwrap_err();
        assert!(why.contains("sox in.wav -e signed -b 16 out.wav"), "{why}");
    }
}
