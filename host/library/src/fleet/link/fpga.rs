//! Boards whose members are evaluated on the matmul unit of `hdl/`: simulated boards with the firmware's own driver, and
//! the unit's Verilog, simulated cycle by cycle, at the other end of a simulated SPI bus.

use super::{Link, LinkError};

/// How many such boards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FpgaSim {
    /// Boards, each with a unit of its own.
    pub count: usize,
}

/// What a build without the unit says.
#[cfg(not(feature = "fpga-sim"))]
const MISSING: &str = "this program was built without the simulated FPGA: install Verilator, and build it with \
    `cargo build --release --features fpga-sim`";

/// What a build says that should have it.
#[cfg(feature = "fpga-sim")]
const NO_VERILATOR: &str = "Verilator was not installed when this program was built: install it (`cargo xtask setup` \
    does) and build again";

impl FpgaSim {
    /// Nothing, or a number.
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
    use eggroll_firmware::wire::Features;
    use eggroll_hdl::Spi;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    /// Widest layer of the simulated unit.
    const WIDTH: usize = 256;

    /// The driver, with a log line where it leaves work to the kernels.
    struct Watched {
        name: String,
        unit: OnUnit<Spi, Vec<i8>, WIDTH>,
        products: Arc<AtomicU64>,
        warned: bool,
        /// Weights that the driver has room to remember.
        room: usize,
    }

    impl Accelerator for Watched {
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

    /// Starts such a board; `products` counts what its unit computes. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`LinkError::Fpga`] where there is no unit.
    pub fn fpga_sim(name: &str, products: Arc<AtomicU64>) -> Result<Link, LinkError> {
        let refused = |why: String| LinkError::Fpga { name: name.to_owned(), why };
        let spi = Spi::if_available().ok_or_else(|| refused(NO_VERILATOR.to_owned()))?;
        let unit = Unit::new(spi).map_err(|error| refused(error.to_string()))?;
        let watched = Watched {
            name: name.to_owned(),
            unit: OnUnit::new(unit, Vec::new()),
            products,
            warned: false,
            room: 0,
        };
        let mut link = started(name, SIM_ARENA, Features { fpga: true, ..Features::default() }, watched);
        // Every edge of every wire is computed: a board of a thousandth of the speed.
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
