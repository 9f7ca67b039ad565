//! Code systems, concepts and value sets: every code with its display, where it was seen, and those that look alike
//! and do not belong.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::html::{code, joined, link, table};
use super::words::{self, amount, count};
use super::{Site, drug_page, rule_page, section, verified};
use domain::criteria::Kind;
use domain::fact::ConceptId;
use domain::rule::Rule;
use knowledge::Library;
use knowledge::codes::ValueSet;
use knowledge::concepts::{Concept, ConceptKind, Measured};

/// The concepts that a rule reads: those of its criteria, then those that keep a suggestion back.
pub fn concepts_of(rule: &Rule) -> Vec<&ConceptId> {
    let ordered = rule.suggestions.iter().flat_map(|s| s.unless_ordered.concepts());
    let mut all: Vec<&ConceptId> = Vec::new();
    for concept in rule.criteria.iter().flat_map(|c| of_kind(&c.kind)).chain(ordered) {
        if !all.contains(&concept) {
            all.push(concept);
        }
    }
    all
}

/// The concepts that a criterion of this kind reads.
pub fn of_kind(kind: &Kind) -> Vec<&ConceptId> {
    kind.properties().concepts
}

/// The value sets of a concept.
pub fn sets_of(concept: &Concept) -> Vec<&str> {
    let mut sets = vec![concept.value_set.as_str()];
    match &concept.kind {
        ConceptKind::Test(v) => {
            sets.extend([v.positive.as_str(), v.negative.as_str(), v.indeterminate.as_str()]);
            sets.extend(v.placed.as_deref().into_iter().chain(v.panel.as_deref()));
        }
        ConceptKind::Allergy(_, denied) => sets.extend(denied.as_deref()),
        _ => {}
    }
    sets
}

/// What each concept is and how its values are read, with a last column for the page.
pub fn readings<'a>(
    library: &Library,
    last: Option<&str>,
    ids: impl Iterator<Item = (&'a ConceptId, Markup)>,
) -> Markup {
    let rows = ids.filter_map(|(id, end)| {
        let concept = library.concepts.get(id)?;
        let sets = sets_of(concept).into_iter().map(|set| link(&format!("#codes-{set}"), set));
        Some(html! {
            tr {
                td { span { (concept.name) } small { (&**id) } }
                td { (reading(library, concept)) }
                td { (joined(sets, ", ")) }
                @if last.is_some() { td { (end) } }
            }
        })
    });
    let head: Vec<&str> = ["Concept", "Read as", "Value sets"].into_iter().chain(last).collect();
    table("Concepts", &head, html! { @for row in rows { (row) } })
}

fn reading(library: &Library, concept: &Concept) -> String {
    let (kind, names) = match &concept.kind {
        ConceptKind::Measurement(measured) => (self::measured(library, measured), &[][..]),
        ConceptKind::Test(verdicts) if verdicts.any_amount => {
            ("test with a verdict, in which any amount above zero is positive".to_owned(), &[][..])
        }
        ConceptKind::Test(_) => ("test with a verdict".to_owned(), &[][..]),
        ConceptKind::Condition => ("condition".to_owned(), &[][..]),
        ConceptKind::Medication(medicine) => ("medicine".to_owned(), medicine.names.as_slice()),
        ConceptKind::Allergy(names, _) => ("allergy or intolerance".to_owned(), names.as_slice()),
        ConceptKind::Order => ("service among the orders".to_owned(), &[][..]),
        ConceptKind::Study => ("study that was done".to_owned(), &[][..]),
        ConceptKind::Vaccine => ("vaccine".to_owned(), &[][..]),
    };
    if names.is_empty() { kind } else { format!("{kind}; in text by the names {}", names.join(", ")) }
}

fn measured(library: &Library, measured: &Measured) -> String {
    let unit = library.units.get(&measured.units).map(|table| table.shown.as_str()).unwrap_or_default();
    let mut said = format!("measurement, kept in {unit}");
    let bounds = [
        measured.min.map(|min| format!("below {}", amount(min, unit))),
        measured.max.map(|max| format!("above {}", amount(max, unit))),
    ];
    let bounds: Vec<String> = bounds.into_iter().flatten().collect();
    if !bounds.is_empty() {
        said.push_str(&format!("; not believed {}", words::joined(&bounds, "or")));
    }
    if let Some(least) = measured.min_unscaled {
        said.push_str(&format!(
            "; a value above zero and below {} that came in that very unit is taken for a unit error",
            amount(least, unit)
        ));
    }
    said
}

/// One value set: the codes that belong to it, and those that look alike and do not.
pub fn value_set(id: &str, set: &ValueSet) -> Markup {
    let below = |children: bool| if children { " and all below it" } else { "" };
    let codes = html! {
        @for c in &set.codes {
            tr {
                td { (c.system) }
                td.code { (code(&c.code)) (below(c.children)) }
                td { (c.display) }
                td { (c.source) }
                td { (verified(c.verified)) }
            }
        }
    };
    let rejects = html! {
        @for c in &set.rejects {
            tr { td { (c.system) } td.code { (code(&c.code)) (below(c.children)) } td { (c.display) } td { (c.why) } }
        }
    };
    html! {
        section id={ "codes-" (id) } {
            h3 { (set.title) " " small { (id) } }
            @if !set.codes.is_empty() {
                (table(&set.title, &["System", "Code", "Display", "Seen in", "State"], codes))
            }
            @if !set.rejects.is_empty() {
                h4 { "Look alike and do not belong" }
                (table(&format!("Not {}", set.title), &["System", "Code", "Display", "Why not"], rejects))
            }
            @if !set.text.is_empty() { p { "Words that mean it: " (set.text.join(", ")) "." } }
        }
    }
}

/// The page of all code systems, concepts and value sets.
pub fn page(site: &Site<'_>) -> String {
    let library = site.library;
    let (sets, codes) = library.codes.count();
    let systems = html! {
        @for (id, uri, aliases) in library.codes.systems() {
            tr { td { (id) } td { (code(uri)) } td { (joined(aliases.iter().map(|a| code(a)), " ")) } }
        }
    };
    let readers = readers(site);
    let by = |id: &ConceptId| joined(readers.get(id).cloned().unwrap_or_default(), "; ");
    let concepts = readings(library, Some("Read by"), library.concepts.0.keys().map(|id| (id, by(id))));
    let content = html! {
        p {
            (count(sets, "value set", "value sets")) " and " (count(codes, "code", "codes"))
            ". Codes are held against the check digits of their systems where there are any."
        }
        (section("systems", "Code systems", table("Code systems", &["System", "URI", "Also understood"], systems)))
        (section("concepts", "Concepts", concepts))
        (section("value-sets", "Value sets", html! { @for (id, set) in library.codes.sets() { (value_set(id, set)) } }))
    };
    site.page("codes.html", "Codes", content)
}

/// For each concept the rules and indications that read it, as links.
fn readers<'a>(site: &Site<'a>) -> BTreeMap<&'a ConceptId, Vec<Markup>> {
    let mut readers: BTreeMap<&ConceptId, Vec<Markup>> = BTreeMap::new();
    for drug in &site.library.drugs {
        for indication in &drug.indications {
            for concept in indication.all.iter().chain(&indication.reason).chain(&indication.refuted) {
                let page = format!("{}#indications", drug_page(&drug.id));
                readers.entry(concept).or_default().push(link(&page, &indication.name));
            }
        }
        for rule in &drug.rules {
            for concept in concepts_of(rule) {
                readers.entry(concept).or_default().push(link(&rule_page(&drug.id, &rule.id), &rule.title));
            }
        }
    }
    readers
}
