//! Route, dose and interval of an order, from every element in which senders put them.
//!
//! Free text never stands in for a field. What it names is read in `dosage_text`, and only compared.

/// How much one dose is.
mod amount;
/// How often a dose is given.
mod timing;

use std::borrow::Cow;

use rust_decimal::Decimal;

use document::{Node, Object};

pub use self::amount::strength;
use self::amount::{Contents, dose, quantity, sum};
use self::timing::{interval, known, week_days};
use super::dosage_text;
use super::extract::bounded;
use super::meaning::Meanings;
use domain::order::{Dose, OTHER_ROUTE, OrderText, OrderedProduct, Reading};
use domain::rule::Drug;

/// The dosage instructions of an order.
#[derive(Debug)]
pub struct Dosages<'a>(Vec<Object<'a>>);

impl<'a> Dosages<'a> {
    /// The dosage instructions of an order, in the element of any FHIR version.
    pub fn of(order: &Object<'a>) -> Dosages<'a> {
        let found = ["dosageInstruction", "dosage"].iter().map(|name| order.objects(name).collect::<Vec<_>>());
        Dosages(found.into_iter().find(|list| !list.is_empty()).unwrap_or_default())
    }

    /// The route. Where none is given, it is the only route by which the product can be given.
    pub fn route(&self, drug: &Drug, meanings: &Meanings<'_, 'a>, product: &OrderedProduct) -> Reading<String> {
        let shown = |id: &str| drug.routes.iter().find(|r| r.id == id).map_or(id, |r| r.shown.as_str()).to_owned();
        let read = agree(self.0.iter().map(|dosage| {
            let route = meanings.of(dosage, "route");
            if route.said.is_empty() {
                return Reading::Missing;
            }
            let known = drug
                .routes
                .iter()
                .find(|known| meanings.is_in(&route, &known.value_set) || meanings.is_answer(&route, &known.value_set));
            match known {
                Some(known) => Reading::Known(known.id.clone(), known.shown.clone()),
                None if drug
                    .other_routes
                    .as_ref()
                    .is_some_and(|other| meanings.is_in(&route, other) || meanings.is_answer(&route, other)) =>
                {
                    Reading::Known(OTHER_ROUTE.to_owned(), short(&route.said.shown()))
                }
                None => Reading::Unreadable(route.said.shown()),
            }
        }));
        match (read, product.product.as_ref().and_then(|p| p.route.as_ref())) {
            (Reading::Missing, Some(only)) => Reading::Known(only.clone(), shown(only)),
            (read, _) => read,
        }
    }

    /// One dose in milligrams, or per kilogram. Instructions with one sequence number are given together, so that their
    /// doses are added up.
    pub fn dose(&self, product: &OrderedProduct) -> Reading<Dose> {
        let of =
            |dosage: &Object<'a>| quantity(dosage).map_or(Reading::Missing, |node| dose(node, Contents::of(product)));
        let mut sequences: Vec<String> = self.0.iter().filter_map(sequence).collect();
        sequences.sort_unstable();
        sequences.dedup();
        let without = self.0.iter().filter(|dosage| sequence(dosage).is_none());
        let together = sequences.iter().flat_map(|number| {
            let group: Vec<&Object<'a>> = self.0.iter().filter(|d| sequence(d).as_ref() == Some(number)).collect();
            if at_one_time(&group) { vec![sum(group.into_iter().map(of))] } else { group.into_iter().map(of).collect() }
        });
        agree(without.map(of).chain(together))
    }

    /// The most milligrams of one dose, where a field caps it.
    pub fn most_per_dose(&self, product: &OrderedProduct) -> Option<Decimal> {
        let caps = self.0.iter().filter_map(|dosage| dosage.get("maxDosePerAdministration"));
        let caps = caps.filter_map(|node| match dose(node, Contents::of(product)) {
            Reading::Known(Dose::Milligrams(most), _) => Some(most),
            _ => None,
        });
        caps.max()
    }

    /// How many milligrams are taken in a day; `strength` is what one unit of the product holds.
    pub fn milligrams_per_day(&self, strength: Option<Decimal>) -> Option<Decimal> {
        let contents = Contents { per_unit: strength, concentration: None };
        let read = agree(self.0.iter().map(|dosage| quantity(dosage).map_or(Reading::Missing, |n| dose(n, contents))));
        match (read, self.interval()) {
            (Reading::Known(Dose::Milligrams(milligrams), _), Reading::Known(days, _)) => milligrams.checked_div(days),
            _ => None,
        }
    }

    /// What the instructions say in words.
    pub fn text(&self, drug: &Drug, meanings: &Meanings<'_, 'a>) -> Option<OrderText> {
        let words =
            |dosage: &Object<'a>| ["text", "patientInstruction"].into_iter().find_map(|name| dosage.string(name));
        let said: Vec<_> = self.0.iter().filter_map(words).collect();
        let words = said.iter().map(|words| words.trim()).filter(|words| !words.is_empty()).collect::<Vec<_>>();
        (!words.is_empty()).then(|| dosage_text::read(&bounded(words.join("; ")), drug, meanings))
    }

    /// Whether a dose is to be given as needed, by a field or in words.
    pub fn as_needed(&self, text: Option<&OrderText>) -> bool {
        let said = |node: Node<'_>| node.boolean() != Some(false);
        let by_field = self.0.iter().any(|dosage| {
            let fields = ["asNeededBoolean", "asNeededCodeableConcept", "asNeeded", "asNeededFor"];
            fields.iter().filter_map(|name| dosage.get(name)).any(said)
        });
        by_field || text.is_some_and(|text| dosage_text::is_as_needed(&text.words))
    }

    /// How many doses, where an instruction says so: of several the sum, of a range the most.
    pub fn count(&self) -> Option<i64> {
        let count = |dosage: &Object<'a>| {
            let repeat = dosage.object("timing")?.object("repeat")?;
            ["countMax", "count"].iter().find_map(|name| repeat.get(name)?.number()?.parse::<i64>().ok())
        };
        self.0.iter().map(count).sum::<Option<i64>>().filter(|count| *count > 0)
    }

    /// Days from one dose to the next.
    pub fn interval(&self) -> Reading<Decimal> {
        // One instruction for each day of the week is one dose a week only where all name the same day.
        let days: Vec<Vec<Cow<'a, str>>> = self.0.iter().map(week_days).collect();
        let mut all: Vec<&Cow<'a, str>> = days.iter().flatten().collect();
        all.sort_unstable();
        all.dedup();
        let is_split = days.iter().all(|of_one| !of_one.is_empty() && of_one.len() < all.len());
        match Decimal::from(7).checked_div(Decimal::from(all.len())) {
            Some(each) if is_split => known(each),
            _ => agree(self.0.iter().map(interval)),
        }
    }
}

/// The name of a route without the words that every route has: "Intrathecal route (qualifier value)" is "intrathecal".
fn short(route: &str) -> String {
    let name = route.to_lowercase();
    let name = name.split('(').next().unwrap_or_default().trim_end();
    [" route of administration", " route", " use"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
        .to_owned()
}

/// The reading on which all dosage instructions agree. Several that differ count as unreadable.
fn agree<T: PartialEq>(readings: impl Iterator<Item = Reading<T>>) -> Reading<T> {
    let mut agreed = Reading::Missing;
    for reading in readings {
        agreed = match (agreed, reading) {
            (Reading::Missing, reading) => reading,
            (agreed, Reading::Missing) => agreed,
            (Reading::Known(a, words), Reading::Known(b, _)) if a == b => Reading::Known(a, words),
            (Reading::Known(_, a) | Reading::Unreadable(a), Reading::Known(_, b) | Reading::Unreadable(b)) => {
                Reading::Unreadable(format!("{a}; {b}"))
            }
        };
    }
    agreed
}

/// The number that says which instructions are given together, and which one after another.
fn sequence(dosage: &Object<'_>) -> Option<String> {
    dosage.get("sequence")?.number().map(str::to_owned)
}

/// Whether instructions are of one time: at the same interval, and on the same days of the week.
fn at_one_time(group: &[&Object<'_>]) -> bool {
    let days = |dosage: &Object<'_>| -> Vec<String> { week_days(dosage).into_iter().map(Cow::into_owned).collect() };
    let times = |dosage: &Object<'_>| (interval(dosage), days(dosage));
    group.windows(2).all(|pair| matches!(pair, [one, other] if times(one) == times(other)))
}

#[cfg(test)]
mod tests;
