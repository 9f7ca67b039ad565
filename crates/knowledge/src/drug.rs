//! One drug's `drug.toml`: its products, routes, brands, labelled dose and indications.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::codes::Codes;
use super::concepts::{ConceptKind, Concepts};
use super::mistake::{Place, Reader};
use domain::order::{Listed, Product};
use domain::rule::{Brand, Coding, Drug, Indication, LabelledDose, Route};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCoding {
    system: String,
    code: String,
    display: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawDose {
    amount: Decimal,
    route: String,
    interval: String,
    text: String,
    product: RawCoding,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRoute {
    value_set: String,
    shown: String,
    code: RawCoding,
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
    code: String,
    display: String,
    brand: Option<String>,
    route: Option<String>,
    per_unit: Option<Decimal>,
    concentration: Option<Decimal>,
    source: String,
    verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIndication {
    id: String,
    family: Option<String>,
    name: String,
    all: Vec<String>,
    reason: Option<String>,
    refuted: Option<String>,
}

/// Reads `drug.toml`; the rules are added later.
pub(super) fn read(id: &str, reader: &mut Reader<'_>, codes: &Codes, concepts: &Concepts) -> Drug {
    let mut drug = Drug {
        id: Arc::from(id),
        name: id.to_owned(),
        names: Vec::new(),
        exposure_days: 90,
        products: Vec::new(),
        brands: Vec::new(),
        routes: Vec::new(),
        labelled_dose: None,
        indications: Vec::new(),
        rules: Vec::new(),
    };
    for (key, value) in reader.members() {
        let place = value.span();
        match key.as_str() {
            "name" => drug.name = reader.value(value).unwrap_or_default(),
            "names" => drug.names = reader.value(value).unwrap_or_default(),
            "exposure-within" => {
                let text: String = reader.value(value).unwrap_or_default();
                drug.exposure_days = days(&text, &place, reader);
            }
            "labelled-dose" => drug.labelled_dose = dose(value, &place, reader, codes),
            "routes" => {
                for (route, value) in reader.table(value) {
                    drug.routes.extend(self::route(route, value, reader, codes));
                }
            }
            "brands" => {
                for (brand, value) in reader.table(value) {
                    if let Some(RawBrand { names: words, lacks }) = reader.value(value) {
                        drug.brands.push(Brand { name: brand, words, lacks });
                    }
                }
            }
            "product" => {
                for (raw, place) in reader.array::<RawProduct>(value) {
                    drug.products.extend(product(raw, &place, reader, codes));
                }
            }
            "indication" => {
                for (raw, place) in reader.array::<RawIndication>(value) {
                    drug.indications.push(indication(raw, &place, reader, concepts));
                }
            }
            other => reader.note(place.start, &format!("unknown key `{other}`")),
        }
    }
    cross_check(&drug, reader);
    drug
}

/// Every brand and route that is named stands in the file.
fn cross_check(drug: &Drug, reader: &mut Reader<'_>) {
    let routes: Vec<&str> = drug.routes.iter().map(|route| route.id.as_str()).collect();
    let brands: Vec<&str> = drug.brands.iter().map(|brand| brand.name.as_str()).collect();
    for product in &drug.products {
        if let Some(route) = product.route.as_deref().filter(|route| !routes.contains(route)) {
            reader.note_word(&(0..0), route, &format!("product {}: unknown route `{route}`", product.code));
        }
        if let Some(brand) = product.brand.as_deref().filter(|brand| !brands.contains(brand)) {
            reader.note_word(&(0..0), brand, &format!("product {}: unknown brand `{brand}`", product.code));
        }
    }
    if let Some(dose) = drug.labelled_dose.as_ref().filter(|dose| !routes.contains(&dose.route.as_str())) {
        reader.note_word(&(0..0), &dose.route, &format!("labelled-dose: unknown route `{}`", dose.route));
    }
    if drug.products.is_empty() && drug.names.is_empty() {
        reader.note_file("a drug needs products or names, or no order of it is ever found");
    }
    let mut seen: BTreeMap<&str, ()> = BTreeMap::new();
    for indication in &drug.indications {
        if seen.insert(&indication.id, ()).is_some() {
            reader.note_word(&(0..0), &indication.id, &format!("indication `{}` stands twice", indication.id));
        }
    }
}

fn dose<'a>(
    value: toml::Spanned<toml::de::DeValue<'a>>,
    place: &Place,
    reader: &mut Reader<'a>,
    codes: &Codes,
) -> Option<LabelledDose> {
    let raw: RawDose = reader.value(value)?;
    let interval_days = days(&raw.interval, place, reader);
    let product = coding(raw.product, place, reader, codes)?;
    Some(LabelledDose { amount: raw.amount, route: raw.route, interval_days, text: raw.text, product })
}

fn route<'a>(
    id: String,
    value: toml::Spanned<toml::de::DeValue<'a>>,
    reader: &mut Reader<'a>,
    codes: &Codes,
) -> Option<Route> {
    let place = value.span();
    let raw: RawRoute = reader.value(value)?;
    if !codes.has(&raw.value_set) {
        reader.note_word(&place, &raw.value_set, &format!("unknown value set `{}`", raw.value_set));
    }
    let code = coding(raw.code, &place, reader, codes)?;
    Some(Route { id, value_set: Arc::from(raw.value_set), shown: raw.shown, code })
}

fn product(raw: RawProduct, place: &Place, reader: &mut Reader<'_>, codes: &Codes) -> Option<Product> {
    if let Some(wrong) = codes.wrong_code(&raw.system, &raw.code) {
        reader.note_word(place, &raw.code, &wrong);
    }
    let (system, code) = codes.key(codes.uri(&raw.system)?, &raw.code)?;
    Some(Product {
        system,
        code,
        display: raw.display,
        brand: raw.brand,
        route: raw.route,
        per_unit: raw.per_unit,
        concentration: raw.concentration,
        listed: Listed { code: raw.code, source: raw.source, verified: raw.verified },
    })
}

fn indication(raw: RawIndication, place: &Place, reader: &mut Reader<'_>, concepts: &Concepts) -> Indication {
    for concept in raw.all.iter().chain(&raw.reason).chain(&raw.refuted) {
        match concepts.get(concept).map(|c| &c.kind) {
            Some(ConceptKind::Condition) => {}
            Some(_) => reader.note_word(place, concept, &format!("concept `{concept}` is not a condition")),
            None => reader.note_word(place, concept, &format!("unknown concept `{concept}`")),
        }
    }
    Indication {
        id: raw.id,
        family: raw.family,
        name: raw.name,
        all: raw.all.into_iter().map(Arc::from).collect(),
        reason: raw.reason.map(Arc::from),
        refuted: raw.refuted.map(Arc::from),
    }
}

/// A coding with its system's URI, the check digit held against it.
pub(super) fn coding(raw: RawCoding, place: &Place, reader: &mut Reader<'_>, codes: &Codes) -> Option<Coding> {
    if let Some(wrong) = codes.wrong_code(&raw.system, &raw.code) {
        reader.note_word(place, &raw.code, &wrong);
    }
    Some(Coding { system: codes.uri(&raw.system)?.to_owned(), code: raw.code, display: raw.display })
}

/// The days of an ISO 8601 duration in days or weeks: `P30D`, `P2W`.
pub(super) fn days(text: &str, place: &Place, reader: &mut Reader<'_>) -> i64 {
    let parsed = text.strip_prefix('P').and_then(|rest| {
        let (number, unit) = rest.split_at(rest.len().checked_sub(1)?);
        let number: i64 = number.parse().ok()?;
        match unit {
            "D" => Some(number),
            "W" => number.checked_mul(7),
            _ => None,
        }
    });
    parsed.unwrap_or_else(|| {
        reader.note_word(place, text, &format!("`{text}` is not a duration in days, such as P30D"));
        0
    })
}
