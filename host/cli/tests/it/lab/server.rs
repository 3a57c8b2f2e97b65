//! A `nats-server` with JetStream.

use super::Process;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(super) struct Server {
    folder: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Server {
    /// Starts a server with some lines of configuration; `None` where there is no `nats-server`.
    pub(super) fn start(folder: &Path, more: &str) -> Option<Self> {
        if Command::new("nats-server").arg("--version").output().is_err() {
            println!("skipped: there is no nats-server (on Debian: apt-get install nats-server)");
            return None;
        }
        // The system gives a free port, and the server takes it right after.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let store = folder.join("jetstream");
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{}\" }}\nping_interval: \"2s\"\n{more}\n",
            store.display()
        );
        std::fs::write(folder.join("nats.conf"), text).unwrap();
        let mut server = Self { folder: folder.to_owned(), port, process: None };
        server.run();
        Some(server)
    }

    pub(super) fn run(&mut self) {
        let mut command = Command::new("nats-server");
        command.arg("--config").arg(self.folder.join("nats.conf"));
        self.process = Some(Process::start(&mut command, &self.folder, "nats"));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let since = Instant::now();
        while TcpStream::connect(address).is_err() {
            let log = std::fs::read_to_string(self.folder.join("nats.err")).unwrap_or_default();
            assert!(since.elapsed() < super::STUCK, "nats-server does not listen\n{log}");
            sleep(Duration::from_millis(20));
        }
    }

    /// Kills it, as `kill -9` does.
    pub(super) fn kill(&mut self) {
        self.process = None;
    }

    pub(super) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The address with a user.
    pub(super) fn url_of(&self, user: &str) -> String {
        format!("nats://{user}@127.0.0.1:{}", self.port)
    }

    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}
