//! Parts of an update that a GPU computes in place of the host.

use super::signal::NoiseScale;
use eggroll_firmware::model::{Tensor, TensorKind};
use eggroll_firmware::update::{Accumulator, Credit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A device that computes parts of an update with the same bits as the host.
pub trait UpdateOffload: Send + Sync {
    /// Computes Z of a whole matrix from the fitness of all pairs of a generation, row by row. The sums have
    /// 32 bits. `None` means that the host has to compute it.
    fn matrix(&self, generation: u32, tensor: &Tensor, fitness: &[i16]) -> Option<Vec<i32>>;

    /// Computes the states of the base model after a generation's streams, one stream after another, from the
    /// model's weights and the generation's feed. `None` means that the host has to compute them.
    fn carried(&self, generation: u32, weights: &Arc<[i8]>, feed: &[u8]) -> Option<Vec<i8>>;
}

/// The device has not been compared with the host yet.
const UNCHECKED: u8 = 0;
/// The device computed a whole generation as the host does.
const TRUSTED: u8 = 1;
/// The device computed something else than the host.
const REFUSED: u8 = 2;

/// A device, and whether it is trusted. In its first generation the host computes everything as well and
/// compares.
#[derive(Clone)]
pub(super) struct CheckedOffload {
    device: Arc<dyn UpdateOffload>,
    trust: Arc<AtomicU8>,
}

impl CheckedOffload {
    pub(super) fn to(device: Arc<dyn UpdateOffload>) -> Self {
        Self { device, trust: Arc::new(AtomicU8::new(UNCHECKED)) }
    }

    /// Whether the work goes to this device.
    pub(super) fn is_to(&self, device: &Arc<dyn UpdateOffload>) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.device), Arc::as_ptr(device))
    }

    /// Trusts the device from now on, unless a difference was found: a whole generation has been compared.
    pub(super) fn has_been_compared(&self) {
        let _ = self.trust.compare_exchange(UNCHECKED, TRUSTED, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The states that the base model carries on. `on_host` computes them as well while the device is not
    /// trusted.
    pub(super) fn carried(
        &self,
        generation: u32,
        (weights, feed): (&Arc<[i8]>, &[u8]),
        on_host: impl FnOnce() -> Vec<i8>,
    ) -> Vec<i8> {
        let is_asked = self.trust() != REFUSED;
        let computed = is_asked.then(|| self.device.carried(generation, weights, feed)).flatten();
        match computed {
            Some(states) if self.trust() == TRUSTED => states,
            computed => {
                let right = on_host();
                if computed.is_some_and(|states| states != right) {
                    self.refuse();
                }
                right
            }
        }
    }

    fn refuse(&self) {
        tracing::warn!(
            "a GPU computed another update than the host, so the host computes all of it from now on: please report this"
        );
        self.trust.store(REFUSED, Ordering::Relaxed);
    }

    fn trust(&self) -> u8 {
        self.trust.load(Ordering::Relaxed)
    }
}

/// A credit whose matrices a device may compute.
pub(super) struct OffloadedCredit<'a, C> {
    pub(super) credit: C,
    pub(super) offload: Option<&'a CheckedOffload>,
    pub(super) generation: u32,
    pub(super) fitness: &'a [i16],
}

impl<C: Credit> Credit for OffloadedCredit<'_, C> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        // The device computes whole matrices in 32 bits. The host computes everything else.
        let is_asked = z.len() == tensor.len()
            && size_of::<T>() == size_of::<i32>()
            && matches!(tensor.kind, TensorKind::Matrix { .. });
        let offload = self.offload.filter(|offload| is_asked && offload.trust() != REFUSED);
        let computed = offload.and_then(|offload| {
            let sums = offload.device.matrix(self.generation, tensor, self.fitness)?;
            Some((offload, sums))
        });
        let Some((offload, sums)) = computed else { return self.credit.add_rows(tensor, first, z) };
        if offload.trust() == TRUSTED {
            z.iter_mut().zip(sums).for_each(|(z, sum)| *z += T::from(sum));
            return;
        }
        let before = z.to_vec();
        self.credit.add_rows(tensor, first, z);
        let is_equal = z.iter().zip(before).zip(sums).all(|((&z, before), sum)| {
            let (z, before): (i64, i64) = (z.into(), before.into());
            z == before + i64::from(sum)
        });
        if !is_equal {
            offload.refuse();
        }
    }
}

impl<C: NoiseScale> NoiseScale for OffloadedCredit<'_, C> {
    fn row_of_noise(&self, tensor: &Tensor) -> Option<f64> {
        self.credit.row_of_noise(tensor)
    }
}
