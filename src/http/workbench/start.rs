//! The first page, and the same page where something pasted was refused.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse};

use pages::shell::PageLocation;
use workbench::patients::{self, Fixture, PastedInput, StartPage};

use super::super::State;
use super::super::shared_state::RequestState;
use super::guard::Browser;
use super::{Workbench, WorkbenchState, html, viewed_patient};

/// The most characters of a refused text that the form shows again.
const SHOWN: usize = 20_000;

/// The first page.
pub async fn page(request: HttpRequest, state: RequestState, workbench: Workbench) -> HttpResponse {
    let query = viewed_patient::parameter(&request, "find").unwrap_or_default();
    let query: String = query.chars().take(100).collect();
    html(made(&state, &workbench, &Browser::of(&request), query.trim(), None, PageLocation::Root))
}

/// The page again, with what is wrong with what was pasted.
pub fn refused(state: &State, workbench: &WorkbenchState, browser: &Browser, text: &str, wrong: &str) -> String {
    let shown: String = text.chars().take(SHOWN).collect();
    made(state, workbench, browser, "", Some((&shown, wrong)), PageLocation::Below)
}

fn made(
    state: &State,
    workbench: &WorkbenchState,
    browser: &Browser,
    query: &str,
    refused: Option<(&str, &str)>,
    place: PageLocation,
) -> String {
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let about = &workbench.loaded().about;
    let fixtures = workbench
        .source
        .fixtures
        .0
        .keys()
        .map(|name| Fixture { name, about: about.get(name).map(String::as_str).unwrap_or_default() });
    let fits = |fixture: &Fixture<'_>| {
        let text = format!("{} {}", fixture.name, fixture.about).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let fixtures: Vec<Fixture<'_>> = fixtures.filter(fits).collect();
    let own = workbench.sessions.all(&browser.cookie, Instant::now());
    let pasted: Vec<PastedInput> = own.into_iter().map(|item| PastedInput { key: item.key, name: item.name }).collect();
    let minutes = state.settings.workbench.browser_s.get() / 60;
    patients::page(StartPage {
        fixtures: &fixtures,
        query,
        pasted: &pasted,
        refused,
        token: &browser.token,
        minutes,
        place,
    })
}
