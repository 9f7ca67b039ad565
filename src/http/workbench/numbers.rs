//! What became of the cards, from the store; and the statistics of a replay, from a file.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse};
use maud::Markup;

use replay::statistics::Statistics as OfReplay;
use report::sections;
use store::stats::Statistics;
use workbench::numbers::{Numbers, numbers};

use super::super::State;
use super::super::shared_state::RequestState;
use super::guard::Browser;
use super::paste::UploadForm;
use super::{Workbench, html};
use knowledge::policy::silenced;

/// The numbers of the store.
pub async fn page(request: HttpRequest, state: RequestState) -> HttpResponse {
    shown(&state, &Browser::of(&request), None).await
}

/// The statistics of a replay, above the numbers of the store.
pub async fn opened(request: HttpRequest, form: Multipart, state: RequestState, workbench: Workbench) -> HttpResponse {
    let browser = Browser::of(&request);
    let form = match UploadForm::read_checked(form, state.settings.limits.body_bytes.get(), &workbench, &browser).await
    {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    let wrong = |why| format!("This is not a file of statistics that `replay --statistics` wrote: {why}.");
    let read = form.text("text").and_then(|text| OfReplay::read(&text)).map_err(wrong);
    let page = read.and_then(|statistics| sections(&statistics, Some(&state.library)).map_err(|undrawn| undrawn.0));
    shown(&state, &browser, Some(page)).await
}

async fn shown(state: &State, browser: &Browser, opened: Option<Result<Markup, String>>) -> HttpResponse {
    let statistics = of_store(state).await;
    let page = Numbers { statistics: statistics.as_ref().map_err(Clone::clone), opened, token: &browser.token };
    html(numbers(&page))
}

/// The statistics of the store, or why there are none.
pub async fn of_store(state: &State) -> Result<Statistics, String> {
    if !state.store.is_on() {
        return Err("Nothing is kept, so that there is nothing to count (setting store.url).".to_owned());
    }
    match state.store.counts(i64::MIN, None).await {
        Ok(counts) => Ok(Statistics::of(&counts, None, &state.zone).with_silenced(silenced(&state.library))),
        Err(problem) => {
            tracing::warn!(problem, "no statistics");
            Err("The store cannot be read now; the log of the service says why.".to_owned())
        }
    }
}
