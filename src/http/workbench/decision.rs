//! `GET /why/ID`: the decision that a card came from, made again from its record with all values and reasons. It is shown
//! to the client that called, for a limited time only; others do not learn whether it exists.

use actix_web::web::{Data, Path};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use cds_hooks::card::{Card, LinkJson};
use domain::time::Clock;
use engine::answer::explained;
use engine::record::{DecisionRecord, of_answer};
use workbench::card::Answered;
use workbench::decision::{self, OVER_TIME, RepeatedDecision};

use super::super::State;
use super::super::auth::Caller;
use super::super::large_calls::LargeCalls;
use super::super::shared_state::RequestState;
use super::guard::refusal;
use super::judge::{Judged, shown};
use super::viewed_patient::describe_error;
use super::{PageError, Workbench, html, on_blocking_thread};
use crate::author::Sdk;

/// The path of the page. The name of its part differs from that of a service, which a client may be kept from.
pub const PATH: &str = "/why/{record}";

/// The answer for a record that does not exist and for one of another caller: nobody learns which of the two it is.
const GONE: &str = "There is no decision of this client here. A record is there a moment after the card.";

/// Adds to each card of a recorded decision the link to its page, where the site wants it.
pub fn link_to_decision(state: &State, record: Option<&str>, cards: &mut [Card]) {
    let Some((record, base)) = record.zip(state.settings.public_url.as_ref()) else { return };
    if state.settings.record.link_s.get() == 0 || !state.settings.record.content || state.workbench.is_none() {
        return;
    }
    let base = base.text().trim_end_matches('/');
    for card in cards {
        let url = format!("{base}/why/{record}#{}", card.rule);
        card.links.push(LinkJson { label: "Why this card: the decision with its values", url, kind: "absolute" });
    }
}

/// The page.
pub async fn page(
    request: HttpRequest,
    id: Path<String>,
    state: RequestState,
    _workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    let for_s = state.settings.record.link_s.get();
    if for_s == 0 {
        return refusal(404, "No decision is shown again here (setting record.link-s).");
    }
    let record = match state.store.record(&id).await {
        Ok(record) => record.and_then(|body| serde_json::from_str::<DecisionRecord>(&body).ok()),
        Err(problem) => {
            tracing::warn!(problem, "no decision");
            return refusal(503, "The store cannot be read now; the log of the service says why.");
        }
    };
    let caller = request.extensions().get::<Caller>().cloned();
    let Some(record) = record.filter(|record| is_of(record, caller.as_ref())) else { return refusal(404, GONE) };
    let Some(clock) = Clock::from_exact(&record.at) else { return refusal(404, GONE) };
    let until_ms = clock.milliseconds().saturating_add(i64::try_from(for_s.saturating_mul(1000)).unwrap_or(i64::MAX));
    if state.clock().milliseconds() > until_ms {
        return refusal(
            410,
            &format!("A decision is shown for {for_s} seconds after it was made (setting record.link-s)."),
        );
    }
    // Whoever looks at data of a patient leaves a trace.
    tracing::info!(
        client = caller.as_ref().map(|caller| &*caller.name),
        record = record.id,
        "a decision is shown again"
    );
    let _permit = large_calls.permit(record.content.as_ref().map_or(0, |content| content.request.len())).await;
    let over_time = request.query_string() == OVER_TIME;
    match on_blocking_thread(move || made(&state, &record, over_time)).await {
        Ok(page) => html(page),
        Err(refusal) => refusal,
    }
}

/// Whether the caller is who asked for the decision: the same client, for the same organisation.
fn is_of(record: &DecisionRecord, caller: Option<&Caller>) -> bool {
    let (client, organization) = caller.map_or((None, None), |caller| (Some(&*caller.name), caller.tenant.as_deref()));
    record.client.as_deref() == client && record.organization.as_deref() == organization
}

fn made(state: &State, record: &DecisionRecord, over_time: bool) -> Result<String, PageError> {
    let kept = "Of this decision only hashes were kept, so it cannot be shown again (setting record.content).";
    let content = record.content.as_ref().ok_or_else(|| (404, kept.to_owned()))?;
    let judged = record.again(&content.request, &Sdk, |call, clock, recipient| {
        let explained = explained(&state.library, call, &content.fetched, clock, recipient)?;
        let answered = Answered {
            hook: call.hook.to_string(),
            moment: shown(clock),
            problems: explained.problems.iter().map(ToString::to_string).collect(),
            decision: explained.decision,
        };
        Ok(Judged { answered, facts: explained.facts, clock: clock.clone() })
    });
    let judged = judged.map_err(|why| (422, format!("The record cannot be read: {why}.")))?;
    let judged = judged.as_ref();
    let is_same = of_answer(judged.map(|judged| &judged.answered.decision)) == record.cards_hash;
    let changed = state.version.differences(&record.version);
    let judged = judged.map_err(|error| (error.status, describe_error(error)))?;
    let Judged { answered, facts, clock } = judged;
    let (id, library, changed) = (record.id.as_str(), &*state.library, changed.as_slice());
    Ok(decision::page(&RepeatedDecision { id, library, answered, facts, clock, is_same, changed, over_time }))
}
