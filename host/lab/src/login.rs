//! The connection to the NATS server.

use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, Event};
use eggroll_host::fleet::link::LabAddress;
use eggroll_host::words;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The pause between attempts to connect again grows up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A server that does not answer for so long is taken as gone.
const PING: Duration = Duration::from_secs(5);

/// Who this program is to the server. All of it is passed through to NATS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// A credentials file of a user (a JWT and its key).
    pub credentials: Option<PathBuf>,
    /// A file with the seed of an NKEY.
    pub nkey: Option<PathBuf>,
    /// A certificate authority in PEM format, in addition to the system's.
    pub ca: Option<PathBuf>,
    /// A certificate of this program and its key, both in PEM format.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// Says why there is no connection to a lab.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// A file cannot be used.
    #[error("{}: {why}", words::path(path))]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The server is not reached, or refuses.
    #[error("{server}: {why}; {way_out}")]
    Server {
        /// The server.
        server: String,
        /// Why.
        why: String,
        /// What to do.
        way_out: &'static str,
    },
}

/// What is known of a connection.
#[derive(Debug)]
pub(crate) struct Health {
    connected: AtomicBool,
    /// When it was last connected again, in milliseconds from `since`.
    reconnected: AtomicU64,
    since: Instant,
    /// Whether a refused subject has been told.
    told: AtomicBool,
}

impl Health {
    fn new() -> Self {
        Self {
            connected: AtomicBool::new(true),
            reconnected: AtomicU64::new(0),
            since: Instant::now(),
            told: AtomicBool::new(false),
        }
    }

    /// How long the connection has held, if it does.
    pub(crate) fn up_for(&self) -> Option<Duration> {
        let since = Duration::from_millis(self.reconnected.load(Ordering::Relaxed));
        self.connected.load(Ordering::Relaxed).then(|| self.since.elapsed().saturating_sub(since))
    }

    /// Takes in an event, and tells users what they have to know, once.
    fn event(&self, server: &str, event: &Event) {
        match event {
            Event::Connected => {
                let now = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.reconnected.store(now, Ordering::Relaxed);
                if !self.connected.swap(true, Ordering::Relaxed) {
                    tracing::warn!("{server}: connected again");
                }
            }
            Event::Disconnected => {
                if self.connected.swap(false, Ordering::Relaxed) {
                    tracing::warn!("{server}: the connection is lost; connecting again until it is back");
                }
            }
            Event::ServerError(error) => {
                if !self.told.swap(true, Ordering::Relaxed) {
                    let error = words::shown(&error.to_string(), crate::messages::MOST_TEXT);
                    tracing::warn!(
                        "{server}: {error}; the account's permissions must allow it (host/docs/lab.md)"
                    );
                }
            }
            Event::SlowConsumer(_) => tracing::debug!("{server}: messages are read too slowly"),
            other => tracing::debug!("{server}: {other}"),
        }
    }
}

/// A connection to a lab's server, which connects again by itself.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) health: Arc<Health>,
    /// The server as users see it.
    pub(crate) server: String,
}

/// Connects. `inbox` begins the subjects on which this program awaits replies. With `patient`, a server that
/// is not there yet is waited for.
///
/// # Errors
/// [`LoginError`].
pub(crate) async fn connect(
    lab: &LabAddress,
    login: &Login,
    inbox: &str,
    patient: bool,
) -> Result<Connection, LoginError> {
    let health = Arc::new(Health::new());
    let server = lab.without_run().to_string();
    let (watched, name) = (Arc::clone(&health), server.clone());
    let mut options = ConnectOptions::new()
        .name(format!("eggroll {}", inbox.trim_start_matches("_INBOX.")))
        .custom_inbox_prefix(inbox)
        .ping_interval(PING)
        .subscription_capacity(1 << 12)
        .require_tls(lab.is_tls())
        .reconnect_delay_callback(|attempts| {
            Duration::from_millis(50).saturating_mul(1 << attempts.min(10)).min(LONGEST_PAUSE)
        })
        .event_callback(move |event| {
            watched.event(&name, &event);
            async {}
        });
    options = match lab.user() {
        Some((user, Some(password))) => options.user_and_password(user.to_owned(), password.to_owned()),
        Some((token, None)) => options.token(token.to_owned()),
        None => options,
    };
    if let Some(path) = &login.credentials {
        options = options.credentials_file(path).await.map_err(|error| file(path, &error))?;
    }
    if let Some(path) = &login.nkey {
        let seed = tokio::fs::read_to_string(path).await.map_err(|error| file(path, &error))?;
        options = options.nkey(seed.trim().to_owned());
    }
    if let Some(path) = &login.ca {
        readable(path).await?;
        options = options.add_root_certificates(path.clone());
    }
    if let Some((certificate, key)) = &login.certificate {
        readable(certificate).await?;
        readable(key).await?;
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    let address = lab.server();
    let mut told = false;
    loop {
        match options.clone().connect(&address).await {
            Ok(client) => return Ok(Connection { client, health, server }),
            Err(error) if patient && may_come(&error) => {
                if !told {
                    tracing::warn!("{}; waiting for it", refused(&server, &error));
                    told = true;
                }
                tokio::time::sleep(LONGEST_PAUSE).await;
            }
            Err(error) => return Err(refused(&server, &error)),
        }
    }
}

/// Whether a server that cannot be connected for this reason may be there later.
fn may_come(error: &ConnectError) -> bool {
    let comes =
        matches!(error.kind(), ConnectErrorKind::Io | ConnectErrorKind::TimedOut | ConnectErrorKind::Dns);
    // A certificate stays unknown.
    comes && !error.to_string().contains("certificate")
}

fn file(path: &Path, error: &std::io::Error) -> LoginError {
    LoginError::File { path: path.to_owned(), why: error.to_string() }
}

async fn readable(path: &Path) -> Result<(), LoginError> {
    tokio::fs::File::open(path).await.map(drop).map_err(|error| file(path, &error))
}

fn refused(server: &str, error: &ConnectError) -> LoginError {
    let text = error.to_string();
    let of_tls = ["certificate", "tls", "TLS", "handshake"].iter().any(|word| text.contains(word));
    let way_out = match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            "give the user that the server knows: in the address, or by --nats-creds or --nats-nkey"
        }
        kind if kind == ConnectErrorKind::Tls || of_tls => {
            "name the authority of the server's certificate by --nats-ca, and your own by --nats-cert and --nats-key if \
             the server wants one"
        }
        _ => "is nats-server running there, with -js, and is the port open?",
    };
    let why = words::shown(&text, crate::messages::MOST_TEXT);
    LoginError::Server { server: server.to_owned(), why, way_out }
}
