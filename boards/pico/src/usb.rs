//! A serial port over USB (CDC-ACM): the host's /dev/ttyACM*.

use embassy_futures::join::join3;
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_rp::{Peri, bind_interrupts};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_usb::class::cdc_acm::{CdcAcmClass, Receiver, Sender, State};
use embassy_usb::driver::EndpointError;
use embassy_usb::{Builder, Config};

/// The vendor and product of a serial port without a vendor of its own, as pid.codes gives them for tests.
const VENDOR: u16 = 0x1209;
const PRODUCT: u16 = 0x0001;
/// Bytes of a full-speed packet.
const PACKET: usize = 64;

static FROM_HOST: Pipe<CriticalSectionRawMutex, 4096> = Pipe::new();
static TO_HOST: Pipe<CriticalSectionRawMutex, 4096> = Pipe::new();

bind_interrupts!(struct Interrupts {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

/// The server's end of the port.
pub(crate) struct Port;

impl eggroll_board::Port for Port {
    fn take(&mut self, out: &mut [u8]) -> usize {
        FROM_HOST.try_read(out).unwrap_or(0)
    }

    fn is_empty(&self) -> bool {
        FROM_HOST.is_empty()
    }

    fn put(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match TO_HOST.try_write(bytes) {
                Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
                Err(_) => cortex_m::asm::wfe(),
            }
        }
    }

    fn idle(&mut self) {
        // An interrupt since the look has left its event, and the sleep ends at once.
        cortex_m::asm::wfe();
    }
}

/// Serves USB for ever.
#[embassy_executor::task]
pub(crate) async fn serve(usb: Peri<'static, USB>) {
    let mut config = Config::new(VENDOR, PRODUCT);
    config.manufacturer = Some("eggroll");
    config.product = Some("eggroll pico");
    config.max_packet_size_0 = PACKET as u8;
    let (mut descriptor, mut bos, mut control) = ([0; 256], [0; 256], [0; PACKET]);
    let mut state = State::new();
    let driver = Driver::new(usb, Interrupts);
    let mut builder = Builder::new(driver, config, &mut descriptor, &mut bos, &mut [], &mut control);
    let port = CdcAcmClass::new(&mut builder, &mut state, PACKET as u16);
    let mut device = builder.build();
    let (sender, receiver) = port.split();
    join3(device.run(), receive(receiver), send(sender)).await;
}

async fn receive<'d>(mut port: Receiver<'d, Driver<'d, USB>>) {
    let mut packet = [0; PACKET];
    loop {
        port.wait_connection().await;
        while let Ok(len) = port.read_packet(&mut packet).await {
            // While the pipe is full no packet is asked for, and the host waits.
            FROM_HOST.write_all(packet.get(..len).unwrap_or_default()).await;
        }
    }
}

async fn send<'d>(mut port: Sender<'d, Driver<'d, USB>>) {
    let mut packet = [0; PACKET];
    loop {
        port.wait_connection().await;
        while send_some(&mut port, &mut packet).await.is_ok() {}
    }
}

/// Sends what there is, up to a packet.
async fn send_some<'d>(
    port: &mut Sender<'d, Driver<'d, USB>>,
    packet: &mut [u8; PACKET],
) -> Result<(), EndpointError> {
    let len = TO_HOST.read(packet).await;
    port.write_packet(packet.get(..len).unwrap_or_default()).await?;
    if len == PACKET && TO_HOST.is_empty() {
        // A full packet says that more will come; an empty one that nothing does.
        port.write_packet(&[]).await?;
    }
    Ok(())
}
