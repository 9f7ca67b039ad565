//! What the service notes of a call once it is answered, off the path of the call.

use super::State;
use super::delivery::CardDeliveries;
use crate::config::Delivery;
use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use document::Document;
use domain::time::Clock;
use engine::answer::Recipient;
use engine::decide::Decision;
use engine::record::{DecisionContext, DecisionRecord, is_sampled};
use fhir::fetched::Fetched;
use store::note::{Issued, IssuedCard, Mode, Note, StoredRecord};

/// An answered call, for the notes.
#[derive(Clone, Copy)]
pub struct AnsweredCall<'a> {
    /// Id of the service.
    pub service: &'a str,
    /// The client by its name in the settings.
    pub client: Option<&'a str>,
    /// The organisation, as the client's JWT names it.
    pub organization: Option<&'a str>,
    /// The call.
    pub call: &'a HookCall<'a>,
    /// Its body.
    pub body: &'a Document<'a>,
    /// For whom the answer was written.
    pub recipient: Recipient<'a>,
    /// The moment of the decision.
    pub clock: &'a Clock,
    /// What was decided.
    pub decided: Result<&'a Decision<'a>, &'a CallError>,
    /// Whether answers to such calls carry their cards.
    pub delivery: Delivery,
    /// What is done with each card of the decision.
    pub deliveries: &'a CardDeliveries,
}

/// Notes the cards and, where the site wants it, the decision; the id of its record.
pub fn note(state: &State, answered: AnsweredCall<'_>, fetched: Fetched) -> Option<String> {
    if let Ok(decision) = answered.decided
        && !(decision.cards.is_empty() && decision.silent.is_empty())
    {
        state.store.note(Note::Issued(issued(state, answered, decision)));
    }
    let AnsweredCall { service, client, organization, call, body, clock, decided, recipient, delivery, .. } = answered;
    let recording = &state.settings.record;
    if !state.store.is_on() || !is_sampled(recording.share.get(), &call.instance, body.text()) {
        return None;
    }
    let mode = delivery.code();
    let context = DecisionContext { version: &state.version, service, client, organization, mode, recipient, clock };
    let record = DecisionRecord::of(context, call, body, fetched, decided, recording.content);
    let body = serde_json::to_string(&record).ok()?;
    let DecisionRecord { id, service, instance, .. } = record;
    let kept = StoredRecord { id: id.clone(), at_ms: clock.milliseconds(), service, instance, body };
    state.store.note(Note::Record(kept)).then_some(id)
}

fn issued(state: &State, answered: AnsweredCall<'_>, decision: &Decision<'_>) -> Issued {
    let AnsweredCall { service, client, organization, call, clock, .. } = answered;
    let silent = decision.silent.iter().map(|card| (card, Mode::Silent));
    let cards = decision.cards.iter().zip(answered.deliveries.modes()).chain(silent).map(|(card, mode)| IssuedCard {
        card: card.uuid.to_string(),
        rule: card.rule.clone(),
        indicator: card.indicator.code(),
        mode,
        suggestions: card.suggestions.iter().map(|s| (s.uuid.to_string(), s.id.clone())).collect(),
    });
    Issued {
        service: service.to_owned(),
        hook: call.hook.to_string(),
        instance: call.instance.clone(),
        client: client.map(str::to_owned),
        user: call.user_id.clone().filter(|_| state.settings.store.users),
        organization: organization.map(str::to_owned),
        library: state.version.short(),
        at_ms: clock.milliseconds(),
        cards: cards.collect(),
    }
}
