//! Simulated boards whose members are evaluated on the matrix unit of `hdl/`. The firmware's own driver talks
//! over a simulated SPI bus to the unit, whose Verilog is simulated cycle by cycle.

use super::{Link, LinkError};

/// A number of such boards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FpgaSim {
    /// The number of boards. Each has a unit of its own.
    pub count: usize,
}

/// The error of a program that was built without the unit.
#[cfg(not(feature = "fpga-sim"))]
const MISSING: &str = "this program was built without the simulated FPGA: install Verilator, and build it with \
    `cargo build --release --features fpga-sim`";

/// The error of a program that should have the unit, but was built without Verilator.
#[cfg(feature = "fpga-sim")]
const NO_VERILATOR: &str = "Verilator was not installed when this program was built: install it (`cargo xtask setup` \
    does) and build again";

impl FpgaSim {
    /// Reads the number of boards; without a text it is 1.
    pub(super) fn parse(rest: Option<&str>) -> Option<Self> {
        let count = rest.map_or(Some(1), |rest| rest.parse().ok())?;
        (1..=1024).contains(&count).then_some(Self { count })
    }

    #[cfg(not(feature = "fpga-sim"))]
    #[allow(clippy::unused_self, reason = "as in a build with the unit")]
    pub(super) fn open(self, name: &str) -> Result<Link, LinkError> {
        Err(LinkError::Fpga { name: name.to_owned(), why: MISSING.to_owned() })
    }

    #[cfg(feature = "fpga-sim")]
    #[allow(clippy::unused_self, reason = "as in a build without the unit")]
    pub(super) fn open(self, name: &str) -> Result<Link, LinkError> {
        unit::fpga_sim(name, std::sync::Arc::default())
    }
}

#[cfg(feature = "fpga-sim")]
pub use unit::fpga_sim;

#[cfg(feature = "fpga-sim")]
mod unit {
    use super::super::sim::started;
    use super::super::{Link, LinkError, SIM_ARENA, Timing};
    use super::NO_VERILATOR;
    use eggroll_firmware::accelerator::{Accelerator, Job, OnUnit, Unit};
    use eggroll_firmware::estimator::scores::Packer;
    use eggroll_firmware::task::NoTask;
    use eggroll_firmware::wire::Features;
    use eggroll_hdl::Spi;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    /// The width of the widest layer that the simulated unit takes.
    const WIDTH: usize = 256;

    /// The driver. The first time that it leaves members to the kernels, a line is logged.
    struct LoggingUnit {
        name: String,
        unit: OnUnit<Spi, Vec<i8>, WIDTH>,
        products: Arc<AtomicU64>,
        warned: bool,
        /// The number of weights that the driver has memory for.
        room: usize,
    }

    impl Accelerator for LoggingUnit {
        fn evaluate(&mut self, job: &Job<'_>, scores: &mut Packer<'_>) -> bool {
            if self.room < job.weights.len() {
                self.room = job.weights.len();
                self.unit.shadow().resize(self.room, 0);
            }
            let before = self.unit.unit().products();
            let done = self.unit.evaluate(job, scores);
            let products = self.unit.unit().products().wrapping_sub(before);
            self.products.fetch_add(products.into(), Ordering::Relaxed);
            if let Some(why) = self.unit.fallback().filter(|_| !self.warned) {
                tracing::warn!("{}: members are evaluated without the FPGA: {why}", self.name);
                self.warned = true;
            }
            done
        }
    }

    /// Starts such a board, and counts in `products` the products that its unit computes. This must be called
    /// within a tokio runtime.
    ///
    /// # Errors
    /// [`LinkError::Fpga`] if Verilator was not installed when the program was built.
    pub fn fpga_sim(name: &str, products: Arc<AtomicU64>) -> Result<Link, LinkError> {
        let refused = |why: String| LinkError::Fpga { name: name.to_owned(), why };
        let spi = Spi::if_available().ok_or_else(|| refused(NO_VERILATOR.to_owned()))?;
        let unit = Unit::new(spi).map_err(|error| refused(error.to_string()))?;
        let unit = LoggingUnit {
            name: name.to_owned(),
            unit: OnUnit::new(unit, Vec::new()),
            products,
            warned: false,
            room: 0,
        };
        let mut link =
            started(name, SIM_ARENA, Features { fpga: true, ..Features::default() }, (unit, NoTask));
        // The simulation computes every edge of every wire, so it is about a thousand times slower than a
        // board.
        link.timing = Timing { reply: Duration::from_secs(60), ..Timing::default() };
        Ok(link)
    }
}

#[cfg(all(test, not(feature = "fpga-sim")))]
mod tests {
    #[tokio::test]
    async fn without_the_feature_it_says_how_to_build_it_in() {
        let address: super::super::Address = "fpga-sim".parse().unwrap();
        let refused = address.open(0).await.err().unwrap();
        assert!(refused.to_string().contains("--features fpga-sim"), "{refused}");
    }
}
