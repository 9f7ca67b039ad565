//! Figures for Prometheus: how calls went, what was decided, what was missing, and how the parts of the service are doing.
//!
//! Every label has few values: names of the settings, ids of the library, words of the program. Nothing that a caller
//! chooses becomes one.

/// `GET /metrics`.
pub mod page;

use std::sync::Mutex;
use std::time::Duration;

use fhir_client::{Observer, Read};
use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

/// The beginning of all names.
const NAMESPACE: &str = "tocilizumab_cds";

/// The label of a client where the call was not authenticated, of a service that there is not, and of a query that has no
/// key.
const NONE: &str = "none";

/// Bounds of the buckets of durations, in seconds: a small call takes under a millisecond, and the default deadline is two
/// seconds.
const SECONDS: [f64; 14] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// The phases of a call, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The body arrives and is parsed.
    Read,
    /// A large call waits for its turn.
    Wait,
    /// Prefetch and the FHIR server are gone through.
    Gather,
    /// The orders are judged and the cards are made.
    Decide,
    /// The answer is noted and written.
    Write,
}

impl Phase {
    const ALL: [Phase; 5] = [Phase::Read, Phase::Wait, Phase::Gather, Phase::Decide, Phase::Write];

    fn code(self) -> &'static str {
        match self {
            Phase::Read => "read",
            Phase::Wait => "wait",
            Phase::Gather => "gather",
            Phase::Decide => "decide",
            Phase::Write => "write",
        }
    }
}

/// How long each phase of a call took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Phases([Duration; 5]);

impl Phases {
    /// Adds time to a phase.
    pub fn add(&mut self, phase: Phase, took: Duration) {
        let own = Phase::ALL.iter().zip(&mut self.0).find(|(one, _)| **one == phase);
        if let Some((_, sum)) = own {
            *sum += took;
        }
    }

    /// Each phase by its name, in their order.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        Phase::ALL.iter().map(|phase| phase.code()).zip(self.0)
    }

    /// The value of the header `Server-Timing`, in milliseconds.
    pub fn server_timing(&self) -> String {
        let each = self.each().map(|(name, took)| format!("{name};dur={:.3}", took.as_secs_f64() * 1000.0));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// All figures of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: IntCounterVec,
    feedback: IntCounterVec,
    call_seconds: HistogramVec,
    phase_seconds: HistogramVec,
    cards: IntCounterVec,
    unknown: IntCounterVec,
    missing: IntCounterVec,
    prefetch: IntCounterVec,
    fhir_reads: IntCounterVec,
    fhir_bytes: IntCounterVec,
    fhir_seconds: HistogramVec,
    tokens_refused: IntCounterVec,
    in_flight: IntGauge,
    store_up: IntGauge,
    store_queued: IntGauge,
    store_written: IntCounter,
    store_lost: IntCounter,
    build: IntGaugeVec,
    certificate: IntGaugeVec,
    /// Held while figures are brought up to date and written.
    writing: Mutex<()>,
}

impl Metrics {
    /// Figures at zero.
    ///
    /// # Errors
    ///
    /// Two figures have one name, which is a mistake of the program.
    pub fn new() -> Result<Metrics, String> {
        let registry = Registry::new();
        let made = Metrics {
            calls: counters("calls_total", "Calls of a hook by what was answered", &["service", "client", "status"])?,
            feedback: counters(
                "feedback_total",
                "Bodies of feedback by what was answered",
                &["service", "client", "status"],
            )?,
            call_seconds: seconds(
                "call_seconds",
                "How long calls of a hook took, from headers to answer",
                &["service"],
            )?,
            phase_seconds: seconds("phase_seconds", "How long each phase of an answered call took", &["phase"])?,
            cards: counters(
                "cards_total",
                "Cards that were decided, and whether the answer carried them",
                &["rule", "indicator", "mode"],
            )?,
            unknown: counters(
                "unknown_criteria_total",
                "Criteria of judged orders that could not be decided, by why",
                &["rule", "reason"],
            )?,
            missing: counters(
                "missing_parts_total",
                "Parts of the record that were missing when a call was judged, by why",
                &["query", "reason"],
            )?,
            prefetch: counters(
                "prefetch_total",
                "Parts of the record that prefetch brought (hit) or left out (miss)",
                &["query", "client", "result"],
            )?,
            fhir_reads: counters(
                "fhir_reads_total",
                "Requests to FHIR servers by how they ended, ok or the kind of failure",
                &["server", "result"],
            )?,
            fhir_bytes: counters("fhir_bytes_total", "Bytes of the answers of FHIR servers, unpacked", &["server"])?,
            fhir_seconds: seconds("fhir_read_seconds", "How long requests to FHIR servers took", &["server"])?,
            tokens_refused: counters(
                "tokens_refused_total",
                "Calls without a valid token by what is wrong",
                &["cause"],
            )?,
            in_flight: gauge("calls_in_flight", "Calls that are being answered")?,
            store_up: gauge("store_up", "Whether the store works or is switched off (1), or fails (0)")?,
            store_queued: gauge("store_queued_notes", "Notes that wait to be written")?,
            store_written: counter("store_written_notes_total", "Notes that were written")?,
            store_lost: counter("store_lost_notes_total", "Notes that were lost")?,
            build: IntGaugeVec::new(
                Opts::new("build_info", "What decides: version, digests of library and policy, mode")
                    .namespace(NAMESPACE),
                &["version", "library", "policy", "mode"],
            )
            .map_err(|error| error.to_string())?,
            certificate: IntGaugeVec::new(
                Opts::new(
                    "certificate_remaining_seconds",
                    "Time until the first certificate of the chain of the service ends",
                )
                .namespace(NAMESPACE),
                &["setting"],
            )
            .map_err(|error| error.to_string())?,
            writing: Mutex::new(()),
            registry,
        };
        made.register().map_err(|error| error.to_string())?;
        Ok(made)
    }

    fn register(&self) -> prometheus::Result<()> {
        let all: [Box<dyn Collector>; 19] = [
            Box::new(self.calls.clone()),
            Box::new(self.feedback.clone()),
            Box::new(self.call_seconds.clone()),
            Box::new(self.phase_seconds.clone()),
            Box::new(self.cards.clone()),
            Box::new(self.unknown.clone()),
            Box::new(self.missing.clone()),
            Box::new(self.prefetch.clone()),
            Box::new(self.fhir_reads.clone()),
            Box::new(self.fhir_bytes.clone()),
            Box::new(self.fhir_seconds.clone()),
            Box::new(self.tokens_refused.clone()),
            Box::new(self.in_flight.clone()),
            Box::new(self.store_up.clone()),
            Box::new(self.store_queued.clone()),
            Box::new(self.store_written.clone()),
            Box::new(self.store_lost.clone()),
            Box::new(self.build.clone()),
            Box::new(self.certificate.clone()),
        ];
        all.into_iter().try_for_each(|one| self.registry.register(one))
    }

    /// Counts a call of a hook. `service` is one of the library, `client` one of the settings.
    pub fn call(&self, service: Option<&str>, client: Option<&str>, status: u16, took: Duration) {
        let service = service.unwrap_or(NONE);
        self.calls.with_label_values(&[service, client.unwrap_or(NONE), &status.to_string()]).inc();
        self.call_seconds.with_label_values(&[service]).observe(took.as_secs_f64());
    }

    /// Counts a body of feedback.
    pub fn feedback(&self, service: Option<&str>, client: Option<&str>, status: u16) {
        let labels = [service.unwrap_or(NONE), client.unwrap_or(NONE), &status.to_string()];
        self.feedback.with_label_values(&labels).inc();
    }

    /// Takes the times of a call that was decided.
    pub fn phases(&self, phases: &Phases) {
        for (name, took) in phases.each() {
            self.phase_seconds.with_label_values(&[name]).observe(took.as_secs_f64());
        }
    }

    /// Counts a card. `mode` is whether the answer carried it.
    pub fn card(&self, rule: &str, indicator: &str, mode: &str) {
        self.cards.with_label_values(&[rule, indicator, mode]).inc();
    }

    /// Counts a criterion of a rule that could not be decided.
    pub fn unknown(&self, rule: &str, reason: &str) {
        self.unknown.with_label_values(&[rule, reason]).inc();
    }

    /// Counts a part of the record that is missing, by the key of its query.
    pub fn missing(&self, query: Option<&str>, reason: &str) {
        self.missing.with_label_values(&[query.unwrap_or(NONE), reason]).inc();
    }

    /// Counts the queries that prefetch answered and those that it did not.
    pub fn prefetch<'q>(&self, client: Option<&str>, queries: impl Iterator<Item = (&'q str, bool)>) {
        for (query, brought) in queries {
            let result = if brought { "hit" } else { "miss" };
            self.prefetch.with_label_values(&[query, client.unwrap_or(NONE), result]).inc();
        }
    }

    /// Counts a call without a valid token.
    pub fn token_refused(&self, cause: &'static str) {
        self.tokens_refused.with_label_values(&[cause]).inc();
    }

    /// All figures in the text format of Prometheus.
    ///
    /// # Errors
    ///
    /// A figure cannot be written, which is a mistake of the program.
    fn text(&self) -> Result<String, String> {
        TextEncoder::new().encode_to_string(&self.registry.gather()).map_err(|error| error.to_string())
    }
}

impl Observer for Metrics {
    fn read(&self, read: &Read<'_>) {
        let Read { server, result, elapsed, .. } = *read;
        let (outcome, bytes) = match result {
            Ok(bytes) => ("ok", bytes),
            Err(failure) => (failure.kind(), 0),
        };
        self.fhir_reads.with_label_values(&[server, outcome]).inc();
        self.fhir_bytes.with_label_values(&[server]).inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.fhir_seconds.with_label_values(&[server]).observe(elapsed.as_secs_f64());
        tracing::debug!(server, result = outcome, bytes, milliseconds = elapsed.as_millis(), "a FHIR server was asked");
    }
}

fn counters(name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, String> {
    IntCounterVec::new(Opts::new(name, help).namespace(NAMESPACE), labels).map_err(|error| error.to_string())
}

fn counter(name: &str, help: &str) -> Result<IntCounter, String> {
    IntCounter::with_opts(Opts::new(name, help).namespace(NAMESPACE)).map_err(|error| error.to_string())
}

fn gauge(name: &str, help: &str) -> Result<IntGauge, String> {
    IntGauge::with_opts(Opts::new(name, help).namespace(NAMESPACE)).map_err(|error| error.to_string())
}

fn seconds(name: &str, help: &str, labels: &[&str]) -> Result<HistogramVec, String> {
    let options = HistogramOpts::new(name, help).namespace(NAMESPACE).buckets(SECONDS.to_vec());
    HistogramVec::new(options, labels).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Metrics, Phase, Phases};

    #[test]
    fn every_figure_has_a_name_of_its_own() {
        let metrics = Metrics::new().expect("figures");
        metrics.call(Some("a"), None, 200, Duration::from_millis(3));
        let text = metrics.text().expect("text");
        let line = "tocilizumab_cds_calls_total{client=\"none\",service=\"a\",status=\"200\"} 1";
        assert!(text.lines().any(|found| found == line), "{text}");
    }

    #[test]
    fn times_are_those_of_their_phases() {
        let mut phases = Phases::default();
        phases.add(Phase::Gather, Duration::from_micros(1500));
        phases.add(Phase::Gather, Duration::from_micros(500));
        phases.add(Phase::Write, Duration::from_micros(10));
        let expected = "read;dur=0.000, wait;dur=0.000, gather;dur=2.000, decide;dur=0.000, write;dur=0.010";
        assert_eq!(phases.server_timing(), expected);
    }
}
