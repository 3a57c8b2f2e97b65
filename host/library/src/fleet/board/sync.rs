//! Brings a board to the run's weights: by scores, by the differences of the weights, or by all weights.

use super::{BoardEvaluator, Prepared, Synced, Tried, wants_setup};
use crate::fleet::session::{OwnedAnswer, Pending, SessionError};
use crate::update::{Generation, Outcome, Setup, Sync};
use eggroll_firmware::Error;
use eggroll_firmware::train::{Section, State};
use eggroll_firmware::update::WeightDelta;
use eggroll_firmware::wire::RunCommand;

/// About how many bytes a frame adds to its payload.
const FRAME: usize = 24;

/// How a board is brought to the weights before a generation.
enum SyncPlan<'a> {
    /// The board holds them.
    None,
    /// The board gets the scores of the missing generations.
    Scores,
    /// The board gets the differences from these weights of a generation, coded with this shift.
    Delta(u32, &'a [i8], u8),
    /// The board gets all weights.
    Weights,
}

/// The outcome of what was sent before a request.
#[derive(Clone, Copy, Default)]
pub(super) struct Settled {
    /// The first refusal because of which the board must be configured again.
    unset: Option<Error>,
    /// The state of the board after the last reply.
    state: Option<State>,
}

impl BoardEvaluator {
    /// Sends the scores of a generation, by which the board updates its weights.
    pub(super) fn apply<'s>(
        &'s self,
        prepared: &Prepared,
        outcome: &Outcome,
        sent: &mut Vec<Pending<'s>>,
    ) -> Result<(), SessionError> {
        let (setup, most) = (&prepared.setup, self.most_units_of(&prepared.setup));
        let units = outcome.tally.units();
        for first in (0..units).step_by(most as usize) {
            let range = first..units.min(first + most);
            let count = range.len() as u32;
            let scores = outcome.tally.pack(range).map_err(|_| SessionError::Cramped)?;
            let (generation, rate) = (outcome.number, outcome.rate);
            let apply = RunCommand::Apply { generation, rate, first, count, scores: &scores };
            sent.push(self.send_of(setup, apply)?);
        }
        Ok(())
    }

    /// The feed of a generation, in as many requests as it takes.
    pub(super) fn feed_parts<'f>(
        &self,
        generation: u32,
        feed: &'f [u8],
    ) -> impl Iterator<Item = RunCommand<'f>> + 'f + use<'f> {
        let room = self.line.payload();
        let part =
            move |(place, bytes)| RunCommand::Feed { generation, offset: (place * room) as u32, bytes };
        feed.chunks(room).enumerate().map(part)
    }

    /// Sends the differences of all weights.
    fn follow<'s>(
        &'s self,
        setup: &Setup,
        (from, old, shift): (u32, &[i8], u8),
        generation: &Generation,
        sent: &mut Vec<Pending<'s>>,
    ) -> Result<(), SessionError> {
        let mut room = vec![0; self.line.payload()];
        let (to, new) = (generation.number - 1, &generation.weights);
        let mut first = 0;
        while first < new.len() {
            let (covered, delta) = WeightDelta::encode(&old[first..], &new[first..], shift, &mut room);
            if covered == 0 {
                return Err(SessionError::Cramped);
            }
            let end = first + covered;
            let (first_, end_) = (first as u32, end as u32);
            let follow = RunCommand::Follow { from, generation: to, first: first_, end: end_, delta };
            sent.push(self.send_of(setup, follow)?);
            first = end;
        }
        Ok(())
    }

    /// Chooses how the board is synced: as the run wants it, or by the fewest bytes.
    fn sync_plan<'g>(
        &self,
        prepared: &Prepared,
        from: Option<u32>,
        generation: &'g Generation,
    ) -> SyncPlan<'g> {
        let Some(from) = from.filter(|&from| from < generation.number) else { return SyncPlan::Weights };
        if from + 1 == generation.number {
            return SyncPlan::None;
        }
        let sync = prepared.setup.sync;
        let all = generation.weights.len()
            + if prepared.updates { 2 * (generation.residuals.len() + generation.guide.len()) } else { 0 };
        if prepared.updates {
            let missing = || generation.history.iter().filter(|outcome| outcome.number > from);
            let known = generation.history.front().is_some_and(|oldest| oldest.number <= from + 1);
            let bytes: usize = missing().map(|outcome| outcome.scores.len() + FRAME).sum();
            let wanted = known && (sync == Sync::Scores || bytes <= all);
            return if wanted { SyncPlan::Scores } else { SyncPlan::Weights };
        }
        let old = generation.former.iter().find(|(earlier, _)| *earlier == from);
        match (sync, old) {
            (Sync::Weights, _) | (_, None) => SyncPlan::Weights,
            (_, Some((_, old))) => {
                let (shift, bits) = WeightDelta::best(old, &generation.weights);
                let wanted = sync == Sync::Delta || (bits as usize / 8 + FRAME) < all;
                if wanted { SyncPlan::Delta(from, old, shift) } else { SyncPlan::Weights }
            }
        }
    }

    /// Sends what brings the board from `from` to the weights before `generation`. This waits until all
    /// weights have arrived; replies to anything else are left in `sent`. Returns whether the board must be
    /// started with what it got.
    pub(super) async fn sync<'s>(
        &'s self,
        prepared: &Prepared,
        from: Synced,
        generation: &Generation,
        sent: &mut Vec<Pending<'s>>,
        settled: &mut Settled,
    ) -> Result<bool, SessionError> {
        let setup = &*prepared.setup;
        match self.sync_plan(prepared, from.weights, generation) {
            SyncPlan::None => {}
            SyncPlan::Scores => {
                let feeds = generation.feeds.iter().map(Some).chain(std::iter::repeat(None));
                for (outcome, feed) in generation.history.iter().zip(feeds) {
                    if Some(outcome.number) <= from.weights {
                        continue;
                    }
                    if let Some(feed) = feed.filter(|_| prepared.feeds_updates())
                        && from.feed != Some(outcome.number)
                    {
                        for part in self.feed_parts(outcome.number, feed) {
                            sent.push(self.send_of(setup, part)?);
                        }
                    }
                    self.apply(prepared, outcome, sent)?;
                }
            }
            SyncPlan::Delta(from, old, shift) => self.follow(setup, (from, old, shift), generation, sent)?,
            SyncPlan::Weights => {
                let weights: Vec<u8> = generation.weights.iter().map(|&w| w as u8).collect();
                let version = generation.number - 1;
                let mut refused = self.upload(setup, Section::Weights, version, &weights).await?;
                if prepared.updates {
                    for (section, values) in
                        [(Section::Residuals, &generation.residuals), (Section::Guide, &generation.guide)]
                    {
                        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                        refused = refused.or(self.upload(setup, section, version, &bytes).await?);
                    }
                }
                settled.unset = settled.unset.or(refused.filter(|&error| wants_setup(error)));
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits for the replies to what was sent to sync the board.
    pub(super) async fn settle(
        &self,
        sent: &mut Vec<Pending<'_>>,
        settled: &mut Settled,
    ) -> Result<(), SessionError> {
        for pending in sent.drain(..) {
            let reply = pending.reply().await?;
            if let OwnedAnswer::Refused(error) = reply.answer {
                tracing::debug!(board = self.session.name, %error, "refused while syncing");
                settled.unset = settled.unset.or(wants_setup(error).then_some(error));
            }
            settled.state = reply.state;
        }
        Ok(())
    }

    /// Makes one attempt: it sends what syncs the board together with the request, then waits for all
    /// replies. With `careful` the board is started only when it has all of its weights, and gets the request
    /// only when it has started. A link that loses frames needs this, because a lost frame is repeated after
    /// those that were sent behind it.
    pub(super) async fn attempt(
        &self,
        prepared: &Prepared,
        generation: &Generation,
        request: RunCommand<'_>,
        careful: bool,
    ) -> Result<Tried, SessionError> {
        let setup = &*prepared.setup;
        let (mut sent, mut settled) = (Vec::new(), Settled::default());
        let (request, fresh_starts) = {
            let mut synced = self.synced.lock().await;
            if self.sync(prepared, *synced, generation, &mut sent, &mut settled).await? {
                synced.feed = None;
                let start = RunCommand::Start { generation: generation.number - 1 };
                sent.push(self.send_of(setup, start)?);
            }
            // Weights that were uploaded in part before are not what the board holds now.
            self.history.forget_weights();
            if careful {
                self.settle(&mut sent, &mut settled).await?;
            }
            synced.weights = Some(generation.number - 1);
            if !generation.feed.is_empty() && synced.feed != Some(generation.number) {
                for part in self.feed_parts(generation.number, &generation.feed) {
                    sent.push(self.send_of(setup, part)?);
                    if careful {
                        // The next part is refused if this one is lost.
                        self.settle(&mut sent, &mut settled).await?;
                    }
                }
                synced.feed = Some(generation.number);
            }
            (self.send_of(setup, request)?, synced.fresh_starts)
        };
        self.settle(&mut sent, &mut settled).await?;
        let reply = request.reply().await?;
        Ok(Tried { reply, unset: settled.unset, settled: settled.state, fresh_starts })
    }
}
