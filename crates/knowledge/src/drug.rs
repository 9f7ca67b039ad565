//! The `drug.toml` of one drug: its products, routes, brands, doses and indications.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::codes::{Codes, fold};
use super::concepts::{ConceptKind, Concepts};
use super::doses;
use super::mistake::Reader;
use super::word::{Days, Word};
use domain::dose_table::{DoseRow, DoseTolerance};
use domain::fact::ConceptId;
use domain::order::{Listed, OTHER_ROUTE, Product};
use domain::rule::{Brand, Coding, CourseLimits, Drug, Indication, Monitoring, PriorAuthorization, Route};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCoding {
    system: String,
    code: Spanned<String>,
    display: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRoute {
    value_set: Spanned<String>,
    shown: String,
    code: RawCoding,
    interval: Option<Word<Days>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawCourse {
    continuation: Word<Days>,
    resumption: Word<Days>,
    after_hold: Word<Days>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBrand {
    names: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawProduct {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMonitoring {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPriorAuthorization {
    family: Spanned<String>,
    items: Vec<RawItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawItem {
    name: String,
    criterion: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawIndication {
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

/// Reads `drug.toml`; the rules are added later.
pub(super) fn read(id: &str, reader: &mut Reader<'_>, codes: &Codes, concepts: &Concepts) -> Drug {
    let mut drug = Drug {
        id: Arc::from(id),
        name: id.to_owned(),
        names: Vec::new(),
        sounds_like: Vec::new(),
        developer: None,
        funding: None,
        check_by_hand: None,
        course: CourseLimits { continuation_days: 90, resumption_days: 180, resumption_after_hold_days: 365 },
        products: Vec::new(),
        brands: Vec::new(),
        routes: Vec::new(),
        other_routes: None,
        doses: Vec::new(),
        tolerance: DoseTolerance::NONE,
        weight: None,
        labelled_dose: None,
        indications: Vec::new(),
        reason_words: Vec::new(),
        monitoring: Vec::new(),
        prior_authorization: None,
        rules: Vec::new(),
    };
    let mut named = Named::default();
    let mut tolerance = None;
    for (key, value) in reader.members() {
        let start = value.span().start;
        match key.as_str() {
            "name" => drug.name = reader.value(value).unwrap_or_default(),
            "names" => drug.names = reader.value(value).unwrap_or_default(),
            "sounds-like" => drug.sounds_like = reader.value(value).unwrap_or_default(),
            "developer" => drug.developer = reader.value(value),
            "funding" => drug.funding = reader.value(value),
            "check-by-hand" => drug.check_by_hand = reader.value(value),
            "course" => {
                if let Some(RawCourse { continuation: Word(Days(continuation_days)), resumption, after_hold }) =
                    reader.value(value)
                {
                    let (Word(Days(resumption_days)), Word(Days(resumption_after_hold_days))) =
                        (resumption, after_hold);
                    drug.course = CourseLimits { continuation_days, resumption_days, resumption_after_hold_days };
                    if continuation_days > resumption_days || resumption_days > resumption_after_hold_days {
                        reader.note(
                            start,
                            "`continuation` must not be longer than `resumption`, nor that than `after-hold`",
                        );
                    }
                }
            }
            "weight" => drug.weight = reader.value(value).map(|raw| doses::weight(raw, reader, concepts)),
            "routes" => {
                for (id, value) in reader.table(value) {
                    drug.routes.extend(route(id, value, reader, codes));
                }
            }
            "other-routes" => drug.other_routes = reader.value(value).map(|set| value_set(set, reader, codes)),
            "dose-tolerance" => tolerance = reader.value(value).map(|raw| doses::tolerance(&raw, reader)),
            "dose" => {
                for (raw, place) in reader.array(value) {
                    if let Some((row, corrected)) = doses::row(raw, &place, &drug.doses, reader, codes, &mut named) {
                        drug.doses.push(row);
                        drug.labelled_dose = drug.labelled_dose.take().or(corrected);
                    }
                }
            }
            "monitoring" => {
                for (raw, _) in reader.array(value) {
                    drug.monitoring.push(monitoring(raw, reader, &mut named));
                }
            }
            "prior-authorization" => {
                if let Some(RawPriorAuthorization { family, items }) = reader.value(value) {
                    let items = items.into_iter().map(|RawItem { name, criterion }| (name, criterion.into_inner()));
                    drug.prior_authorization =
                        Some(PriorAuthorization { family: family.get_ref().clone(), items: items.collect() });
                    named.families.push(family);
                }
            }
            "reason-words" => {
                for (id, value) in reader.table(value) {
                    drug.reason_words.extend(reason_words(id, value, reader, concepts));
                }
            }
            "brands" => {
                for (name, value) in reader.table(value) {
                    if let Some(RawBrand { names: words, lacks }) = reader.value(value) {
                        drug.brands.push(Brand { name, words, lacks });
                    }
                }
            }
            "product" => {
                for (raw, _) in reader.array(value) {
                    drug.products.extend(product(raw, reader, codes, &mut named));
                }
            }
            "indication" => {
                for (raw, _) in reader.array(value) {
                    let indication = indication(raw, reader, concepts, &drug.indications);
                    drug.indications.push(indication);
                }
            }
            other => reader.note(start, &format!("unknown key `{other}`")),
        }
    }
    for route in named.routes.iter().filter(|id| !drug.routes.iter().any(|route| route.id == *id.get_ref())) {
        reader.note_at(route, &format!("unknown route `{route}`"));
    }
    for id in named.indications.iter().filter(|id| !drug.indications.iter().any(|i| i.id == *id.get_ref())) {
        reader.note_at(id, &format!("unknown indication `{id}`"));
    }
    let is_family = |family: &str| drug.indications.iter().any(|i| i.family.as_deref() == Some(family));
    for family in named.families.iter().filter(|family| !is_family(family.get_ref())) {
        reader.note_at(family, &format!("unknown family of indications `{family}`"));
    }
    for brand in named.brands.iter().filter(|name| !drug.brands.iter().any(|brand| brand.name == *name.get_ref())) {
        reader.note_at(brand, &format!("unknown brand `{brand}`"));
    }
    // The label gives the drug for a use by the routes for which it has a dose.
    for indication in &mut drug.indications {
        let rows = drug.doses.iter().filter(|row| row.is_for(&indication.id));
        indication.routes = rows.map(|row| row.route.clone()).collect();
        if indication.only_by_its_routes && indication.routes.is_empty() {
            reader.note_file(&format!("`{}`: only-by-its-routes needs a dose", indication.id));
        }
    }
    match tolerance {
        Some(tolerance) => drug.tolerance = tolerance,
        None if !drug.doses.is_empty() => reader.note_file("doses need `[dose-tolerance]`"),
        None => {}
    }
    if drug.weight.is_none() && drug.doses.iter().any(DoseRow::is_by_weight) {
        reader.note_file("a dose by weight needs `[weight]`");
    }
    if drug.products.is_empty() && drug.names.is_empty() {
        reader.note_file("a drug needs products or names, or no order of it is ever found");
    }
    drug
}

/// What the parts of the file name of each other. They are checked when the whole file is read, because a name may come
/// before what it refers to.
#[derive(Default)]
pub(super) struct Named {
    pub indications: Vec<Spanned<String>>,
    pub families: Vec<Spanned<String>>,
    pub routes: Vec<Spanned<String>>,
    brands: Vec<Spanned<String>>,
}

fn monitoring(raw: RawMonitoring, reader: &mut Reader<'_>, named: &mut Named) -> Monitoring {
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
fn reason_words<'a>(
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

fn value_set(set: Spanned<String>, reader: &mut Reader<'_>, codes: &Codes) -> ConceptId {
    if !codes.has(set.get_ref()) {
        reader.note_at(&set, &format!("unknown value set `{set}`"));
    }
    Arc::from(set.into_inner())
}

fn route<'a>(id: String, value: Spanned<DeValue<'a>>, reader: &mut Reader<'a>, codes: &Codes) -> Option<Route> {
    let RawRoute { value_set, shown, code, interval } = reader.value(value)?;
    let value_set = self::value_set(value_set, reader, codes);
    let code = coding(code, reader, codes)?;
    if id == OTHER_ROUTE {
        reader.note_file(&format!("no route may be called `{OTHER_ROUTE}`: it stands for all that are not listed"));
    }
    let interval_days = interval.map(|Word(Days(days))| days);
    Some(Route { id, value_set, shown, code, interval_days })
}

fn product(raw: RawProduct, reader: &mut Reader<'_>, codes: &Codes, named: &mut Named) -> Option<Product> {
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

fn indication(raw: RawIndication, reader: &mut Reader<'_>, concepts: &Concepts, before: &[Indication]) -> Indication {
    if before.iter().any(|other| other.id == *raw.id.get_ref()) {
        reader.note_at(&raw.id, &format!("indication `{}` stands twice", raw.id));
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

/// A coding with the URI of its system; its check digit is checked.
pub(super) fn coding(raw: RawCoding, reader: &mut Reader<'_>, codes: &Codes) -> Option<Coding> {
    check_code(&raw.system, &raw.code, reader, codes);
    Some(Coding { system: codes.uri(&raw.system)?.to_owned(), code: raw.code.into_inner(), display: raw.display })
}

fn check_code(system: &str, code: &Spanned<String>, reader: &mut Reader<'_>, codes: &Codes) {
    if let Some(wrong) = codes.wrong_code(system, code.get_ref()) {
        reader.note_at(code, &wrong);
    }
}
