//! The pages of a patient: cards, reasons, and what was asked and answered.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use cds_hooks::error::CallError;
use maud::Markup;
use workbench::card::{self, Answered, Buttons};
use workbench::change::Originals;
use workbench::looked_at::{LookedAt, View};
use workbench::raw::{self, Exchange};
use workbench::{time as over, why};

use super::super::heavy::Heavy;
use super::super::live::Current;
use super::guard::Visitor;
use super::judge::{Course, Judged, judge};
use super::look::{Look, parameter, wrong};
use super::{Seat, beside, html as page_of};

/// The cards.
pub async fn cards(request: HttpRequest, state: Current, desk: Seat, heavy: Data<Heavy>) -> HttpResponse {
    let (visitor, store) = (Visitor::of(&request), state.store.is_on());
    let told = parameter(&request, "card").zip(parameter(&request, "told"));
    judged(&request, &state, &desk, &heavy, View::Cards, move |look, text, head, judged, _| {
        let told = told.as_ref().map(|(card, outcome)| (card.as_str(), outcome.as_str()));
        let buttons = Buttons { token: Some(&visitor.token), store, told };
        card::page(head, &look.changed_library, &answered(judged), &Originals::of(text), buttons)
    })
    .await
}

/// The reasons.
pub async fn why(request: HttpRequest, state: Current, desk: Seat, heavy: Data<Heavy>) -> HttpResponse {
    judged(&request, &state, &desk, &heavy, View::Why, |_, _, head, judged, _| why::page(head, &answered(judged))).await
}

/// What happened over time.
pub async fn time(request: HttpRequest, state: Current, desk: Seat, heavy: Data<Heavy>) -> HttpResponse {
    judged(&request, &state, &desk, &heavy, View::Time, |look, _, head, judged, _| {
        let part = |(at, Judged { answered, facts, clock }): (usize, &Judged<'_>)| {
            over::over_time(&look.changed_library, &answered.decision, facts, clock, at)
        };
        let parts: Vec<Markup> = judged.iter().enumerate().map(part).collect();
        over::page(head, &parts)
    })
    .await
}

/// What was asked and answered.
pub async fn raw(request: HttpRequest, state: Current, desk: Seat, heavy: Data<Heavy>) -> HttpResponse {
    let own_url = state.settings.public_url.as_ref().map(|url| url.text().trim_end_matches('/').to_owned());
    judged(&request, &state, &desk, &heavy, View::Raw, move |look, text, head, judged, course| {
        let hook = judged.first().map(|one| one.answered.hook.clone()).unwrap_or_default();
        let (command, remark) = command(look, own_url.as_deref().unwrap_or("http://127.0.0.1:8080"), &hook);
        let exchange = Exchange {
            request: text,
            response: &course.response,
            command: &command,
            remark: Some(remark),
            phases: &course.phases,
            queries: &course.queries,
        };
        raw::page(head, &exchange)
    })
    .await
}

/// The request or the response as a file.
pub async fn file(
    request: HttpRequest,
    name: Path<String>,
    state: Current,
    desk: Seat,
    heavy: Data<Heavy>,
) -> HttpResponse {
    let is_request = match name.as_str() {
        "request.json" => true,
        "response.json" => false,
        _ => return super::nowhere(request).await,
    };
    let work = move |look: Look| {
        let text = look.text().map_err(|why| (400, why))?;
        if is_request {
            return Ok(text);
        }
        let moment = look.changed_moment();
        let judged = judge(&look.changed_library, look.asked(&text, &moment));
        judged.map(|(_, course)| course.response).map_err(|error| (error.status, wrong(&error)))
    };
    match text_of(&request, &state, &desk, &heavy, work).await {
        Ok(json) => HttpResponse::Ok().content_type("application/json").body(json),
        Err(refusal) => refusal,
    }
}

/// Makes a page of what is looked at, outside the workers.
pub async fn made(
    request: &HttpRequest,
    state: &Current,
    desk: &Seat,
    heavy: &Data<Heavy>,
    make: impl FnOnce(Look) -> Result<String, super::Wrong> + Send + 'static,
) -> HttpResponse {
    match text_of(request, state, desk, heavy, make).await {
        Ok(page) => page_of(page),
        Err(refusal) => refusal,
    }
}

/// Makes a page of what was decided on the patient as the changes leave it, or says on that page why the service refuses.
async fn judged(
    request: &HttpRequest,
    state: &Current,
    desk: &Seat,
    heavy: &Data<Heavy>,
    view: View,
    page: impl FnOnce(&Look, &str, LookedAt<'_>, Vec<Judged<'_>>, Course) -> String + Send + 'static,
) -> HttpResponse {
    made(request, state, desk, heavy, move |look| {
        let text = look.text().map_err(|why| (400, why))?;
        let (changes, moment) = (look.edits.to_query(), look.changed_moment());
        let head = look.head(&changes);
        Ok(match judge(&look.changed_library, look.asked(&text, &moment)) {
            Err(error) => head.page(view, refused(&error)),
            Ok((judged, course)) => page(&look, &text, head, judged, course),
        })
    })
    .await
}

fn answered(judged: Vec<Judged<'_>>) -> Vec<Answered<'_>> {
    judged.into_iter().map(|one| one.answered).collect()
}

async fn text_of(
    request: &HttpRequest,
    state: &Current,
    desk: &Seat,
    heavy: &Data<Heavy>,
    make: impl FnOnce(Look) -> Result<String, super::Wrong> + Send + 'static,
) -> Result<String, HttpResponse> {
    let look = Look::of(request, state, desk).map_err(|(status, why)| super::refusal(status, &why))?;
    let _turn = heavy.turn(look.original.len()).await;
    beside(move || make(look)).await
}

/// What is shown in place of cards where the service refuses a call.
pub fn refused(error: &CallError) -> Markup {
    workbench::fault::told(&wrong(error))
}

/// The command that asks the service the same, and a remark on it.
fn command(look: &Look, url: &str, hook: &str) -> (String, &'static str) {
    let services = &look.library.services.services;
    let service = services.iter().find(|service| service.hook.name() == hook).map(|service| service.id.as_str());
    let Some(service) = service else {
        return (
            "tocilizumab-cds replay request.json".to_owned(),
            "No service of this hook is listed; a replay judges the file all the same.",
        );
    };
    let is_bundle = !look.original.contains("\"hook\"");
    let send = format!("curl -s -H 'Content-Type: application/json' -d @- {url}/cds-services/{service}");
    if is_bundle {
        ("tocilizumab-cds replay request.json".to_owned(), "A Bundle is judged by a replay; keep it as a file below.")
    } else if look.own || !look.edits.is_empty() {
        (
            send.replace("-d @-", "-d @request.json"),
            "Keep the request below as request.json. The service judges it by its own clock.",
        )
    } else {
        (
            format!("tocilizumab-cds example {} | {send}", look.key),
            "The program moves the dates of the test patient to today, because the service judges by its own clock.",
        )
    }
}
