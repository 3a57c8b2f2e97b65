use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a page may take: a first start of a browser is slow on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// A browser without a window, with a profile of its own.
pub struct Browser {
    program: &'static str,
    profile: tempfile::TempDir,
}

impl Browser {
    /// The first browser that starts here.
    pub fn find() -> Option<Self> {
        let starts = |program: &&&str| {
            let mut command = Command::new(program);
            command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        let program = ["chromium", "chromium-browser", "google-chrome"].iter().find(starts)?;
        Some(Self { program, profile: tempfile::tempdir().ok()? })
    }

    fn run(&self, arguments: &[String], page: &Path) -> Option<Vec<u8>> {
        let out = self.profile.path().join("out");
        let mut command = Command::new(self.program);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]);
        command.args(["--disable-background-networking", "--disable-dev-shm-usage"]);
        command.arg(format!("--user-data-dir={}", self.profile.path().join("profile").display()));
        command.args(arguments).arg(format!("file://{}", page.display()));
        command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(std::fs::File::create(&out).ok()?);
        let mut child = command.spawn().ok()?;
        let since = Instant::now();
        loop {
            match child.try_wait().ok()? {
                Some(status) => return status.success().then(|| std::fs::read(&out).ok()).flatten(),
                None if since.elapsed() > LIMIT => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return None;
                }
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// A page as the browser understood it, as HTML; `None` where the browser fails.
    pub fn dom(&self, page: &Path) -> Option<String> {
        String::from_utf8(self.run(&["--dump-dom".to_owned()], page)?).ok()
    }

    /// A picture of the top of a page, as PNG, 1200 pixels wide; `None` where the browser fails.
    pub fn picture(&self, page: &Path, height: u32) -> Option<PathBuf> {
        let path = self.profile.path().join("page.png");
        let arguments = [format!("--screenshot={}", path.display()), format!("--window-size=1200,{height}")];
        self.run(&arguments, page)?;
        path.exists().then_some(path)
    }
}
