//! eggroll on boards with an ESP32-C3: a RISC-V (RV32IMC) at 160 MHz with 400 KB of RAM, as a serial port
//! over the chip's own USB. **Not run yet**, on hardware or under emulation.
#![no_std]
#![no_main]

mod flash;

use core::cell::RefCell;
use critical_section::Mutex;
use eggroll_board::{Board, Features, Inbox, PATIENCE_MS, Port, Runtime, Watched};
use esp_hal::Blocking;
use esp_hal::clock::CpuClock;
use esp_hal::rtc_cntl::{Rtc, Rwdt, RwdtStage};
use esp_hal::time::Duration;
use esp_hal::usb::usb_serial_jtag::UsbSerialJtag;

// What the bootloader of ESP-IDF looks for at the start of the image.
esp_bootloader_esp_idf::esp_app_desc!();

type Usb = UsbSerialJtag<'static, Blocking>;

/// Room for a request that arrives while another is computed: as long as the longest frame, `_frame` of
/// `memory.x`.
static INBOX: Inbox<4096> = Inbox::new();
static USB: Mutex<RefCell<Option<Usb>>> = Mutex::new(RefCell::new(None));

/// Gives the port to `f`, unless nobody has put it there yet.
fn with_usb<T>(f: impl FnOnce(&mut Usb) -> T) -> Option<T> {
    critical_section::with(|cs| USB.borrow(cs).try_borrow_mut().ok()?.as_mut().map(f))
}

/// Moves what has come to the inbox, as long as that has room. The rest stays in the port, which takes
/// nothing more from the host meanwhile.
fn fill(usb: &mut Usb) {
    INBOX.fill(|| usb.read_byte().ok());
}

#[esp_hal::handler]
fn on_received() {
    with_usb(|usb| {
        // Cleared first: a packet that comes after the last look raises it again.
        usb.reset_rx_packet_recv_interrupt();
        fill(usb);
    });
}

struct Serial;

impl Port for Serial {
    fn take(&mut self, out: &mut [u8]) -> usize {
        let taken = INBOX.take(out);
        // There is room now for what waits in the port, whose interrupt has come before.
        with_usb(fill);
        taken
    }

    fn is_empty(&self) -> bool {
        INBOX.is_empty()
    }

    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            // Between two tries the interrupt may receive.
            while with_usb(|usb| usb.write_byte_nb(byte).is_err()).unwrap_or(false) {}
        }
        // Otherwise a packet goes only when it is full.
        with_usb(|usb| usb.flush_tx_nb().is_ok());
    }
}

/// The chip's watchdog of the RTC, which resets the whole chip (technical reference manual, "Watchdog
/// Timers").
struct Watchdog(Rwdt);

impl eggroll_board::Watchdog for Watchdog {
    fn feed(&mut self) {
        self.0.enable();
        self.0.feed();
    }

    fn pause(&mut self) {
        self.0.disable();
    }
}

/// Starts the chip anew, as after a panic.
#[unsafe(no_mangle)]
fn eggroll_reset() -> ! {
    esp_hal::system::software_reset()
}

#[esp_hal::main]
fn main() -> ! {
    let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    let mut usb = UsbSerialJtag::new(chip.USB_DEVICE);
    usb.set_interrupt_handler(on_received);
    usb.listen_rx_packet_recv_interrupt();
    critical_section::with(|cs| USB.borrow(cs).try_borrow_mut().map(|mut place| *place = Some(usb)).ok());
    let mut watchdog = Rtc::new(chip.RTC_TIMER).rwdt;
    watchdog.set_timeout(RwdtStage::Stage0, Duration::from_millis(PATIENCE_MS.into()));
    let board = Board { name: "esp32-c3", core: "RV32IMC", features: Features::default() };
    let port = Watched::new(Serial, Watchdog(watchdog));
    Runtime::new(board, port).with_models(flash::models(chip.FLASH)).run()
}
