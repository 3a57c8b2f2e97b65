//! Keeping a board at the run's weights: by scores, by moves of the weights, or by all weights.

use super::{BoardEvaluator, Prepared, Synced, Tried, wants_setup};
use crate::fleet::session::{Gone, Pending, Said};
use crate::update::{Generation, Outcome, Sync};
use eggroll_firmware::Error;
use eggroll_firmware::train::Section;
use eggroll_firmware::update::Moves;
use eggroll_firmware::wire::{Command, payload_within};
use std::ops::Range;

/// What a frame adds to its payload, about.
const FRAME: usize = 24;

/// A way to the weights before a generation.
enum Way<'a> {
    /// They are there.
    None,
    /// The scores of the generations that are missing.
    Scores,
    /// The moves from these weights of a generation.
    Moves(u32, &'a [i8], u8),
    /// All weights.
    Weights,
}

impl BoardEvaluator {
    /// Sends a section in as many frames as it takes.
    pub(super) fn load<'s>(
        &'s self,
        section: Section,
        bytes: &[u8],
        sent: &mut Vec<Pending<'s>>,
    ) -> Result<(), Gone> {
        let room = payload_within(self.identity.largest_frame as usize).max(1);
        for (place, bytes) in bytes.chunks(room).enumerate() {
            let offset = (place * room) as u32;
            sent.push(self.send(Command::Load { section, offset, bytes })?);
        }
        Ok(())
    }

    /// Sends a generation's scores, for the board to step.
    pub(super) fn apply<'s>(
        &'s self,
        most: u32,
        outcome: &Outcome,
        sent: &mut Vec<Pending<'s>>,
    ) -> Result<(), Gone> {
        let units = outcome.tally.units();
        for first in (0..units).step_by(most as usize) {
            let range = first..units.min(first + most);
            let count = range.len() as u32;
            let scores = outcome.tally.pack(range).map_err(|_| Gone::Cramped)?;
            let (generation, rate) = (outcome.number, outcome.rate);
            sent.push(self.send(Command::Apply { generation, rate, first, count, scores: &scores })?);
        }
        Ok(())
    }

    /// What a generation reads of a text, in as many requests as it takes.
    fn feed_parts<'f>(
        &self,
        generation: u32,
        feed: &'f [u8],
    ) -> impl Iterator<Item = Command<'f>> + 'f + use<'f> {
        let room = payload_within(self.identity.largest_frame as usize).max(1);
        let part = move |(place, bytes)| Command::Feed { generation, offset: (place * room) as u32, bytes };
        feed.chunks(room).enumerate().map(part)
    }

    /// Sends the moves of all weights.
    fn follow<'s>(
        &'s self,
        (from, old, shift): (u32, &[i8], u8),
        generation: &Generation,
        sent: &mut Vec<Pending<'s>>,
    ) -> Result<(), Gone> {
        let mut room = vec![0; payload_within(self.identity.largest_frame as usize)];
        let (to, new) = (generation.number - 1, &generation.weights);
        let mut first = 0;
        while first < new.len() {
            let (covered, moves) = Moves::encode(&old[first..], &new[first..], shift, &mut room);
            if covered == 0 {
                return Err(Gone::Cramped);
            }
            let end = first + covered;
            let (first_, end_) = (first as u32, end as u32);
            sent.push(self.send(Command::Follow {
                from,
                generation: to,
                first: first_,
                end: end_,
                moves,
            })?);
            first = end;
        }
        Ok(())
    }

    /// The way that the run wants, or that takes the fewest bytes.
    fn way<'g>(&self, prepared: &Prepared, from: Option<u32>, generation: &'g Generation) -> Way<'g> {
        let Some(from) = from.filter(|&from| from < generation.number) else { return Way::Weights };
        if from + 1 == generation.number {
            return Way::None;
        }
        let sync = prepared.setup.sync;
        let all =
            generation.weights.len() + if prepared.updates { 2 * generation.residuals.len() } else { 0 };
        if prepared.updates {
            let missing = || generation.history.iter().filter(|outcome| outcome.number > from);
            let known = generation.history.front().is_some_and(|oldest| oldest.number <= from + 1);
            let bytes: usize = missing().map(|outcome| outcome.scores.len() + FRAME).sum();
            let wanted = known && (sync == Sync::Scores || bytes <= all);
            return if wanted { Way::Scores } else { Way::Weights };
        }
        let old = generation.former.iter().find(|(earlier, _)| *earlier == from);
        match (sync, old) {
            (Sync::Weights, _) | (_, None) => Way::Weights,
            (_, Some((_, old))) => {
                let (shift, bits) = Moves::best(old, &generation.weights);
                let wanted = sync == Sync::Moves || (bits as usize / 8 + FRAME) < all;
                if wanted { Way::Moves(from, old, shift) } else { Way::Weights }
            }
        }
    }

    /// Sends what brings the board from `from` to the weights before `generation`. Returns whether the board must be
    /// started with what was sent.
    pub(super) fn sync<'s>(
        &'s self,
        prepared: &Prepared,
        from: Synced,
        generation: &Generation,
        sent: &mut Vec<Pending<'s>>,
    ) -> Result<bool, Gone> {
        match self.way(prepared, from.weights, generation) {
            Way::None => {}
            Way::Scores => {
                let feeds = generation.feeds.iter().map(Some).chain(std::iter::repeat(None));
                for (outcome, feed) in generation.history.iter().zip(feeds) {
                    if Some(outcome.number) <= from.weights {
                        continue;
                    }
                    if let Some(feed) = feed.filter(|_| prepared.feeds_updates())
                        && from.feed != Some(outcome.number)
                    {
                        for part in self.feed_parts(outcome.number, feed) {
                            sent.push(self.send(part)?);
                        }
                    }
                    self.apply(prepared.most_units, outcome, sent)?;
                }
            }
            Way::Moves(from, old, shift) => self.follow((from, old, shift), generation, sent)?,
            Way::Weights => {
                let weights: Vec<u8> = generation.weights.iter().map(|&w| w as u8).collect();
                self.load(Section::Weights, &weights, sent)?;
                if prepared.updates {
                    let residuals: Vec<u8> =
                        generation.residuals.iter().flat_map(|r| r.to_le_bytes()).collect();
                    self.load(Section::Residuals, &residuals, sent)?;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Awaits the replies to what was sent to sync. Brings the first refusal of a run that is not there.
    pub(super) async fn settle(&self, sent: &mut Vec<Pending<'_>>) -> Result<Option<Error>, Gone> {
        let mut unset = None;
        for pending in sent.drain(..) {
            if let Said::Refused(error) = pending.reply().await?.answer {
                tracing::debug!(board = self.session.name, %error, "refused while syncing");
                unset = unset.or(wants_setup(error).then_some(error));
            }
        }
        Ok(unset)
    }

    /// One try: sync and request go out together, then all replies are awaited. With `careful` the board is started
    /// when it has all of its weights, and asked when it is started: over a link that loses frames, where the repeat
    /// of a lost one comes after those sent behind it.
    pub(super) async fn attempt(
        &self,
        prepared: &Prepared,
        generation: &Generation,
        units: Range<u32>,
        careful: bool,
    ) -> Result<Tried, Gone> {
        let (mut sent, mut unset) = (Vec::new(), None);
        let (request, fresh_starts) = {
            let mut synced = self.synced.lock().await;
            if self.sync(prepared, *synced, generation, &mut sent)? {
                synced.feed = None;
                if careful {
                    unset = unset.or(self.settle(&mut sent).await?);
                }
                sent.push(self.send(Command::Start { generation: generation.number - 1 })?);
                if careful {
                    unset = unset.or(self.settle(&mut sent).await?);
                }
            }
            synced.weights = Some(generation.number - 1);
            if !generation.feed.is_empty() && synced.feed != Some(generation.number) {
                for part in self.feed_parts(generation.number, &generation.feed) {
                    sent.push(self.send(part)?);
                    if careful {
                        // The next is refused where this one is lost.
                        unset = unset.or(self.settle(&mut sent).await?);
                    }
                }
                synced.feed = Some(generation.number);
            }
            let (first, count) = (units.start, units.len() as u32);
            let request = self.send(Command::Evaluate { generation: generation.number, first, count })?;
            (request, synced.fresh_starts)
        };
        unset = unset.or(self.settle(&mut sent).await?);
        Ok(Tried { response: request.reply().await?, unset, fresh_starts })
    }
}
