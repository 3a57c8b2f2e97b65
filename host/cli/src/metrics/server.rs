//! Serves the metrics. Whoever connects is a stranger: there are few connections at once, each has little
//! time, and nothing of them reaches the run.

use super::address::MetricsAddress;
use super::exposition::{Exposition, Form};
use crate::error::Error;
use crate::output::tell;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// The most connections that are served at once. Others wait with the system, which refuses them if there are
/// many.
const MOST_CONNECTIONS: usize = 16;
/// A connection is closed after this time, whatever it does. A scraper waits for ten seconds.
const LONGEST: Duration = Duration::from_secs(5);
/// The longest beginning of a request, the least that the library takes.
const MOST_OF_REQUEST: usize = 8192;
/// The time before another connection is accepted where the system gave none, for want of open files.
const PAUSE: Duration = Duration::from_secs(1);
const PATH: &str = "/metrics";

/// An address that is taken, and does not answer yet.
pub(crate) struct Listener(TcpListener);

impl Listener {
    /// Takes the address, and says which one it is unless the user knows it and asks for silence.
    ///
    /// # Errors
    /// [`Error::Usage`] if it is not to be had.
    pub(crate) async fn open(MetricsAddress(asked): MetricsAddress, quiet: bool) -> Result<Self, Error> {
        let refused = |error: std::io::Error| {
            let way_out = match error.kind() {
                ErrorKind::AddrInUse => "name another port, or 0 for one that is free",
                ErrorKind::AddrNotAvailable => "name an address of this machine, such as 127.0.0.1",
                ErrorKind::PermissionDenied => "name a port above 1023",
                _ => "name another address, or leave the flag out",
            };
            Error::Usage(format!("--metrics cannot listen on {asked}: {error}: {way_out}"))
        };
        let listener = TcpListener::bind(asked).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        if !quiet || asked.port() == 0 {
            tell!("metrics  {}", url(address));
        }
        Ok(Self(listener))
    }

    /// Serves the metrics from now on until the runtime ends.
    pub(crate) fn serve(self, exposition: Exposition) {
        tokio::spawn(accept(self.0, Arc::new(exposition)));
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}{PATH}")
}

async fn accept(listener: TcpListener, exposition: Arc<Exposition>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((client, _)) => {
                let exposition = Arc::clone(&exposition);
                tokio::spawn(async move {
                    let _place = place;
                    let served = tokio::time::timeout(LONGEST, serve(client, &exposition)).await;
                    if !matches!(served, Ok(Ok(()))) {
                        tracing::debug!(?served, "a connection for metrics ended early");
                    }
                });
            }
            Err(error) => {
                tracing::debug!(%error, "no connection for metrics");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Answers one request, after which the connection is closed: an idle one would take a place.
async fn serve(client: TcpStream, exposition: &Exposition) -> Result<(), hyper::Error> {
    let answer =
        service_fn(async |request: Request<Incoming>| Ok::<_, Infallible>(answer(&request, exposition)));
    let mut http = http1::Builder::new();
    http.keep_alive(false).max_buf_size(MOST_OF_REQUEST);
    http.serve_connection(TokioIo::new(client), answer).await
}

fn answer<B>(request: &Request<B>, exposition: &Exposition) -> Response<Full<Bytes>> {
    let plain = |status: StatusCode, text: &'static str| {
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        response
    };
    if request.uri().path() != PATH {
        return plain(StatusCode::NOT_FOUND, "metrics are at /metrics\n");
    }
    if request.method() != Method::GET {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return response;
    }
    let accepts =
        |form: &HeaderValue| form.to_str().is_ok_and(|form| Form::accepted(form) == Form::OpenMetrics);
    let open = request.headers().get_all(ACCEPT).iter().any(accepts);
    let form = if open { Form::OpenMetrics } else { Form::Prometheus };
    let Ok(page) = exposition.text(form) else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "the metrics could not be written\n");
    };
    let mut response = Response::new(Full::from(page));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    response
}
