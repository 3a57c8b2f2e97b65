//! Somebody else who does the host's part of an update: a GPU.

use super::signal::Null;
use eggroll_firmware::model::{Tensor, TensorKind};
use eggroll_firmware::update::{Accumulator, Credit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Computes the credit of pairs, and what the base model carries on, as the host would.
pub trait Creditor: Send + Sync {
    /// Z of a whole matrix in a generation, by the fitness of all pairs; row-major, and right where 32 bits suffice. `None`
    /// where the host has to do it.
    fn matrix(&self, generation: u32, tensor: &Tensor, fitness: &[i16]) -> Option<Vec<i32>>;

    /// The base model's states behind a generation's streams, one stream after another, by its weights and what it reads.
    /// `None` where the host has to do it.
    fn carried(&self, generation: u32, weights: &Arc<[i8]>, feed: &[u8]) -> Option<Vec<i8>>;
}

/// It has shown nothing yet; one generation as the host computes it; something else.
const NEW: u8 = 0;
const TRUSTED: u8 = 1;
const REFUSED: u8 = 2;

/// A creditor, and whether it is trusted: in its first generation the host computes everything, too.
#[derive(Clone)]
pub(super) struct Help {
    creditor: Arc<dyn Creditor>,
    trust: Arc<AtomicU8>,
}

impl Help {
    pub(super) fn by(creditor: Arc<dyn Creditor>) -> Self {
        Self { creditor, trust: Arc::new(AtomicU8::new(NEW)) }
    }

    /// Whether it comes from this creditor.
    pub(super) fn is_by(&self, creditor: &Arc<dyn Creditor>) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.creditor), Arc::as_ptr(creditor))
    }

    /// A generation was credited with it.
    pub(super) fn has_shown(&self) {
        let _ = self.trust.compare_exchange(NEW, TRUSTED, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The states that the base model carries on; `of_host` computes them, too, where help is not trusted yet.
    pub(super) fn carried(
        &self,
        generation: u32,
        (weights, feed): (&Arc<[i8]>, &[u8]),
        of_host: impl FnOnce() -> Vec<i8>,
    ) -> Vec<i8> {
        let is_asked = self.trust() != REFUSED;
        let brought = is_asked.then(|| self.creditor.carried(generation, weights, feed)).flatten();
        match brought {
            Some(brought) if self.trust() == TRUSTED => brought,
            brought => {
                let right = of_host();
                if brought.is_some_and(|brought| brought != right) {
                    self.refuse();
                }
                right
            }
        }
    }

    fn refuse(&self) {
        tracing::warn!(
            "a GPU's update differs from the host's, which is taken from now on: please report this"
        );
        self.trust.store(REFUSED, Ordering::Relaxed);
    }

    fn trust(&self) -> u8 {
        self.trust.load(Ordering::Relaxed)
    }
}

/// A credit that may have help with matrices.
pub(super) struct Assisted<'a, C> {
    pub(super) credit: C,
    pub(super) help: Option<&'a Help>,
    pub(super) generation: u32,
    pub(super) fitness: &'a [i16],
}

impl<C: Credit> Credit for Assisted<'_, C> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        // A part of a matrix, and sums of 64 bits, are the host's.
        let is_asked = z.len() == tensor.len()
            && size_of::<T>() == size_of::<i32>()
            && matches!(tensor.kind, TensorKind::Matrix { .. });
        let help = self.help.filter(|help| is_asked && help.trust() != REFUSED);
        let brought = help.and_then(|help| {
            let sums = help.creditor.matrix(self.generation, tensor, self.fitness)?;
            Some((help, sums))
        });
        let Some((help, sums)) = brought else { return self.credit.add_rows(tensor, first, z) };
        if help.trust() == TRUSTED {
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
            help.refuse();
        }
    }
}

impl<C: Null> Null for Assisted<'_, C> {
    fn row_of_noise(&self, tensor: &Tensor) -> Option<f64> {
        self.credit.row_of_noise(tensor)
    }
}
