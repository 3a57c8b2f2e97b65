//! A request and its reply, as the bytes that go over the wire.
//!
//! Who writes a host or a board in another language finds here the first frames to compare with;
//! docs/protocol.md says what each byte means.
//!
//! `cargo run --release --package eggroll-firmware --example frame`

use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::wire::{Answer, Command, Features, PROTOCOL, Reply, Request, decode, encode};
use std::error::Error;

/// Bytes as two digits each.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn main() -> Result<(), Box<dyn Error>> {
    // The host greets.
    let mut room = [0; 256];
    let request = Request { id: 1, command: Command::Hello };
    let frame = encode(&request, &mut room).map_err(|error| format!("{error:?}"))?;
    println!("to the board:   {}", hexadecimal(frame));

    // The board answers.
    let (mut received, mut reply, mut out) = ([0; 256], [0; 256], [0; 256]);
    let board = Board { name: "example", core: "host", features: Features::default() };
    let mut server = Server::new(board, [0u64; 64], &mut received, &mut reply);
    let mut rest = &mut out[..];
    server.receive(frame, &mut rest).map_err(|error| format!("{error:?}"))?;
    let left = rest.len();
    let written = out.len() - left;
    println!("from the board: {}", hexadecimal(&out[..written]));

    // A frame ends with the only zero in it, which is not part of what is decoded.
    let Some((0, frame)) = out[..written].split_last_mut() else { return Err("no frame".into()) };
    let Reply { id, state, answer } = decode(frame).map_err(|error| format!("{error:?}"))?;
    let Answer::Hello(hello) = answer else { return Err("no greeting".into()) };
    println!("{hello:?}");
    assert_eq!((id, state, hello.protocol, hello.board), (1, None, PROTOCOL, "example"));
    Ok(())
}
