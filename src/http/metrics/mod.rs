//! Figures for Prometheus: how calls went, what was decided, what was missing, and how the parts of the service are doing.
//!
//! Every label has few values: names of the settings, ids of the library, words of the program. Nothing that a caller
//! chooses becomes one.

/// `GET /metrics`.
pub mod page;

/// Every figure with its name.
mod figures;
/// The phases of a call.
mod phases;

use std::time::Duration;

use fhir_client::{Observer, Read};
use prometheus::TextEncoder;

pub use self::figures::Metrics;
pub use self::phases::{Phase, Phases};

/// The label of a client where the call was not authenticated, of a service that there is not, and of a query that has no
/// key.
const NONE: &str = "none";

impl Metrics {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Metrics;

    #[test]
    fn every_figure_has_a_name_of_its_own() {
        let metrics = Metrics::new().expect("figures");
        metrics.call(Some("a"), None, 200, Duration::from_millis(3));
        let text = metrics.text().expect("text");
        let line = "tocilizumab_cds_calls_total{client=\"none\",service=\"a\",status=\"200\"} 1";
        assert!(text.lines().any(|found| found == line), "{text}");
    }
}
