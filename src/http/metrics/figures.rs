//! Every figure with its name, its help and its labels.

use std::sync::Mutex;

use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// All figures of this process.
#[derive(Debug)]
pub struct Metrics {
    pub(super) registry: Registry,
    pub(super) calls: IntCounterVec,
    pub(super) feedback: IntCounterVec,
    pub(super) call_seconds: HistogramVec,
    pub(super) phase_seconds: HistogramVec,
    pub(super) cards: IntCounterVec,
    pub(super) unknown: IntCounterVec,
    pub(super) missing: IntCounterVec,
    pub(super) prefetch: IntCounterVec,
    pub(super) fhir_reads: IntCounterVec,
    pub(super) fhir_bytes: IntCounterVec,
    pub(super) fhir_seconds: HistogramVec,
    pub(super) tokens_refused: IntCounterVec,
    pub(super) in_flight: IntGauge,
    pub(super) store_up: IntGauge,
    pub(super) store_queued: IntGauge,
    pub(super) store_written: IntCounter,
    pub(super) store_lost: IntCounter,
    pub(super) build: IntGaugeVec,
    pub(super) certificate: IntGaugeVec,
    /// Held while figures are brought up to date and written.
    pub(super) writing: Mutex<()>,
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
}

/// The beginning of all names.
const NAMESPACE: &str = "tocilizumab_cds";

/// Bounds of the buckets of durations, in seconds: a small call takes under a millisecond, and the default deadline is two
/// seconds.
const SECONDS: [f64; 14] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

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
