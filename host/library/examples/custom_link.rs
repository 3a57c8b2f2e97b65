//! Trains on a board over a link of one's own.
//!
//! A link is a byte stream in each direction and a name: whatever carries bytes can carry a board. Here it is
//! a TCP connection on this machine, at whose other end the firmware's own server runs on a thread, as it
//! would on a board.
//!
//! `cargo run --release --package eggroll-host --example custom_link`

use eggroll_firmware::runtime::{Board, Server, serve};
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::wire::Features;
use eggroll_host::fleet::link::{Link, Timing};
use eggroll_host::fleet::{Fleet, Patience, Traffic, connect};
use eggroll_host::run::Preset;
use eggroll_host::train::{CancellationToken, Experiment, Trainer};
use embedded_io_adapters::std::FromStd;
use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// A board that serves the first who connects, until they leave.
fn board() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        let Ok((stream, _)) = listener.accept() else { return };
        // All memory that the board has: its arena, and the longest frame in each direction.
        let (mut arena, mut request, mut reply) = (vec![0u64; 4096], vec![0; 4096], vec![0; 4096]);
        let board = Board { name: "example", core: "thread", features: Features::default() };
        let mut server = Server::new(board, &mut *arena, &mut request, &mut reply);
        // It ends with an error when the host hangs up.
        let _ = serve(&mut server, &mut FromStd::new(stream));
    });
    Ok(address)
}

/// The link to it.
async fn link(address: SocketAddr) -> std::io::Result<Link> {
    let (reader, writer) = TcpStream::connect(address).await?.into_split();
    // A board computes for as long as it has to, and says so; patience is for a link that has lost something.
    let timing = Timing { reply: Duration::from_secs(10), attempts: 3 };
    Ok(Link { name: format!("mine:{address}"), reader: Box::new(reader), writer: Box::new(writer), timing })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let settings = Preset { generations: 30, ..Preset::of(EnvironmentKind::CartPole) };
    let experiment = Experiment::load(settings.config(1)?)?;
    let traffic = Arc::new(Traffic::default());
    let board = connect(link(board()?).await?, &experiment.setup, &traffic).await?;
    let mut fleet = Fleet::new(vec![board], Patience(Duration::from_secs(60)));
    let trainer = Trainer::start(experiment, &folder.path().join("run"))?;
    let summary = trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await?;
    let (sent, received) = traffic.totals();
    println!("{} generations over {}", summary.generations, fleet.shares()[0].name);
    println!("{sent} bytes sent, {received} received, mean return {}", summary.figures.validation);
    assert_eq!(summary.generations, 30);
    Ok(())
}
