//! The pages of a patient: cards, reasons, and what was asked and answered.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use cds_hooks::error::CallError;
use maud::Markup;
use workbench::card::{self, Answered, Buttons};
use workbench::change::Originals;
use workbench::page_head::{PageHead, View};
use workbench::raw::{self, Exchange};
use workbench::{time as over, why};

use super::super::large_calls::LargeCalls;
use super::super::shared_state::RequestState;
use super::guard::Browser;
use super::judge::{AnswerTrace, Judged, judge};
use super::viewed_patient::{ViewedPatient, describe_error, parameter};
use super::{Workbench, html as page_of, on_blocking_thread};

/// The cards.
pub async fn cards(
    request: HttpRequest,
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    let (browser, store) = (Browser::of(&request), state.store.is_on());
    let told = parameter(&request, "card").zip(parameter(&request, "told"));
    judged(&request, &state, &workbench, &large_calls, View::Cards, move |viewed, text, head, judged, _| {
        let told = told.as_ref().map(|(card, outcome)| (card.as_str(), outcome.as_str()));
        let buttons = Buttons { token: Some(&browser.token), store, told };
        card::page(head, &viewed.changed_library, &answered(judged), &Originals::of(text), buttons)
    })
    .await
}

/// The reasons.
pub async fn why(
    request: HttpRequest,
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    judged(&request, &state, &workbench, &large_calls, View::Why, |_, _, head, judged, _| {
        why::page(head, &answered(judged))
    })
    .await
}

/// What happened over time.
pub async fn time(
    request: HttpRequest,
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    judged(&request, &state, &workbench, &large_calls, View::Time, |viewed, _, head, judged, _| {
        let part = |(at, Judged { answered, facts, clock }): (usize, &Judged<'_>)| {
            over::over_time(&viewed.changed_library, &answered.decision, facts, clock, at)
        };
        let parts: Vec<Markup> = judged.iter().enumerate().map(part).collect();
        over::page(head, &parts)
    })
    .await
}

/// What was asked and answered.
pub async fn raw(
    request: HttpRequest,
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    let own_url = state.settings.public_url.as_ref().map(|url| url.text().trim_end_matches('/').to_owned());
    judged(&request, &state, &workbench, &large_calls, View::Raw, move |viewed, text, head, judged, trace| {
        let hook = judged.first().map(|one| one.answered.hook.clone()).unwrap_or_default();
        let (command, remark) = command(viewed, own_url.as_deref().unwrap_or("http://127.0.0.1:8080"), &hook);
        let exchange = Exchange {
            request: text,
            response: &trace.response,
            command: &command,
            remark: Some(remark),
            phases: &trace.phases,
            queries: &trace.queries,
        };
        raw::page(head, &exchange)
    })
    .await
}

/// The request or the response as a file.
pub async fn file(
    request: HttpRequest,
    name: Path<String>,
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    let is_request = match name.as_str() {
        "request.json" => true,
        "response.json" => false,
        _ => return super::not_found_page(request).await,
    };
    let work = move |viewed: ViewedPatient| {
        let text = viewed.text().map_err(|why| (400, why))?;
        if is_request {
            return Ok(text);
        }
        let moment = viewed.changed_moment();
        let judged = judge(&viewed.changed_library, viewed.judge_input(&text, &moment));
        judged.map(|(_, trace)| trace.response).map_err(|error| (error.status, describe_error(&error)))
    };
    match text_of(&request, &state, &workbench, &large_calls, work).await {
        Ok(json) => HttpResponse::Ok().content_type("application/json").body(json),
        Err(refusal) => refusal,
    }
}

/// Makes a page of what is looked at, outside the workers.
pub async fn made(
    request: &HttpRequest,
    state: &RequestState,
    workbench: &Workbench,
    large_calls: &Data<LargeCalls>,
    make: impl FnOnce(ViewedPatient) -> Result<String, super::PageError> + Send + 'static,
) -> HttpResponse {
    match text_of(request, state, workbench, large_calls, make).await {
        Ok(page) => page_of(page),
        Err(refusal) => refusal,
    }
}

/// Makes a page of what was decided on the patient as the changes leave it, or says on that page why the service refuses.
async fn judged(
    request: &HttpRequest,
    state: &RequestState,
    workbench: &Workbench,
    large_calls: &Data<LargeCalls>,
    view: View,
    page: impl FnOnce(&ViewedPatient, &str, PageHead<'_>, Vec<Judged<'_>>, AnswerTrace) -> String + Send + 'static,
) -> HttpResponse {
    made(request, state, workbench, large_calls, move |viewed| {
        let text = viewed.text().map_err(|why| (400, why))?;
        let (changes, moment) = (viewed.edits.to_query(), viewed.changed_moment());
        let head = viewed.head(&changes);
        Ok(match judge(&viewed.changed_library, viewed.judge_input(&text, &moment)) {
            Err(error) => head.page(view, refused(&error)),
            Ok((judged, trace)) => page(&viewed, &text, head, judged, trace),
        })
    })
    .await
}

fn answered(judged: Vec<Judged<'_>>) -> Vec<Answered<'_>> {
    judged.into_iter().map(|one| one.answered).collect()
}

async fn text_of(
    request: &HttpRequest,
    state: &RequestState,
    workbench: &Workbench,
    large_calls: &Data<LargeCalls>,
    make: impl FnOnce(ViewedPatient) -> Result<String, super::PageError> + Send + 'static,
) -> Result<String, HttpResponse> {
    let viewed = ViewedPatient::of(request, state, workbench).map_err(|(status, why)| super::refusal(status, &why))?;
    let _permit = large_calls.permit(viewed.original.len()).await;
    on_blocking_thread(move || make(viewed)).await
}

/// What is shown in place of cards where the service refuses a call.
pub fn refused(error: &CallError) -> Markup {
    workbench::fault::message(&describe_error(error))
}

/// The command that asks the service the same, and a remark on it.
fn command(viewed: &ViewedPatient, url: &str, hook: &str) -> (String, &'static str) {
    let services = &viewed.library.services.services;
    let service = services.iter().find(|service| service.hook.name() == hook).map(|service| service.id.as_str());
    let Some(service) = service else {
        return (
            "tocilizumab-cds replay request.json".to_owned(),
            "No service of this hook is listed; a replay judges the file all the same.",
        );
    };
    let is_bundle = !viewed.original.contains("\"hook\"");
    let send = format!("curl -s -H 'Content-Type: application/json' -d @- {url}/cds-services/{service}");
    if is_bundle {
        ("tocilizumab-cds replay request.json".to_owned(), "A Bundle is judged by a replay; keep it as a file below.")
    } else if viewed.own || !viewed.edits.is_empty() {
        (
            send.replace("-d @-", "-d @request.json"),
            "Keep the request below as request.json. The service judges it by its own clock.",
        )
    } else {
        (
            format!("tocilizumab-cds example {} | {send}", viewed.key),
            "The program moves the dates of the test patient to today, because the service judges by its own clock.",
        )
    }
}
