//! `cargo xtask bench`: one table of speeds, or of learning curves.

/// Measure, and print one table with ratios
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Measure how well the benchmark tasks learn, not how fast the kernels run
    #[arg(long)]
    learning: bool,
}

/// Measures what `args` asks for.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("there is no {} benchmark yet", if args.learning { "learning" } else { "speed" })
}
