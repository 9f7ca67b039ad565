//! Feedback that a person sends from a card: it goes the way of any client's, and is kept as that of the workbench.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use cds_hooks::card::Card;
use serde_json::json;
use store::note::{Issued, IssuedCard, Mode, Note};
use workbench::looked_at::View;

use super::super::feedback::{Receipt, keep};
use super::super::heavy::Heavy;
use super::super::live::Current;
use super::super::trace::Origin;
use super::guard::{Visitor, ours, refusal};
use super::judge::judge;
use super::look::Look;
use super::paste::see;
use super::{Seat, beside};

/// The client under whose name feedback of the workbench is kept.
const CLIENT: &str = "workbench";

/// What is sent of a card, found again in what is looked at.
struct Sent {
    service: String,
    issued: Issued,
    body: String,
    outcome: &'static str,
}

/// Takes the feedback on a card: a suggestion that was accepted, or an override with or without a reason.
pub async fn take(
    request: HttpRequest,
    fields: Form<Vec<(String, String)>>,
    state: Current,
    desk: Seat,
    heavy: Data<Heavy>,
) -> HttpResponse {
    let visitor = Visitor::of(&request);
    if let Err(refusal) = ours(&desk, &visitor, &fields) {
        return *refusal;
    }
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let text = |name: &str| field(name).unwrap_or_default();
    let (card, key) = (text("card"), text("of"));
    let look = match Look::at(&key, &text("profile"), &text("edits"), &visitor, &state, &desk) {
        Ok(look) => look,
        Err((status, why)) => return refusal(status, &why),
    };
    let changes = look.edits.to_query();
    let back = look.head(&changes).way(View::Cards);
    let (suggestion, reason, library) = (field("suggestion"), text("reason"), state.version.short());
    let _turn = heavy.turn(look.original.len()).await;
    let (wanted, now) = (card.clone(), state.clock().milliseconds());
    let sent = beside(move || {
        sent(&look, &wanted, suggestion.as_deref(), &reason, now, library)
            .ok_or_else(|| (404, "The card is not here any more: what is looked at has changed.".to_owned()))
    });
    let Sent { service, issued, body, outcome } = match sent.await {
        Ok(sent) => sent,
        Err(refusal) => return refusal,
    };
    state.store.note(Note::Issued(issued));
    let receipt = Receipt {
        service,
        client: Some(CLIENT.to_owned()),
        address: Origin::found(&request).address(),
        received_ms: (state.now)().timestamp().as_millisecond(),
    };
    let told = match keep(receipt, body, &state, &heavy).await {
        Ok(None) => outcome,
        Ok(Some(_)) | Err(_) => "failed",
    };
    // The way is counted from the root of the service, and this page stands one level below it.
    see(&format!("../{back}&card={}&told={told}#card-{}", escaped(&card), escaped(&card)))
}

/// Only what a UUID is made of.
fn escaped(card: &str) -> String {
    card.chars().filter(|c| c.is_ascii_hexdigit() || *c == '-').collect()
}

fn sent(look: &Look, wanted: &str, suggestion: Option<&str>, reason: &str, now: i64, library: String) -> Option<Sent> {
    let (document, moment) = (look.text().ok()?, look.changed_moment());
    let (judged, _) = judge(&look.changed_library, look.asked(&document, &moment)).ok()?;
    let (hook, card) = judged.iter().find_map(|one| {
        let card = one.answered.decision.cards.iter().find(|card| card.uuid.to_string() == wanted)?;
        Some((one.answered.hook.clone(), card))
    })?;
    let services = &look.library.services.services;
    let service = services.iter().find(|service| service.hook.name() == hook)?.id.clone();
    let (outcome, item) = match suggestion {
        Some(id) => ("accepted", accepted(card, id)?),
        None => ("overridden", overridden(card, reason)),
    };
    let issued = Issued {
        service: service.clone(),
        hook,
        instance: String::new(),
        client: Some(CLIENT.to_owned()),
        user: None,
        organization: None,
        library,
        at_ms: now,
        cards: vec![IssuedCard {
            card: card.uuid.to_string(),
            rule: card.rule.clone(),
            indicator: card.indicator.code(),
            mode: Mode::Live,
            suggestions: card.suggestions.iter().map(|s| (s.uuid.to_string(), s.id.clone())).collect(),
        }],
    };
    Some(Sent { service, issued, body: json!({ "feedback": [item] }).to_string(), outcome })
}

fn accepted(card: &Card, id: &str) -> Option<serde_json::Value> {
    let known = card.suggestions.iter().find(|suggestion| suggestion.uuid.to_string() == id)?;
    Some(json!({
        "card": card.uuid.to_string(),
        "outcome": "accepted",
        "acceptedSuggestions": [{ "id": known.uuid.to_string() }],
    }))
}

fn overridden(card: &Card, reason: &str) -> serde_json::Value {
    let mut item = json!({ "card": card.uuid.to_string(), "outcome": "overridden" });
    if let Some(known) = card.override_reasons.iter().find(|known| known.code == reason) {
        item["overrideReason"] = json!({ "reason": known });
    }
    item
}
