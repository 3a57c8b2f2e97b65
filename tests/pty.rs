use eggroll_firmware::runtime::{Board, Server, serve};
use eggroll_firmware::wire::Features;
use embedded_io_adapters::std::FromStd;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A serial device that is plugged in at a path, and something behind it. Dropping it pulls the plug.
pub struct Pty {
    path: PathBuf,
    unplugged: Arc<AtomicBool>,
    behind: Option<JoinHandle<()>>,
}

/// The device's other end: the stream of whoever is behind it.
pub struct Behind {
    controller: File,
    unplugged: Arc<AtomicBool>,
}

impl Behind {
    /// Another handle of the same stream.
    pub fn again(&self) -> io::Result<Self> {
        Ok(Self { controller: self.controller.try_clone()?, unplugged: Arc::clone(&self.unplugged) })
    }

    /// Whether the plug is pulled.
    pub fn is_unplugged(&self) -> bool {
        self.unplugged.load(Ordering::Relaxed)
    }
}

impl Read for Behind {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wait = Duration::from_micros(200);
        loop {
            if self.unplugged.load(Ordering::Relaxed) {
                return Ok(0);
            }
            match self.controller.read(out) {
                Ok(0) => std::thread::sleep(wait),
                Ok(read) => return Ok(read),
                // Nothing is there, or nobody has the device open: a board goes on waiting.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(wait),
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }
}

impl Write for Behind {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.controller.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.unplugged.load(Ordering::Relaxed) {
                        return Err(error);
                    }
                    std::thread::sleep(Duration::from_micros(200));
                }
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pty {
    /// Plugs something in.
    pub fn new(path: &Path, behind: impl FnOnce(Behind) + Send + 'static) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let controller = openpt(flags).expect("a pseudo terminal");
        grantpt(&controller).and_then(|()| unlockpt(&controller)).expect("a pseudo terminal");
        rustix::io::ioctl_fionbio(&controller, true).expect("a pseudo terminal");
        let name = ptsname(&controller, Vec::new()).expect("the name of a pseudo terminal");
        std::os::unix::fs::symlink(OsStr::from_bytes(name.as_bytes()), path).expect("a free path");
        let unplugged = Arc::new(AtomicBool::new(false));
        let stream = Behind { controller: File::from(controller), unplugged: Arc::clone(&unplugged) };
        let behind = Some(std::thread::spawn(move || behind(stream)));
        Self { path: path.to_owned(), unplugged, behind }
    }

    /// Plugs a simulated board in.
    pub fn board(path: &Path) -> Self {
        Self::new(path, Self::serve)
    }

    /// A simulated board on a stream.
    pub fn serve(stream: Behind) {
        const FRAME: usize = 1024;
        let mut memory = vec![0u64; 1 << 16];
        let (mut request, mut reply) = (vec![0; FRAME], vec![0; FRAME]);
        let board = Board { name: "sim", core: "behind a pty", features: Features::default() };
        let mut server = Server::new(board, memory.as_mut_slice(), &mut request, &mut reply);
        let _ = serve(&mut server, &mut FromStd::new(stream));
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        self.unplugged.store(true, Ordering::Relaxed);
        let _ = self.behind.take().map(JoinHandle::join);
    }
}
