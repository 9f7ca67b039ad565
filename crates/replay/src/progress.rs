//! How far the reading is, for a person who waits at a terminal: one line that is written over and over.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often the line is written.
const INTERVAL: Duration = Duration::from_millis(200);

/// The progress of a run.
#[derive(Debug)]
pub struct Progress {
    done: AtomicU64,
    shown: Mutex<Shown>,
}

#[derive(Debug)]
struct Shown {
    what: &'static str,
    unit: Unit,
    all: Option<u64>,
    begun: Instant,
    last: Instant,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Bytes, shown in megabytes.
    Bytes,
    /// Patients.
    Patients,
}

impl Default for Progress {
    fn default() -> Self {
        let now = Instant::now();
        let shown = Shown { what: "", unit: Unit::Bytes, all: None, begun: now, last: now };
        Progress { done: AtomicU64::new(0), shown: Mutex::new(shown) }
    }
}

impl Progress {
    /// Begins another stage. `all` is how much there is, if that is known.
    pub(crate) fn begin(&self, what: &'static str, unit: Unit, all: Option<u64>) {
        self.done.store(0, Ordering::Relaxed);
        if let Ok(mut shown) = self.shown.lock() {
            let now = Instant::now();
            *shown = Shown { what, unit, all, begun: now, last: now };
        }
    }

    /// Counts what was done since.
    pub(crate) fn add(&self, more: u64) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        // The thread that writes the line now writes it for all.
        let Ok(mut shown) = self.shown.try_lock() else { return };
        if shown.last.elapsed() >= INTERVAL {
            shown.last = Instant::now();
            let line = line(&shown, done, shown.begun.elapsed());
            // The run goes on when the terminal is gone.
            let _ = write!(io::stderr(), "\r\x1b[K{line}");
        }
    }

    /// Erases the line.
    pub(crate) fn end(&self) {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}

fn line(shown: &Shown, done: u64, took: Duration) -> String {
    let (scale, name) = match shown.unit {
        Unit::Bytes => (1_000_000, "MB"),
        Unit::Patients => (1, "patients"),
    };
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = done.saturating_mul(1000) / millis;
    let (of, left) = match shown.all {
        Some(all) => {
            let left = all.saturating_sub(done).checked_div(rate).map(|seconds| format!(", {seconds} s left"));
            (format!(" of {}", all / scale), left.unwrap_or_default())
        }
        None => (String::new(), String::new()),
    };
    format!("{}: {}{of} {name}, {} {name}/s{left}", shown.what, done / scale, rate / scale)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Shown, Unit, line};

    #[test]
    fn rate_and_remaining_time_are_told() {
        let now = Instant::now();
        let shown = |unit, all| Shown { what: "reading", unit, all, begun: now, last: now };
        let two = Duration::from_secs(2);
        assert_eq!(
            line(&shown(Unit::Bytes, Some(2_000_000_000)), 500_000_000, two),
            "reading: 500 of 2000 MB, 250 MB/s, 6 s left"
        );
        assert_eq!(line(&shown(Unit::Patients, None), 10, two), "reading: 10 patients, 5 patients/s");
        assert_eq!(line(&shown(Unit::Bytes, Some(10)), 0, Duration::ZERO), "reading: 0 of 0 MB, 0 MB/s");
    }
}
