//! One rule file: criteria, advice, suggestions, override reasons and evidence, each checked against the rest.

/// What a rule names and must have.
mod references;
/// One suggestion.
mod suggestion;

use toml::Spanned;
use toml::de::DeValue;

pub(super) use self::references::Abroad;
use self::references::{Named, complete, references, remember, uses};
use self::suggestion::suggestion;
use super::codes::Codes;
use super::concepts::Concepts;
use super::criterion::criterion;
use super::mistake::Reader;
use super::overrides;
use super::raw::{RawAdvice, RawApplies, RawBurden, RawEvidence, RawOverride, RawReview, RawSource, RawUse};
use super::units::Units;
use super::word::{Day, Phases, Reasons, Word, values};
use super::wording;
use domain::rule::{
    Advice, Applies, Burden, CardSource, Drug, Evidence, Review, Rule, TextFor, UseReason, WindowBounds,
};

/// What a rule may refer to.
pub(super) struct Context<'a> {
    pub codes: &'a Codes,
    pub concepts: &'a Concepts,
    pub units: &'a Units,
    pub drug: &'a Drug,
}

/// The keys of a rule file.
const KEYS: [&str; 16] = [
    "title",
    "released",
    "revised",
    "order",
    "overview",
    "scenarios",
    "applies",
    "use",
    "burden",
    "source",
    "criteria",
    "advice",
    "suggestions",
    "override",
    "evidence",
    "review",
];

/// Reads one rule; returns it with its position in the order of display, and what it names of other rules.
pub(super) fn read(id: &str, reader: &mut Reader<'_>, context: &Context<'_>) -> ((i64, Rule), Abroad) {
    let mut rule = Rule { id: id.to_owned(), ..Rule::default() };
    let mut order = 0;
    let mut places = Vec::new();
    let mut named = Named::default();
    for (key, value) in reader.members() {
        let start = value.span().start;
        match key.as_str() {
            "title" => rule.title = reader.value(value).unwrap_or_default(),
            "released" => rule.released = reader.value(value).map(|Word(Day(day))| day),
            "revised" => {
                let days: Vec<Word<Day>> = reader.value(value).unwrap_or_default();
                rule.revised = values(days).into_iter().map(|Day(day)| day).collect();
            }
            "order" => order = reader.value(value).unwrap_or_default(),
            "overview" => rule.overview = reader.value(value).unwrap_or_default(),
            "scenarios" => {
                let scenarios = reader.value(value).unwrap_or_default();
                rule.scenarios = remember(scenarios, &mut named.abroad.0);
            }
            "applies" => rule.applies = applies(value, reader, context),
            "use" => {
                for (RawUse { indication, because }, _) in reader.array(value) {
                    let indications = remember(indication, &mut named.indications);
                    rule.uses.push(UseReason { indications, because });
                }
            }
            "burden" => {
                let burden = reader.value(value);
                rule.burden = burden.map(|RawBurden { of_orders, because }| Burden { of_orders, because });
            }
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
                    named.criteria.extend(raw.criteria.iter().cloned());
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
    uses(&rule, reader, context.drug);
    references(&rule, &named, &places, reader, context.drug);
    wording::check(&rule, &places, reader, context.drug);
    ((order, rule), named.abroad)
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
    for id in raw.except.iter().chain(&raw.indication).filter(|id| !indications.iter().any(|i| i.id == *id.get_ref())) {
        reader.note_unknown(id.span().start, "indication", id.get_ref(), indications.iter().map(|i| i.id.as_str()));
    }
    let except = raw.except.into_iter().map(Spanned::into_inner).collect();
    Applies {
        phases: Phases::all(raw.phase),
        phases_without_order: Phases::all(raw.phase_without_order),
        family: raw.family.map(Spanned::into_inner),
        only: raw.indication.into_iter().map(Spanned::into_inner).collect(),
        except,
    }
}

fn advice(raw: RawAdvice, named: &mut Named) -> Advice {
    let texts = raw.text_for.into_iter().map(|raw| TextFor {
        indications: remember(raw.indication, &mut named.indications),
        routes: remember(raw.route, &mut named.routes),
        text: raw.text.trim().to_owned(),
    });
    let texts: Vec<TextFor> = texts.collect();
    let mut criteria = |ids| remember(ids, &mut named.criteria);
    Advice {
        met: criteria(raw.met),
        unless_met: criteria(raw.unless_met),
        not_met: criteria(raw.not_met),
        unknown: criteria(raw.unknown),
        reasons: Reasons::all(raw.reasons),
        cited: raw.cited,
        phases: Phases::all(raw.phase),
        hooks: values(raw.hook),
        indications: remember(raw.indication, &mut named.indications),
        except: remember(raw.except_indication, &mut named.indications),
        indicator: raw.indicator.0,
        summary: raw.summary,
        text: raw.text.map(|text| text.trim().to_owned()),
        texts,
        suggest: remember(raw.suggest, &mut named.suggestions),
        in_summary: raw.in_summary,
    }
}

#[cfg(test)]
mod tests;
