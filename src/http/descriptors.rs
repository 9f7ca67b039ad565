//! File descriptors: without one no connection is accepted, and callers wait without an answer. The log and
//! `/health/ready` say when they run out. Linux tells how many are in use; elsewhere nothing is watched.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often descriptors are counted.
const INTERVAL: Duration = Duration::from_secs(2);

/// From this share of all descriptors on, in percent, they are running out.
const SCARCE: u64 = 90;

/// Whether file descriptors are running out.
#[derive(Debug, Default)]
pub struct Descriptors {
    scarce: AtomicBool,
}

impl Descriptors {
    /// What is wrong, when descriptors are running out.
    pub fn trouble(&self) -> Option<&'static str> {
        self.scarce.load(Ordering::Relaxed).then_some("file descriptors are running out: new connections may wait")
    }

    /// Counts for as long as the program runs.
    pub async fn watch(self: Arc<Descriptors>) {
        loop {
            if let Some((used, most)) = in_use() {
                self.note(used, most);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Logs when descriptors begin to run out, and when there are enough again.
    fn note(&self, used: u64, most: u64) {
        let scarce = used * 100 >= most * SCARCE;
        match (scarce, self.scarce.swap(scarce, Ordering::Relaxed)) {
            (true, false) => tracing::error!(
                used,
                most,
                "file descriptors are running out: new connections may wait (raise the limit, such as LimitNOFILE)"
            ),
            (false, true) => tracing::info!(used, most, "there are enough file descriptors again"),
            _ => {}
        }
    }
}

/// Lets the program have as many descriptors as the system allows it: the limit that programs begin with is often low.
pub fn allow_all() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // Where that is refused the limit stays as it was, and the log says when they run out.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// Closes connections whose other side does not read what was sent to it for this long.
pub fn close_unread(listener: &TcpListener, after: Duration) {
    #[cfg(target_os = "linux")]
    {
        // Connections that are accepted inherit it. It counts also while the other side says that it has no room.
        let milliseconds = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(listener, milliseconds) {
            tracing::warn!(%error, "connections whose answers nobody reads are not closed (limits.reader-ms)");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (listener, after);
}

/// How many descriptors are in use, and how many there are at most.
#[cfg(target_os = "linux")]
fn in_use() -> Option<(u64, u64)> {
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current?;
    match std::fs::read_dir("/proc/self/fd") {
        Ok(used) => Some((used.count() as u64, most)),
        // Not even this folder can be opened any more.
        Err(error) if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::MFILE) => Some((most, most)),
        Err(_) => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn in_use() -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::Descriptors;

    #[test]
    fn running_out_is_told_until_there_are_enough_again() {
        let descriptors = Descriptors::default();
        for (used, scarce) in [(10, false), (57, false), (58, true), (64, true), (57, false)] {
            descriptors.note(used, 64);
            assert_eq!(descriptors.trouble().is_some(), scarce, "{used} of 64");
        }
    }
}
