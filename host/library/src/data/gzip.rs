//! Files that gzip has packed. They are told by their first two bytes, which no text begins with, so that
//! neither a name nor a flag has to say it.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::InputError;
use super::input::Limit;

const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// The contents of a file: as they are, or unpacked, of which the limit holds as well.
pub(super) fn unpacked<'a>(
    path: &Path,
    bytes: Cow<'a, [u8]>,
    limit: &Limit,
) -> Result<Cow<'a, [u8]>, InputError> {
    if !bytes.starts_with(&MAGIC) {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    let mut source = MultiGzDecoder::new(&*bytes).take(limit.bytes.saturating_add(1));
    source.read_to_end(&mut text).map_err(|error| InputError::Gzip { path: path.to_owned(), error })?;
    if text.len() as u64 > limit.bytes {
        return Err(InputError::Large { path: path.to_owned(), size: None, limit: *limit });
    }
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    const LIMIT: Limit = Limit { what: "a table", bytes: 1000, way_out: "keep fewer rows" };

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let read = unpacked(Path::new("a.csv.gz"), bytes.into(), &LIMIT);
        read.map(Cow::into_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn packed_or_not_the_same_bytes() {
        let text = b"1,2,0\n3,4,1\n";
        assert_eq!(read(text).unwrap(), text);
        assert_eq!(read(&packed(text)).unwrap(), text);
        assert_eq!(
            read(&[packed(text), packed(text)].concat()).unwrap(),
            text.repeat(2),
            "two of them in a row"
        );
        assert_eq!(read(b"").unwrap(), b"");
    }

    #[test]
    fn damage_and_size_are_named() {
        let whole = packed(&[b'1'; 300]);
        for cut in 2..whole.len() {
            let error = read(&whole[..cut]).unwrap_err();
            assert!(error.starts_with("a.csv.gz: the gzip file is damaged: "), "{error}");
        }
        let mut flipped = whole;
        *flipped.last_mut().unwrap() ^= 1;
        assert!(read(&flipped).unwrap_err().contains("damaged"));
        // A small file may unpack to any size.
        let error = read(&packed(&[b'1'; 100_000])).unwrap_err();
        assert!(error.contains("it goes on") && error.contains("keep fewer rows"), "{error}");
    }
}
