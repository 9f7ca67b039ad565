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
use super::services::served;
use super::units::Units;
use super::wording;
use domain::hook::Hook;
use domain::phase::Phase;
use domain::rule::{Action, Advice, Applies, CardSource, Drug, Evidence, Indicator, Review, Rule, Suggestion};
use domain::truth::Reason;

/// What a rule may refer to.
pub(super) struct Context<'a> {
    pub codes: &'a Codes,
    pub concepts: &'a Concepts,
    pub units: &'a Units,
    pub drug: &'a Drug,
}

/// Reads one rule; returns it with its place in the order of display.
pub(super) fn read(id: &str, reader: &mut Reader<'_>, context: &Context<'_>) -> (i64, Rule) {
    let mut rule = Rule {
        id: id.to_owned(),
        title: String::new(),
        applies: Applies::default(),
        source: CardSource { label: String::new(), url: None },
        criteria: Vec::new(),
        advice: Vec::new(),
        suggestions: Vec::new(),
        overrides: Vec::new(),
        evidence: Vec::new(),
        reviews: Vec::new(),
        overview: false,
        silent: false,
    };
    let mut order = 0;
    let mut places = Vec::new();
    for (key, value) in reader.members() {
        let place = value.span();
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
                    rule.criteria.extend(criterion(id, value, reader, context, &rule.criteria));
                }
            }
            "advice" => {
                for (raw, place) in reader.array::<RawAdvice>(value) {
                    rule.advice.extend(advice(raw, &place, reader));
                    places.push(place);
                }
            }
            "suggestions" => {
                for (id, value) in reader.table(value) {
                    rule.suggestions.extend(suggestion(id, value, reader, context));
                }
            }
            "override" => {
                for (raw, place) in reader.array::<RawOverride>(value) {
                    rule.overrides.extend(overrides::read(raw, &place, reader, &rule.overrides));
                }
            }
            "evidence" => {
                for (raw, place) in reader.array::<RawEvidence>(value) {
                    rule.evidence.extend(evidence(raw, &place, reader));
                }
            }
            "review" => {
                for (raw, place) in reader.array::<RawReview>(value) {
                    rule.reviews.push(review(raw, &place, reader));
                }
            }
            other => reader.note(place.start, &format!("unknown key `{other}`")),
        }
    }
    complete(&rule, reader);
    references(&rule, &places, reader);
    wording::check(&rule, &places, reader, context.drug);
    (order, rule)
}

/// What every rule must bring.
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

/// Every criterion and suggestion that is named stands in the rule.
fn references(rule: &Rule, places: &[Place], reader: &mut Reader<'_>) {
    let criterion = |id: &str| rule.criteria.iter().any(|criterion| criterion.id == id);
    for (advice, place) in rule.advice.iter().zip(places) {
        let named = advice.met.iter().chain(&advice.unless_met).chain(&advice.not_met).chain(&advice.unknown);
        for id in named.filter(|id| !criterion(id)) {
            reader.note_word(place, id, &format!("unknown criterion `{id}`"));
        }
        for id in advice.suggest.iter().filter(|id| !rule.suggestions.iter().any(|s| s.id == **id)) {
            reader.note_word(place, id, &format!("unknown suggestion `{id}`"));
        }
        let silent = advice.met.is_empty() && advice.not_met.is_empty() && advice.unknown.is_empty();
        if silent && !rule.overview {
            reader.note(place.start, "advice without a condition: name met, not-met or unknown");
        }
    }
    for suggestion in &rule.suggestions {
        for id in suggestion.criteria.iter().filter(|id| !criterion(id)) {
            reader.note_word(&(0..0), id, &format!("suggestion `{}`: unknown criterion `{id}`", suggestion.id));
        }
    }
}

fn applies<'a>(value: Spanned<DeValue<'a>>, reader: &mut Reader<'a>, context: &Context<'_>) -> Applies {
    let place = value.span();
    let raw: RawApplies = reader.value(value).unwrap_or_default();
    let indications = &context.drug.indications;
    if let Some(family) = &raw.family
        && !indications.iter().any(|i| i.family.as_ref() == Some(family))
    {
        reader.note_word(&place, family, &format!("unknown family of indications `{family}`"));
    }
    for id in raw.except.iter().filter(|id| !indications.iter().any(|i| i.id == **id)) {
        reader.note_word(&place, id, &format!("unknown indication `{id}`"));
    }
    Applies { phases: phases(&raw.phase, &place, reader), family: raw.family, except: raw.except }
}

fn phases(codes: &[String], place: &Place, reader: &mut Reader<'_>) -> Vec<Phase> {
    codes
        .iter()
        .filter_map(|code| {
            let phase = Phase::from_code(code);
            if phase.is_none() {
                reader.note_word(place, code, &format!("unknown phase `{code}`"));
            }
            phase
        })
        .collect()
}

fn advice(raw: RawAdvice, place: &Place, reader: &mut Reader<'_>) -> Option<Advice> {
    let indicator = Indicator::from_code(&raw.indicator);
    if indicator.is_none() {
        reader.note_word(place, &raw.indicator, &format!("unknown indicator `{}`", raw.indicator));
    }
    let mut reasons = Vec::new();
    for code in &raw.reasons {
        match Reason::from_code(code) {
            Some(reason) => reasons.push(reason),
            None => reader.note_word(place, code, &format!("unknown reason `{code}`")),
        }
    }
    Some(Advice {
        met: raw.met,
        unless_met: raw.unless_met,
        not_met: raw.not_met,
        unknown: raw.unknown,
        reasons,
        phases: phases(&raw.phase, place, reader),
        hooks: hooks(&raw.hook, place, reader),
        indicator: indicator?,
        summary: raw.summary,
        text: raw.text.map(|text| text.trim().to_owned()),
        suggest: raw.suggest,
    })
}

/// The hooks of an advice, which must be served.
fn hooks(names: &[String], place: &Place, reader: &mut Reader<'_>) -> Vec<Hook> {
    let hooks: Vec<Hook> = names.iter().map(|name| Hook::from_name(name)).collect();
    for hook in hooks.iter().filter(|hook| matches!(hook, Hook::Other(_))) {
        reader.note_word(place, hook.name(), &format!("unknown hook `{hook}`; expected one of {}", served()));
    }
    hooks
}

fn suggestion<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    context: &Context<'_>,
) -> Option<Suggestion> {
    let place = value.span();
    let raw: RawSuggestion = reader.value(value)?;
    if let Some(concept) = &raw.unless_ordered
        && !matches!(context.concepts.get(concept).map(|c| &c.kind), Some(ConceptKind::Order))
    {
        reader.note_word(&place, concept, &format!("`{concept}` is not a concept of kind order"));
    }
    let action = match (raw.delete_order, raw.update_dose, raw.create, raw.replace_with) {
        (true, false, None, None) => Some(Action::DeleteOrder),
        (false, true, None, None) if context.drug.labelled_dose.is_some() => Some(Action::UpdateDose),
        (false, false, Some(raw), None) => coding(raw, &place, reader, context.codes).map(Action::Create),
        (false, false, None, Some(other)) => {
            coding(other, &place, reader, context.codes).and_then(|coding| Some(Action::Replace(coding, raw.dose?)))
        }
        _ => {
            reader.note(place.start, "a suggestion does one thing: delete-order, update-dose (with a labelled dose), create, or replace-with (with a dose)");
            None
        }
    };
    Some(Suggestion {
        id,
        label: raw.label,
        criteria: raw.criteria,
        unless_ordered: raw.unless_ordered.map(Arc::from),
        action: action?,
    })
}

fn evidence(raw: RawEvidence, place: &Place, reader: &mut Reader<'_>) -> Option<Evidence> {
    const KINDS: [&str; 5] = ["label", "guideline", "trial", "literature", "design"];
    if !KINDS.contains(&raw.kind.as_str()) {
        reader.note_word(
            place,
            &raw.kind,
            &format!("unknown kind of evidence `{}`; expected one of {}", raw.kind, KINDS.join(", ")),
        );
        return None;
    }
    Some(Evidence { kind: raw.kind, cite: raw.cite, says: raw.says, verified: raw.verified })
}

fn review(raw: RawReview, place: &Place, reader: &mut Reader<'_>) -> Review {
    if raw.on.parse::<jiff::civil::Date>().is_err() {
        reader.note_word(place, &raw.on, &format!("`{}` is not a date, such as 2026-11-22", raw.on));
    }
    Review { by: raw.by, role: raw.role, on: raw.on, says: raw.says }
}
