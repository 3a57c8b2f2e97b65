use super::super::device;
use super::*;
use std::path::PathBuf;

#[test]
fn simulated_boards() {
    let sim = |count, arena| Address::Sim { count, arena };
    assert_eq!("sim".parse(), Ok(Address::default()));
    assert_eq!("sim:3".parse(), Ok(sim(3, SIM_ARENA)));
    assert_eq!("sim:2,arena=14336".parse(), Ok(sim(2, 14336)));
}

#[test]
fn gpus() {
    assert_eq!("cuda".parse(), Ok(Address::Cuda(Cuda::Device(0))));
    assert_eq!("cuda-sim".parse(), Ok(Address::Cuda(Cuda::Simulated(1))));
}

#[test]
fn patterns_of_devices() {
    for text in ["/dev/eggroll-has-none*", "./tty[01],baud=9600"] {
        let address: Address = text.parse().unwrap();
        assert!(matches!(address, Address::Devices(_)), "{address:?}");
        assert_eq!((address.to_string(), address.count(), address.now()), (text.to_owned(), 0, vec![]));
    }
    assert!(matches!("/dev/[".parse(), Ok(Address::Device(_))), "no pattern, so a path");
}

#[test]
fn real_and_emulated_boards() {
    let device = |path: &str, baud| Address::Device(SerialDevice { path: PathBuf::from(path), baud });
    assert_eq!("/dev/ttyACM0".parse(), Ok(device("/dev/ttyACM0", device::BAUD)));
    assert_eq!("./pty,baud=1000000".parse(), Ok(device("./pty", 1_000_000)));
    let emulated = |count, image: Option<&str>| Emulated {
        board: "microbit".into(),
        count,
        image: image.map(Into::into),
    };
    assert_eq!("qemu:microbit".parse(), Ok(Address::Qemu(emulated(1, None))));
    assert_eq!("qemu:microbit:3,image=a:b".parse(), Ok(Address::Qemu(emulated(3, Some("a:b")))));
    assert_eq!("rp2040js:microbit".parse(), Ok(Address::Rp2040js(emulated(1, None))));
}

#[test]
fn what_is_shown_is_understood() {
    let texts = [
        "cpu",
        "cuda:0",
        "cuda:3",
        "cuda-sim:2",
        "sim:3",
        "sim:2,arena=14336",
        "fpga-sim:2",
        "/dev/ttyACM0",
        "/dev/ttyUSB1,baud=9600",
        "tcp:localhost:7000",
        "tcp:[::1]:7000",
        "probe:nRF51822_xxAA",
        "qemu:mps2-an386:2",
        "rp2040js:pico:1,image=/tmp/pico.uf2",
    ];
    for text in texts {
        assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
    }
}

#[test]
fn others_are_refused_with_what_is_understood() {
    let texts = [
        "",
        "cpu:",
        "cpu:2",
        "cuda:",
        "cuda:x",
        "cuda:-1",
        "cuda:99999999999",
        "cuda-sim:",
        "cuda-sim:0",
        "sim:",
        "sim:0",
        "sim:x",
        "sim:1,arena=",
        "sim:1,ram=3",
        "simulator",
        "tcp:",
        "tcp:host",
        "tcp::7",
        "tcp:host:0",
        "tcp:host:70000",
        "probe:",
        "probe:--chip",
        "qemu:",
        "qemu:../x",
        "qemu:-device",
        "qemu:microbit:0",
        "qemu:microbit,image=",
        "/dev/ttyACM0,baud=0",
        "/dev/ttyACM0,baud=fast",
    ];
    for text in texts {
        let message = text.parse::<Address>().unwrap_err().to_string();
        assert!(message.contains(&format!("`{text}`")) && message.contains("sim[:N]"), "{message}");
    }
}

#[test]
fn arenas_beyond_every_board() {
    assert!("sim:1,arena=4294967296".parse::<Address>().is_ok());
    for arena in ["4294967297", "99999999999999999", "99999999999999999999999999"] {
        let message = format!("sim:1,arena={arena}").parse::<Address>().unwrap_err().to_string();
        assert!(message.contains(arena) && message.contains("at most 4294967296 bytes"), "{message}");
    }
}
