//! The page of one rule: whom it concerns, its findings, what it says, what it rests on, its cases and its codes.

use super::html::{Html, code, el, link, list, table, terms, with};
use super::kinds::{concept_name, decision};
use super::words::{applies, upper_first};
use super::{Site, advice, cases, codes, drug_page, is_decision, rule_page, section, state};
use domain::criteria::DrugList;
use domain::rule::{Action, Criterion, Drug, Evidence, Override, Rule, Suggestion};

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
    let silenced = "only when it is critical: the policy of this site silences the rest";
    terms(vec![
        ("Concerns", Html::from(applies(&rule.applies, drug))),
        ("Speaks", Html::from(if rule.silent { silenced } else { "" })),
        ("Source on the card", source),
        ("Evidence", link("#evidence", grounds(rule))),
        ("Review", link("#review", reviewed(rule))),
    ])
}

/// How much of the evidence was seen in a source, in a few words.
pub fn grounds(rule: &Rule) -> String {
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
    let intro = el(
        "p",
        "A criterion is named for its finding. Unknown is an answer of its own, and is never taken for yes or no; so is \
         what a part of the record may hold that could not be read.",
    );
    let criteria = rule.criteria.iter().map(|criterion| finding(site, drug, rule, criterion));
    section("findings", "Findings", intro.and(criteria.collect::<Vec<_>>()))
}

fn finding(site: &Site<'_>, drug: &Drug, rule: &Rule, criterion: &Criterion) -> Html {
    let decided = decision(&criterion.kind, rule, drug, site.library);
    let concepts = codes::of_kind(&criterion.kind).into_iter().map(|concept| {
        let set = site.library.concepts.get(concept).map_or("", |c| &c.value_set);
        link(&format!("#codes-{set}"), concept_name(site.library, concept))
    });
    let listed = decided.list.map(|list| match list {
        DrugList::Routes => link(&format!("{}#routes", drug_page(&drug.id)), "routes"),
        DrugList::Products => link(&format!("{}#products", drug_page(&drug.id)), "products"),
    });
    let body = vec![
        el("h3", Html::from(&criterion.finding)),
        with("p", &[("class", "id")], &criterion.id),
        terms(vec![
            ("Met", sentences(&decided.met)),
            ("Not met", sentences(&decided.not_met)),
            ("Unknown", sentences(&decided.unknown)),
            ("Codes", Html::joined(concepts.chain(listed), ", ")),
        ]),
    ];
    with("article", &[("id", &criterion.id)], body)
}

/// Sentences, each on a line of its own.
fn sentences(said: &[String]) -> Html {
    said.iter().map(|sentence| el("p", upper_first(sentence))).collect::<Vec<_>>().into()
}

fn suggestions(site: &Site<'_>, rule: &Rule) -> Html {
    if rule.suggestions.is_empty() {
        return Html::default();
    }
    let rows = rule
        .suggestions
        .iter()
        .map(|s| (String::new(), vec![Html::from(&s.label), action(site, s), only(site, rule, s)]));
    section(
        "suggestions",
        "Suggestions",
        table("Suggestions", &["On the button", "What the click does", "Offered"], rows),
    )
}

fn action(site: &Site<'_>, suggestion: &Suggestion) -> Html {
    match &suggestion.action {
        Action::DeleteOrder => "removes the order".into(),
        Action::UpdateDose => "gives the order the labelled dose; nothing else of it changes".into(),
        Action::Replace(coding, dose) => {
            let named = Html::from(format!("orders {} ({} ", coding.display, site.system(coding)));
            named.and(code(&coding.code)).and(format!(", {dose}) and removes the order"))
        }
        Action::Create(coding) => {
            Html::from(format!("orders {} ({} ", coding.display, site.system(coding))).and(code(&coding.code)).and(")")
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
    let whose = |standard: bool| if standard { " of the standard" } else { "" };
    let reason = |o: &Override| Html::from(&o.display).and(" ").and(code(&o.code)).and(whose(o.standard));
    let reasons = rule.overrides.iter().map(reason).collect();
    section("overrides", "Reasons to go on all the same", list(reasons))
}

fn evidence(rule: &Rule) -> Html {
    let rows = rule
        .evidence
        .iter()
        .map(|e| (String::new(), vec![Html::from(&e.kind), Html::from(&e.cite), Html::from(&e.says), state(e)]));
    section("evidence", "Evidence", table("Evidence", &["Kind", "Where", "What it says", "State"], rows))
}

fn review(drug: &Drug, rule: &Rule) -> Html {
    let file = format!("hooks/{}/{}.toml", drug.id, rule.id);
    let how =
        el("p", Html::from("A review is recorded as ").and(code("[[review]]")).and(" in ").and(code(&file)).and("."));
    let body = if rule.reviews.is_empty() {
        let none = with("strong", &[("class", "unverified")], "No review by a clinician is recorded.");
        let lines = (0..2).map(|_| (String::new(), vec![Html::default(); 4]));
        let form = with(
            "div",
            &[("class", "print-only")],
            table("To sign", &["Name", "Profession", "Date", "Signature"], lines),
        );
        el("p", none).and(how).and(form)
    } else {
        let rows = rule.reviews.iter().map(|r| {
            (
                String::new(),
                vec![
                    Html::from(&r.by),
                    Html::from(&r.role),
                    Html::from(&r.on),
                    Html::from(r.says.as_deref().unwrap_or_default()),
                ],
            )
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
    let readings = codes::readings(site.library, "", concepts.into_iter().map(|id| (id, Html::default())));
    let shown = sets.into_iter().filter_map(|id| Some(codes::value_set(id, site.library.codes.set(id)?)));
    section("codes", "Codes", readings.and(shown.collect::<Vec<_>>()))
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
