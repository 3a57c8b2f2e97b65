//! Boards that a command talks to, without a run.

use crate::error::Error;
use eggroll_host::fleet::BoardEvaluator;
use eggroll_host::fleet::board::BoardError;
use eggroll_host::fleet::link::{Address, LinkError, NumberedLink, OpenLink};
use eggroll_host::words;
use std::sync::Arc;

/// Opens a link, and shakes hands with the board behind it.
pub(super) async fn connect(place: NumberedLink) -> Result<(String, BoardEvaluator), BoardError> {
    let link = place.open().await?;
    let name = link.name.clone();
    Ok((name, BoardEvaluator::connect(link, Arc::default(), Arc::default()).await?))
}

/// The boards at these addresses, each with its name, all of which have to answer.
///
/// # Errors
/// A place without a board; an address that names none, such as `cpu`.
pub(super) async fn all(addresses: &[Address]) -> Result<Vec<(String, Arc<BoardEvaluator>)>, Error> {
    let no_board = |address: &&Address| matches!(address, Address::Cpu | Address::Cuda(_) | Address::Lab(_));
    if let Some(address) = addresses.iter().find(no_board) {
        let address = words::shown(&address.to_string(), words::MOST);
        return Err(Error::Usage(format!(
            "{address} is no board that keeps a model: `eggroll-host predict RUN FILE` answers on the host"
        )));
    }
    let places = NumberedLink::all(addresses);
    if places.is_empty() {
        // Only a pattern can name no board.
        let pattern = addresses.first().map(ToString::to_string).unwrap_or_default();
        return Err(BoardError::from(LinkError::NoMatch(pattern)).into());
    }
    let asked: Vec<_> = places.into_iter().map(|place| tokio::spawn(connect(place))).collect();
    let mut boards = Vec::new();
    for task in asked {
        let (name, board) = task.await.map_err(|error| Error::Usage(error.to_string()))??;
        boards.push((name, Arc::new(board)));
    }
    Ok(boards)
}
