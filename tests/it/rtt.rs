//! A board's end of a port through a debug probe: its rings in the memory of an emulated board, which this
//! test reads and writes as a probe does, by the debugger's port of QEMU.
//!
//! The host's end is tested in `fleet/link/probe`; both together, with a probe between them, have not been
//! run.

use eggroll_firmware::wire::{
    Answer, Command as Question, PROTOCOL, Received, Receiver, Reply, Request, decode, encode,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Where the statics of the image are, behind its stack: a probe looks for the mark in all RAM.
const STATICS: u32 = 0x2000_4000;
const SEARCHED: u32 = 0x8000;
const MARK: &[u8] = b"SEGGER RTT\0\0\0\0\0\0";
/// Bytes before the first ring, and of each.
const HEAD: u32 = 24;
const RING: u32 = 24;
/// Bytes that the debugger's port reads at once.
const CHUNK: u32 = 1024;

/// QEMU with a debugger attached; it runs only while [`Self::run`] lets it.
struct Debugged {
    process: Child,
    port: TcpStream,
}

impl Drop for Debugged {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Debugged {
    fn start(image: &Path) -> Self {
        // Free a moment ago; QEMU cannot say which port it takes.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap().port();
        let process = Command::new("qemu-system-arm")
            .args(["-M", "mps2-an386", "-display", "none", "-serial", "null", "-monitor", "none", "-S"])
            .args(["-gdb", &format!("tcp:127.0.0.1:{port}"), "-kernel"])
            .arg(image)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("QEMU: cargo xtask setup");
        let connected = (0..1200).find_map(|_| {
            std::thread::sleep(Duration::from_millis(50));
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        let stream = connected.expect("QEMU's port for debuggers");
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { process, port: stream }
    }

    fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.port.read_exact(&mut byte).expect("QEMU answers");
        byte[0]
    }

    /// The next packet: `$`, its text, `#` and two digits.
    fn packet(&mut self) -> String {
        while self.byte() != b'$' {}
        let text = std::iter::from_fn(|| Some(self.byte()).filter(|&byte| byte != b'#')).collect();
        let _digits = [self.byte(), self.byte()];
        self.port.write_all(b"+").unwrap();
        String::from_utf8(text).unwrap()
    }

    fn say(&mut self, text: &str) {
        let sum = text.bytes().fold(0u8, u8::wrapping_add);
        self.port.write_all(format!("${text}#{sum:02x}").as_bytes()).unwrap();
    }

    fn ask(&mut self, text: &str) -> String {
        self.say(text);
        self.packet()
    }

    /// Lets the board run for a moment.
    fn run(&mut self) {
        self.say("c");
        std::thread::sleep(Duration::from_millis(5));
        self.port.write_all(&[3]).unwrap();
        let stopped = self.packet();
        assert!(stopped.starts_with(['S', 'T']), "{stopped}");
    }

    fn read(&mut self, address: u32, len: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for start in (0..len).step_by(CHUNK as usize) {
            let text = self.ask(&format!("m{:x},{:x}", address + start, CHUNK.min(len - start)));
            let digits = text.as_bytes().as_chunks::<2>().0;
            bytes.extend(digits.iter().map(|two| {
                u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).expect("hexadecimal digits")
            }));
        }
        assert_eq!(bytes.len(), len as usize);
        bytes
    }

    fn write(&mut self, address: u32, bytes: &[u8]) {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(self.ask(&format!("M{address:x},{:x}:{digits}", bytes.len())), "OK");
    }

    fn word(&mut self, address: u32) -> u32 {
        u32::from_le_bytes(self.read(address, 4).try_into().unwrap())
    }

    /// The control block of the rings, once the board has made it.
    fn block(&mut self) -> u32 {
        for _ in 0..2000 {
            self.run();
            let memory = self.read(STATICS, SEARCHED);
            if let Some(place) = memory.windows(MARK.len()).position(|window| window == MARK) {
                return STATICS + place as u32;
            }
        }
        panic!("no control block");
    }

    fn name(&mut self, ring: u32) -> String {
        let address = self.word(ring);
        let bytes = self.read(address, 16);
        String::from_utf8_lossy(bytes.split(|&byte| byte == 0).next().unwrap()).into_owned()
    }

    /// Puts what fits into a ring from the host; returns how many bytes did.
    fn put(&mut self, ring: u32, bytes: &[u8]) -> usize {
        let [buffer, size, write, read] = [4, 8, 12, 16].map(|at| self.word(ring + at));
        let free = (read + size - write - 1) % size;
        let taken = bytes.len().min(free as usize).min((size - write) as usize);
        if taken > 0 {
            self.write(buffer + write, &bytes[..taken]);
            self.write(ring + 12, &((write + taken as u32) % size).to_le_bytes());
        }
        taken
    }

    /// Takes what is in a ring to the host.
    fn take(&mut self, ring: u32) -> Vec<u8> {
        let [buffer, size, write, read] = [4, 8, 12, 16].map(|at| self.word(ring + at));
        let until = if write >= read { write } else { size };
        let bytes = self.read(buffer + read, until - read);
        self.write(ring + 16, &(until % size).to_le_bytes());
        bytes
    }
}

#[test]
fn a_board_answers_through_rings_in_its_memory() {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards/target/thumbv7em-none-eabihf/release");
    let image = target.join("mps2-an386-rtt");
    assert!(image.is_file(), "{}: cargo xtask test --only boards", image.display());
    let mut board = Debugged::start(&image);
    let block = board.block();
    let (ups, downs) = (board.word(block + 16), board.word(block + 20));
    let rings = |first: u32, count: u32| (first..first + count).map(move |at| block + HEAD + at * RING);
    let ups: Vec<u32> = rings(0, ups).collect();
    let downs: Vec<u32> = rings(ups.len() as u32, downs).collect();
    // One block has the rings of the logs and of the port.
    let names: Vec<String> = ups.iter().chain(&downs).map(|&ring| board.name(ring)).collect();
    assert_eq!(names, ["defmt", "eggroll", "eggroll"]);
    let (up, down) = (ups[1], downs[0]);
    // More than a ring holds, so that each goes round.
    for id in 0..100 {
        let mut frame = [0; 256];
        let len = encode(&Request { id, command: Question::Hello }, &mut frame[128..]).unwrap().len();
        let mut left = &frame[..128 + len];
        let (mut receiver, mut heard) = (Receiver::new(vec![0; 512]), None);
        for _ in 0..2000 {
            let put = board.put(down, left);
            left = &left[put..];
            board.run();
            let bytes = board.take(up);
            let mut bytes = &bytes[..];
            while !bytes.is_empty() {
                if let Received::Frame(frame) = receiver.push(&mut bytes) {
                    let reply: Reply<'_> = decode(frame).unwrap();
                    let Answer::Hello(hello) = reply.answer else { panic!("{reply:?}") };
                    heard = Some((reply.id, hello.protocol, hello.board.to_owned()));
                }
            }
            if heard.is_some() {
                break;
            }
        }
        assert_eq!(heard, Some((id, PROTOCOL, "mps2-an386".to_owned())));
    }
}
