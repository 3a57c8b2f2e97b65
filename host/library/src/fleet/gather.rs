use super::arrivals::Arrivals;
use super::board::BoardError;
use super::connector::POLL_INTERVAL;
use super::link::faults::{Disconnect, Injection};
use super::link::{Address, DevicePattern, LinkError, NumberedLink, SerialDevice};
use super::registry::Registration;
use super::{Connector, Fleet, Patience, Registry, Traffic};
use crate::evaluate::{Cpu, Room, gpus, products_a_unit};
use crate::update::Setup;
use eggroll_firmware::train::TaskKind;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// The boards of some addresses, ready for a run.
pub struct Gathered {
    boards: Vec<Registration>,
    /// The reasons why other boards are not among them.
    pub left_out: Vec<BoardError>,
    connectors: Vec<(Connector, Option<Disconnect>)>,
    watchers: Vec<HotplugWatcher>,
    setup: Arc<Setup>,
    traffic: Arc<Traffic>,
}

/// Connects all boards that the addresses name, at the same time. Boards that cannot be used are left out. A
/// device that is not there, or cannot be used yet, may join the fleet later, and so may devices that match a
/// pattern later. A board that is named twice is used once. Dropping the future closes all links.
///
/// # Errors
/// The [`BoardError`] of the first board, if none can be used and no address is that of a lab, whose
/// evaluators join later.
pub async fn gather(
    addresses: &[Address],
    injection: Option<Injection>,
    setup: &Arc<Setup>,
    traffic: &Arc<Traffic>,
) -> Result<Gathered, BoardError> {
    let (setup, traffic) = (Arc::clone(setup), Arc::clone(traffic));
    let factory = ConnectorFactory { injection, setup, traffic, count: Arc::default() };
    let places = without_duplicates(NumberedLink::all(addresses));
    // A device that appears from here on is found through its pattern.
    let known = places.iter().filter_map(|place| match &place.address {
        Address::Device(device) => Some(device.clone()),
        _ => None,
    });
    let known = Arc::new(Mutex::new(known.collect::<Vec<SerialDevice>>()));
    let watchers = addresses.iter().filter_map(|address| {
        let Address::Devices(devices) = address else { return None };
        Some(HotplugWatcher { devices: devices.clone(), known: Arc::clone(&known), factory: factory.clone() })
    });
    let watchers: Vec<HotplugWatcher> = watchers.collect();
    let mut connecting = JoinSet::new();
    for (at, place) in places.into_iter().enumerate() {
        let mut connector = factory.connector(place);
        connecting.spawn(async move {
            let connected = connector.connect().await;
            (at, connector, connected)
        });
    }
    let (mut boards, mut connectors, mut errors) = (Vec::<Registration>::new(), Vec::new(), Vec::new());
    let is_own = factory.setup.run.task == TaskKind::Own;
    let not_a_board = |address: &Address| BoardError::NotABoard { name: address.to_string() };
    if is_own && addresses.contains(&Address::Cpu) {
        errors.push(not_a_board(&Address::Cpu));
    } else if addresses.contains(&Address::Cpu) {
        match Cpu::new(&factory.setup) {
            Ok(cpu) => boards.push((Arc::new(cpu), None)),
            Err(error) => errors.push(BoardError::Refused { name: Address::Cpu.to_string(), error }),
        }
    }
    for (at, address) in addresses.iter().enumerate() {
        let Address::Cuda(which) = address else { continue };
        if is_own {
            errors.push(not_a_board(address));
            continue;
        }
        // The same device may be named several times. Then several workers share it.
        let before = addresses[..at].iter().filter(|earlier| *earlier == address).count();
        match gpus(*which, before, &factory.setup).await {
            Ok(evaluators) => boards.extend(evaluators.into_iter().map(|evaluator| (evaluator, None))),
            Err(error) => errors.push(error),
        }
    }
    // Boards are in the order of their addresses, whichever is ready first.
    let mut connected = BTreeMap::new();
    while let Some(done) = connecting.join_next().await {
        let Ok((at, connector, board)) = done else { continue };
        connected.insert(at, (connector, board));
    }
    for (connector, board) in connected.into_values() {
        match board {
            Ok((board, disconnect)) => {
                boards.push((board, Some(connector.record())));
                connectors.push((connector, Some(disconnect)));
            }
            Err(error) => {
                if connector.may_arrive(&error) {
                    connectors.push((connector, None));
                }
                errors.push(error);
            }
        }
    }
    // Evaluators on other computers join later.
    let awaits_others = addresses.iter().any(|address| matches!(address, Address::Lab(_)));
    if boards.is_empty() && !awaits_others {
        let mut errors = errors.into_iter();
        let unmatched = watchers.first().map(|watcher| LinkError::NoMatch(watcher.devices.to_string()));
        let nothing = || BoardError::Link(unmatched.unwrap_or(LinkError::Nowhere));
        let first = errors.next().unwrap_or_else(nothing);
        errors.for_each(|error| tracing::warn!("{error}"));
        return Err(first);
    }
    let ConnectorFactory { setup, traffic, .. } = factory;
    Ok(Gathered { boards, left_out: errors, connectors, watchers, setup, traffic })
}

/// Removes links that lead to the same board: two of them would disturb each other.
fn without_duplicates(places: Vec<NumberedLink>) -> Vec<NumberedLink> {
    let mut kept: Vec<NumberedLink> = Vec::new();
    for place in places {
        if place.address.returns() && kept.iter().any(|other| same(&other.address, &place.address)) {
            tracing::warn!("{}: named twice, and used once", place.address);
        } else {
            kept.push(place);
        }
    }
    kept
}

/// Whether two addresses lead to one board. A device may have several paths.
fn same(one: &Address, other: &Address) -> bool {
    match (one, other) {
        (Address::Device(one), Address::Device(other)) => one == other || same_file(&one.path, &other.path),
        (one, other) => one == other,
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Makes the connectors of all boards.
#[derive(Clone)]
struct ConnectorFactory {
    injection: Option<Injection>,
    setup: Arc<Setup>,
    traffic: Arc<Traffic>,
    /// The number of connectors so far, which tells the run's boards apart for the injector.
    count: Arc<AtomicU32>,
}

impl ConnectorFactory {
    fn connector(&self, place: NumberedLink) -> Connector {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let returns = place.address.returns();
        let connector = Connector::new(place, &self.setup, &self.traffic);
        let connector = if returns { connector.reconnecting() } else { connector };
        match self.injection {
            Some(injection) => connector.with_faults(injection, number),
            None => connector,
        }
    }
}

/// Connects devices that begin to match a pattern.
struct HotplugWatcher {
    devices: DevicePattern,
    /// The devices that have a connector already, whichever pattern found them.
    known: Arc<Mutex<Vec<SerialDevice>>>,
    factory: ConnectorFactory,
}

impl HotplugWatcher {
    async fn watch(self, registry: Registry) {
        while !registry.is_over() {
            for device in self.devices.now() {
                if self.is_new(&device) {
                    tokio::spawn(
                        self.factory.connector(NumberedLink::device(device)).arrive(registry.clone()),
                    );
                }
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Returns whether a device has no connector yet, and notes that it has one from now on.
    fn is_new(&self, device: &SerialDevice) -> bool {
        // A panic elsewhere cannot leave the list half changed.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = !known.iter().any(|other| other == device || same_file(&other.path, &device.path));
        if new {
            known.push(device.clone());
        }
        new
    }
}

impl Gathered {
    /// The number of boards that are ready.
    pub const fn len(&self) -> usize {
        self.boards.len()
    }

    /// Whether no board is ready, which happens only where a lab is among the addresses.
    pub const fn is_empty(&self) -> bool {
        self.boards.is_empty()
    }

    /// The memory that the run needs on each board that says so, and what the board has.
    pub fn rooms(&self) -> Vec<(&str, Room)> {
        self.boards.iter().filter_map(|(board, _)| Some((board.name(), board.room()?))).collect()
    }

    /// The evaluators one by one, for whoever spreads no work over them: those that are ready, and those that
    /// return or appear later.
    pub fn into_arrivals(self) -> Arrivals {
        let (registry, registrations) = Registry::new();
        for board in self.boards {
            // The receiver is here.
            let _ = registry.register(board);
        }
        keep_connected(self.connectors, self.watchers, &registry);
        Arrivals { registrations }
    }

    /// Makes a fleet of these boards. Boards that return or appear later will join it.
    pub fn into_fleet(self, patience: Patience) -> Fleet {
        let mut fleet = Fleet::new(Vec::new(), patience);
        fleet.unit_costs(products_a_unit(&self.setup.run));
        fleet.listen(self.traffic);
        self.boards.into_iter().for_each(|board| fleet.join(board));
        keep_connected(self.connectors, self.watchers, &fleet.registry());
        fleet
    }
}

/// Lets boards that return or appear later join.
fn keep_connected(
    connectors: Vec<(Connector, Option<Disconnect>)>,
    watchers: Vec<HotplugWatcher>,
    registry: &Registry,
) {
    for (connector, disconnect) in connectors {
        let registry = registry.clone();
        match disconnect {
            Some(disconnect) => tokio::spawn(connector.rejoin(disconnect, registry)),
            None => tokio::spawn(connector.arrive(registry)),
        };
    }
    for watcher in watchers {
        tokio::spawn(watcher.watch(registry.clone()));
    }
}
