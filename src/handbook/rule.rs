//! The page of one rule: whom it concerns, its findings, what it says, what it rests on, its cases and its codes.

use super::html::{Html, code, el, link, list, table, terms, with};
use super::kinds::{concept_name, decision};
use super::words::{applies, count};
use super::{Site, advice, cases, codes, drug_page, rule_page, section, verified};
use crate::domain::rule::{Action, Criterion, DoseFinding, Drug, Kind, Rule, Suggestion};

/// The page of a rule.
pub fn page(site: &Site<'_>, drug: &Drug, rule: &Rule) -> String {
    let body = vec![
        with("p", &[("class", "id")], format!("{} / {}", drug.id, rule.id)),
        facts(drug, rule),
        contents(rule),
        findings(site, drug, rule),
        advice::said(site, drug, rule),
        suggestions(site, rule),
        overrides(rule),
        evidence(rule),
        review(drug, rule),
        cases::table_of(site, drug, rule),
        value_sets(site, rule),
        neighbours(drug, rule),
    ];
    site.page(&rule_page(&drug.id, &rule.id), &rule.title, body.into())
}

fn facts(drug: &Drug, rule: &Rule) -> Html {
    let source = match &rule.source.url {
        Some(url) => link(url, &rule.source.label),
        None => Html::from(&rule.source.label),
    };
    let open = rule.evidence.iter().filter(|e| !e.verified).count();
    let evidence = match open {
        0 => format!("{}, all verified", count(rule.evidence.len(), "entry", "entries")),
        open => format!("{}, {open} not verified", count(rule.evidence.len(), "entry", "entries")),
    };
    terms(vec![
        ("Concerns", Html::from(applies(&rule.applies, drug))),
        ("Source on the card", source),
        ("Evidence", link("#evidence", evidence)),
        ("Review", link("#review", reviewed(rule))),
    ])
}

/// Whether clinicians have reviewed the rule, in a few words.
pub fn reviewed(rule: &Rule) -> String {
    match rule.reviews.as_slice() {
        [] => "none recorded".to_owned(),
        reviews => reviews.iter().map(|r| format!("{} ({}), {}", r.by, r.role, r.on)).collect::<Vec<_>>().join("; "),
    }
}

fn contents(rule: &Rule) -> Html {
    let parts = [
        ("findings", "Findings", !rule.criteria.is_empty()),
        ("says", "What it says", true),
        ("suggestions", "Suggestions", !rule.suggestions.is_empty()),
        ("overrides", "Reasons to go on", !rule.overrides.is_empty()),
        ("evidence", "Evidence", true),
        ("review", "Review", true),
        ("cases", "Cases", true),
        ("codes", "Codes", !codes::concepts_of(rule).is_empty()),
    ];
    let links = parts.into_iter().filter(|(.., there)| *there).map(|(id, name, _)| link(&format!("#{id}"), name));
    with("nav", &[("class", "contents"), ("aria-label", "On this page")], links.collect::<Vec<_>>())
}

fn findings(site: &Site<'_>, drug: &Drug, rule: &Rule) -> Html {
    if rule.criteria.is_empty() {
        return Html::default();
    }
    let intro = el("p", "A criterion is named for its finding. Unknown is an answer of its own, and is never taken for yes or no.");
    let criteria = rule.criteria.iter().map(|criterion| finding(site, drug, rule, criterion));
    section("findings", "Findings", intro.and(criteria.collect::<Vec<_>>()))
}

fn finding(site: &Site<'_>, drug: &Drug, rule: &Rule, criterion: &Criterion) -> Html {
    let decided = decision(&criterion.kind, rule, drug, site.library);
    let concepts = codes::of_kind(&criterion.kind).into_iter().map(|concept| {
        let set = site.library.concepts.get(concept).map_or("", |c| &c.value_set);
        link(&format!("#codes-{set}"), concept_name(site.library, concept))
    });
    let listed = match &criterion.kind {
        Kind::Dose(DoseFinding::RouteNot(_)) => Some(("routes", "routes")),
        Kind::Dose(DoseFinding::ProductConflictsWithRoute) | Kind::Product(_) => Some(("products", "products")),
        _ => None,
    };
    let listed = listed.map(|(anchor, name)| link(&format!("{}#{anchor}", drug_page(&drug.id)), name));
    let body = vec![
        el("h3", Html::from(&criterion.finding)),
        with("p", &[("class", "id")], &criterion.id),
        terms(vec![
            ("Met", Html::from(decided.met)),
            ("Not met", Html::from(decided.not_met)),
            ("Unknown", Html::from(decided.unknown)),
            ("Codes", Html::joined(concepts.chain(listed), ", ")),
        ]),
    ];
    with("article", &[("id", &criterion.id)], body)
}

fn suggestions(site: &Site<'_>, rule: &Rule) -> Html {
    if rule.suggestions.is_empty() {
        return Html::default();
    }
    let rows = rule.suggestions.iter().map(|s| (String::new(), vec![Html::from(&s.label), action(s), only(site, rule, s)]));
    section("suggestions", "Suggestions", table("Suggestions", &["On the button", "What the click does", "Offered"], rows))
}

fn action(suggestion: &Suggestion) -> Html {
    match &suggestion.action {
        Action::DeleteOrder => "removes the order".into(),
        Action::UpdateDose => "gives the order the labelled dose; nothing else of it changes".into(),
        Action::Create(coding) => {
            Html::from(format!("orders {} (", coding.display)).and(code(&format!("{} {}", coding.system, coding.code))).and(")")
        }
    }
}

/// When a suggestion is offered, apart from its advice speaking.
fn only(site: &Site<'_>, rule: &Rule, suggestion: &Suggestion) -> Html {
    let mut said = Vec::new();
    if !suggestion.criteria.is_empty() {
        let name = |id: &String| rule.criteria.iter().find(|c| c.id == *id).map_or(id, |c| &c.name).clone();
        let names: Vec<String> = suggestion.criteria.iter().map(name).collect();
        said.push(format!("for {}", super::words::joined(&names, "or")));
    }
    if let Some(concept) = &suggestion.unless_ordered {
        said.push(format!("not when {} is already ordered", concept_name(site.library, concept)));
    }
    if said.is_empty() { "with its advice".into() } else { said.join("; ").into() }
}

fn overrides(rule: &Rule) -> Html {
    if rule.overrides.is_empty() {
        return Html::default();
    }
    let reasons = rule.overrides.iter().map(|o| Html::from(&o.display).and(" ").and(code(&o.code))).collect();
    section("overrides", "Reasons to go on all the same", list(reasons))
}

fn evidence(rule: &Rule) -> Html {
    let rows = rule.evidence.iter().map(|e| {
        (String::new(), vec![Html::from(&e.kind), Html::from(&e.cite), Html::from(&e.says), verified(e.verified)])
    });
    section("evidence", "Evidence", table("Evidence", &["Kind", "Where", "What it says", "State"], rows))
}

fn review(drug: &Drug, rule: &Rule) -> Html {
    let file = format!("hooks/{}/{}.toml", drug.id, rule.id);
    let how = el("p", Html::from("A review is recorded as ").and(code("[[review]]")).and(" in ").and(code(&file)).and("."));
    let body = if rule.reviews.is_empty() {
        let none = with("strong", &[("class", "unverified")], "No review by a clinician is recorded.");
        let lines = (0..2).map(|_| (String::new(), vec![Html::default(); 4]));
        let form = with("div", &[("class", "print-only")], table("To sign", &["Name", "Profession", "Date", "Signature"], lines));
        el("p", none).and(how).and(form)
    } else {
        let rows = rule.reviews.iter().map(|r| {
            (String::new(), vec![Html::from(&r.by), Html::from(&r.role), Html::from(&r.on), Html::from(r.says.as_deref().unwrap_or_default())])
        });
        table("Reviews", &["Name", "Profession", "Date", "Remark"], rows).and(how)
    };
    section("review", "Review", body)
}

/// Every value set that the rule reads, once.
fn value_sets(site: &Site<'_>, rule: &Rule) -> Html {
    let concepts = codes::concepts_of(rule);
    if concepts.is_empty() {
        return Html::default();
    }
    let mut sets: Vec<&str> = Vec::new();
    for concept in concepts.iter().filter_map(|id| site.library.concepts.get(id)) {
        for set in codes::sets_of(concept) {
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
    }
    let readings: Vec<Html> = concepts.iter().map(|id| codes::reading(site.library, id)).collect();
    let shown = sets.into_iter().filter_map(|id| Some(codes::value_set(id, site.library.codes.set(id)?)));
    section("codes", "Codes", Html::from(readings).and(shown.collect::<Vec<_>>()))
}

/// The rules before and behind this one.
fn neighbours(drug: &Drug, rule: &Rule) -> Html {
    let at = drug.rules.iter().position(|r| r.id == rule.id).unwrap_or_default();
    let door = |word: &str, other: Option<&Rule>| match other {
        Some(other) => link(&rule_page(&drug.id, &other.id), format!("{word}: {}", other.title)),
        None => Html::default(),
    };
    let before = at.checked_sub(1).and_then(|at| drug.rules.get(at));
    let doors = vec![door("Before", before), door("Next", drug.rules.get(at + 1))];
    with("nav", &[("class", "neighbours"), ("aria-label", "Neighbouring rules")], doors)
}
