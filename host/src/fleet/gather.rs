use super::board::BoardError;
use super::link::faults::{Injection, Severed};
use super::link::{Address, Device, Devices, LinkError, Place};
use super::{Fleet, Joining, Patience, Seat, Traffic};
use crate::evaluate::Evaluator;
use crate::update::Setup;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked for devices that a pattern names.
const LOOK: Duration = Duration::from_millis(500);

/// The boards that some addresses name, ready for a run.
pub struct Gathered {
    boards: Vec<Arc<dyn Evaluator>>,
    /// Why others are not among them.
    pub left_out: Vec<BoardError>,
    seats: Vec<(Seat, Option<Severed>)>,
    lookouts: Vec<Lookout>,
}

/// Connects every board that the addresses name, side by side. Those that cannot be used are left out; a device that is
/// not there, or cannot be used yet, may join later, as may any that comes to match a pattern.
///
/// # Errors
/// [`BoardError`] of the first one, if there is not a single board to start with.
pub async fn gather(
    addresses: &[Address],
    injection: Option<Injection>,
    setup: &Arc<Setup>,
    traffic: &Arc<Traffic>,
) -> Result<Gathered, BoardError> {
    let chairs = Chairs { injection, setup: Arc::clone(setup), traffic: Arc::clone(traffic) };
    let places = Place::all(addresses);
    let lookouts = addresses.iter().zip(0..).filter_map(|(address, at)| {
        let Address::Devices(devices) = address else { return None };
        Some(Lookout { devices: devices.clone(), known: devices.now(), chairs: chairs.clone(), at })
    });
    let lookouts: Vec<Lookout> = lookouts.collect();
    let connecting: Vec<_> = places
        .into_iter()
        .zip(0..)
        .map(|(place, number)| {
            let mut seat = chairs.seat(place, number);
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
        let unmatched = lookouts.first().map(|lookout| LinkError::NoMatch(lookout.devices.to_string()));
        let nothing = || BoardError::Link(unmatched.unwrap_or(LinkError::Nowhere));
        let first = errors.next().unwrap_or_else(nothing);
        errors.for_each(|error| tracing::warn!("{error}"));
        return Err(first);
    }
    Ok(Gathered { boards, left_out: errors, seats, lookouts })
}

/// What every board's seat is made of.
#[derive(Clone)]
struct Chairs {
    injection: Option<Injection>,
    setup: Arc<Setup>,
    traffic: Arc<Traffic>,
}

impl Chairs {
    /// A seat; `number` tells the run's boards apart for the injector.
    fn seat(&self, place: Place, number: u32) -> Seat {
        let returns = place.address.returns();
        let seat = Seat::new(place, &self.setup, &self.traffic);
        let seat = if returns { seat.returning() } else { seat };
        match self.injection {
            Some(injection) => seat.faulty(injection, number),
            None => seat,
        }
    }
}

/// Looks for devices that come to match a pattern.
struct Lookout {
    devices: Devices,
    /// Those that have a seat.
    known: Vec<Device>,
    chairs: Chairs,
    /// The address's place on the command line.
    at: u32,
}

impl Lookout {
    async fn look(mut self, joining: Joining) {
        // The injector numbers the boards of a run below 2048: from the top, those that nobody has counted.
        let mut number = 2047 - 64 * (self.at % 8);
        while !joining.is_over() {
            for device in self.devices.now() {
                if !self.known.contains(&device) {
                    self.known.push(device.clone());
                    tokio::spawn(self.chairs.seat(Place::device(device), number).arrive(joining.clone()));
                    number = number.saturating_sub(1);
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }
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
        for lookout in self.lookouts {
            tokio::spawn(lookout.look(fleet.joining()));
        }
        fleet
    }
}
