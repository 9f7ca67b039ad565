//! One rule file: criteria, advice, suggestions, override reasons and evidence, each checked against the rest.

use std::sync::Arc;

use toml::Spanned;
use toml::de::DeValue;

use super::codes::Codes;
use super::concepts::{ConceptKind, Concepts};
use super::criterion::criterion;
use super::drug::coding;
use super::mistake::{Place, Reader};
use super::overrides;
use super::raw::{RawAdvice, RawApplies, RawEvidence, RawOverride, RawReview, RawSource, RawSuggestion};
use super::units::Units;
use super::word::{Phases, Reasons, values};
use super::wording;
use domain::rule::{
    Action, Advice, Applies, CardSource, Drug, Evidence, Indicator, Review, Rule, Suggestion, WindowBounds,
};

/// What a rule may refer to.
pub(super) struct Context<'a> {
    pub codes: &'a Codes,
    pub concepts: &'a Concepts,
    pub units: &'a Units,
    pub drug: &'a Drug,
}

/// The criteria and suggestions that a rule names by id. They are checked when the whole file is read, because a name
/// may come before what it refers to.
#[derive(Default)]
struct Named {
    criteria: Vec<Spanned<String>>,
    suggestions: Vec<Spanned<String>>,
}

/// The keys of a rule file.
const KEYS: [&str; 11] = [
    "title",
    "order",
    "overview",
    "applies",
    "source",
    "criteria",
    "advice",
    "suggestions",
    "override",
    "evidence",
    "review",
];

/// Reads one rule; returns it with its position in the order of display.
pub(super) fn read(id: &str, reader: &mut Reader<'_>, context: &Context<'_>) -> (i64, Rule) {
    let mut rule = Rule { id: id.to_owned(), ..Rule::default() };
    let mut order = 0;
    let mut places = Vec::new();
    let mut named = Named::default();
    for (key, value) in reader.members() {
        let start = value.span().start;
        match key.as_str() {
            "title" => rule.title = reader.value(value).unwrap_or_default(),
            "order" => order = reader.value(value).unwrap_or_default(),
            "overview" => rule.overview = reader.value(value).unwrap_or_default(),
            "applies" => rule.applies = applies(value, reader, context),
            "source" => {
                if let Some(RawSource { label, url }) = reader.value(value) {
                    rule.source = CardSource { label, url };
                }
            }
            "criteria" => {
                for (id, value) in reader.table(value) {
                    let (criterion, bounds) = criterion(id, value, reader, context, &rule.criteria);
                    if bounds != WindowBounds::default() {
                        rule.window_bounds.insert(criterion.id.clone(), bounds);
                    }
                    rule.criteria.push(criterion);
                }
            }
            "advice" => {
                for (raw, place) in reader.array::<RawAdvice>(value) {
                    rule.advice.push(advice(raw, &mut named));
                    places.push(place);
                }
            }
            "suggestions" => {
                for (id, value) in reader.table(value) {
                    rule.suggestions.extend(suggestion(id, value, reader, context, &mut named));
                }
            }
            "override" => {
                for (raw, place) in reader.array::<RawOverride>(value) {
                    rule.overrides.extend(overrides::read(raw, &place, reader, &rule.overrides));
                }
            }
            "evidence" => {
                for (RawEvidence { kind, cite, says, verified }, _) in reader.array(value) {
                    rule.evidence.push(Evidence { kind: kind.0.0, cite, says, verified });
                }
            }
            "review" => {
                for (RawReview { by, role, on, says }, _) in reader.array(value) {
                    rule.reviews.push(Review { by, role, on: on.0.0, says });
                }
            }
            other => reader.note_unknown(start, "key", other, KEYS),
        }
    }
    complete(&rule, reader);
    references(&rule, &named, &places, reader);
    wording::check(&rule, &places, reader, context.drug);
    (order, rule)
}

/// What every rule must have.
fn complete(rule: &Rule, reader: &mut Reader<'_>) {
    let overridable = rule.advice.iter().any(|advice| advice.indicator != Indicator::Info);
    for (missing, name) in [
        (rule.title.is_empty(), "`title` is missing"),
        (rule.source.label.is_empty(), "`[source]` with a `label` is missing"),
        (rule.advice.is_empty(), "no `[[advice]]`: the rule could never speak"),
        (rule.evidence.is_empty(), "no `[[evidence]]`: a rule must say what it rests on"),
        (rule.criteria.is_empty() && !rule.overview, "no `[criteria.…]`"),
        (overridable && rule.overrides.is_empty(), "no `[[override]]`: a warning needs reasons to go on"),
    ] {
        if missing {
            reader.note_file(name);
        }
    }
}

/// Every criterion and suggestion that is named is in the rule, and every advice has a condition.
fn references(rule: &Rule, named: &Named, places: &[Place], reader: &mut Reader<'_>) {
    for id in named.criteria.iter().filter(|id| !rule.criteria.iter().any(|c| c.id == *id.get_ref())) {
        reader.note_unknown(id.span().start, "criterion", id.get_ref(), rule.criteria.iter().map(|c| c.id.as_str()));
    }
    for id in named.suggestions.iter().filter(|id| !rule.suggestions.iter().any(|s| s.id == *id.get_ref())) {
        let known = rule.suggestions.iter().map(|suggestion| suggestion.id.as_str());
        reader.note_unknown(id.span().start, "suggestion", id.get_ref(), known);
    }
    for (advice, place) in rule.advice.iter().zip(places) {
        let unconditional = advice.met.is_empty() && advice.not_met.is_empty() && advice.unknown.is_empty();
        if unconditional && !rule.overview {
            reader.note(place.start, "advice without a condition: name met, not-met or unknown");
        }
    }
}

fn applies<'a>(value: Spanned<DeValue<'a>>, reader: &mut Reader<'a>, context: &Context<'_>) -> Applies {
    let raw: RawApplies = reader.value(value).unwrap_or_default();
    let indications = &context.drug.indications;
    if let Some(family) = &raw.family
        && !indications.iter().any(|i| i.family.as_ref() == Some(family.get_ref()))
    {
        let known = indications.iter().filter_map(|i| i.family.as_deref());
        reader.note_unknown(family.span().start, "family of indications", family.get_ref(), known);
    }
    for id in raw.except.iter().filter(|id| !indications.iter().any(|i| i.id == *id.get_ref())) {
        reader.note_unknown(id.span().start, "indication", id.get_ref(), indications.iter().map(|i| i.id.as_str()));
    }
    let except = raw.except.into_iter().map(Spanned::into_inner).collect();
    Applies { phases: Phases::all(raw.phase), family: raw.family.map(Spanned::into_inner), except }
}

fn advice(raw: RawAdvice, named: &mut Named) -> Advice {
    let mut criteria = |ids| remember(ids, &mut named.criteria);
    Advice {
        met: criteria(raw.met),
        unless_met: criteria(raw.unless_met),
        not_met: criteria(raw.not_met),
        unknown: criteria(raw.unknown),
        reasons: Reasons::all(raw.reasons),
        phases: Phases::all(raw.phase),
        hooks: values(raw.hook),
        indicator: raw.indicator.0,
        summary: raw.summary,
        text: raw.text.map(|text| text.trim().to_owned()),
        suggest: remember(raw.suggest, &mut named.suggestions),
    }
}

/// The ids without their places, which are kept to be checked later.
fn remember(ids: Vec<Spanned<String>>, named: &mut Vec<Spanned<String>>) -> Vec<String> {
    named.extend(ids.iter().cloned());
    ids.into_iter().map(Spanned::into_inner).collect()
}

fn suggestion<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    context: &Context<'_>,
    named: &mut Named,
) -> Option<Suggestion> {
    let start = value.span().start;
    let raw: RawSuggestion = reader.value(value)?;
    if let Some(concept) = &raw.unless_ordered
        && !matches!(context.concepts.get(concept.get_ref()).map(|c| &c.kind), Some(ConceptKind::Order))
    {
        reader.note_at(concept, &format!("`{concept}` is not a concept of kind order"));
    }
    let action = match (raw.delete_order, raw.update_dose, raw.create, raw.replace_with, raw.dose) {
        (true, false, None, None, _) => Some(Action::DeleteOrder),
        (false, true, None, None, _) if context.drug.labelled_dose.is_some() => Some(Action::UpdateDose),
        (false, false, Some(raw), None, _) => coding(raw, reader, context.codes).map(Action::Create),
        (false, false, None, Some(raw), Some(dose)) => {
            coding(raw, reader, context.codes).map(|coding| Action::Replace(coding, dose))
        }
        _ => {
            let actions = "delete-order, update-dose (with a labelled dose), create, or replace-with (with a dose)";
            reader.note(start, &format!("a suggestion does one thing: {actions}"));
            None
        }
    };
    Some(Suggestion {
        id,
        label: raw.label,
        criteria: remember(raw.criteria, &mut named.criteria),
        unless_ordered: raw.unless_ordered.map(|concept| Arc::from(concept.into_inner())),
        action: action?,
    })
}
