//! Feedback that a person sends from a card: it goes the way of any client's, and is kept as that of the workbench.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use cds_hooks::card::Card;
use serde_json::json;
use store::note::{Issued, IssuedCard, Mode, Note};
use workbench::page_head::View;

use super::super::feedback::{Receipt, keep};
use super::super::large_calls::LargeCalls;
use super::super::shared_state::RequestState;
use super::super::trace::Origin;
use super::guard::{Browser, check_form_token, refusal};
use super::judge::judge;
use super::paste::redirect;
use super::viewed_patient::ViewedPatient;
use super::{Workbench, on_blocking_thread};

/// The client under whose name feedback of the workbench is kept.
const CLIENT: &str = "workbench";

/// What is sent of a card, found again in what is looked at.
struct CardFeedback {
    service: String,
    issued: Issued,
    body: String,
    outcome: &'static str,
}

/// Takes the feedback on a card: a suggestion that was accepted, or an override with or without a reason.
pub async fn take(
    request: HttpRequest,
    fields: Form<Vec<(String, String)>>,
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    let browser = Browser::of(&request);
    if let Err(refusal) = check_form_token(&workbench, &browser, &fields) {
        return *refusal;
    }
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let text = |name: &str| field(name).unwrap_or_default();
    let (card, key) = (text("card"), text("of"));
    let viewed = match ViewedPatient::at(&key, &text("profile"), &text("edits"), &browser, &state, &workbench) {
        Ok(viewed) => viewed,
        Err((status, why)) => return refusal(status, &why),
    };
    let changes = viewed.edits.to_query();
    let back = viewed.head(&changes).way(View::Cards);
    let (suggestion, reason, library) = (field("suggestion"), text("reason"), state.version.short());
    let _permit = large_calls.permit(viewed.original.len()).await;
    let (wanted, now) = (card.clone(), state.clock().milliseconds());
    let sent = on_blocking_thread(move || {
        card_feedback(&viewed, &wanted, suggestion.as_deref(), &reason, now, library)
            .ok_or_else(|| (404, "The card is not here any more: what is looked at has changed.".to_owned()))
    });
    let CardFeedback { service, issued, body, outcome } = match sent.await {
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
    let told = match keep(receipt, body, &state, &large_calls).await {
        Ok(None) => outcome,
        Ok(Some(_)) | Err(_) => "failed",
    };
    // The path is relative to the root of the service, and this page is one level below it.
    redirect(&format!("../{back}&card={}&told={told}#card-{}", escaped(&card), escaped(&card)))
}

/// Only what a UUID is made of.
fn escaped(card: &str) -> String {
    card.chars().filter(|c| c.is_ascii_hexdigit() || *c == '-').collect()
}

fn card_feedback(
    viewed: &ViewedPatient,
    wanted: &str,
    suggestion: Option<&str>,
    reason: &str,
    now: i64,
    library: String,
) -> Option<CardFeedback> {
    let (document, moment) = (viewed.text().ok()?, viewed.changed_moment());
    let (judged, _) = judge(&viewed.changed_library, viewed.judge_input(&document, &moment)).ok()?;
    let (hook, card) = judged.iter().find_map(|one| {
        let card = one.answered.decision.cards.iter().find(|card| card.uuid.to_string() == wanted)?;
        Some((one.answered.hook.clone(), card))
    })?;
    let services = &viewed.library.services.services;
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
    Some(CardFeedback { service, issued, body: json!({ "feedback": [item] }).to_string(), outcome })
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
