//! Serial devices that were plugged in just now. On Linux, ModemManager opens each new one and tries for some
//! seconds whether it is a modem; meanwhile nobody else can open it.

use super::LinkError;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How long a device counts as just plugged in: longer than ModemManager tries one.
const PROBED_FOR: Duration = Duration::from_secs(15);
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// Opens something, again and again as long as it is busy and `is_probed` says that this may pass.
pub(super) async fn patiently<T>(
    mut open: impl FnMut() -> Result<T, LinkError>,
    is_probed: impl Fn() -> bool,
) -> Result<T, LinkError> {
    let mut said = false;
    loop {
        match open() {
            Err(error @ LinkError::Busy(_)) if is_probed() => {
                if !said {
                    tracing::warn!("{error}; it is waited for, as it was plugged in just now");
                    said = true;
                }
                tokio::time::sleep(PAUSE).await;
            }
            opened => return opened,
        }
    }
}

/// Whether a device was plugged in so lately that a program may be looking what it is. Its file is made then,
/// and is not changed by what goes through it.
#[cfg(target_os = "linux")]
pub(super) fn is_probed(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(device) = path.canonicalize() else { return false };
    // Nobody looks for modems among pseudo terminals.
    if device.starts_with("/dev/pts") {
        return false;
    }
    let Ok(made) = device.metadata().map(|data| data.ctime()) else { return false };
    let made = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(made).unwrap_or(0));
    is_new(made, SystemTime::now())
}

/// Other systems have no such program.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_probed(_: &Path) -> bool {
    false
}

/// Whether something that was made at one time is new at another.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn is_new(made: SystemTime, now: SystemTime) -> bool {
    // A clock that was set back since makes it new for no longer than others.
    now.duration_since(made).unwrap_or_else(|ahead| ahead.duration()) < PROBED_FOR
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::path::PathBuf;

    fn busy() -> LinkError {
        LinkError::Busy(PathBuf::from("/dev/ttyACM0"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_device_is_waited_for_while_it_is_new() {
        let attempts = Cell::new(0);
        let open = || {
            attempts.set(attempts.get() + 1);
            if attempts.get() < 8 { Err(busy()) } else { Ok(attempts.get()) }
        };
        assert_eq!(patiently(open, || true).await, Ok(8));
        attempts.set(0);
        let begun = tokio::time::Instant::now();
        let gone = || begun.elapsed() < PROBED_FOR;
        let refused = patiently(|| Err::<(), _>(busy()), gone).await;
        assert_eq!((refused, begun.elapsed()), (Err(busy()), PROBED_FOR));
        assert_eq!(patiently(|| Err::<(), _>(busy()), || false).await, Err(busy()));
        let missing = || Err::<(), _>(LinkError::NoDevice(PathBuf::from("/dev/ttyACM0")));
        assert!(matches!(patiently(missing, || true).await, Err(LinkError::NoDevice(_))));
    }

    #[test]
    fn new_is_what_was_made_lately() {
        let now = SystemTime::now();
        let ages = [0, 14, 15, 3600].map(|seconds| is_new(now - Duration::from_secs(seconds), now));
        assert_eq!(ages, [true, true, false, false]);
        assert!(!is_new(now + Duration::from_secs(3600), now));
        assert!(!is_probed(Path::new("/no/such/device")));
    }
}
