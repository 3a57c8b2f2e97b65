//! Asks boards for the task of their own, before there is a run.

use super::board::{BoardError, BoardEvaluator};
use super::link::{Address, LinkError, NumberedLink, OpenLink};
use crate::run::OwnTask;
use std::sync::Arc;

/// The own task of the first of these boards that has one. Its link is closed again.
///
/// # Errors
/// The [`BoardError`] of the first board, if none has a task.
pub async fn own_task(addresses: &[Address]) -> Result<OwnTask, BoardError> {
    let mut first = None;
    for place in NumberedLink::all(addresses) {
        match of(&place).await {
            Ok(task) => return Ok(task),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(|| match addresses.first() {
        Some(address @ (Address::Cpu | Address::Cuda(_) | Address::Lab(_))) => {
            BoardError::NotABoard { name: address.to_string() }
        }
        Some(address) => LinkError::NoMatch(address.to_string()).into(),
        None => LinkError::Nowhere.into(),
    }))
}

async fn of(place: &NumberedLink) -> Result<OwnTask, BoardError> {
    let link = place.open().await?;
    BoardEvaluator::connect(link, Arc::default(), Arc::default()).await?.own_task().await
}
