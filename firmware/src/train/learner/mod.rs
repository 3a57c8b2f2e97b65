//! A run in an arena. Values do not depend on the order, size or repetition of requests.

mod accelerated;
mod alone;
mod credit;
mod evaluate;
mod feed;
mod follow;
mod parts;
mod step;

use super::{Plan, Run};
use crate::Error;
use crate::checksum::{Checksum, checksum_of};
use crate::noise::start_of_guide;
use crate::slice_ext::{copy, split_mut};
use crate::task::{InArena, SampleStore};
use parts::{Parts, guide_of};
use serde::{Deserialize, Serialize};

/// A part of a run that can be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Section {
    /// All parameters in declared order, row-major, one byte each.
    Weights,
    /// The residuals of all parameters, `i16` little endian; only where the learner updates itself.
    Residuals,
    /// Samples: `inputs` features (i8) and a label byte each.
    Samples,
    /// The guide of all hidden layers, `i16` little endian; only where the learner updates itself and members
    /// teach one.
    Guide,
}

/// What a learner holds: proof that it and the host agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct State {
    /// The last generation that the weights hold; 0 for initial weights.
    pub generation: u32,
    /// CRC-32 over the run's identity and the generation (little endian), the weights and, where the learner
    /// updates itself, the residuals and the guide.
    pub checksum: u32,
}

/// How far the samples can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loaded {
    /// Nobody has said what they should be.
    Unchecked,
    /// They should have this checksum.
    Awaited(u32),
    /// They have this checksum.
    Whole(u32),
    /// They had another one when the run was to start.
    Broken,
}

/// A run in an arena: loads, evaluates, credits and steps. Every value is exact and independent of the order,
/// size and repetition of requests. Samples lie in `S` if that holds any, else in the arena, too.
#[derive(Clone)]
pub struct Learner<A, S = InArena> {
    arena: A,
    store: S,
    /// Identity of the configured run.
    identity: u32,
    plan: Option<Plan>,
    state: Option<State>,
    loaded: Loaded,
    /// Units of the coming step that are credited, and how many of them are kept.
    credited: u32,
    kept: usize,
    /// Bytes of the coming generation's feed that are here.
    fed: u32,
    /// The generation whose weights are half here, and how many of them are.
    moving: Option<(u32, u32)>,
}

impl<A: AsMut<[u64]> + AsRef<[u64]>> Learner<A> {
    /// Takes an arena; nothing is configured yet.
    pub const fn new(arena: A) -> Self {
        Self::with_store(arena, InArena)
    }
}

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Takes an arena, and a store for samples beside it.
    pub const fn with_store(arena: A, store: S) -> Self {
        let (credited, kept) = (0, 0);
        Self {
            arena,
            store,
            identity: 0,
            plan: None,
            state: None,
            loaded: Loaded::Unchecked,
            credited,
            kept,
            fed: 0,
            moving: None,
        }
    }

    /// Bytes of the arena.
    pub fn arena_bytes(&self) -> u64 {
        8 * self.arena.as_ref().len() as u64
    }

    /// The configured run.
    pub const fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// What the learner holds, once started.
    pub const fn state(&self) -> Option<State> {
        self.state
    }

    /// Identity of the configured run.
    pub fn identity(&self) -> Option<u32> {
        self.plan.as_ref().map(|_| self.identity)
    }

    /// [`Self::configure_as`] for a learner that nobody has to tell runs apart by.
    ///
    /// # Errors
    /// Those of [`Self::configure_as`].
    pub fn configure(&mut self, run: Run, updates: bool) -> Result<u64, Error> {
        self.configure_as(0, &run, updates)
    }

    /// Configures a run with an identity that the sync checksum covers; weights and residuals are 0 until
    /// loaded. The same run again changes nothing. Returns the bytes of arena it needs.
    ///
    /// # Errors
    /// Those of [`Plan::new`]; [`Error::ArenaTooSmall`] or [`Error::StoreTooSmall`] with both sizes, and the
    /// former run stays.
    // Not inlined: a board's stack has no room for its plan below all other requests.
    #[inline(never)]
    pub fn configure_as(&mut self, identity: u32, run: &Run, updates: bool) -> Result<u64, Error> {
        let mut plan = Plan::unchecked(run, updates);
        plan.check()?;
        let (bytes, room) = (plan.sample_bytes(), self.store.capacity() as u64);
        if room > 0 && !plan.is_fed_by_host() {
            if bytes > room {
                return Err(Error::StoreTooSmall { needs: bytes, has: room });
            }
            plan.store_samples();
        }
        let (needs, has) = (plan.needs(), self.arena_bytes());
        if needs > has {
            return Err(Error::ArenaTooSmall { needs, has });
        }
        if self.plan.as_ref() != Some(&plan) || self.identity != identity {
            let parts = Parts::cut(&plan, self.arena.as_mut(), &self.store)?;
            parts.weights.fill(0);
            parts.residuals.fill(0);
            parts.guide.fill(0);
            parts::arena_samples(&plan, self.arena.as_mut())?.fill(0);
            #[cfg(feature = "recurrent")]
            parts::arena_loaded(&plan, self.arena.as_mut())?.fill(0);
            (self.plan, self.identity) = (Some(plan), identity);
            self.loaded = Loaded::Unchecked;
            self.unload();
        }
        Ok(needs)
    }

    /// Says what checksum ([`Samples::checksum`](crate::task::Samples::checksum)) the run's samples have.
    /// Returns whether they are here already, as in a store that outlives a reset; where they are not, the
    /// store is made ready for them, once, and the learner does not start without them.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::Store`].
    pub fn expect_samples(&mut self, checksum: u32) -> Result<bool, Error> {
        let (plan, parts) = self.parts()?;
        if plan.is_fed_by_host() {
            // A text comes generation by generation.
            return Ok(true);
        }
        let bytes = plan.sample_bytes() as usize;
        let here = checksum_of(parts.loaded(plan)) == checksum;
        if here && self.loaded == Loaded::Whole(checksum) {
            return Ok(true);
        }
        self.unload();
        if !here && self.loaded != Loaded::Awaited(checksum) {
            self.store.erase(bytes)?;
        }
        // Also where they are here: nobody has looked at each of them yet.
        self.loaded = Loaded::Awaited(checksum);
        Ok(here)
    }

    /// Checks the samples before weights start.
    fn check_samples(&mut self) -> Result<(), Error> {
        let loaded = self.loaded;
        let (plan, parts) = self.parts()?;
        if plan.is_fed_by_host() {
            return Ok(());
        }
        let awaited = match loaded {
            Loaded::Whole(_) => return Ok(()),
            Loaded::Broken => return Err(Error::SamplesDiffer),
            Loaded::Unchecked => None,
            Loaded::Awaited(checksum) => Some(checksum),
        };
        let samples = plan.samples(parts.loaded(plan));
        let whole = awaited.is_none_or(|awaited| samples.checksum() == awaited);
        let invalid = samples.first_invalid(plan.program().outputs());
        #[cfg(feature = "recurrent")]
        let invalid = if plan.holds_text() { first_foreign(parts.text, plan.program()) } else { invalid };
        match (awaited, invalid) {
            _ if !whole => {
                self.loaded = Loaded::Broken;
                Err(Error::SamplesDiffer)
            }
            (_, Some(at)) => Err(Error::BadSample { at }),
            (Some(checksum), None) => {
                self.loaded = Loaded::Whole(checksum);
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    /// Forgets what the weights are.
    const fn unload(&mut self) {
        (self.state, self.moving) = (None, None);
    }

    /// Checks that the learner is configured for the run with this identity.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::OtherRun`].
    pub fn check_identity(&self, run: u32) -> Result<(), Error> {
        match self.identity() {
            None => Err(Error::NotConfigured),
            Some(have) if have != run => Err(Error::OtherRun { have }),
            Some(_) => Ok(()),
        }
    }

    /// Units of a generation, 0 before a run is configured.
    pub fn units(&self) -> u32 {
        self.plan.as_ref().map_or(0, |plan| plan.run().estimator.units())
    }

    /// The part of the arena in which passes work, and which holds nothing between requests: all of it before
    /// a run is configured.
    pub fn scratch(&mut self) -> &mut [u64] {
        match &self.plan {
            Some(plan) => Parts::cut(plan, self.arena.as_mut(), &self.store)
                .map_or(&mut [], |parts| parts.scratch.rest()),
            None => self.arena.as_mut(),
        }
    }

    fn parts(&mut self) -> Result<(&Plan, Parts<'_>), Error> {
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        Ok((plan, Parts::cut(plan, self.arena.as_mut(), &self.store)?))
    }

    /// The same once weights are started.
    fn started(&mut self) -> Result<(&Plan, Parts<'_>), Error> {
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        self.state.ok_or(Error::NotStarted)?;
        Ok((plan, Parts::cut(plan, self.arena.as_mut(), &self.store)?))
    }

    /// Loads bytes into a section at an offset. The learner must be started afterwards.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] beyond the section's end; [`Error::Store`].
    pub fn load(&mut self, section: Section, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        let has = match section {
            Section::Weights => plan.program().parameters() as u64,
            Section::Residuals => 2 * plan.residuals() as u64,
            Section::Samples => plan.sample_bytes(),
            Section::Guide => 2 * plan.guide_len() as u64,
        };
        let (start, end) = (offset as usize, u64::from(offset) + bytes.len() as u64);
        if end > has {
            return Err(Error::OutOfRange { end, has });
        }
        if section == Section::Samples {
            self.loaded = match self.loaded {
                Loaded::Whole(checksum) => Loaded::Awaited(checksum),
                other => other,
            };
            if plan.stores_samples() {
                self.unload();
                return self.store.write(start, bytes);
            }
        }
        let target: &mut [u8] = match section {
            Section::Weights => bytemuck::cast_slice_mut(self.parts()?.1.weights),
            Section::Residuals => bytemuck::cast_slice_mut(self.parts()?.1.residuals),
            Section::Samples => parts::arena_loaded(plan, self.arena.as_mut())?,
            Section::Guide => bytemuck::cast_slice_mut(self.parts()?.1.guide),
        };
        let target = usize::try_from(end).ok().and_then(|end| target.get_mut(start..end));
        copy(target.ok_or(Error::OutOfRange { end, has })?, bytes);
        self.unload();
        Ok(())
    }

    /// Draws the initial weights of the run and its guide, and clears the residuals: what a fresh run starts
    /// from.
    ///
    /// # Errors
    /// [`Error::NotConfigured`].
    pub fn initialize(&mut self) -> Result<(), Error> {
        let (plan, parts) = self.parts()?;
        plan.program().initialize(plan.run().seed, parts.weights);
        parts.residuals.fill(0);
        self.initialize_guide()
    }

    /// Draws the guide as it starts: what a run from other weights than the initial ones begins with.
    ///
    /// # Errors
    /// [`Error::NotConfigured`].
    pub fn initialize_guide(&mut self) -> Result<(), Error> {
        let (plan, parts) = self.parts()?;
        if let Some(guided) = plan.guided_update() {
            let (seed, outputs, mut rest) = (plan.run().seed, plan.program().outputs(), parts.guide);
            for hidden in guided.hidden(plan.program()) {
                let (here, behind) = split_mut(rest, (hidden.nodes.len * outputs).min(rest.len()));
                let start = start_of_guide(seed, hidden.step.tensor, guided.guide_scale);
                here.iter_mut().zip(start).for_each(|(g, start)| *g = start);
                rest = behind;
            }
        }
        self.unload();
        Ok(())
    }

    /// Accepts what is loaded as the weights after `generation`. Once started, the same again changes
    /// nothing: a late repeat must not pass moved weights off as those of an earlier generation.
    ///
    /// # Errors
    /// [`Error::WrongGeneration`] where nothing was loaded since the start of another generation;
    /// [`Error::BadWeight`] or [`Error::BadSample`] naming the first value that the arithmetic excludes;
    /// [`Error::SamplesDiffer`].
    pub fn start(&mut self, generation: u32) -> Result<State, Error> {
        if let Some(state) = self.state {
            let have = state.generation;
            return if have == generation { Ok(state) } else { Err(Error::WrongGeneration { have }) };
        }
        let (_, parts) = self.parts()?;
        if let Some(at) = parts.weights.iter().position(|&w| w == i8::MIN) {
            return Err(Error::BadWeight { at: at as u32 });
        }
        self.check_samples()?;
        self.enter(generation)
    }

    /// The weights in declared order; empty before a run is configured.
    pub fn weights(&mut self) -> &[i8] {
        self.parts().map_or(&[], |(_, parts)| parts.weights)
    }

    /// The residuals in declared order; empty where the run has none.
    pub fn residuals(&mut self) -> &[i16] {
        self.parts().map_or(&[], |(_, parts)| parts.residuals)
    }

    /// The guide, a row a hidden node; empty where nobody teaches one.
    pub fn guide(&mut self) -> &[i16] {
        self.parts().map_or(&[], |(_, parts)| parts.guide)
    }

    fn enter(&mut self, generation: u32) -> Result<State, Error> {
        let identity = self.identity;
        let (plan, parts) = self.parts()?;
        let (program, guide) = (plan.program(), guide_of(plan, parts.guide));
        let checksum = Checksum::with_guide(identity, generation, parts.weights, parts.residuals, |digest| {
            if let Some(guided) = plan.guided_update() {
                guide.entries(guided.hidden(program), program.outputs(), digest);
            }
        });
        let state = State { generation, checksum };
        self.state = Some(state);
        (self.credited, self.kept, self.fed, self.moving) = (0, 0, 0, None);
        Ok(state)
    }

    /// Checks that `generation` is the one after the weights', and the range of units.
    fn admit(&self, generation: u32, first: u32, count: u32) -> Result<&Plan, Error> {
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        let have = self.state.ok_or(Error::NotStarted)?.generation;
        if have.checked_add(1) != Some(generation) {
            return Err(Error::WrongGeneration { have });
        }
        let (end, has) = (u64::from(first) + u64::from(count), plan.run().estimator.units());
        if end > u64::from(has) { Err(Error::NoSuchUnits { end, has }) } else { Ok(plan) }
    }
}

/// The first token of a text that the model does not have.
#[cfg(feature = "recurrent")]
fn first_foreign(text: &[u8], program: &crate::model::Program) -> Option<u32> {
    let vocabulary = program.outputs();
    text.iter().position(|&token| usize::from(token) >= vocabulary).map(|at| at as u32)
}
