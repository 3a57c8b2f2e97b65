//! `cargo xtask vectors`: the test vectors that other implementations check themselves against.

/// Writes the vectors.
pub(crate) fn run() -> anyhow::Result<()> {
    anyhow::bail!("there are no test vectors to write yet")
}
