//! What if: what of a patient can be changed, what is changed, and what that changes, before and after side by side.

use domain::rule::{Drug, Indicator};
use domain::truth::Outcome;
use explain::difference::{Became, CardChange, Changed, Difference, Found};
use explain::edit::{Edit, Edits};
use explain::editable::Editable;
use maud::{Markup, html};
use pages::html::code;
use pages::shell::Place;

use super::card::{Answered, degree};
use super::icon::{Sign, signed};
use super::looked_at::{LookedAt, View};
use super::{form, raw, why};

/// What the page shows.
#[derive(Debug)]
pub struct WhatIf<'a> {
    /// What can be changed.
    pub editable: &'a [Editable],
    /// What is changed.
    pub edits: &'a Edits,
    /// The moment of the decision.
    pub moment: &'a str,
    /// The policies to choose from, by name; with one there is no choice.
    pub policies: &'a [(&'static str, &'static str)],
    /// The drugs of the library, for their routes and uses.
    pub drugs: &'a [Drug],
    /// The decision without and with the changes, or why the changes cannot be made or judged.
    pub outcome: Result<(&'a Answered<'a>, &'a Answered<'a>, &'a Difference), String>,
    /// The token of this browser.
    pub token: &'a str,
}

/// The page.
pub fn page(of: LookedAt<'_>, what_if: &WhatIf<'_>) -> String {
    let content = html! {
        p.note {
            "Change something and see what it changes. Nothing is kept of it but in the address of this page"
            @if of.own { ", and for something pasted not even there: its changes stay in the memory of this service" }
            "."
        }
        div.workspace {
            div.seen {
                (changed(of, what_if))
                div #outcome { (outcome(of, what_if)) }
            }
            (changes(of, what_if))
        }
    };
    of.page(View::WhatIf, content)
}

/// What is changed, with a way to undo each.
fn changed(of: LookedAt<'_>, what_if: &WhatIf<'_>) -> Markup {
    if what_if.edits.is_empty() {
        return Markup::default();
    }
    html! {
        section.edits aria-labelledby="changed" {
            h2 #changed { "What is changed" }
            ul {
                @for (at, edit) in what_if.edits.0.iter().enumerate() {
                    li { (edit.words()) " " (undo(of, what_if, Some(at))) }
                }
            }
            p { (undo(of, what_if, None)) }
        }
    }
}

/// A way back: without one change, or without all of them.
fn undo(of: LookedAt<'_>, what_if: &WhatIf<'_>, without: Option<usize>) -> Markup {
    let rest = match without {
        None => Edits::default(),
        Some(at) => {
            Edits(what_if.edits.0.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, e)| e.clone()).collect())
        }
    };
    let word = if without.is_some() { "Undo" } else { "Undo all" };
    let rest = rest.to_query();
    if of.own {
        return html! {
            form.inline method="post" action=(Place::Below.to(View::WhatIf.path())) {
                (form::token(what_if.token)) (form::hidden("of", of.key)) (form::hidden("edits", &rest))
                button { (word) }
            }
        };
    }
    let way = LookedAt { changes: &rest, ..of }.way(View::WhatIf);
    html! { a href=(Place::Below.to(&way)) { (word) } }
}

fn outcome(of: LookedAt<'_>, what_if: &WhatIf<'_>) -> Markup {
    match &what_if.outcome {
        Err(why) => html! { p.fault role="alert" { (Sign::Check.shape()) " " (why) } },
        Ok((before, ..)) if what_if.edits.is_empty() => html! {
            section aria-labelledby="effect" {
                h2 #effect { "As it is" }
                ul.plain {
                    @for card in &before.decision.cards { li { @let sign = Sign::of(card.indicator); (signed(sign, degree(sign))) " " (card.summary) } }
                    @if before.decision.cards.is_empty() { li { (signed(Sign::Good, "No card")) } }
                }
            }
        },
        Ok((before, after, difference)) => html! {
            section aria-labelledby="effect" {
                h2 #effect { "What that changes" }
                p role="status" { (summed(difference)) }
                (cards(before, after, difference))
                (orders(difference))
                (findings(before, after, difference))
                @if !of.own { (share(of)) }
                (copy(of, what_if, before, after, difference))
            }
        },
    }
}

fn summed(difference: &Difference) -> String {
    if difference.is_empty() {
        return "Nothing: the same findings and the same cards.".to_owned();
    }
    let of = |became| difference.cards.iter().filter(|card| card.became == became).count();
    let flipped = difference.flipped().count();
    let said: Vec<String> = [
        (of(Became::Appeared), "new card", "new cards"),
        (of(Became::Vanished), "card gone", "cards gone"),
        (of(Became::Changed), "card changed", "cards changed"),
        (flipped, "finding flipped", "findings flipped"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, more)| pages::words::count(count, one, more))
    .collect();
    match said.is_empty() {
        true => "Values only: no outcome and no card is another one.".to_owned(),
        false => format!("{}.", said.join(", ")),
    }
}

/// The cards before and after, side by side.
fn cards(before: &Answered<'_>, after: &Answered<'_>, difference: &Difference) -> Markup {
    let summary = |answered: &Answered<'_>, place: Option<(usize, Indicator)>| {
        let card = place.and_then(|(at, _)| answered.decision.cards.get(at));
        card.map(|card| card.summary.clone()).unwrap_or_default()
    };
    html! {
        h3 { "Cards" }
        @if difference.cards.is_empty() { p { "None, before and after." } } @else {
            div.scroll tabindex="0" role="region" aria-label="Cards before and after" {
                table.stack.sides {
                    thead { tr {
                        @for name in ["What became of it", "Before", "After"] { th scope="col" { (name) } }
                    } }
                    tbody {
                        @for change in &difference.cards {
                            tr.(mark(change.became)) {
                                th scope="row" { (became(change)) }
                                td data-name="Before" { (side(change.before, &summary(before, change.before))) }
                                td data-name="After" { (side(change.after, &summary(after, change.after))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn mark(became: Became) -> &'static str {
    match became {
        Became::Appeared => "appeared",
        Became::Vanished => "vanished",
        Became::Changed => "moved",
        Became::Same => "same",
    }
}

fn became(change: &CardChange) -> Markup {
    let word = match change.became {
        Became::Appeared => "+ New",
        Became::Vanished => "− Gone",
        Became::Changed => "≠ Changed",
        Became::Same => "= Same",
    };
    html! { (word) small { (change.rule) @if !change.what.is_empty() { ": another " (change.what.join(", ")) } } }
}

fn side(place: Option<(usize, Indicator)>, summary: &str) -> Markup {
    html! {
        @match place {
            Some((_, indicator)) => { @let sign = Sign::of(indicator); (signed(sign, degree(sign))) " " (summary) },
            None => span.none { "no card" },
        }
    }
}

fn orders(difference: &Difference) -> Markup {
    html! {
        @if !difference.orders.is_empty() {
            h3 { "The order" }
            ul { @for change in &difference.orders { li { (change.what) ": " del { (change.before) } " → " ins { (change.after) } } } }
        }
    }
}

fn findings(before: &Answered<'_>, after: &Answered<'_>, difference: &Difference) -> Markup {
    html! {
        @if !difference.findings.is_empty() {
            h3 { "Findings" }
            div.scroll tabindex="0" role="region" aria-label="Findings before and after" {
                table.stack.sides {
                    thead { tr {
                        @for name in ["Finding", "Before", "After"] { th scope="col" { (name) } }
                    } }
                    tbody {
                        @for changed in &difference.findings {
                            tr.(if changed.before.outcome == changed.after.outcome { "same" } else { "flipped" }) {
                                th scope="row" { (changed.finding) small { (changed.rule) } }
                                td data-name="Before" { (found(before, changed, &changed.before)) }
                                td data-name="After" { (found(after, changed, &changed.after)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What was found of a criterion on one side.
fn found(side: &Answered<'_>, changed: &Changed, found: &Found) -> Markup {
    let read = side.decision.assessments.iter().find(|one| one.assessment.order == changed.order).and_then(|one| {
        let (rule, findings) =
            one.drug.rules.iter().zip(&one.assessment.rules).find(|(rule, _)| rule.id == changed.rule)?;
        let criterion = rule.criteria.iter().find(|criterion| criterion.id == changed.criterion)?;
        Some(why::reading(one.drug, rule, &findings.findings, criterion, found.outcome))
    });
    html! {
        @if let Some(read) = read { (signed(read.sign, read.word)) }
        small {
            @match found.outcome { Outcome::Unknown(reason) => (reason.words()), other => (other.code().replace('-', " ")) }
            @if let Some(value) = &found.value { ": " (value) }
        }
    }
}

fn share(of: LookedAt<'_>) -> Markup {
    html! {
        p { a href=(Place::Below.to(&of.way(View::WhatIf))) { "Link to this page" } " with its changes and nothing else, to be shared." }
    }
}

/// A form for each rule whose card is on screen: what is seen as a case beside the rule.
fn copy(
    of: LookedAt<'_>,
    what_if: &WhatIf<'_>,
    before: &Answered<'_>,
    after: &Answered<'_>,
    difference: &Difference,
) -> Markup {
    let mut rules: Vec<&str> = difference.flipped().map(|changed| changed.rule.as_str()).collect();
    rules.extend(before.decision.cards.iter().chain(&after.decision.cards).map(|card| card.rule.as_str()));
    let mut seen = std::collections::BTreeSet::new();
    rules.retain(|rule| seen.insert(*rule));
    let named: Vec<String> = what_if.edits.0.iter().map(Edit::words).collect();
    html! {
        @if !rules.is_empty() {
            form.copy method="get" action=(Place::Below.to("workbench/case")) {
                h3 { "Copy as a case" }
                p.note { "What is on screen as a test case beside a rule, ready to be pasted into its file of cases." }
                (of.fields())
                p {
                    label for="case-rule" { "Rule " }
                    select #case-rule name="rule" { @for rule in rules { option value=(rule) { (rule) } } }
                }
                p {
                    label for="case-name" { "What it shows, in clinical words " }
                    input #case-name name="name" required maxlength="200" value=(named.join("; "));
                }
                button { "Write the case" }
            }
        }
    }
}

/// The page with a case to copy.
pub fn case(of: LookedAt<'_>, file: &str, toml: &str) -> String {
    let content = html! {
        section aria-labelledby="case" {
            h2 #case { "A case of this" }
            p { "Paste it at the end of " (code(&format!("hooks/{file}"))) " and run " (code("tocilizumab-cds check --hooks hooks")) "." }
            (raw::text("toml", "The case", toml))
        }
    };
    of.page(View::WhatIf, content)
}

/// The form with all that can be changed.
fn changes(of: LookedAt<'_>, what_if: &WhatIf<'_>) -> Markup {
    let method = if of.own { "post" } else { "get" };
    let open = |kinds: &[&str]| {
        what_if.editable.iter().filter(|one| kinds.contains(&one.kind.as_str())).collect::<Vec<&Editable>>()
    };
    let orders: Vec<&Editable> = what_if.editable.iter().filter(|one| one.is_order).collect();
    let results = open(&["Observation"]);
    let rest: Vec<&Editable> =
        what_if.editable.iter().filter(|one| !one.is_order && one.kind != "Observation").collect();
    html! {
        form.changes method=(method) action=(Place::Below.to(View::WhatIf.path())) data-live="outcome" {
            h2 { "What can be changed" }
            @if of.own { (form::token(what_if.token)) }
            (form::hidden("of", of.key))
            @if of.profile != cds_hooks::profile::Profile::Standard { (form::hidden("profile", of.profile.code())) }
            (group("The order", orders.iter().map(|one| order(one, what_if)).collect(), true))
            (group("Results", results.iter().map(|one| result(one, what_if)).collect(), true))
            (group("Everything else on record", rest.iter().map(|one| other(one, what_if)).collect(), false))
            fieldset {
                legend { "Around it" }
                (field("now", "", "Moment of the decision", what_if.edits.moment().unwrap_or_default()))
                p.note { "Without one, " (what_if.moment) "." }
                (field("weight", "", "Body weight in kilograms", kept(what_if.edits, "weight", "").unwrap_or_default()))
                @if what_if.policies.len() > 1 { (policy(what_if)) }
            }
            p.send { button { "See what changes" } }
        }
    }
}

fn group(name: &str, rows: Vec<Markup>, open: bool) -> Markup {
    html! {
        @if !rows.is_empty() {
            details.group open[open] {
                summary { (name) " (" (rows.len()) ")" }
                @for row in rows { (row) }
            }
        }
    }
}

/// The value that an edit of this kind gives, if there is one.
fn kept<'e>(edits: &'e Edits, kind: &str, at: &str) -> Option<&'e str> {
    edits.0.iter().find_map(|edit| match edit {
        Edit::Value { at: place, value } if kind == "value" && place == at => Some(value.as_str()),
        Edit::Date { at: place, date } if kind == "date" && place == at => Some(date),
        Edit::Dose { at: place, dose } if kind == "dose" && place == at => Some(dose),
        Edit::Interval { at: place, every } if kind == "every" && place == at => Some(every),
        Edit::Route { at: place, route } if kind == "route" && place == at => Some(route),
        Edit::Use { at: place, reason } if kind == "use" && place == at => Some(reason),
        Edit::Weight { kilograms } if kind == "weight" => Some(kilograms),
        _ => None,
    })
}

fn is_removed(edits: &Edits, at: &str) -> bool {
    edits.0.iter().any(|edit| matches!(edit, Edit::Remove { at: place } if place == at))
}

fn name_of(kind: &str, at: &str) -> String {
    if at.is_empty() { kind.to_owned() } else { format!("{kind}.{at}") }
}

fn field(kind: &str, at: &str, label: &str, value: &str) -> Markup {
    let name = name_of(kind, at);
    html! { span.field { label for=(name) { (label) } input id=(name) name=(name) value=(value) maxlength="200" autocomplete="off"; } }
}

fn removal(one: &Editable, what_if: &WhatIf<'_>) -> Markup {
    let name = name_of("remove", &one.at);
    html! {
        span.field.tick {
            input type="checkbox" id=(name) name=(name) value="" checked[is_removed(what_if.edits, &one.at)];
            label for=(name) { "Removed" }
        }
    }
}

fn row(one: &Editable, fields: Markup) -> Markup {
    html! {
        fieldset.edit {
            legend { (one.words) " " span.id { (one.at) } }
            (fields)
        }
    }
}

fn result(one: &Editable, what_if: &WhatIf<'_>) -> Markup {
    let edits = what_if.edits;
    let fields = html! {
        @if let Some(value) = &one.value { (field("value", &one.at, "Value", kept(edits, "value", &one.at).unwrap_or(value))) }
        @if let Some(date) = &one.date { (field("date", &one.at, "Date", kept(edits, "date", &one.at).unwrap_or(date))) }
        (removal(one, what_if))
    };
    row(one, fields)
}

fn other(one: &Editable, what_if: &WhatIf<'_>) -> Markup {
    let fields = html! {
        @if let Some(date) = &one.date { (field("date", &one.at, "Date", kept(what_if.edits, "date", &one.at).unwrap_or(date))) }
        (removal(one, what_if))
    };
    row(one, fields)
}

fn order(one: &Editable, what_if: &WhatIf<'_>) -> Markup {
    let edits = what_if.edits;
    let dose = one.dose.as_deref().unwrap_or_default();
    let fields = html! {
        (field("dose", &one.at, "Dose", kept(edits, "dose", &one.at).unwrap_or(dose)))
        (field("every", &one.at, "Every (such as 1 wk)", kept(edits, "every", &one.at).unwrap_or_default()))
        (choice("route", &one.at, "Route", kept(edits, "route", &one.at), routes(what_if.drugs)))
        (choice("use", &one.at, "Use", kept(edits, "use", &one.at), uses(what_if.drugs)))
    };
    row(one, fields)
}

fn routes(drugs: &[Drug]) -> Vec<(&str, &str)> {
    drugs.iter().flat_map(|drug| &drug.routes).map(|route| (route.id.as_str(), route.id.as_str())).collect()
}

fn uses(drugs: &[Drug]) -> Vec<(&str, &str)> {
    drugs.iter().flat_map(|drug| &drug.indications).map(|use_of| (use_of.id.as_str(), use_of.name.as_str())).collect()
}

fn choice(kind: &str, at: &str, label: &str, chosen: Option<&str>, options: Vec<(&str, &str)>) -> Markup {
    let name = name_of(kind, at);
    html! {
        span.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { "as on the order" }
                @for (id, words) in options { option value=(id) selected[chosen == Some(id)] { (words) } }
            }
        }
    }
}

/// The choice of policies: the first option leaves things as they are.
fn policy(what_if: &WhatIf<'_>) -> Markup {
    let chosen = what_if.edits.policy();
    html! {
        span.field {
            label for="policy" { "Policy" }
            select #policy name="policy" {
                option value="as-served" selected[chosen.is_none()] { "as the service has it" }
                @for (id, words) in what_if.policies {
                    option value=(if id.is_empty() { "none" } else { *id }) selected[chosen == Some(id)] { (words) }
                }
            }
        }
    }
}
