//! The page of one rule: which orders it concerns, its findings, what it says, what it rests on, its cases and its
//! codes.

use maud::{Markup, Render, html};

use super::html::{code, joined, link, list, table, terms};
use super::kinds::{concept_name, decision};
use super::words::{self, applies, members};
use super::{Site, advice, attributes, cases, codes, drug_page, is_decision, rule_page, section, state};
use domain::criteria::DrugList;
use domain::rule::{Action, Criterion, Drug, Evidence, Override, Rule, Suggestion};
use domain::words::{number, upper_first};
use knowledge::noticed::Count;
use knowledge::policy::silencing;

/// The page of a rule.
pub fn page(site: &Site<'_>, drug: &Drug, rule: &Rule) -> String {
    let content = html! {
        p.id { (drug.id) " / " (rule.id) }
        (facts(site, drug, rule))
        (contents(rule))
        (findings(site, drug, rule))
        (advice::said(site, drug, rule))
        (suggestions(site, rule))
        (overrides(rule))
        (evidence(rule))
        (attributes::of_rule(site, drug, rule))
        (review(drug, rule))
        (cases::table_of(site, drug, rule))
        (value_sets(site, rule))
        (neighbours(drug, rule))
    };
    site.page(&rule_page(&drug.id, &rule.id), &rule.title, content)
}

fn facts(site: &Site<'_>, drug: &Drug, rule: &Rule) -> Markup {
    let source = match &rule.source.url {
        Some(url) => link(url, &rule.source.label),
        None => rule.source.label.render(),
    };
    let silenced = match silencing(rule) {
        "silent" => "never: the policy of this site silences it",
        _ => "only when it is critical: the policy of this site silences the rest",
    };
    terms([
        ("Concerns", applies(&rule.applies, drug).render()),
        ("Speaks", html! { @if rule.silent { (silenced) } }),
        ("How often", burden(rule)),
        ("Source on the card", source),
        ("Evidence", link("#evidence", evidence_counts(rule))),
        ("Review", link("#review", reviewed(rule))),
        ("Cases", html! { @if let Some(count) = site.noticed(drug, rule) { (noticed(count)) } }),
    ])
}

/// On how many orders it gives a card, where the rule says so.
fn burden(rule: &Rule) -> Markup {
    html! {
        @if let Some(burden) = &rule.burden {
            "on " (number(burden.of_orders)) " of 100 orders of the made-up population"
            @if let Some(because) = &burden.because { "; " (because) }
        }
    }
}

/// How well the cases guard the rule, in a sentence.
fn noticed(Count { changes, noticed }: Count) -> String {
    format!("notice {noticed} of {} of the rule in one place", words::count(changes, "change", "changes"))
}

/// How much of the evidence was seen in a source, in a few words.
pub fn evidence_counts(rule: &Rule) -> String {
    let many = |test: &dyn Fn(&Evidence) -> bool| rule.evidence.iter().filter(|e| test(e)).count();
    let parts = [
        (many(&|e| e.verified && !is_decision(e)), "verified"),
        (many(&|e| !e.verified), "not verified"),
        (many(&is_decision), "decided by the project"),
    ];
    let parts = parts.iter().filter(|(many, _)| *many > 0).map(|(many, what)| format!("{many} {what}"));
    parts.collect::<Vec<_>>().join(", ")
}

/// Whether clinicians have reviewed the rule, in a few words.
pub fn reviewed(rule: &Rule) -> String {
    match rule.reviews.as_slice() {
        [] => "none recorded".to_owned(),
        reviews => reviews.iter().map(|r| format!("{} ({}), {}", r.by, r.role, r.on)).collect::<Vec<_>>().join("; "),
    }
}

fn contents(rule: &Rule) -> Markup {
    let parts = [
        ("#findings", "Findings", !rule.criteria.is_empty()),
        ("#says", "What it says", true),
        ("#suggestions", "Suggestions", !rule.suggestions.is_empty()),
        ("#overrides", "Reasons to go on", !rule.overrides.is_empty()),
        ("#evidence", "Evidence", true),
        ("#source-attributes", "Source attributes", true),
        ("#review", "Review", true),
        ("#cases", "Cases", true),
        ("#codes", "Codes", !codes::concepts_of(rule).is_empty()),
    ];
    html! {
        nav.contents aria-label="On this page" {
            @for (href, name, there) in parts { @if there { (link(href, name)) } }
        }
    }
}

fn findings(site: &Site<'_>, drug: &Drug, rule: &Rule) -> Markup {
    if rule.criteria.is_empty() {
        return Markup::default();
    }
    let findings = html! {
        p {
            "A criterion is named for its finding. Unknown is an answer of its own, and is never taken for yes or no; so "
            "is what a part of the record may hold that could not be read."
        }
        @for criterion in &rule.criteria { (finding(site, drug, rule, criterion)) }
    };
    section("findings", "Findings", findings)
}

fn finding(site: &Site<'_>, drug: &Drug, rule: &Rule, criterion: &Criterion) -> Markup {
    let decided = decision(&criterion.kind, rule, drug, site.library);
    let concepts = codes::of_kind(&criterion.kind).into_iter().map(|concept| {
        if *concept == drug.id {
            return link(&drug_page(&drug.id), &drug.name);
        }
        let set = site.library.concepts.get(concept).map_or("", |c| &c.value_set);
        link(&format!("#codes-{set}"), concept_name(site.library, concept))
    });
    let listed = decided.list.map(|list| {
        let name = match list {
            DrugList::Routes => "routes",
            DrugList::Products => "products",
            DrugList::Doses => "doses",
        };
        link(&format!("{}#{name}", drug_page(&drug.id)), name)
    });
    html! {
        article id=(criterion.id) {
            h3 { (criterion.finding) }
            p.id { (criterion.id) }
            @if let Some(family) = &criterion.family { p { "Only of orders for " (members(drug, family)) "." } }
            (terms([
                ("Met", sentences(&decided.met)),
                ("Not met", sentences(&decided.not_met)),
                ("Unknown", sentences(&decided.unknown)),
                ("Codes", joined(concepts.chain(listed), ", ")),
            ]))
        }
    }
}

/// Sentences, each on a line of its own.
fn sentences(said: &[String]) -> Markup {
    html! { @for sentence in said { p { (upper_first(sentence)) } } }
}

fn suggestions(site: &Site<'_>, rule: &Rule) -> Markup {
    if rule.suggestions.is_empty() {
        return Markup::default();
    }
    let rows = html! {
        @for s in &rule.suggestions { tr { td { (s.label) } td { (action(site, s)) } td { (only(site, rule, s)) } } }
    };
    let table = table("Suggestions", &["On the button", "What the click does", "Offered"], rows);
    section("suggestions", "Suggestions", table)
}

fn action(site: &Site<'_>, suggestion: &Suggestion) -> Markup {
    html! {
        @match &suggestion.action {
            Action::DeleteOrder => "removes the order",
            Action::StopOthers => "ends the other orders of the drug that are on record",
            Action::UpdateDose => "gives the order the labelled dose; nothing else of it changes",
            Action::Replace(coding, dose) => {
                "orders " (coding.display) " (" (site.system(coding)) " " (code(&coding.code)) ", " (dose)
                ") and removes the order"
            }
            Action::Create(coding) => {
                "orders " (coding.display) " (" (site.system(coding)) " " (code(&coding.code)) ")"
                @if let Some((from, to)) = suggestion.due { ", due " (from) " to " (words::days(to)) " after the order" }
            }
        }
    }
}

/// When a suggestion is offered, apart from its advice speaking.
fn only(site: &Site<'_>, rule: &Rule, suggestion: &Suggestion) -> String {
    let mut said = Vec::new();
    if !suggestion.criteria.is_empty() {
        let name = |id: &String| rule.criteria.iter().find(|c| c.id == *id).map_or(id, |c| &c.name).clone();
        let names: Vec<String> = suggestion.criteria.iter().map(name).collect();
        said.push(format!("for {}", words::joined(&names, "or")));
    }
    let ordered: Vec<String> =
        suggestion.unless_ordered.concepts().map(|concept| concept_name(site.library, concept)).collect();
    if !ordered.is_empty() {
        let each = if ordered.len() > 1 { ", each for what it brings" } else { "" };
        said.push(format!("not when {} is already ordered{each}", words::joined(&ordered, "or")));
    }
    if !suggestion.unless_met.is_empty() {
        let criteria = || site.library.drugs.iter().flat_map(|drug| &drug.rules).flat_map(|rule| &rule.criteria);
        let finding = |id: &String| criteria().find(|c| c.id == *id).map_or(id, |c| &c.finding).clone();
        let findings: Vec<String> = suggestion.unless_met.iter().map(finding).collect();
        said.push(format!("not when this is met: {}", words::joined(&findings, "or")));
    }
    match (&suggestion.action, suggestion.due) {
        (Action::Replace(..), _) | (Action::Create(_), Some(_)) => said.push("not beside a critical card".to_owned()),
        (Action::UpdateDose, _) => said.push("not beside a critical card of another rule".to_owned()),
        _ => {}
    }
    if let Some(words) = &suggestion.text {
        said.push(format!("the card then adds: {words}"));
    }
    if said.is_empty() { "with its advice".to_owned() } else { said.join("; ") }
}

fn overrides(rule: &Rule) -> Markup {
    if rule.overrides.is_empty() {
        return Markup::default();
    }
    let whose = |standard: bool| if standard { " of the standard" } else { "" };
    let only = |o: &Override| match o.criteria.as_slice() {
        [] => "",
        _ => ", where the finding is met",
    };
    let reasons =
        rule.overrides.iter().map(|o| html! { (o.display) " " (code(&o.code)) (whose(o.standard)) (only(o)) });
    section("overrides", "Reasons to go on all the same", list(&reasons.collect::<Vec<_>>()))
}

fn evidence(rule: &Rule) -> Markup {
    let rows = html! {
        @for e in &rule.evidence { tr { td { (e.kind) } td { (e.cite) } td { (e.says) } td { (state(e)) } } }
    };
    section("evidence", "Evidence", table("Evidence", &["Kind", "Where", "What it says", "State"], rows))
}

fn review(drug: &Drug, rule: &Rule) -> Markup {
    let how = html! {
        p { "A review is recorded as " (code("[[review]]")) " in " code { "hooks/" (drug.id) "/" (rule.id) ".toml" } "." }
    };
    let rows = html! {
        @for r in &rule.reviews {
            tr { td { (r.by) } td { (r.role) } td { (r.on) } td { (r.says.as_deref().unwrap_or_default()) } }
        }
    };
    let lines = html! { @for _ in 0..2 { tr { @for _ in 0..4 { td {} } } } };
    let content = html! {
        @if rule.reviews.is_empty() {
            p { strong.unverified { "No review by a clinician is recorded." } }
            (how)
            div.print-only { (table("To sign", &["Name", "Profession", "Date", "Signature"], lines)) }
        } @else {
            (table("Reviews", &["Name", "Profession", "Date", "Remark"], rows))
            (how)
        }
    };
    section("review", "Review", content)
}

/// Every value set that the rule reads, once.
fn value_sets(site: &Site<'_>, rule: &Rule) -> Markup {
    let mut concepts = codes::concepts_of(rule);
    // The drug itself has its own page.
    concepts.retain(|id| site.library.concepts.get(id).is_some());
    if concepts.is_empty() {
        return Markup::default();
    }
    let mut sets: Vec<&str> = Vec::new();
    for concept in concepts.iter().filter_map(|id| site.library.concepts.get(id)) {
        for set in codes::sets_of(concept) {
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
    }
    let content = html! {
        (codes::readings(site.library, None, concepts.into_iter().map(|id| (id, Markup::default()))))
        @for id in sets {
            @if let Some(set) = site.library.codes.set(id) { (codes::value_set(id, set)) }
        }
    };
    section("codes", "Codes", content)
}

/// The rules before and after this one.
fn neighbours(drug: &Drug, rule: &Rule) -> Markup {
    let at = drug.rules.iter().position(|r| r.id == rule.id).unwrap_or_default();
    let neighbour =
        |word: &str, other: &Rule| link(&rule_page(&drug.id, &other.id), format_args!("{word}: {}", other.title));
    html! {
        nav.neighbours aria-label="Neighbouring rules" {
            @if let Some(before) = at.checked_sub(1).and_then(|at| drug.rules.get(at)) { (neighbour("Before", before)) }
            @if let Some(next) = drug.rules.get(at + 1) { (neighbour("Next", next)) }
        }
    }
}
