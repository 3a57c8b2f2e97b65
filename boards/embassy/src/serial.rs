use crate::port::{received, to_send};
use embassy_futures::join::join;
use embedded_io_async::{Read, Write};

/// Carries bytes between the server and a serial line for ever.
pub async fn serve_serial(mut from_host: impl Read, mut to_host: impl Write) {
    let receive = async {
        let mut bytes = [0; 64];
        loop {
            // What a line lost, the checksum of a frame notices, and the host asks again.
            let len = from_host.read(&mut bytes).await.unwrap_or(0);
            received(bytes.get(..len).unwrap_or_default()).await;
        }
    };
    let send = async {
        let mut bytes = [0; 64];
        loop {
            let len = to_send(&mut bytes).await;
            // As above: what is lost is asked for again.
            let _ = to_host.write_all(bytes.get(..len).unwrap_or_default()).await;
        }
    };
    join(receive, send).await;
}
