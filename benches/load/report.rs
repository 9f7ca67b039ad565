//! The table: the service compared with the ceiling, with the goal where there is one.

use std::fmt;
use std::time::Duration;

use terminal::{Row, lines};

/// Calls of this many bytes or more have other goals, since more of their time is reading.
const LARGE: usize = 100_000;

/// What was seen of one server with one number of connections.
#[derive(Default)]
pub struct Measured {
    latencies: Vec<Duration>,
    took: Duration,
    cpu: Duration,
}

impl Measured {
    /// Adds a turn.
    pub fn add(&mut self, latencies: Vec<Duration>, took: Duration, cpu: Duration) {
        self.latencies.extend(latencies);
        self.took += took;
        self.cpu += cpu;
    }

    fn cpu_of_a_call(&self) -> f64 {
        self.cpu.as_secs_f64() / self.latencies.len().max(1) as f64
    }

    fn calls_per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    /// The latency that this percentage of the calls stays within.
    fn percentile(&self, of_hundred: usize) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort();
        let at = (sorted.len() * of_hundred).div_ceil(100).saturating_sub(1);
        sorted.get(at).map_or(0.0, Duration::as_secs_f64)
    }
}

/// Both servers with one body; the service stands before the ceiling.
pub struct Report {
    /// What is ordered.
    order: &'static str,
    body: usize,
    answer: usize,
    ready: [Duration; 2],
    rows: Vec<(usize, [Measured; 2])>,
    /// The most memory that each had at a time, in bytes.
    pub peak: [u64; 2],
}

/// What is asked for.
enum Goal {
    None,
    /// The service takes at most so many times what the ceiling takes; the second figure is what we aim at.
    Ratio(f64, Option<f64>),
    /// The service stays below this figure, in the unit of the row.
    Below(f64),
}

impl Report {
    /// Before anything was called.
    pub fn new(order: &'static str, body: usize, answer: usize, ready: [Duration; 2]) -> Report {
        Report { order, body, answer, ready, rows: Vec::new(), peak: [0, 0] }
    }

    /// Adds the measurements with this many connections.
    pub fn add(&mut self, connections: usize, measured: [Measured; 2]) {
        self.rows.push((connections, measured));
    }

    fn table(&self) -> Vec<Row<6>> {
        let cpu = if self.body < LARGE { (3.0, 2.0) } else { (1.6, 1.3) };
        let head = ["", "service", "ceiling", "ratio", "goal", ""];
        let mut rows = vec![Row::Cells(head.map(str::to_owned))];
        rows.push(row("ready", "ms", self.ready.map(|time| time.as_secs_f64() * 1e3), &Goal::Below(50.0)));
        rows.push(row("peak memory", "MiB", self.peak.map(|bytes| bytes as f64 / 1_048_576.0), &Goal::Below(64.0)));
        for (connections, measured) in &self.rows {
            let both = |value: fn(&Measured) -> f64| [value(&measured[0]), value(&measured[1])];
            let slowest = if *connections == 64 { Goal::Ratio(2.5, None) } else { Goal::None };
            rows.push(Row::Heading(format!("{connections} at a time")));
            let cpu = Goal::Ratio(cpu.0, Some(cpu.1));
            rows.push(row("  CPU per call", "ms", both(|m| m.cpu_of_a_call() * 1e3), &cpu));
            rows.push(row("  p50", "ms", both(|m| m.percentile(50) * 1e3), &Goal::None));
            rows.push(row("  p99", "ms", both(|m| m.percentile(99) * 1e3), &slowest));
            rows.push(row("  calls per second", "", both(Measured::calls_per_second), &Goal::None));
        }
        rows
    }
}

fn row(name: &str, unit: &str, [service, ceiling]: [f64; 2], goal: &Goal) -> Row<6> {
    let shown = |value: f64| match value {
        value if value < 10.0 => format!("{value:.2} {unit}"),
        value if value < 100.0 => format!("{value:.1} {unit}"),
        value => format!("{value:.0} {unit}"),
    };
    let ratio = service / ceiling;
    let (asked, met) = match goal {
        Goal::None => (String::new(), None),
        Goal::Ratio(most, None) => (format!("<= {most}"), Some(ratio <= *most)),
        Goal::Ratio(most, Some(aim)) => (format!("<= {most}, aim {aim}"), Some(ratio <= *most)),
        Goal::Below(most) => (format!("< {most} {unit}"), Some(service < *most)),
    };
    let met = met.map_or("", |met| if met { "met" } else { "missed" });
    Row::Cells([name.to_owned(), shown(service), shown(ceiling), format!("{ratio:.2}"), asked, met.to_owned()])
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: a body of {} bytes, an answer of {}\n", self.order, self.body, self.answer)?;
        for line in lines(&self.table(), [0; 6], usize::MAX) {
            writeln!(f, "{line}")?;
        }
        writeln!(f)
    }
}
