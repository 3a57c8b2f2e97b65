//! A serial port over USB (CDC-ACM), served by its interrupt.

use core::cell::RefCell;
use critical_section::Mutex;
use eggroll_board::usb_id::{self, Serial};
use eggroll_board::{Inbox, Port};
use rp235x_hal::arch::{interrupt_is_enabled, interrupt_mask, interrupt_unmask};
use rp235x_hal::clocks::UsbClock;
use rp235x_hal::pac::{Interrupt, RESETS, USB, USB_DPRAM};
use rp235x_hal::rom_data::sys_info_api::chip_info;
use rp235x_hal::usb::UsbBus;
use static_cell::StaticCell;
use usb_device::bus::UsbBusAllocator;
use usb_device::device::{StringDescriptors, UsbDevice, UsbDeviceBuilder, UsbVidPid};
use usbd_serial::{SerialPort, USB_CLASS_CDC};

/// Room for a request that arrives while another is computed: as long as the longest frame, `_frame` of
/// `memory.x`.
static INBOX: Inbox<4096> = Inbox::new();
static BUS: StaticCell<UsbBusAllocator<UsbBus>> = StaticCell::new();
static NUMBER: StaticCell<Serial> = StaticCell::new();
static DEVICE: Mutex<RefCell<Option<Device>>> = Mutex::new(RefCell::new(None));

struct Device {
    device: UsbDevice<'static, UsbBus>,
    serial: SerialPort<'static, UsbBus>,
}

/// Gives the device to `f`, if it has been started.
fn with_device<T>(f: impl FnOnce(&mut Device) -> T) -> Option<T> {
    critical_section::with(|cs| DEVICE.borrow(cs).try_borrow_mut().ok()?.as_mut().map(f))
}

/// The chip's number (RP2350 datasheet, "get_sys_info": CHIP_INFO): of the wafer, and of the chip on it.
fn number() -> Serial {
    // The boot ROM always knows it. A number of zeros would tell no board from another, and all else would
    // work.
    let chip = chip_info()
        .ok()
        .flatten()
        .map_or(0, |chip| u64::from(chip.wafer_id) << 32 | u64::from(chip.device_id));
    Serial::of(chip.to_be_bytes())
}

/// Starts the device. Where a part of it cannot be made, which no input changes, the board is silent.
pub(crate) fn start(usb: USB, memory: USB_DPRAM, clock: UsbClock, resets: &mut RESETS) {
    let bus = UsbBusAllocator::new(UsbBus::new(usb, memory, clock, true, resets));
    let Some(bus) = BUS.try_init(bus) else { return };
    let bus: &'static UsbBusAllocator<UsbBus> = bus;
    let serial = SerialPort::new(bus);
    let Some(number) = NUMBER.try_init(number()) else { return };
    let name = StringDescriptors::default().manufacturer("eggroll").product("eggroll pico2");
    let name = name.serial_number(number.text());
    let device = UsbDeviceBuilder::new(bus, UsbVidPid(usb_id::VENDOR, usb_id::PRODUCT))
        .strings(&[name])
        .and_then(|device| device.max_packet_size_0(64));
    let Ok(device) = device else { return };
    let device = Device { device: device.device_class(USB_CLASS_CDC).build(), serial };
    critical_section::with(|cs| {
        DEVICE.borrow(cs).try_borrow_mut().map(|mut place| *place = Some(device)).ok()
    });
    listen();
}

fn listen() {
    // SAFETY: no critical section of ours relies on this interrupt being masked.
    unsafe { interrupt_unmask(Interrupt::USBCTRL_IRQ) };
    #[cfg(target_arch = "riscv32")]
    // SAFETY: as above; called outside of critical sections.
    unsafe {
        rp235x_hal::arch::interrupt_enable();
    }
}

/// Named as the chip's vectors name it.
#[allow(non_snake_case, reason = "the name of the interrupt")]
#[unsafe(no_mangle)]
fn USBCTRL_IRQ() {
    let full = with_device(|Device { device, serial }| {
        device.poll(&mut [serial]);
        INBOX.fill(|| {
            let mut byte = [0];
            serial.read(&mut byte).is_ok_and(|len| len == 1).then_some(byte[0])
        })
    });
    if full == Some(true) {
        // Off until the server has made room: the packet that waits would raise it again at once. The chip
        // takes no other meanwhile, and the host waits.
        interrupt_mask(Interrupt::USBCTRL_IRQ);
    }
}

/// The server's end of the port.
pub(crate) struct Usb;

impl Port for Usb {
    fn take(&mut self, out: &mut [u8]) -> usize {
        let taken = INBOX.take(out);
        if !interrupt_is_enabled(Interrupt::USBCTRL_IRQ) {
            // Some of the packet may be in memory already, of which no interrupt tells.
            USBCTRL_IRQ();
            listen();
        }
        taken
    }

    fn is_empty(&self) -> bool {
        INBOX.is_empty()
    }

    fn put(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // Between two tries the interrupt sends what is in memory.
            let taken = with_device(|device| device.serial.write(bytes).unwrap_or(0));
            bytes = bytes.get(taken.unwrap_or(bytes.len())..).unwrap_or_default();
        }
        with_device(|device| device.serial.flush().is_ok());
    }
}
