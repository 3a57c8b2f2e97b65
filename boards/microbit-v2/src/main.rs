//! eggroll on the BBC micro:bit v2: an nRF52833, Cortex-M4F at 64 MHz with 128 KB of RAM. Its interface chip
//! passes the serial line on over USB. **Not run yet**, on hardware or under emulation.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use eggroll_board::{Board, Features, Runtime, Watched};
use eggroll_board_embassy::nrf52::{Watchdog, models};
use eggroll_board_embassy::{Port, serve_serial};
use embassy_executor::InterruptExecutor;
use embassy_nrf::buffered_uarte::{BufferedUarte, InterruptHandler};
use embassy_nrf::config::{Config, HfclkSource};
use embassy_nrf::interrupt::{InterruptExt, Priority};
use embassy_nrf::peripherals::{P0_06, P1_08, PPI_CH0, PPI_CH1, PPI_GROUP0, TIMER1, UARTE0};
use embassy_nrf::{Peri, bind_interrupts, interrupt, uarte};

static TASKS: InterruptExecutor = InterruptExecutor::new();

bind_interrupts!(struct Interrupts {
    UARTE0 => InterruptHandler<UARTE0>;
});

/// An interrupt without a peripheral, which the executor of the line's task raises and runs in.
#[interrupt]
unsafe fn EGU0_SWI0() {
    // SAFETY: only called here, and the interrupt is enabled by `start`.
    unsafe { TASKS.on_interrupt() }
}

/// The UART with DMA, and what counts the bytes that it has received.
struct Line {
    uart: Peri<'static, UARTE0>,
    /// To the interface chip: UART_INT_RX in the schematic of V2, which names lines as that chip sees them.
    tx: Peri<'static, P0_06>,
    /// From the interface chip: UART_INT_TX there.
    rx: Peri<'static, P1_08>,
    counter: Peri<'static, TIMER1>,
    channels: (Peri<'static, PPI_CH0>, Peri<'static, PPI_CH1>),
    group: Peri<'static, PPI_GROUP0>,
}

/// Carries the line's bytes for ever.
#[embassy_executor::task]
async fn serve(line: Line) {
    let Line { uart, tx, rx, counter, channels: (count, restart), group } = line;
    // The default is 115,200 baud, 8 bits, no parity: that of the interface chip, too.
    let config = uarte::Config::default();
    // DMA fills a half while the other is taken: 5 ms, of which the task needs a few microseconds.
    let (mut received, mut sent) = ([0; 128], [0; 64]);
    let uart = BufferedUarte::new(
        uart,
        counter,
        count,
        restart,
        group,
        rx,
        tx,
        Interrupts,
        config,
        &mut received,
        &mut sent,
    );
    let (from_host, to_host) = uart.split();
    serve_serial(from_host, to_host).await;
}

#[entry]
fn main() -> ! {
    let mut config = Config::default();
    // The crystal: the internal oscillator is off by more than a baud rate may be.
    config.hfclk_source = HfclkSource::ExternalXtal;
    let chip = embassy_nrf::init(config);
    interrupt::EGU0_SWI0.set_priority(Priority::P3);
    let spawner = TASKS.start(interrupt::EGU0_SWI0);
    let line = Line {
        uart: chip.UARTE0,
        tx: chip.P0_06,
        rx: chip.P1_08,
        counter: chip.TIMER1,
        channels: (chip.PPI_CH0, chip.PPI_CH1),
        group: chip.PPI_GROUP0,
    };
    // There is one task and it is spawned once, so there is room for it; without it the board would be
    // silent.
    if let Ok(task) = serve(line) {
        spawner.spawn(task);
    }
    let features = Features { dsp: true, ..Features::default() };
    let board = Board { name: "microbit-v2", core: "Cortex-M4F", features };
    let port = Watched::new(Port, Watchdog::start(chip.WDT));
    Runtime::new(board, port).with_models(models(chip.NVMC)).run()
}
