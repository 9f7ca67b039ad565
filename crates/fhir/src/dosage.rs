//! Route, dose and interval of an order, from every element in which senders put them.
//!
//! Free text never stands in for a field. What it names is read in `dosage_text`, and only compared.

/// How often a dose is given.
mod timing;

use std::borrow::Cow;

use rust_decimal::Decimal;

use document::{Node, Object};

use self::timing::{interval, known, week_days};
use super::dosage_text;
use super::extract::bounded;
use super::meaning::Meanings;
use super::view::{Concept, decimal};
use domain::order::{Dose, OTHER_ROUTE, OrderText, OrderedProduct, Reading};
use domain::rule::Drug;
use domain::words::number;
use knowledge::codes::fold;

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

/// The doses of instructions that are given together, as one.
fn sum(readings: impl Iterator<Item = Reading<Dose>>) -> Reading<Dose> {
    readings.fold(Reading::Missing, |sum, reading| match (sum, reading) {
        (Reading::Missing, other) | (other, Reading::Missing) => other,
        (Reading::Known(Dose::Milligrams(one), _), Reading::Known(Dose::Milligrams(other), _)) => {
            added(one, other, Dose::Milligrams, "mg")
        }
        (Reading::Known(Dose::PerKilogram(one), _), Reading::Known(Dose::PerKilogram(other), _)) => {
            added(one, other, Dose::PerKilogram, "mg/kg")
        }
        (Reading::Known(_, a) | Reading::Unreadable(a), Reading::Known(_, b) | Reading::Unreadable(b)) => {
            Reading::Unreadable(format!("{a}; {b}"))
        }
    })
}

fn added(one: Decimal, other: Decimal, of: fn(Decimal) -> Dose, unit: &str) -> Reading<Dose> {
    match one.checked_add(other).map(|sum| sum.normalize()) {
        Some(sum) => Reading::Known(of(sum), format!("{} {unit}", number(sum))),
        None => Reading::Unreadable("more than can be added up".to_owned()),
    }
}

/// The dose quantity or range: the ordered one in `doseAndRate`, otherwise the one of the dosage itself.
fn quantity<'a>(dosage: &Object<'a>) -> Option<Node<'a>> {
    let rank = |object: &Object<'_>| {
        let kind = Concept::of(object, "type");
        if kind.has_code(&["ordered"]) { 0 } else { 1 + u8::from(!kind.is_empty()) }
    };
    let mut rates: Vec<Object<'a>> = dosage.objects("doseAndRate").collect();
    rates.sort_by_key(rank);
    rates.iter().chain([dosage]).find_map(|object| {
        ["doseQuantity", "doseSimpleQuantity", "doseRange", "dose"].iter().find_map(|n| object.get(n))
    })
}

/// What a product holds, in milligrams.
#[derive(Clone, Copy)]
struct Contents {
    /// In one unit.
    per_unit: Option<Decimal>,
    /// In a millilitre.
    concentration: Option<Decimal>,
}

impl Contents {
    fn of(product: &OrderedProduct) -> Contents {
        let known = product.product.as_ref();
        Contents { per_unit: known.and_then(|p| p.per_unit), concentration: known.and_then(|p| p.concentration) }
    }
}

/// The milligrams in one unit of a product, by a name such as "prednisone 5 mg oral tablet" in lower case.
pub fn strength(name: &str) -> Option<Decimal> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "mg")?;
    decimal(words.get(at.checked_sub(1)?)?)
}

fn dose(node: Node<'_>, contents: Contents) -> Reading<Dose> {
    let Some(object) = node.object() else { return Reading::Unreadable(bounded(node.text().to_owned())) };
    if let (Some(low), Some(high)) = (object.get("low"), object.get("high")) {
        return match (dose(low, contents), dose(high, contents)) {
            (Reading::Known(a, words), Reading::Known(b, _)) if a == b => Reading::Known(a, words),
            _ => Reading::Unreadable("a range of doses".to_owned()),
        };
    }
    let raw = object.get("value").map(|v| v.string().map_or(v.text().to_owned(), |s| s.into_owned()));
    let unit = ["unit", "code"].iter().find_map(|name| object.string(name)).unwrap_or_default();
    let words = bounded(format!("{} {unit}", raw.clone().unwrap_or_default()).trim().to_owned());
    let Some(value) = raw.as_deref().and_then(decimal) else { return Reading::Unreadable(words) };
    let milligrams = match fold(&unit).as_str() {
        "mg" | "milligram" | "milligrams" => Some(value),
        "g" | "gram" => value.checked_mul(Decimal::from(1000)),
        "ug" | "mcg" | "µg" => value.checked_div(Decimal::from(1000)),
        "ml" | "cc" | "milliliter" | "millilitre" => contents.concentration.and_then(|c| value.checked_mul(c)),
        "mg/kg" | "mg/kg/dose" | "mg/kg/{dose}" => {
            return Reading::Known(Dose::PerKilogram(value), format!("{} mg/kg", number(value)));
        }
        "" | "1" | "{syringe}" | "syringe" | "syringes" | "{pen}" | "pen" | "{vial}" | "vial" | "each" | "ea"
        | "tablet" | "tablets" | "tab" | "{tbl}" | "capsule" | "{each}" | "injection" | "{injection}" | "unit"
        | "auto-injector" | "{dose}" | "dose" => contents.per_unit.and_then(|p| value.checked_mul(p)),
        _ => None,
    };
    match milligrams {
        Some(mg) => Reading::Known(Dose::Milligrams(mg.normalize()), format!("{} mg", number(mg))),
        None => Reading::Unreadable(words),
    }
}

#[cfg(test)]
mod tests {
    use super::{Dosages, short, strength};
    use crate::meaning::Meanings;
    use document::Document;
    use domain::order::{OrderedProduct, Reading};
    use rust_decimal::Decimal;

    #[test]
    fn the_strength_of_a_product() {
        for (name, expected) in [
            ("prednisone 5 mg oral tablet", Some("5")),
            ("prednisone 2.5 mg oral tablet", Some("2.5")),
            ("1 ml methylprednisolone acetate 40 mg/ml injection", None),
            ("prednisone", None),
            ("mg", None),
        ] {
            assert_eq!(strength(name), expected.map(|n| n.parse().expect("a number")), "{name}");
        }
    }

    #[test]
    fn milligrams_a_day() {
        let daily = r#""timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}"#;
        let twice = r#""timing":{"code":{"text":"BID"}}"#;
        let dose = |value: &str| format!(r#""doseAndRate":[{{"doseQuantity":{value}}}]"#);
        let tablets = || dose(r#"{"value":2,"unit":"tablet"}"#);
        for (name, dosage, expected) in [
            ("an amount every day", format!("{{{daily},{}}}", dose(r#"{"value":20,"unit":"mg"}"#)), Some("20")),
            ("tablets twice a day", format!("{{{twice},{}}}", tablets()), Some("20")),
            ("no interval", format!("{{{}}}", tablets()), None),
            ("no amount", format!("{{{daily}}}"), None),
            ("by weight", format!("{{{daily},{}}}", dose(r#"{"value":1,"unit":"mg/kg"}"#)), None),
            ("a taper", format!("{{{daily},{}}},{{{daily},{}}}", dose(r#"{"value":20,"unit":"mg"}"#), tablets()), None),
        ] {
            let document = Document::parse(format!(r#"{{"dosageInstruction":[{dosage}]}}"#)).expect("JSON");
            let order = document.root().object().expect("an object");
            let found = Dosages::of(&order).milligrams_per_day(Some(Decimal::from(5)));
            assert_eq!(found, expected.map(|n| n.parse().expect("a number")), "{name}");
        }
    }

    fn with<T>(dosages: &str, look: impl FnOnce(&Dosages<'_>) -> T) -> T {
        let document = Document::parse(format!(r#"{{"dosageInstruction":[{dosages}]}}"#)).expect("JSON");
        look(&Dosages::of(&document.root().object().expect("an object")))
    }

    #[test]
    fn an_interval_is_said_by_a_period_or_by_days_of_the_week() {
        let repeat = |members: &str| format!(r#"{{"timing":{{"repeat":{{{members}}}}}}}"#);
        let weekly = r#""frequency":1,"period":1,"periodUnit":"wk""#;
        for (name, dosages, expected) in [
            ("every week", repeat(weekly), "7"),
            ("two days of the week", repeat(r#""dayOfWeek":["mon","thu"]"#), "3.5"),
            ("every second Monday", repeat(r#""dayOfWeek":["mon"],"period":2,"periodUnit":"wk""#), "14"),
            ("a day without the number of weeks", repeat(r#""dayOfWeek":["mon"],"periodUnit":"wk""#), "-"),
            ("a number of doses alone", repeat(r#""frequency":1"#), "-"),
            ("two days, once a week", repeat(&format!(r#"{weekly},"dayOfWeek":["mon","thu"]"#)), "?"),
            ("one to two weeks", repeat(&format!(r#"{weekly},"periodMax":2"#)), "?"),
            ("once or twice", repeat(&format!(r#"{weekly},"frequencyMax":2"#)), "?"),
            (
                "one instruction for each day",
                format!("{},{}", repeat(r#""dayOfWeek":["mon"]"#), repeat(r#""dayOfWeek":["thu"]"#)),
                "3.5",
            ),
            (
                "two instructions for one day",
                format!("{},{}", repeat(r#""dayOfWeek":["mon"]"#), repeat(r#""dayOfWeek":["mon"]"#)),
                "7",
            ),
            (
                "one for a day, and one for every day",
                format!("{},{}", repeat(r#""dayOfWeek":["mon"]"#), repeat(r#""period":1,"periodUnit":"d""#)),
                "?",
            ),
        ] {
            let found = with(&dosages, |dosages| match dosages.interval() {
                Reading::Known(days, _) => days.to_string(),
                Reading::Missing => "-".to_owned(),
                Reading::Unreadable(_) => "?".to_owned(),
            });
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn doses_are_counted_where_a_number_is_given() {
        let counted =
            |repeat: &str| with(&format!(r#"{{"timing":{{"repeat":{{{repeat}}}}}}}"#), |dosages| dosages.count());
        for (repeat, expected) in
            [(r#""count":3"#, Some(3)), (r#""count":3,"countMax":4"#, Some(4)), (r#""count":0"#, None), ("", None)]
        {
            assert_eq!(counted(repeat), expected, "{repeat}");
        }
    }

    /// The ordered dose comes first, then one that does not say what it is, then a calculated one.
    #[test]
    fn a_dose_is_the_one_that_was_ordered() {
        let of = |kind: &str, dose: &str| {
            let kind =
                if kind.is_empty() { String::new() } else { format!(r#""type":{{"coding":[{{"code":"{kind}"}}]}},"#) };
            format!("{{{kind}{dose}}}")
        };
        let quantity = |value: &str, unit: &str| format!(r#""doseQuantity":{{"value":{value},"unit":"{unit}"}}"#);
        let range = |low: &str, high: &str| {
            format!(r#""doseRange":{{"low":{{"value":{low},"unit":"mg"}},"high":{{"value":{high},"unit":"mg"}}}}"#)
        };
        let (ordered, calculated, plain) =
            (of("ordered", &quantity("1", "mg")), of("calculated", &quantity("2", "mg")), of("", &quantity("3", "mg")));
        for (rates, expected) in [
            (format!("{calculated},{ordered}"), "1 mg"),
            (format!("{plain},{ordered}"), "1 mg"),
            (format!("{calculated},{plain}"), "3 mg"),
            (of("", &range("162", "162")), "162 mg"),
            (of("", &range("162", "324")), "a range of doses"),
            (of("", &quantity("0.162", "g")), "162 mg"),
            (of("", &quantity("162000", "mcg")), "162 mg"),
            (of("", &quantity("162", "drops")), "162 drops"),
        ] {
            let product = OrderedProduct { words: String::new(), product: None, brand: None };
            let found = with(&format!(r#"{{"doseAndRate":[{rates}]}}"#), |dosages| match dosages.dose(&product) {
                Reading::Known(_, words) | Reading::Unreadable(words) => words,
                Reading::Missing => "-".to_owned(),
            });
            assert_eq!(found, expected, "{rates}");
        }
    }

    #[test]
    fn a_route_is_known_by_code_or_by_its_words() {
        let library = crate::testing::library();
        let drug = &library.drugs[0];
        let only_by = |id: &str| {
            let product = drug.products.iter().find(|product| product.route.as_deref() == Some(id)).cloned();
            OrderedProduct { words: String::new(), product, brand: None }
        };
        for (route, only, expected) in [
            (r#"{"text":"subcutaneous"}"#, "", "subcutaneous"),
            (r#"{"coding":[{"system":"http://snomed.info/sct","code":"47625008"}]}"#, "", "intravenous"),
            (r#"{"text":"intramuscular"}"#, "", "intramuscular"),
            (r#"{"coding":[{"system":"http://snomed.info/sct","code":"78421000"}],"text":"IM"}"#, "", "im"),
            (r#"{"text":"by pigeon"}"#, "subcutaneous", "by pigeon"),
            ("null", "subcutaneous", "subcutaneous"),
            ("null", "intravenous", "intravenous"),
            ("null", "", "-"),
        ] {
            let document = Document::parse(format!(r#"{{"dosageInstruction":[{{"route":{route}}}]}}"#)).expect("JSON");
            let order = document.root().object().expect("an object");
            let meanings = Meanings::new(library);
            let found = match Dosages::of(&order).route(drug, &meanings, &only_by(only)) {
                Reading::Known(_, words) | Reading::Unreadable(words) => words,
                Reading::Missing => "-".to_owned(),
            };
            assert_eq!(found, expected, "{route} {only}");
        }
    }

    #[test]
    fn a_route_has_a_short_name() {
        for (said, name) in [
            ("Intrathecal route (qualifier value)", "intrathecal"),
            ("Intramuscular use", "intramuscular"),
            ("IM", "im"),
        ] {
            assert_eq!(short(said), name);
        }
    }
}
