//! Observations: numbers in their canonical unit with their own upper limit, and verdicts of tests.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::calculated::{calculated, sum};
use super::extract::Extraction;
use super::json::Object;
use super::range::upper_limit;
use super::resource::Resource;
use super::view::{Concept, date, decimal, period};
use crate::domain::fact::{Facts, Measurement, Source, Standing, Test, Verdict};
use crate::domain::quantity::{Amount, Comparator};
use crate::domain::time::When;
use crate::domain::truth::Reason;
use crate::domain::words::number;
use crate::library::Library;
use crate::library::concepts::{ConceptKind, Measured, Verdicts};
use crate::library::units::UnitTable;

/// Reads an Observation into the facts of the concepts whose codes it carries; its components count each by its own code.
pub fn read(extraction: &Extraction<'_, '_, '_>, resource: &Resource<'_>, facts: &mut Facts) {
    let object = &resource.object;
    let code = Concept::of(object, "code");
    if code.is_empty() {
        return extraction.unreadable(resource, facts);
    }
    let when = effective(object, extraction.zone());
    let issued = date(object, &["issued"], extraction.zone());
    if extraction.not_yet_known(when.as_ref()) || extraction.not_yet_known(issued.as_ref()) {
        return;
    }
    one(extraction, resource, object, &code, when.as_ref(), facts);
    for component in object.objects("component") {
        let code = Concept::of(&component, "code");
        one(extraction, resource, &component, &code, when.as_ref(), facts);
    }
}

/// One code with its value: the Observation itself or a component of it.
fn one(
    extraction: &Extraction<'_, '_, '_>,
    resource: &Resource<'_>,
    part: &Object<'_>,
    code: &Concept,
    when: Option<&When>,
    facts: &mut Facts,
) {
    let library = extraction.library;
    let sets = code.sets(&library.codes);
    let future = when.is_some_and(|when| extraction.clock.is_future(when));
    for (id, concept) in &library.concepts.0 {
        let in_words = || code.words.iter().any(|words| library.codes.text_holds(&concept.value_set, words));
        let by_words = matches!(concept.kind, ConceptKind::Measurement(_)) && in_words();
        if !sets.contains(concept.value_set.as_str()) && !by_words {
            continue;
        }
        let value = Value::of(part);
        let source =
            Source { reference: resource.reference.clone(), received: value.shown(), effective: when.cloned() };
        let standing = if value.is_no_result() { Standing::Unusable } else { standing(&resource.object) };
        match &concept.kind {
            ConceptKind::Measurement(measured) => {
                let Some(table) = library.units.get(&measured.units) else { continue };
                let total = measured.sum_of.as_ref().filter(|_| value.is_no_result()).and_then(|s| sum(part, s));
                if let Some(total) = total {
                    let received = format!("sum of {} sites", part.objects("component").len());
                    let source = Source { received, ..source };
                    let summed = calculated(id, concept, total, &table.shown, source);
                    let standing = self::standing(&resource.object);
                    let amount = if future { Err(Reason::Implausible) } else { summed.amount };
                    facts.measurements.push(Measurement { standing, amount, ..summed });
                    continue;
                }
                let read = match value.amount(measured, table) {
                    Err(Reason::Unit) => match value.with_unit_of(code) {
                        Some(value) => value.amount(measured, table),
                        None => Err(Reason::Unit),
                    },
                    read => read,
                };
                let shown = read.as_ref().ok().map(|read| read.shown.clone());
                let amount =
                    read.map(|read| read.amount).and_then(|a| if future { Err(Reason::Implausible) } else { Ok(a) });
                facts.measurements.push(Measurement {
                    concept: id.clone(),
                    amount,
                    shown,
                    upper_limit: upper_limit(part, table),
                    standing,
                    source,
                });
            }
            ConceptKind::Test(verdicts) => {
                let verdict = value.verdict(library, verdicts);
                let verdict = if future { Err(Reason::Implausible) } else { verdict };
                facts.tests.push(Test { concept: id.clone(), verdict, standing, source });
            }
            _ => {}
        }
    }
}

/// When it was so: the effective time, the end of an effective period, at last the time of issue.
pub fn effective(object: &Object<'_>, zone: &TimeZone) -> Option<When> {
    date(object, &["effectiveDateTime", "effectiveInstant"], zone)
        .or_else(|| {
            let (start, end) = period(object, "effectivePeriod", zone);
            end.or(start)
        })
        .or_else(|| {
            // An effective time that is there and cannot be read is not replaced by another one.
            let given = object.members().any(|(name, _)| name.starts_with("effective"));
            if given { None } else { date(object, &["issued"], zone) }
        })
}

/// Whether a result may be relied on.
pub fn standing(object: &Object<'_>) -> Standing {
    match object.string("status").as_deref() {
        Some("final" | "amended" | "corrected" | "appended") => Standing::Final,
        Some("preliminary" | "partial") => Standing::Preliminary,
        _ => Standing::Unusable,
    }
}

/// The verdict that an answer in codes or words stands for.
pub fn verdict(library: &Library, verdicts: &Verdicts, answer: &Concept) -> Result<Verdict, Reason> {
    let sets = answer.sets(&library.codes);
    let means = |set: &str| {
        sets.contains(set)
            || (answer.codings.is_empty() && answer.words.iter().any(|w| library.codes.text_means(set, w)))
    };
    match (means(&verdicts.positive), means(&verdicts.negative), means(&verdicts.indeterminate)) {
        (_, _, true) => Err(Reason::Indeterminate),
        (true, true, _) => Err(Reason::Conflicting),
        (true, false, _) => Ok(Verdict::Positive),
        (false, true, _) => Ok(Verdict::Negative),
        (false, false, false) => Err(Reason::Indeterminate),
    }
}

/// The value of an Observation or component, in any of the forms that carry a number or an answer.
enum Value<'a> {
    Quantity(Object<'a>),
    Text(String),
    Number(&'a str),
    Answer(Concept),
    Boolean(bool),
    Absent { withheld: bool },
    Odd(String),
}

/// A number that could be read.
struct Read {
    amount: Amount,
    shown: String,
}

impl<'a> Value<'a> {
    fn of(part: &Object<'a>) -> Value<'a> {
        let absent = Concept::of(part, "dataAbsentReason");
        let value = part.members().find(|(name, node)| name.starts_with("value") && !node.is_null());
        match value {
            _ if !absent.is_empty() => Value::Absent { withheld: absent.has_code(&["masked", "not-permitted"]) },
            None => Value::Absent { withheld: false },
            Some((name, node)) => match (name, node.object(), node.string()) {
                ("valueQuantity", Some(quantity), _) => Value::Quantity(quantity),
                ("valueCodeableConcept" | "valueCoding", Some(_), _) => Value::Answer(Concept::read(node)),
                ("valueString", _, Some(text)) => Value::Text(text.trim().to_owned()),
                ("valueInteger" | "valueDecimal", _, _) if node.number().is_some() => Value::Number(node.text()),
                ("valueBoolean", _, _) if node.boolean().is_some() => Value::Boolean(node.text() == "true"),
                _ => Value::Odd(node.text().chars().take(60).collect()),
            },
        }
    }

    /// A value in words that brings no unit of its own, with the one that its name ends in: "CRP (mg/dL)".
    fn with_unit_of(&self, code: &Concept) -> Option<Value<'a>> {
        let Value::Text(text) = self else { return None };
        let bare = text.trim_end().ends_with(|c: char| c.is_ascii_digit());
        let unit = code.words.iter().find_map(|words| {
            let (_, unit) = words.trim().strip_suffix([')', ']'])?.rsplit_once(['(', '['])?;
            Some(unit.to_owned())
        });
        unit.filter(|_| bare).map(|unit| Value::Text(format!("{text} {unit}")))
    }

    /// Whether the record says that there is no result; one that is withheld is a result kept from us.
    fn is_no_result(&self) -> bool {
        matches!(self, Value::Absent { withheld: false })
    }

    /// The value as it came.
    fn shown(&self) -> String {
        match self {
            Value::Quantity(quantity) => {
                let comparator = quantity.string("comparator").unwrap_or_default();
                let value = quantity.get("value").map(|v| v.string().map_or(v.text().to_owned(), |s| s.into_owned()));
                let unit = ["unit", "code"].iter().find_map(|name| quantity.string(name)).unwrap_or_default();
                format!("{comparator}{} {unit}", value.unwrap_or_default()).trim().to_owned()
            }
            Value::Text(text) => text.clone(),
            Value::Number(text) => (*text).to_owned(),
            Value::Answer(answer) => answer.shown(),
            Value::Boolean(yes) => yes.to_string(),
            Value::Absent { withheld: true } => "withheld".to_owned(),
            Value::Absent { withheld: false } => "no value".to_owned(),
            Value::Odd(text) => text.clone(),
        }
    }

    /// The number in the canonical unit, or why there is none.
    fn amount(&self, measured: &Measured, table: &UnitTable) -> Result<Read, Reason> {
        let (comparator, value, factor) = match self {
            Value::Quantity(quantity) => from_quantity(quantity, table)?,
            Value::Text(text) => from_text(text, table)?,
            Value::Number(text) => {
                (None, decimal(text).ok_or(Reason::Unreadable)?, table.factor("").ok_or(Reason::Unit)?)
            }
            Value::Absent { withheld: true } => return Err(Reason::Withheld),
            Value::Absent { withheld: false } => return Err(Reason::Absent),
            Value::Answer(_) | Value::Boolean(_) | Value::Odd(_) => return Err(Reason::Unreadable),
        };
        let canonical = value.checked_mul(factor).ok_or(Reason::Implausible)?;
        if !believable(canonical, factor, comparator, measured) {
            return Err(Reason::Implausible);
        }
        let sign = match comparator {
            None => "",
            Some(Comparator::Below) => "<",
            Some(Comparator::AtMost) => "≤",
            Some(Comparator::AtLeast) => "≥",
            Some(Comparator::Above) => ">",
        };
        let glue = if table.shown.starts_with('/') { "" } else { " " };
        let places = if canonical >= Decimal::from(1000) { 1 } else { 2 };
        let shown = format!("{sign}{}{glue}{}", number(canonical.round_dp(places)), table.shown);
        Ok(Read { amount: Amount::new(canonical, comparator), shown })
    }

    fn verdict(&self, library: &Library, verdicts: &Verdicts) -> Result<Verdict, Reason> {
        match self {
            Value::Answer(answer) => verdict(library, verdicts, answer),
            Value::Text(text) => {
                let words = Concept { words: vec![text.clone()], ..Concept::default() };
                verdict(library, verdicts, &words)
            }
            Value::Boolean(true) => Ok(Verdict::Positive),
            Value::Boolean(false) => Ok(Verdict::Negative),
            Value::Quantity(quantity) => wheal(quantity, library, verdicts),
            Value::Absent { withheld: true } => Err(Reason::Withheld),
            Value::Number(_) | Value::Absent { .. } => Err(Reason::Indeterminate),
            Value::Odd(_) => Err(Reason::Unreadable),
        }
    }
}

/// A number for a test: positive from a limit on, in the limit's own unit.
fn wheal(quantity: &Object<'_>, library: &Library, verdicts: &Verdicts) -> Result<Verdict, Reason> {
    let (from, unit) = verdicts.positive_from.as_ref().ok_or(Reason::Indeterminate)?;
    let table = library.units.by_canonical(unit).ok_or(Reason::Unit)?;
    let (comparator, value, factor) = from_quantity(quantity, table)?;
    let value = value.checked_mul(factor).filter(|v| !v.is_sign_negative()).ok_or(Reason::Implausible)?;
    match comparator {
        None if value >= *from => Ok(Verdict::Positive),
        None => Ok(Verdict::Negative),
        Some(Comparator::Above | Comparator::AtLeast) if value >= *from => Ok(Verdict::Positive),
        Some(Comparator::Below) if value <= *from => Ok(Verdict::Negative),
        Some(Comparator::AtMost) if value < *from => Ok(Verdict::Negative),
        Some(_) => Err(Reason::Comparator),
    }
}

type Number = (Option<Comparator>, Decimal, Decimal);

fn from_quantity(quantity: &Object<'_>, table: &UnitTable) -> Result<Number, Reason> {
    let node = quantity.get("value").ok_or(Reason::Unreadable)?;
    let text = node.number().map(str::to_owned).or_else(|| node.string().map(|s| s.into_owned()));
    let text = text.ok_or(Reason::Unreadable)?;
    let (hidden, digits) = comparator_of(&text);
    let value = decimal(digits).ok_or(Reason::Unreadable)?;
    let comparator = match quantity.string("comparator") {
        None => hidden,
        Some(code) => Some(Comparator::from_code(code.trim()).ok_or(Reason::Unreadable)?),
    };
    Ok((comparator, value, agreed(quantity, table).ok_or(Reason::Unit)?))
}

/// The factor that code and unit agree on. A label that is no unit at all says nothing; another unit contradicts.
fn agreed(quantity: &Object<'_>, table: &UnitTable) -> Option<Decimal> {
    let units: Vec<_> = ["code", "unit"].iter().filter_map(|name| quantity.string(name)).collect();
    if units.iter().any(|unit| table.is_other_unit(unit)) {
        return None;
    }
    let mut known = units.iter().filter_map(|unit| table.factor(unit));
    let Some(first) = known.next() else {
        let none = units.iter().all(|unit| unit.trim().is_empty());
        return none.then(|| table.factor(""))?;
    };
    known.all(|factor| factor == first).then_some(first)
}

/// A number in words: `<0.3 mg/dL`, `> 1000 /uL`.
fn from_text(text: &str, table: &UnitTable) -> Result<Number, Reason> {
    let (comparator, rest) = comparator_of(text);
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(rest.len());
    let (digits, unit) = rest.split_at(end);
    if digits.contains(',') {
        return Err(Reason::Unreadable);
    }
    let value = decimal(digits).ok_or(Reason::Unreadable)?;
    Ok((comparator, value, table.factor(unit).ok_or(Reason::Unit)?))
}

/// A comparator at the head of a text, and the rest.
fn comparator_of(text: &str) -> (Option<Comparator>, &str) {
    let text = text.trim();
    for (sign, comparator) in [
        ("<=", Comparator::AtMost),
        (">=", Comparator::AtLeast),
        ("≤", Comparator::AtMost),
        ("≥", Comparator::AtLeast),
        ("<", Comparator::Below),
        (">", Comparator::Above),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (Some(comparator), rest.trim());
        }
    }
    (None, text)
}

/// Whether a value can be what it says; a suspected unit error is never repaired.
fn believable(value: Decimal, factor: Decimal, comparator: Option<Comparator>, measured: &Measured) -> bool {
    let open_below = matches!(comparator, Some(Comparator::Below | Comparator::AtMost));
    let open_above = matches!(comparator, Some(Comparator::Above | Comparator::AtLeast));
    let too_small = !open_below
        && (measured.min.is_some_and(|min| value < min)
            || (factor == Decimal::ONE && !value.is_zero() && measured.min_unscaled.is_some_and(|min| value < min)));
    let broken = measured.whole && !value.fract().is_zero();
    let too_large = !open_above && measured.max.is_some_and(|max| value > max);
    !too_small && !too_large && !broken && !value.is_sign_negative()
}
