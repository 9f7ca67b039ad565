//! The tables of `drug.toml`, one by one, each checked against the codes and concepts of the library.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::Named;
use super::coding::{RawCoding, check_code, coding};
use crate::codes::{Codes, fold};
use crate::concepts::{ConceptKind, Concepts};
use crate::mistake::Reader;
use crate::word::{Days, Word};
use domain::fact::ConceptId;
use domain::order::{Listed, OTHER_ROUTE, Product};
use domain::rule::{Indication, Monitoring, Route};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMonitoring {
    of: String,
    #[serde(default)]
    indication: Vec<Spanned<String>>,
    until: Option<Word<Days>>,
    from: Spanned<Word<Days>>,
    to: Word<Days>,
    #[serde(default)]
    once: bool,
    source: String,
    verified: bool,
}

pub(super) fn monitoring(raw: RawMonitoring, reader: &mut Reader<'_>, named: &mut Named) -> Monitoring {
    let RawMonitoring { of, indication, until, from, to: Word(Days(to_days)), once, source, verified } = raw;
    let Word(Days(from_days)) = *from.get_ref();
    if from_days > to_days {
        reader.note(from.span().start, "`from` is later than `to`");
    }
    named.indications.extend(indication.iter().cloned());
    let indications = indication.into_iter().map(Spanned::into_inner).collect();
    let until_days = until.map(|Word(Days(days))| days);
    Monitoring { of, indications, until_days, from_days, to_days, once, source, verified }
}

/// The words by which a reason names a condition, as they are compared.
pub(super) fn reason_words<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    concepts: &Concepts,
) -> Option<(ConceptId, Vec<String>)> {
    let start = value.span().start;
    if !matches!(concepts.get(&id).map(|concept| &concept.kind), Some(ConceptKind::Condition)) {
        reader.note(start, &format!("`{id}` is not a concept of kind condition"));
    }
    let words: Vec<String> = reader.value(value)?;
    Some((Arc::from(id), words.iter().map(|words| fold(words)).collect()))
}

pub(super) fn value_set(set: Spanned<String>, reader: &mut Reader<'_>, codes: &Codes) -> ConceptId {
    if !codes.has(set.get_ref()) {
        reader.note_at(&set, &format!("unknown value set `{set}`"));
    }
    Arc::from(set.into_inner())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRoute {
    value_set: Spanned<String>,
    shown: String,
    code: RawCoding,
    interval: Option<Word<Days>>,
}

pub(super) fn route<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    codes: &Codes,
) -> Option<Route> {
    let RawRoute { value_set, shown, code, interval } = reader.value(value)?;
    let value_set = self::value_set(value_set, reader, codes);
    let code = coding(code, reader, codes)?;
    if id == OTHER_ROUTE {
        reader.note_file(&format!("no route may be called `{OTHER_ROUTE}`: it stands for all that are not listed"));
    }
    let interval_days = interval.map(|Word(Days(days))| days);
    Some(Route { id, value_set, shown, code, interval_days })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawProduct {
    system: String,
    code: Spanned<String>,
    display: String,
    brand: Option<Spanned<String>>,
    route: Option<Spanned<String>>,
    per_unit: Option<Decimal>,
    concentration: Option<Decimal>,
    source: String,
    verified: bool,
}

pub(super) fn product(raw: RawProduct, reader: &mut Reader<'_>, codes: &Codes, named: &mut Named) -> Option<Product> {
    check_code(&raw.system, &raw.code, reader, codes);
    named.brands.extend(raw.brand.clone());
    named.routes.extend(raw.route.clone());
    let (system, code) = codes.key(codes.uri(&raw.system)?, raw.code.get_ref())?;
    Some(Product {
        system,
        code,
        display: raw.display,
        brand: raw.brand.map(Spanned::into_inner),
        route: raw.route.map(Spanned::into_inner),
        per_unit: raw.per_unit,
        concentration: raw.concentration,
        listed: Listed { code: raw.code.into_inner(), source: raw.source, verified: raw.verified },
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawIndication {
    id: Spanned<String>,
    family: Option<String>,
    name: String,
    all: Vec<Spanned<String>>,
    reason: Option<Spanned<String>>,
    refuted: Option<Spanned<String>>,
    #[serde(default)]
    only_by_its_routes: bool,
    within: Option<Word<Days>>,
}

pub(super) fn indication(
    raw: RawIndication,
    reader: &mut Reader<'_>,
    concepts: &Concepts,
    before: &[Indication],
) -> Indication {
    if before.iter().any(|other| other.id == *raw.id.get_ref()) {
        reader.note_at(&raw.id, &format!("indication `{}` appears twice", raw.id));
    }
    let mut condition = |id: Spanned<String>| -> ConceptId {
        match concepts.get(id.get_ref()).map(|concept| &concept.kind) {
            Some(ConceptKind::Condition) => {}
            Some(_) => reader.note_at(&id, &format!("concept `{id}` is not a condition")),
            None => reader.note_at(&id, &format!("unknown concept `{id}`")),
        }
        Arc::from(id.into_inner())
    };
    Indication {
        id: raw.id.into_inner(),
        family: raw.family,
        name: raw.name,
        all: raw.all.into_iter().map(&mut condition).collect(),
        reason: raw.reason.map(&mut condition),
        refuted: raw.refuted.map(&mut condition),
        routes: Vec::new(),
        only_by_its_routes: raw.only_by_its_routes,
        within_days: raw.within.map(|Word(Days(days))| days),
    }
}
