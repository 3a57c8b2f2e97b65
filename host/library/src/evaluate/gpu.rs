//! GPUs as evaluators: `--boards cuda`.

#[cfg(feature = "cuda")]
pub use with_cuda::gpus;
#[cfg(not(feature = "cuda"))]
pub use without_cuda::gpus;

#[cfg(not(feature = "cuda"))]
mod without_cuda {
    use crate::evaluate::Evaluator;
    use crate::fleet::board::BoardError;
    use crate::fleet::link::Cuda;
    use crate::fleet::link::LinkError;
    use crate::update::Setup;
    use std::sync::Arc;

    /// What the evaluators of an address would be in a program with CUDA.
    ///
    /// # Errors
    /// Backend to build one, always.
    #[allow(clippy::unused_async, reason = "as in a program with CUDA")]
    pub async fn gpus(
        which: Cuda,
        _before: usize,
        _setup: &Arc<Setup>,
    ) -> Result<Vec<Arc<dyn Evaluator>>, BoardError> {
        Err(LinkError::Cuda { name: which.to_string(), why: crate::fleet::link::CUDA_MISSING.to_owned() }
            .into())
    }
}

#[cfg(feature = "cuda")]
mod with_cuda {
    use crate::evaluate::{Cpu, Evaluator, Lost, ReferenceEvaluator};
    use crate::fleet::board::BoardError;
    use crate::fleet::link::Cuda;
    use crate::fleet::link::LinkError;
    use crate::update::{Generation, Setup, UpdateOffload};
    use async_trait::async_trait;
    use eggroll_cuda::device::{Device, DeviceError};
    use eggroll_cuda::evaluate::Worker;
    use eggroll_firmware::Error;
    use eggroll_firmware::model::Tensor;
    use eggroll_firmware::train::Plan;
    use std::ops::Range;
    use std::sync::{Arc, Mutex, PoisonError};

    /// Opens the evaluators of an address that was given `before` times before.
    ///
    /// # Errors
    /// [`BoardError`] if there is no driver, no such device or no compiler of kernels, or if the firmware
    /// refuses the run.
    pub async fn gpus(
        which: Cuda,
        before: usize,
        setup: &Arc<Setup>,
    ) -> Result<Vec<Arc<dyn Evaluator>>, BoardError> {
        let names: Vec<String> = match which {
            Cuda::Device(_) if before == 0 => vec![which.to_string()],
            Cuda::Device(_) => vec![format!("{which}#{}", before + 1)],
            Cuda::Simulated(count) => (0..count).map(|place| format!("cuda-sim-{before}.{place}")).collect(),
        };
        let setup = Arc::clone(setup);
        let all = move || names.into_iter().map(|name| gpu(which, name, &setup)).collect();
        // Kernels may have to be compiled.
        let opened = tokio::task::spawn_blocking(all).await;
        let failed = |why| LinkError::Cuda { name: which.to_string(), why };
        opened.map_err(|error| failed(error.to_string()))?
    }

    fn gpu(which: Cuda, name: String, setup: &Arc<Setup>) -> Result<Arc<dyn Evaluator>, BoardError> {
        let missing = |why: String| BoardError::from(LinkError::Cuda { name: name.clone(), why });
        let device = which.open().map_err(|error| missing(error.to_string()))?;
        Ok(Arc::new(Gpu::new(name.clone(), &device, setup).map_err(|error| match error {
            NotReady::Refused(error) => BoardError::Refused { name: name.clone(), error },
            NotReady::Device(error) => missing(error.to_string()),
        })?))
    }

    /// Why a device cannot be prepared for a run.
    #[derive(Debug)]
    pub(super) enum NotReady {
        /// The firmware refuses the run.
        Refused(Error),
        /// The device does.
        Device(DeviceError),
    }

    /// A GPU. For a run that its kernels cannot evaluate, the host's cores take its place.
    pub(super) struct Gpu {
        name: String,
        units: u32,
        backend: Backend,
    }

    enum Backend {
        Device(Arc<Mutex<OnDevice>>),
        Cores(Cpu),
    }

    struct OnDevice {
        worker: Worker,
        /// Computes the first unit again; `None` once that is done.
        reference: Option<ReferenceEvaluator>,
    }

    impl Gpu {
        pub(super) fn new(
            name: String,
            device: &Arc<dyn Device>,
            setup: &Arc<Setup>,
        ) -> Result<Self, NotReady> {
            let plan = Plan::new(setup.run.clone(), false).map_err(NotReady::Refused)?;
            // This checks the samples as well.
            let reference = Some(ReferenceEvaluator::new(setup).map_err(NotReady::Refused)?);
            let backend = match Worker::new(device, &plan, &setup.samples).map_err(NotReady::Device)? {
                Some(worker) => Backend::Device(Arc::new(Mutex::new(OnDevice { worker, reference }))),
                None => {
                    tracing::warn!(
                        "{name}: the host's cores evaluate in its place, because its kernels do not know this task, or \
                         the run needs sums of 64 bits, or the model is too wide for them"
                    );
                    Backend::Cores(Cpu::new(setup).map_err(NotReady::Refused)?)
                }
            };
            Ok(Self { name, units: setup.run.estimator.units(), backend })
        }

        /// Whether the device itself evaluates.
        #[cfg(test)]
        pub(super) const fn is_on_device(&self) -> bool {
            matches!(self.backend, Backend::Device(_))
        }
    }

    impl OnDevice {
        fn scores(&mut self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, String> {
            let Generation { number, weights, feed, .. } = generation;
            let mut of = |units: Range<u32>| {
                let scores = self.worker.scores(*number, weights, feed, units);
                scores.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
            };
            // A GPU is trusted once its first unit has the scores that the firmware computes.
            if let Some(mut reference) = self.reference.take() {
                let one = units.start..units.end.min(units.start + 1);
                let right = reference.scores(*number, weights, feed, one.clone());
                if of(one.clone())? != right.map_err(|error| error.to_string())? {
                    return Err(format!(
                        "its scores of unit {} differ from the firmware's: train on `cpu`, and please report this",
                        one.start
                    ));
                }
            }
            of(units)
        }
    }

    /// Lets a device compute part of an update. Returns `None` if it fails, so that the host computes that
    /// part.
    fn of_update<T>(
        device: &Mutex<OnDevice>,
        work: impl FnOnce(&mut Worker) -> Result<Option<T>, DeviceError>,
    ) -> Option<T> {
        let mut device = device.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut device.worker).unwrap_or_else(|error| {
            tracing::warn!(%error, "a GPU failed in an update, so the host's cores compute that part");
            None
        })
    }

    impl UpdateOffload for Mutex<OnDevice> {
        fn matrix(&self, generation: u32, tensor: &Tensor, fitness: &[i16]) -> Option<Vec<i32>> {
            of_update(self, |worker| worker.credit(generation, tensor, fitness))
        }

        fn carried(&self, generation: u32, weights: &Arc<[i8]>, feed: &[u8]) -> Option<Vec<i8>> {
            of_update(self, |worker| worker.carried(generation, weights, feed))
        }
    }

    #[async_trait]
    impl Evaluator for Gpu {
        fn name(&self) -> &str {
            &self.name
        }

        fn most_units(&self) -> u32 {
            self.units
        }

        fn is_host(&self) -> bool {
            true
        }

        fn update_offload(&self) -> Option<Arc<dyn UpdateOffload>> {
            match &self.backend {
                Backend::Device(device) => Some(Arc::clone(device) as Arc<dyn UpdateOffload>),
                Backend::Cores(_) => None,
            }
        }

        async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
            let lost = |reason: String| Lost { name: self.name.clone(), reason };
            let device = match &self.backend {
                Backend::Cores(cpu) => {
                    let scores = cpu.evaluate(generation, units).await;
                    return scores.map_err(|Lost { reason, .. }| lost(reason));
                }
                Backend::Device(device) => Arc::clone(device),
            };
            let generation = generation.clone();
            let evaluated = tokio::task::spawn_blocking(move || {
                device.lock().unwrap_or_else(PoisonError::into_inner).scores(&generation, units)
            });
            evaluated.await.map_err(|error| lost(error.to_string()))?.map_err(lost)
        }
    }
}

#[cfg(all(test, not(feature = "cuda")))]
mod tests {
    #[test]
    fn without_the_feature_it_says_how_to_build_it_in() {
        let why = crate::fleet::link::Cuda::Device(0).describe().unwrap_err();
        assert!(why.contains("--features cuda"), "{why}");
    }
}

#[cfg(all(test, feature = "cuda"))]
#[path = "gpu_cases.rs"]
mod wide;

#[cfg(all(test, feature = "cuda"))]
#[path = "gpu_tests.rs"]
mod tests;
