//! The first page: what this is, the test patients with what each shows, and the field to paste something of one's own.

use domain::words::upper_first;
use maud::{Markup, html};
use pages::shell::{Area, PageLocation};

use super::form;
use super::icon::Icon;
use super::page_head::{in_query, whole};

/// A test patient of the list.
#[derive(Debug, Clone, Copy)]
pub struct Fixture<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it shows.
    pub about: &'a str,
}

/// Something that was pasted.
#[derive(Debug, Clone)]
pub struct PastedInput {
    /// Its key in URLs.
    pub key: String,
    /// What it is called.
    pub name: String,
}

/// What the first page shows.
#[derive(Debug, Clone, Copy)]
pub struct StartPage<'a> {
    /// The test patients that fit what is searched for.
    pub fixtures: &'a [Fixture<'a>],
    /// What is searched for.
    pub query: &'a str,
    /// What this browser has pasted.
    pub pasted: &'a [PastedInput],
    /// What is wrong with what was just pasted: the text, and why it was refused.
    pub refused: Option<(&'a str, &'a str)>,
    /// The token of this browser.
    pub token: &'a str,
    /// How many minutes something pasted is kept.
    pub minutes: u64,
    /// Where the page is served: at the root, or below it after an input was refused.
    pub place: PageLocation,
}

/// The test patients that a newcomer should look at first, each under a name for a reader.
const FIRST: [(&str, &str); 4] = [
    ("patients/neutrophils-1.9", "A low neutrophil count"),
    ("textbook", "Everything in order"),
    ("patients/igra-positive", "A positive tuberculosis test"),
    ("patients/infected-digital-ulcer-allergies-refused", "An infection, and data that are missing"),
];

/// The first page.
pub fn page(start: StartPage<'_>) -> String {
    let content = html! {
        h1 { "Workbench" }
        p.lead {
            "What the service says of an order, and why. Choose a test patient, or paste what your EHR would send."
        }
        @if start.query.is_empty() { (first(start)) }
        (pasted(start))
        (paste(start))
        (fixtures(start))
    };
    whole(start.place, Area::Patients, "Patients · Workbench", None, content)
}

/// The way to the cards of a patient.
fn cards(place: PageLocation, key: &str) -> String {
    place.to(&format!("workbench/cards?of={}", in_query(key)))
}

fn first(start: StartPage<'_>) -> Markup {
    let known = |name: &str| start.fixtures.iter().find(|fixture| fixture.name == name);
    let chosen: Vec<(&str, &Fixture<'_>)> =
        FIRST.iter().filter_map(|(name, words)| Some((*words, known(name)?))).collect();
    html! {
        @if !chosen.is_empty() {
            section aria-labelledby="begin" {
                h2 #begin { "Begin with one of these" }
                ul.tiles {
                    @for (words, fixture) in chosen {
                        li { a href=(cards(start.place, fixture.name)) { strong { (words) } span { (upper_first(fixture.about)) } } }
                    }
                }
            }
        }
    }
}

fn pasted(start: StartPage<'_>) -> Markup {
    html! {
        @if !start.pasted.is_empty() {
            section aria-labelledby="own" {
                h2 #own { "Pasted in this browser" }
                ul.own { @for one in start.pasted { li { a href=(cards(start.place, &one.key)) { (one.name) } } } }
                form method="post" action=(start.place.to("workbench/forget")) {
                    (form::token(start.token))
                    button { "Forget all of it now" }
                }
            }
        }
    }
}

fn paste(start: StartPage<'_>) -> Markup {
    let (text, wrong) = start.refused.unwrap_or_default();
    html! {
        section aria-labelledby="paste" {
            h2 #paste { "Or bring your own" }
            @if !wrong.is_empty() {
                p.fault #wrong role="alert" { (Icon::Check.shape()) " " (wrong) }
            }
            form.paste method="post" enctype="multipart/form-data" action=(start.place.to("workbench/paste")) data-drop="text" {
                (form::token(start.token))
                label for="text" { "A hook request, a FHIR Bundle, or one line of either from an NDJSON file" }
                textarea #text name="text" rows="6" spellcheck="false" autocomplete="off"
                    aria-describedby=(if wrong.is_empty() { "kept" } else { "wrong kept" })
                    aria-invalid=[(!wrong.is_empty()).then_some("true")] { (text) }
                p {
                    label for="file" { "or a file " }
                    input #file type="file" name="file" accept=".json,.ndjson,application/json";
                    " " button { "Look at it" }
                }
                p.note #kept {
                    "It stays in the memory of this service, for this browser alone, for " (start.minutes)
                    " minutes at most. It is not written anywhere, and no log holds any of it."
                }
            }
        }
    }
}

fn fixtures(start: StartPage<'_>) -> Markup {
    html! {
        section aria-labelledby="all" {
            h2 #all { "All test patients" }
            form.filter method="get" action=(start.place.to("./")) {
                label for="find" { "Find by name or by what it shows" }
                input #find type="search" name="find" value=(start.query) maxlength="100" data-filter="patients";
                button { "Find" }
            }
            p.count #count role="status" {
                @match start.fixtures.len() { 0 => "None fits.", 1 => "One test patient.", n => { (n) " test patients." } }
            }
            ul.patients #patients {
                @for fixture in start.fixtures {
                    li { a href=(cards(start.place, fixture.name)) { (fixture.name) } " " span { (upper_first(fixture.about)) } }
                }
            }
        }
    }
}
