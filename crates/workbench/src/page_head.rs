//! The head that all pages of a patient share: its name and the links between the pages. The patient is a test patient
//! or a pasted input.

use cds_hooks::profile::Profile;
use domain::words::upper_first;
use maud::{Markup, Render, html};
use pages::shell::{Area, PageContext, PageLocation};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::form;
use super::icon::shapes;

/// The characters of a value in a query that stay as they are.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A value as a query holds it.
pub fn in_query(value: &str) -> String {
    utf8_percent_encode(value, IN_QUERY).to_string()
}

/// The head of a page: the patient that it shows.
#[derive(Debug, Clone, Copy)]
pub struct PageHead<'a> {
    /// The key of the patient in URLs: the name of a test patient, or a random key of a pasted input. Never patient
    /// data.
    pub key: &'a str,
    /// What it is called on the page.
    pub name: &'a str,
    /// What it shows, in a sentence.
    pub about: Option<&'a str>,
    /// Whether it was pasted, so that it is known to this browser only.
    pub own: bool,
    /// What the EHR is taken to display.
    pub profile: Profile,
    /// The changes made to it, as a query writes them; only of test patients.
    pub changes: &'a str,
    /// How many changes are made to it.
    pub changed: usize,
}

/// The pages of a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The cards.
    Cards,
    /// Why.
    Why,
    /// Results and doses over time.
    Time,
    /// What if.
    WhatIf,
    /// What was asked and answered.
    Raw,
}

impl View {
    const ALL: [View; 5] = [View::Cards, View::Why, View::Time, View::WhatIf, View::Raw];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            View::Cards => "Cards",
            View::Why => "Why",
            View::Time => "Over time",
            View::WhatIf => "What if",
            View::Raw => "Raw",
        }
    }

    /// Its path from the root of the service.
    pub fn path(self) -> &'static str {
        match self {
            View::Cards => "workbench/cards",
            View::Why => "workbench/why",
            View::Time => "workbench/time",
            View::WhatIf => "workbench/what-if",
            View::Raw => "workbench/raw",
        }
    }
}

impl PageHead<'_> {
    /// The link to a page of this patient, relative to the root of the service.
    pub fn way(&self, view: View) -> String {
        self.way_as(view, self.profile)
    }

    /// The link to a page of this patient as another EHR shows it.
    pub fn way_as(&self, view: View, profile: Profile) -> String {
        let mut way = format!("{}?of={}", view.path(), in_query(self.key));
        if profile != Profile::Standard {
            way.push_str(&format!("&profile={}", profile.code()));
        }
        if !self.changes.is_empty() {
            way.push_str(&format!("&{}", self.changes));
        }
        way
    }

    /// What a form must send so that its answer is about the same.
    pub fn fields(&self) -> Markup {
        html! {
            (form::hidden("of", self.key))
            @if self.profile != Profile::Standard { (form::hidden("profile", self.profile.code())) }
            @if !self.changes.is_empty() { (form::hidden("edits", self.changes)) }
        }
    }

    /// A page of this patient.
    pub fn page(&self, view: View, content: impl Render) -> String {
        let window = format!("{} · {} · Workbench", view.name(), self.name);
        let content = html! {
            div.patient {
                p.id { @if self.own { "Pasted, known to this browser only" } @else { "Test patient " (self.name) } }
                h1 { @if self.own { (self.name) } @else { (title(self.name)) } }
                @if let Some(about) = self.about { p.lead { (upper_first(about)) } }
                @if self.changed > 0 && view != View::WhatIf {
                    p.changed {
                        @if self.changed == 1 { "One thing is changed. " } @else { (self.changed) " things are changed. " }
                        a href=(PageLocation::Below.to(&self.way(View::WhatIf))) { "Show or undo" }
                    }
                }
            }
            nav.views aria-label="Of this patient" {
                @for other in View::ALL {
                    a href=(PageLocation::Below.to(&self.way(other))) aria-current=[(other == view).then_some("page")] {
                        (other.name())
                    }
                }
            }
            (content)
        };
        page(Area::Patients, &window, content)
    }
}

/// The name of a test patient in words: the last part of its path.
fn title(name: &str) -> String {
    upper_first(&name.rsplit('/').next().unwrap_or(name).replace('-', " "))
}

/// A page of the workbench below its first one.
pub fn page(area: Area, title: &str, content: impl Render) -> String {
    whole(PageLocation::Below, area, title, None, content)
}

/// A page of the workbench at any location, with a second stylesheet where it needs one.
pub fn whole(place: PageLocation, area: Area, title: &str, more_styles: Option<&str>, content: impl Render) -> String {
    let around = PageContext { place, area, title, version: None, script: true, more_styles };
    around.page(&Markup::default(), html! { (shapes()) (content) })
}
