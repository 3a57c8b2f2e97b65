//! The copy of a run's journal in a lab, by which any host goes on with the run.

use crate::coordinator::LabError;
use crate::login::connect;
use crate::messages::RunName;
use crate::{Login, files, subjects};
use async_nats::jetstream::consumer::{DeliverPolicy, push};
use async_nats::jetstream::object_store::ObjectStore;
use async_nats::jetstream::{self, Context};
use eggroll_host::fleet::link::LabAddress;
use eggroll_host::run::journal::{MAGIC, beginning_of, first_record, with_config};
use eggroll_host::run::{Config, Identity, LengthChange, Lengths, Record};
use futures_util::StreamExt;
use std::path::Path;
use std::time::Duration;

/// Without another message for so long, the stream is not read on.
const SILENT: Duration = Duration::from_secs(10);

/// A copy of a journal.
pub(crate) struct Copy {
    /// The bytes of the journal.
    pub(crate) bytes: Vec<u8>,
    /// The message with which it begins.
    pub(crate) first: u64,
    /// The last generation that counts.
    pub(crate) generations: u32,
    /// How many generations are planned.
    pub(crate) planned: u32,
    /// The text of the configuration.
    pub(crate) config: String,
}

impl Copy {
    /// Whether all planned generations are there, so that nothing is lost if the run is trained again.
    pub(crate) const fn is_complete(&self) -> bool {
        self.generations >= self.planned
    }
}

/// A run that was read from a lab.
pub struct Fetched {
    /// The bytes of its journal.
    pub journal: Vec<u8>,
    /// Its configuration.
    pub config: String,
    /// The last generation that counts.
    pub generations: u32,
    run: RunName,
    store: ObjectStore,
}

impl Fetched {
    /// Makes sure that this computer has the files of the configuration: those that are not here, or are
    /// others, are copied into a folder, and the run gets their new paths.
    ///
    /// # Errors
    /// [`LabError::Files`].
    pub async fn bring_files(&mut self, folder: &Path) -> Result<(), LabError> {
        let failed = |why: String| LabError::Files { why };
        let config = Config::from_toml(&self.config).map_err(|error| failed(error.to_string()))?;
        let folder = folder.join(format!("data-{}", self.run));
        let paths = files::bring(&self.store, self.run, &config.files(), &folder).await.map_err(failed)?;
        let mut paths = paths.into_iter();
        let moved = config.with_files(|path| paths.next().unwrap_or_else(|| path.to_owned()));
        if moved != config {
            self.config = moved.to_toml().map_err(|error| failed(error.to_string()))?;
            let journal = with_config(&self.journal, self.config.clone());
            self.journal = journal.map_err(|error| failed(error.to_string()))?;
        }
        Ok(())
    }
}

/// Reads the journal of a run from a lab. Without a name, the run is the only one that the lab has.
///
/// # Errors
/// [`LabError`].
pub async fn fetch(address: &LabAddress, login: &Login) -> Result<Fetched, LabError> {
    let connection = connect(address, login, "_INBOX.coordinator", false).await?;
    let (jetstream, server) = (jetstream::new(connection.client.clone()), &connection.server);
    let run = match &address.run {
        Some(name) => RunName::parse(name),
        None => match *runs(&jetstream, server).await? {
            [run] => Some(run),
            _ => None,
        },
    };
    let missing = || LabError::NoRun {
        server: server.clone(),
        run: address.run.clone().unwrap_or_else(|| "(none named)".to_owned()),
    };
    let run = run.ok_or_else(missing)?;
    let by = crate::coordinator::led_by(&connection.client, run).await;
    if let Some(by) = by {
        return Err(LabError::Led { run: run.to_string(), by });
    }
    let copy = read(&jetstream, server, run).await?.ok_or_else(missing)?;
    let store = crate::blobs::store(&jetstream).await;
    let store = store.map_err(|why| LabError::Server { server: server.clone(), why })?;
    let Copy { bytes: journal, config, generations, .. } = copy;
    Ok(Fetched { journal, config, generations, run, store })
}

/// What the copy of a run's journal in a lab has behind a journal, such as that of a host which was killed
/// before its last records were written. Returns nothing if there is no copy, or if the journal has something
/// else.
///
/// # Errors
/// [`LabError`].
pub async fn missing(
    address: &LabAddress,
    login: &Login,
    identity: &Identity,
    journal: &[u8],
) -> Result<Vec<u8>, LabError> {
    let connection = connect(address, login, "_INBOX.coordinator", false).await?;
    let jetstream = jetstream::new(connection.client.clone());
    let copy = read(&jetstream, &connection.server, RunName::of(identity)).await?;
    Ok(copy.and_then(|copy| behind(&copy.bytes, journal).map(<[u8]>::to_vec)).unwrap_or_default())
}

/// The runs of which a lab has a copy.
pub(crate) async fn runs(jetstream: &Context, server: &str) -> Result<Vec<RunName>, LabError> {
    let mut names = jetstream.stream_names();
    let mut runs = Vec::new();
    while let Some(name) = names.next().await {
        let why = |error: jetstream::context::StreamsError| error.to_string();
        let name = name.map_err(|error| LabError::Server { server: server.to_owned(), why: why(error) })?;
        runs.extend(name.strip_prefix(subjects::JOURNAL_STREAM).and_then(RunName::parse));
    }
    runs.sort();
    Ok(runs)
}

/// Reads the copy of a run's journal; `None` if there is none.
pub(crate) async fn read(jetstream: &Context, server: &str, run: RunName) -> Result<Option<Copy>, LabError> {
    let says = |why: String| LabError::Server { server: server.to_owned(), why };
    let damaged = |why: &str| LabError::Damaged {
        server: server.to_owned(),
        run: run.to_string(),
        why: why.to_owned(),
    };
    let Ok(stream) = jetstream.get_stream(subjects::journal_stream(run)).await else { return Ok(None) };
    let subject = subjects::journal(run);
    let Ok(last) = stream.get_last_raw_message_by_subject(&subject).await else { return Ok(None) };
    let config = push::OrderedConfig {
        deliver_subject: jetstream.client().new_inbox(),
        filter_subject: subject,
        deliver_policy: DeliverPolicy::All,
        ..push::OrderedConfig::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(|error| says(error.to_string()))?;
    let mut messages = consumer.messages().await.map_err(|error| says(error.to_string()))?;
    let (mut bytes, mut first) = (Vec::new(), 0);
    loop {
        let next = tokio::time::timeout(SILENT, messages.next()).await;
        let Ok(Some(Ok(message))) = next else {
            return Err(says("the copy of the run cannot be read".to_owned()));
        };
        let info = message.info().map_err(|error| says(error.to_string()))?;
        let Some((offset, part)) = message.payload.split_first_chunk::<8>() else {
            return Err(damaged("a part is too short"));
        };
        if u64::from_le_bytes(*offset) != bytes.len() as u64 {
            return Err(damaged("a part is missing"));
        }
        if first == 0 {
            first = info.stream_sequence;
        }
        bytes.extend_from_slice(part);
        if info.stream_sequence >= last.sequence {
            break;
        }
    }
    let Some((config, generations, planned)) = counted(&bytes) else {
        return Err(damaged("it is no journal"));
    };
    Ok(Some(Copy { bytes, first, generations, planned, config }))
}

/// The configuration of a journal, how many generations count, and how many are planned.
fn counted(bytes: &[u8]) -> Option<(String, u32, u32)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let Ok(Some((Record::Start { config, rates, .. }, mut at))) = first_record(rest) else { return None };
    let mut lengths = Lengths::new(Config::from_toml(&config).ok()?.generations, rates);
    let mut generations = 0;
    // What is cut short was not written yet.
    while let Ok(Some((record, len))) = first_record(rest.get(at..)?) {
        at += len;
        match record {
            Record::Generation { number, .. } => generations = number,
            Record::Rollback { to } => generations = to,
            Record::Length { after, generations: planned, rates } => {
                generations = after;
                lengths.change(LengthChange { after, generations: planned, rates });
            }
            Record::Start { .. } | Record::Board { .. } | Record::Expelled { .. } => {}
        }
    }
    Some((config, generations, lengths.planned()))
}

/// What a journal has behind a copy of it; `None` if the copy has something else. The paths of data may
/// differ from host to host, so the first records need not be the same bytes: what they decide is the run's
/// name.
pub(crate) fn behind<'j>(journal: &'j [u8], copy: &[u8]) -> Option<&'j [u8]> {
    let (ours, theirs) = (beginning_of(journal).ok()?, beginning_of(copy).ok()?);
    journal[ours..].strip_prefix(&copy[theirs..])
}
