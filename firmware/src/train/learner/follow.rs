use super::Learner;
use crate::Error;
use crate::task::SampleStore;
use crate::update::WeightDelta;

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Moves the weights from `first` to `end` from generation `from` to `generation`; with the last of them
    /// the learner holds that generation. Ranges come in order; one that is already in changes nothing.
    ///
    /// # Errors
    /// [`Error::WrongGeneration`] for weights of another generation; [`Error::OutOfRange`] for a range that
    /// does not follow on; [`Error::BadDelta`]; [`Error::HasResiduals`] where the learner updates itself by
    /// `residual` or with a guide, which would stay behind.
    pub fn follow(
        &mut self,
        from: u32,
        generation: u32,
        first: u32,
        end: u32,
        delta: &WeightDelta<'_>,
    ) -> Result<(), Error> {
        let (plan, _) = self.parts()?;
        if plan.residuals() > 0 || plan.guide_len() > 0 {
            return Err(Error::HasResiduals);
        }
        let has = plan.program().parameters() as u64;
        if self.state.is_some_and(|state| state.generation == generation) {
            return Ok(());
        }
        let at = match (self.moving, self.state) {
            (Some((to, at)), _) if to == generation => at,
            (None, Some(state)) if state.generation == from => 0,
            (_, Some(state)) => return Err(Error::WrongGeneration { have: state.generation }),
            (_, None) => return Err(Error::NotStarted),
        };
        if end <= at && first < end {
            return Ok(());
        }
        if first != at || end <= first || u64::from(end) > has {
            return Err(Error::OutOfRange { end: u64::from(end), has });
        }
        let (_, parts) = self.parts()?;
        let weights = parts.weights.get_mut(first as usize..end as usize).unwrap_or_default();
        delta.apply(weights)?;
        self.unload();
        if u64::from(end) == has {
            self.enter(generation)?;
        } else {
            self.moving = Some((generation, end));
        }
        Ok(())
    }
}
