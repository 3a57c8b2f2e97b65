//! A serial port over USB (CDC-ACM): the host's /dev/ttyACM*.

use crate::port::{nothing_to_send, received, to_send};
use eggroll_board::usb_id;
use embassy_futures::join::join3;
use embassy_usb::class::cdc_acm::{CdcAcmClass, Receiver, Sender, State};
use embassy_usb::driver::{Driver, EndpointError};
use embassy_usb::{Builder, Config};

/// Bytes of a full-speed packet.
const PACKET: usize = 64;

/// What a device keeps beside its driver; it lives as long as the device.
pub struct Memory<'d> {
    descriptor: [u8; 256],
    bos: [u8; 256],
    control: [u8; PACKET],
    state: State<'d>,
    serial: Option<&'d str>,
}

impl<'d> Memory<'d> {
    /// An empty one.
    #[allow(clippy::new_without_default, reason = "it is made once a board, by name")]
    pub fn new() -> Self {
        Self { descriptor: [0; 256], bos: [0; 256], control: [0; PACKET], state: State::new(), serial: None }
    }

    /// With the number by which the host tells this board from others of its kind, at whatever port: Linux
    /// makes a name in /dev/serial/by-id of it.
    pub fn with_serial(self, number: &'d str) -> Self {
        Self { serial: Some(number), ..self }
    }
}

/// Serves USB for ever. `product` is what the host calls the device.
pub async fn serve<'d, D: Driver<'d>>(driver: D, product: &'d str, memory: &'d mut Memory<'d>) {
    let mut config = Config::new(usb_id::VENDOR, usb_id::PRODUCT);
    config.manufacturer = Some("eggroll");
    config.product = Some(product);
    config.max_packet_size_0 = PACKET as u8;
    let Memory { descriptor, bos, control, state, serial } = memory;
    config.serial_number = *serial;
    let mut builder = Builder::new(driver, config, descriptor, bos, &mut [], control);
    let port = CdcAcmClass::new(&mut builder, state, PACKET as u16);
    let mut device = builder.build();
    let (sender, receiver) = port.split();
    join3(device.run(), receive(receiver), send(sender)).await;
}

async fn receive<'d, D: Driver<'d>>(mut port: Receiver<'d, D>) {
    let mut packet = [0; PACKET];
    loop {
        port.wait_connection().await;
        while let Ok(len) = port.read_packet(&mut packet).await {
            // While the server has no room no packet is asked for, and the host waits.
            received(packet.get(..len).unwrap_or_default()).await;
        }
    }
}

async fn send<'d, D: Driver<'d>>(mut port: Sender<'d, D>) {
    let mut packet = [0; PACKET];
    loop {
        port.wait_connection().await;
        while send_some(&mut port, &mut packet).await.is_ok() {}
    }
}

/// Sends what there is, up to a packet.
async fn send_some<'d, D: Driver<'d>>(
    port: &mut Sender<'d, D>,
    packet: &mut [u8; PACKET],
) -> Result<(), EndpointError> {
    let len = to_send(packet).await;
    port.write_packet(packet.get(..len).unwrap_or_default()).await?;
    if len == PACKET && nothing_to_send() {
        // A full packet says that more will come; an empty one that nothing does.
        port.write_packet(&[]).await?;
    }
    Ok(())
}
