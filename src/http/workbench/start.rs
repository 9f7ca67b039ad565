//! The first page, and the same page where something pasted was refused.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse};

use pages::shell::Place;
use workbench::patients::{self, Fixture, Pasted, Start};

use super::super::State;
use super::super::live::Current;
use super::guard::Visitor;
use super::{Desk, Seat, html, look};

/// The most characters of a refused text that the form shows again.
const SHOWN: usize = 20_000;

/// The first page.
pub async fn page(request: HttpRequest, state: Current, desk: Seat) -> HttpResponse {
    let query = look::parameter(&request, "find").unwrap_or_default();
    let query: String = query.chars().take(100).collect();
    html(made(&state, &desk, &Visitor::of(&request), query.trim(), None, Place::Root))
}

/// The page again, with what is wrong with what was pasted.
pub fn refused(state: &State, desk: &Desk, visitor: &Visitor, text: &str, wrong: &str) -> String {
    let shown: String = text.chars().take(SHOWN).collect();
    made(state, desk, visitor, "", Some((&shown, wrong)), Place::Below)
}

fn made(
    state: &State,
    desk: &Desk,
    visitor: &Visitor,
    query: &str,
    refused: Option<(&str, &str)>,
    place: Place,
) -> String {
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let about = &desk.shelf().about;
    let fixtures = desk
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
    let own = desk.sessions.all(&visitor.cookie, Instant::now());
    let pasted: Vec<Pasted> = own.into_iter().map(|item| Pasted { key: item.key, name: item.name }).collect();
    let minutes = state.settings.workbench.browser_s.get() / 60;
    patients::page(Start {
        fixtures: &fixtures,
        query,
        pasted: &pasted,
        refused,
        token: &visitor.token,
        minutes,
        place,
    })
}
