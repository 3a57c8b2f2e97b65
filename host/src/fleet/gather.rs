use super::board::BoardError;
use super::link::faults::{Injection, Severed};
use super::link::{Address, LinkError, Place};
use super::{Fleet, Patience, Seat, Traffic};
use crate::evaluate::Evaluator;
use crate::update::Setup;
use std::sync::Arc;

/// The boards that some addresses name, ready for a run.
pub struct Gathered {
    boards: Vec<Arc<dyn Evaluator>>,
    /// Why others are not among them.
    pub left_out: Vec<BoardError>,
    seats: Vec<(Seat, Option<Severed>)>,
}

/// Connects every board that the addresses name, side by side. Those that cannot be used are left out; a device that is not there, or cannot be
/// used yet, may join later.
///
/// # Errors
/// [`BoardError`] of the first one, if there is not a single board to start with.
pub async fn gather(
    addresses: &[Address],
    injection: Option<Injection>,
    setup: &Arc<Setup>,
    traffic: &Arc<Traffic>,
) -> Result<Gathered, BoardError> {
    let connecting: Vec<_> = Place::all(addresses)
        .into_iter()
        .zip(0..)
        .map(|(place, number)| {
            let returns = place.address.returns();
            let mut seat = Seat::new(place, setup, traffic);
            if let Some(injection) = injection {
                seat = seat.faulty(injection, number);
            }
            if returns {
                seat = seat.returning();
            }
            tokio::spawn(async move {
                let connected = seat.connect().await;
                (seat, connected)
            })
        })
        .collect();
    let (mut boards, mut seats, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for task in connecting {
        let Ok((seat, connected)) = task.await else { continue };
        match connected {
            Ok((board, severed)) => {
                boards.push(board);
                seats.push((seat, Some(severed)));
            }
            Err(error) => {
                if seat.may_arrive(&error) {
                    seats.push((seat, None));
                }
                errors.push(error);
            }
        }
    }
    if boards.is_empty() {
        let mut errors = errors.into_iter();
        let first = errors.next().unwrap_or(BoardError::Link(LinkError::Nowhere));
        errors.for_each(|error| tracing::warn!("{error}"));
        return Err(first);
    }
    Ok(Gathered { boards, left_out: errors, seats })
}

impl Gathered {
    /// How many boards are ready.
    pub const fn len(&self) -> usize {
        self.boards.len()
    }

    /// Whether none is; never so after [`gather`].
    pub const fn is_empty(&self) -> bool {
        self.boards.is_empty()
    }

    /// The fleet of these boards, which those that return or arrive later will join.
    pub fn into_fleet(self, patience: Patience) -> Fleet {
        let fleet = Fleet::new(self.boards, patience);
        for (seat, severed) in self.seats {
            let joining = fleet.joining();
            match severed {
                Some(severed) => tokio::spawn(seat.rejoin(severed, joining)),
                None => tokio::spawn(seat.arrive(joining)),
            };
        }
        fleet
    }
}
