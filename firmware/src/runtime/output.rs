use embedded_io::Write;

/// Embedded-io's own panics where a writer takes nothing, or more than it was given.
pub(super) fn write_all<W: Write>(out: &mut W, mut bytes: &[u8]) -> Result<(), W::Error> {
    while !bytes.is_empty() {
        match out.write(bytes)? {
            // A writer against its contract: the reply is lost, and the host asks again.
            0 => return Ok(()),
            written => bytes = bytes.get(written..).unwrap_or_default(),
        }
    }
    Ok(())
}
