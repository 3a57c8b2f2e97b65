use super::board::BoardError;
use super::link::faults::{Injection, Severed};
use super::link::{Address, Device, Devices, LinkError, Place};
use super::seat::LOOK;
use super::{Fleet, Joining, Patience, Seat, Traffic};
use crate::evaluate::{Cpu, Evaluator, gpus};
use crate::update::Setup;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

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
    let (setup, traffic) = (Arc::clone(setup), Arc::clone(traffic));
    let chairs = Chairs { injection, setup, traffic, taken: Arc::default() };
    let places = Place::all(addresses);
    // One that appears from here on is found by its pattern.
    let known = places.iter().filter_map(|place| match &place.address {
        Address::Device(device) => Some(device.clone()),
        _ => None,
    });
    let known: Vec<Device> = known.collect();
    let lookouts = addresses.iter().filter_map(|address| {
        let Address::Devices(devices) = address else { return None };
        Some(Lookout { devices: devices.clone(), known: known.clone(), chairs: chairs.clone() })
    });
    let lookouts: Vec<Lookout> = lookouts.collect();
    let connecting: Vec<_> = places
        .into_iter()
        .map(|place| {
            let mut seat = chairs.seat(place);
            tokio::spawn(async move {
                let connected = seat.connect().await;
                (seat, connected)
            })
        })
        .collect();
    let (mut boards, mut seats, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    if addresses.contains(&Address::Cpu) {
        match Cpu::new(&chairs.setup) {
            Ok(cpu) => boards.push(Arc::new(cpu) as Arc<dyn Evaluator>),
            Err(error) => errors.push(BoardError::Refused { name: Address::Cpu.to_string(), error }),
        }
    }
    for (at, address) in addresses.iter().enumerate() {
        let Address::Cuda(which) = address else { continue };
        // The same device may be named again: two workers share it.
        let before = addresses[..at].iter().filter(|earlier| *earlier == address).count();
        match gpus(*which, before, &chairs.setup).await {
            Ok(evaluators) => boards.extend(evaluators),
            Err(error) => errors.push(error),
        }
    }
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
    /// Seats so far: the injector tells the run's boards apart by their numbers.
    taken: Arc<AtomicU32>,
}

impl Chairs {
    fn seat(&self, place: Place) -> Seat {
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
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
}

impl Lookout {
    async fn look(mut self, joining: Joining) {
        while !joining.is_over() {
            for device in self.devices.now() {
                if !self.known.contains(&device) {
                    self.known.push(device.clone());
                    tokio::spawn(self.chairs.seat(Place::device(device)).arrive(joining.clone()));
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
