//! What kernels cost on emulated cores.

use crate::cores::counter::{Counter, Measured};
use crate::cores::thumb::{M0, M0_PLUS};
use anyhow::Result;

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let mut state = 0x2545_F491u32;
    let weights: Vec<u8> = (0..1 << 16)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            ((state >> 16) % 255).wrapping_sub(127) as u8
        })
        .collect();
    println!("{}\n{}\n", M0.weights(), M0_PLUS.weights());
    for core in [Measured::Dsp, Measured::Small] {
        println!("{core:?}");
        for interval in Counter::build(core)?.run("kernels", &weights)?.intervals {
            let per = |count: u64| count as f64 / interval.units as f64;
            println!(
                "{:<20} {:.2} {:.2} {:.2}",
                interval.name,
                per(interval.counts.instructions),
                per(M0.cycles(interval.counts)),
                per(M0_PLUS.cycles(interval.counts))
            );
            if std::env::var_os("PROFILE").is_some() {
                for (name, counts) in &interval.functions {
                    println!("    {:.3} {:.3} {name}", per(counts.instructions), per(M0.cycles(*counts)));
                }
            }
        }
    }
    Ok(())
}
