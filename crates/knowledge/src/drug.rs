//! The `drug.toml` of one drug: its products, routes, brands, doses and indications.

/// A code with its system.
mod coding;
/// The tables of the file.
mod parts;

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

pub(super) use self::coding::{RawCoding, coding};
use self::parts::{indication, monitoring, product, reason_words, route, value_set};
use super::codes::Codes;
use super::concepts::Concepts;
use super::doses;
use super::mistake::Reader;
use super::word::{Days, Word};
use domain::dose_table::{DoseRow, DoseTolerance};
use domain::rule::{Brand, CourseLimits, Drug, PriorAuthorization};

/// Reads `drug.toml`; the rules are added later.
pub(super) fn read(id: &str, reader: &mut Reader<'_>, codes: &Codes, concepts: &Concepts) -> Drug {
    let mut drug = empty(id);
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
                if let Some(raw) = reader.value(value) {
                    drug.course = course(&raw, start, reader);
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
                if let Some(raw) = reader.value(value) {
                    drug.prior_authorization = Some(prior_authorization(raw, &mut named));
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
    named.check(&drug, reader);
    complete(&mut drug, tolerance, reader);
    drug
}

/// A drug of which nothing is known yet.
fn empty(id: &str) -> Drug {
    Drug {
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
    }
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

impl Named {
    /// Notes each name that the file does not define.
    fn check(&self, drug: &Drug, reader: &mut Reader<'_>) {
        for route in self.routes.iter().filter(|id| !drug.routes.iter().any(|route| route.id == *id.get_ref())) {
            let known = drug.routes.iter().map(|route| route.id.as_str());
            reader.note_unknown(route.span().start, "route", route.get_ref(), known);
        }
        for id in self.indications.iter().filter(|id| !drug.indications.iter().any(|i| i.id == *id.get_ref())) {
            let known = drug.indications.iter().map(|indication| indication.id.as_str());
            reader.note_unknown(id.span().start, "indication", id.get_ref(), known);
        }
        let is_family = |family: &str| drug.indications.iter().any(|i| i.family.as_deref() == Some(family));
        for family in self.families.iter().filter(|family| !is_family(family.get_ref())) {
            let known = drug.indications.iter().filter_map(|indication| indication.family.as_deref());
            reader.note_unknown(family.span().start, "family of indications", family.get_ref(), known);
        }
        for brand in self.brands.iter().filter(|name| !drug.brands.iter().any(|brand| brand.name == *name.get_ref())) {
            let known = drug.brands.iter().map(|brand| brand.name.as_str());
            reader.note_unknown(brand.span().start, "brand", brand.get_ref(), known);
        }
    }
}

/// Adds what follows from the whole file, and notes what is missing in it.
fn complete(drug: &mut Drug, tolerance: Option<DoseTolerance>, reader: &mut Reader<'_>) {
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawCourse {
    continuation: Word<Days>,
    resumption: Word<Days>,
    after_hold: Word<Days>,
}

fn course(raw: &RawCourse, start: usize, reader: &mut Reader<'_>) -> CourseLimits {
    let (Word(Days(continuation_days)), Word(Days(resumption_days))) = (raw.continuation, raw.resumption);
    let Word(Days(resumption_after_hold_days)) = raw.after_hold;
    if continuation_days > resumption_days || resumption_days > resumption_after_hold_days {
        reader.note(start, "`continuation` must not be longer than `resumption`, nor that than `after-hold`");
    }
    CourseLimits { continuation_days, resumption_days, resumption_after_hold_days }
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

fn prior_authorization(raw: RawPriorAuthorization, named: &mut Named) -> PriorAuthorization {
    let items = raw.items.into_iter().map(|RawItem { name, criterion }| (name, criterion.into_inner())).collect();
    let family = raw.family.get_ref().clone();
    named.families.push(raw.family);
    PriorAuthorization { family, items }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBrand {
    names: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
}
