//! What an operator learns of a call: its lines in the log and its figures. Neither says whose record it was.

use std::time::Instant;

use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use domain::truth::Outcome;
use engine::assessment::Assessed;
use engine::decide::Decision;
use fhir::problem::Problem;
use store::note::Mode;

use super::received::{ReceivedCall, grant};
use crate::config::Delivery;
use crate::http::delivery::CardDeliveries;
use crate::http::error::Refused;
use crate::http::trace::Origin;

/// Most problems of one call that are logged one by one.
const LOGGED: usize = 20;

impl ReceivedCall {
    /// Counts what was decided and what could not be.
    pub(super) fn count(&self, decided: Option<&(Decision<'_>, Vec<Problem>)>, deliveries: &CardDeliveries) {
        let Some((decision, problems)) = decided else { return };
        let metrics = &self.state.metrics;
        for (card, mode) in decision.cards.iter().zip(deliveries.modes()) {
            metrics.card(&card.rule, card.indicator.code(), mode.code());
        }
        for card in &decision.silent {
            metrics.card(&card.rule, card.indicator.code(), Mode::Silent.code());
        }
        for Assessed { drug, assessment, .. } in &decision.assessments {
            for (rule, found) in drug.rules.iter().zip(&assessment.rules).filter(|(_, found)| found.applies) {
                for finding in &found.findings {
                    if let Outcome::Unknown(reason) = finding.outcome {
                        metrics.unknown(&rule.id, reason.code());
                    }
                }
            }
        }
        for problem in problems {
            match problem {
                Problem::NotRetrieved(failure, keys) => {
                    keys.iter().for_each(|key| metrics.missing(Some(key), failure.kind()));
                }
                Problem::ReadInPart(key, _) if self.is_query(key) => metrics.missing(Some(key), "read-in-part"),
                Problem::NoMedication(failure, _) => metrics.missing(None, failure.kind()),
                _ => {}
            }
        }
    }

    /// Whether a key is one of the library, and not of the sender.
    fn is_query(&self, key: &str) -> bool {
        self.state.library.services.queries.iter().any(|query| query.key == key)
    }

    /// One line a call: who asked what, how it went, how long it took; never whose record it was.
    pub(super) fn log(
        &self,
        call: &HookCall<'_>,
        answered: Result<&(Decision<'_>, Vec<Problem>), &CallError>,
        delivery: Delivery,
        deliveries: &CardDeliveries,
        record: Option<&str>,
    ) {
        let (client, service, milliseconds) = (self.client(), self.service.as_str(), since(self.started));
        let (request, trace, mode) = (self.origin.request(), self.origin.trace(), delivery.code());
        let instance = if call.instance.len() <= 64 { call.instance.as_str() } else { "(too long)" };
        match answered {
            Ok((decision, problems)) => {
                let orders = decision.assessments.len();
                let (unclear, unchecked) = (decision.unclear, decision.unchecked);
                let cards = deliveries.modes().filter(|mode| *mode == Mode::Live).count();
                let unseen = decision.cards.len() - cards + decision.silent.len();
                tracing::info!(
                    client,
                    service,
                    instance,
                    request,
                    trace,
                    orders,
                    unclear,
                    unchecked,
                    mode,
                    cards,
                    unseen,
                    record,
                    milliseconds,
                    "answered"
                );
                for problem in problems.iter().take(LOGGED) {
                    self.log_problem(call, instance, problem);
                }
                if problems.len() > LOGGED {
                    let more = problems.len() - LOGGED;
                    tracing::warn!(
                        client,
                        service,
                        instance,
                        more,
                        "more problems of the input, not listed one by one"
                    );
                }
            }
            Err(CallError { status, message: reason, .. }) => {
                let address = self.origin.address();
                tracing::warn!(
                    client,
                    %address,
                    service,
                    instance,
                    request,
                    trace,
                    status,
                    reason,
                    record,
                    milliseconds,
                    "refused"
                );
            }
        }
    }

    /// One line for a problem; that of a FHIR server names the server and the kind of failure.
    fn log_problem(&self, call: &HookCall<'_>, instance: &str, problem: &Problem) {
        let (client, service) = (self.client(), self.service.as_str());
        let (kind, what) = match problem {
            Problem::NotRetrieved(failure, keys) => (failure.code(), keys.join(", ")),
            Problem::ReadInPart(key, cut) if self.is_query(key) => (cut.code(), key.clone()),
            Problem::NoMedication(failure, count) => (failure.code(), format!("{count} Medications")),
            other => return tracing::warn!(client, service, instance, problem = other.to_string(), "odd input"),
        };
        let server = self.state.fhir.server(&grant(call), client);
        tracing::warn!(client, service, instance, server, kind, what, "not retrieved");
    }
}

/// One line for what was refused before anything was decided: with the reason, which the clinician never sees.
pub(super) fn refused_early(service: &str, origin: &Origin, refused: &Refused, started: Instant) {
    let CallError { status, message: reason, .. } = &refused.0;
    let (address, request, trace) = (origin.address(), origin.request(), origin.trace());
    tracing::warn!(%address, service, request, trace, status, reason, milliseconds = since(started), "refused");
}

fn since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}
