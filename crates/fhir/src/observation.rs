//! Observations: numbers in their canonical unit with the upper limit that they bring, and verdicts of tests.

use std::borrow::Cow;

use document::{Node, Object};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::calculated::{calculated, sum};
use super::extract::{Extraction, bounded};
use super::meaning::{Meaning, Meanings};
use super::range::upper_limit;
use super::resource::Resource;
use super::view::{Concept, code_of, date, decimal, period};
use domain::fact::{ConceptId, Facts, Measurement, ResultStatus, Source, Test, Verdict};
use domain::quantity::{Amount, Comparator};
use domain::time::When;
use domain::truth::Reason;
use domain::words::amount;
use knowledge::codes::fold;
use knowledge::concepts::{Concept as Known, ConceptKind, Measured, Verdicts};
use knowledge::units::{UnitTable, Units};

/// Reads an Observation into the facts of the concepts that its codes mean; each component counts by its own code.
pub fn read<'a>(extraction: &Extraction<'_, '_, 'a>, resource: &Resource<'a>, facts: &mut Facts) {
    let object = &resource.object;
    let code = extraction.meanings.of(object, "code");
    if code.said.is_empty() {
        without_code(extraction, resource, facts);
        return extraction.unreadable(resource, facts);
    }
    // Most results of a record are of no use here, and are not read any further.
    let components = || object.objects("component").map(|part| (part, extraction.meanings.of(&part, "code")));
    let mut parts = [(*object, code.clone())].into_iter().chain(components());
    let concerns = |code: &Meaning| results(extraction.meanings, code).next().is_some();
    if !parts.any(|(_, code)| concerns(&code)) {
        return;
    }
    let when = effective(object, extraction.zone());
    let issued = date(object, &["issued"], extraction.zone());
    if extraction.not_yet_known(when.as_ref()) || extraction.not_yet_known(issued.as_ref()) {
        return;
    }
    let future = when.as_ref().is_some_and(|when| extraction.clock.is_future(when));
    let reading = Reading { extraction, resource, when, future };
    reading.one(object, &code, facts);
    for (component, code) in components() {
        reading.one(&component, &code, facts);
    }
}

/// How surely a code means a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// By a code, or by words where no code system has it.
    Surely,
    /// By its words only, or by the code of a panel that should hold no result.
    Perhaps,
}

/// The results of the library that a code means, or that its words name.
pub fn results<'m, 'l>(
    meanings: &'m Meanings<'l, '_>,
    code: &'m Meaning<'_>,
) -> impl Iterator<Item = (&'l ConceptId, &'l Known, Meant)> + 'm {
    let is_result = |kind: &ConceptKind| matches!(kind, ConceptKind::Measurement(_) | ConceptKind::Test(_));
    let surely = meanings.concepts_or_named(code, is_result).map(|(id, known)| (id, known, Meant::Surely));
    let named = meanings.named_only(code, is_result).map(|(id, known)| (id, known, Meant::Perhaps));
    surely.chain(named).chain(panels(meanings, code))
}

/// The tests of whose panels it is the code.
fn panels<'m, 'l>(
    meanings: &'m Meanings<'l, '_>,
    code: &'m Meaning<'_>,
) -> impl Iterator<Item = (&'l ConceptId, &'l Known, Meant)> + 'm {
    let library = meanings.library;
    let tests = library.index.tests_of_panel(&code.classified);
    tests.filter_map(|id| library.concepts.0.get_key_value(id)).map(|(id, known)| (id, known, Meant::Perhaps))
}

/// The most results without a code that are looked at one by one. More of them say that the record as a whole cannot be
/// read.
const MOST_WITHOUT_CODE: usize = 100;

/// A result without any code may be that of every test whose unit or answer it has. It is never taken for one, but an
/// older result does not stand as the newest beside it.
fn without_code<'a>(extraction: &Extraction<'_, '_, 'a>, resource: &Resource<'a>, facts: &mut Facts) {
    let object = &resource.object;
    let (value, when) = (Value::of(object), effective(object, extraction.zone()));
    let void = matches!(status(object), ResultStatus::Void | ResultStatus::Pending);
    if void || when.is_none() || extraction.not_yet_known(when.as_ref()) {
        return;
    }
    let meanings = extraction.meanings;
    facts.without_code += 1;
    if facts.without_code > MOST_WITHOUT_CODE {
        if facts.without_code == MOST_WITHOUT_CODE + 1 {
            facts.odd.extend(meanings.index().concepts_of(&resource.kind).iter().cloned());
        }
        return;
    }
    for (id, concept) in &meanings.library.concepts.0 {
        let source = || Source::new(resource.reference(), bounded(value.shown()), when.clone());
        match &concept.kind {
            ConceptKind::Measurement(measured) => {
                let Some(table) = meanings.library.units.get(&measured.units) else { continue };
                if value.amount(measured, table).is_ok() {
                    facts.measurements.push(Measurement {
                        concept: id.clone(),
                        amount: Err(Reason::Unreadable),
                        shown: None,
                        upper_limit: None,
                        status: ResultStatus::Unclear,
                        source: source(),
                    });
                }
            }
            ConceptKind::Test(verdicts) if value.verdict(meanings, verdicts).is_ok() => facts.tests.push(Test {
                concept: id.clone(),
                verdict: Err(Reason::Unreadable),
                status: ResultStatus::Unclear,
                source: source(),
            }),
            _ => {}
        }
    }
}

/// An Observation, and its clinical time.
struct Reading<'e, 'r, 'l, 'a> {
    extraction: &'e Extraction<'r, 'l, 'a>,
    resource: &'e Resource<'a>,
    when: Option<When>,
    /// Whether it is dated in the future: then nothing in it is believed.
    future: bool,
}

impl<'a> Reading<'_, '_, '_, 'a> {
    /// Reads one code with its value: the Observation itself, or a component of it.
    fn one(&self, part: &Object<'a>, code: &Meaning<'_>, facts: &mut Facts) {
        let meanings = self.extraction.meanings;
        let mut concerned = results(meanings, code).peekable();
        if concerned.peek().is_none() {
            return;
        }
        let value = Value::of(part);
        let given = status(&self.resource.object);
        let by_code = status_of(given, &value, part);
        for (id, concept, meant) in concerned {
            let status = match (meant, by_code) {
                // An appointment is no result that is awaited.
                (Meant::Surely, ResultStatus::Pending) if self.future => continue,
                // A result that may be of another test is mentioned only for its value.
                (Meant::Perhaps, ResultStatus::Pending | ResultStatus::Void) => continue,
                (Meant::Perhaps, _) if value.is_no_result() => continue,
                (Meant::Perhaps, _) => ResultStatus::Named,
                (Meant::Surely, status) => status,
            };
            // A result that was called off, or that only holds others, is no result.
            let none = status == ResultStatus::Void && value.is_no_result();
            let source = Source::new(self.resource.reference(), bounded(value.shown()), self.when.clone());
            match &concept.kind {
                ConceptKind::Measurement(measured) => {
                    let Some(table) = meanings.library.units.get(&measured.units) else { continue };
                    let total = measured.sum_of.as_ref().filter(|_| value.is_no_result()).and_then(|s| sum(part, s));
                    facts.measurements.push(match total {
                        Some(total) => {
                            let received = format!("sum of {} sites", part.objects("component").count());
                            let summed = calculated(id, concept, total, &table.shown, source.with_value(received));
                            Measurement { status: given, amount: self.believed(summed.amount), ..summed }
                        }
                        None => {
                            let read = value.amount_with_unit_of(&code.said, measured, table);
                            let read = if none { Err(Reason::Absent) } else { read };
                            // A name alone may be that of another test, which its unit then shows.
                            if meant == Meant::Perhaps && read.is_err() {
                                continue;
                            }
                            let shown = read.as_ref().ok().map(|read| read.shown.clone());
                            let amount = self.believed(read.map(|read| read.amount));
                            let upper_limit = upper_limit(part, table);
                            Measurement { concept: id.clone(), amount, shown, upper_limit, status, source }
                        }
                    });
                }
                ConceptKind::Test(verdicts) => {
                    let verdict = match (none, self.future) {
                        (true, _) => Err(Reason::Absent),
                        (false, true) => Err(Reason::Implausible),
                        (false, false) => value.verdict(meanings, verdicts),
                    };
                    if meant == Meant::Perhaps && !matches!(verdict, Ok(_) | Err(Reason::Indeterminate)) {
                        continue;
                    }
                    facts.tests.push(Test { concept: id.clone(), verdict, status, source });
                }
                _ => {}
            }
        }
    }

    /// The amount that was read, unless it is dated in the future.
    fn believed(&self, read: Result<Amount, Reason>) -> Result<Amount, Reason> {
        if self.future { read.and(Err(Reason::Implausible)) } else { read }
    }
}

/// The value of an Observation as the record writes it.
pub fn shown(object: &Object<'_>) -> String {
    Value::of(object).shown()
}

/// Its clinical time: the effective time, the end of an effective period, or as a last resort the time of issue.
pub fn effective(object: &Object<'_>, zone: &TimeZone) -> Option<When> {
    date(object, &["effectiveDateTime", "effectiveInstant"], zone)
        .or_else(|| {
            let (start, end) = period(object, "effectivePeriod", zone);
            end.or(start)
        })
        .or_else(|| {
            // An effective time that cannot be read is not replaced by another time.
            let given = object.members().any(|(name, _)| name.starts_with("effective"));
            if given { None } else { date(object, &["issued"], zone) }
        })
}

/// Whether a result may be relied on, by its status as it is written.
pub fn status(object: &Object<'_>) -> ResultStatus {
    match code_of(object, "status").as_deref() {
        Some("final" | "amended" | "corrected" | "appended") => ResultStatus::Final,
        Some("preliminary" | "partial") => ResultStatus::Preliminary,
        Some("registered") => ResultStatus::Pending,
        Some("cancelled" | "canceled" | "entered-in-error") => ResultStatus::Void,
        _ => ResultStatus::Unclear,
    }
}

/// Whether a result may be relied on, by its status and its value together.
fn status_of(given: ResultStatus, value: &Value<'_>, part: &Object<'_>) -> ResultStatus {
    let is_parent = || ["component", "hasMember", "related"].iter().any(|name| part.get(name).is_some());
    match (given, value) {
        (ResultStatus::Void, _) => ResultStatus::Void,
        // A value contradicts a status which says that there is none yet.
        (ResultStatus::Pending, Value::Absent(_)) => ResultStatus::Pending,
        (ResultStatus::Pending, _) => ResultStatus::Unclear,
        (_, Value::Absent(Missing::NotDone)) => ResultStatus::Void,
        (_, Value::Absent(Missing::ToCome)) => ResultStatus::Pending,
        // What its members say counts by their own codes.
        (_, Value::Absent(Missing::Unexplained)) if is_parent() => ResultStatus::Void,
        (given, _) => given,
    }
}

/// The verdict that an answer in codes or words means.
pub fn verdict(meanings: &Meanings<'_, '_>, verdicts: &Verdicts, answer: &Meaning<'_>) -> Result<Verdict, Reason> {
    let means =
        |set: &str| meanings.is_in(answer, set) || (answer.said.codings.is_empty() && meanings.is_answer(answer, set));
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
    Answer(Node<'a>),
    Boolean(bool),
    Absent(Missing),
    Odd(String),
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// It exists, and is not shown to us.
    Withheld,
    /// The test was not done.
    NotDone,
    /// The value is still to come.
    ToCome,
    /// Nothing understandable is said, or that something went wrong.
    Unexplained,
}

impl Missing {
    fn of(reason: &Concept<'_>) -> Missing {
        if reason.has_code(&["masked", "not-permitted"]) {
            Missing::Withheld
        } else if reason.has_code(&["not-performed", "not-asked", "asked-declined", "not-applicable"]) {
            Missing::NotDone
        } else if reason.has_code(&["temp-unknown"]) {
            Missing::ToCome
        } else {
            Missing::Unexplained
        }
    }

    fn reason(self) -> Reason {
        match self {
            Missing::Withheld => Reason::Withheld,
            Missing::NotDone | Missing::ToCome => Reason::Absent,
            Missing::Unexplained => Reason::Unreadable,
        }
    }
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
            _ if !absent.is_empty() => Value::Absent(Missing::of(&absent)),
            None => Value::Absent(Missing::Unexplained),
            Some((name, node)) => match (&*name, node.object(), node.string()) {
                ("valueQuantity", Some(quantity), _) => Value::Quantity(quantity),
                ("valueCodeableConcept" | "valueCoding", Some(_), _) => Value::Answer(node),
                ("valueString", _, Some(text)) => Value::Text(text.trim().to_owned()),
                ("valueInteger" | "valueDecimal", _, _) if node.number().is_some() => Value::Number(node.text()),
                ("valueBoolean", _, _) if node.boolean().is_some() => Value::Boolean(node.text() == "true"),
                _ => Value::Odd(node.text().chars().take(60).collect()),
            },
        }
    }

    /// A value in words without a unit gets the unit at the end of its name: "CRP (mg/dL)".
    fn with_unit_of(&self, code: &Concept<'_>) -> Option<Value<'a>> {
        let Value::Text(text) = self else { return None };
        let bare = text.trim_end().ends_with(|c: char| c.is_ascii_digit());
        let unit = code.words.iter().find_map(|words| {
            let (_, unit) = words.trim().strip_suffix([')', ']'])?.rsplit_once(['(', '['])?;
            Some(unit.to_owned())
        });
        unit.filter(|_| bare).map(|unit| Value::Text(format!("{text} {unit}")))
    }

    /// Whether the record says that there is no result. A result that is withheld from us is a result.
    fn is_no_result(&self) -> bool {
        matches!(self, Value::Absent(Missing::NotDone | Missing::ToCome | Missing::Unexplained))
    }

    /// The value as the record writes it.
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
            Value::Answer(answer) => Concept::read(*answer).shown(),
            Value::Boolean(yes) => yes.to_string(),
            Value::Absent(Missing::Withheld) => "withheld".to_owned(),
            Value::Absent(Missing::NotDone) => "not done".to_owned(),
            Value::Absent(Missing::ToCome | Missing::Unexplained) => "no value".to_owned(),
            Value::Odd(text) => text.clone(),
        }
    }

    /// The number in the canonical unit, or why there is none. Without a unit of its own, it has the unit of its code.
    fn amount_with_unit_of(&self, code: &Concept<'_>, measured: &Measured, table: &UnitTable) -> Result<Read, Reason> {
        match self.amount(measured, table) {
            Err(Reason::Unit) => self.with_unit_of(code).ok_or(Reason::Unit)?.amount(measured, table),
            read => read,
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
            Value::Absent(missing) => return Err(missing.reason()),
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
        let places = if canonical >= Decimal::from(1000) { 1 } else { 2 };
        let shown = format!("{sign}{}", amount(canonical.round_dp(places), &table.shown));
        Ok(Read { amount: Amount::new(canonical, comparator), shown })
    }

    fn verdict(&self, meanings: &Meanings<'_, 'a>, verdicts: &Verdicts) -> Result<Verdict, Reason> {
        match self {
            Value::Answer(answer) => verdict(meanings, verdicts, &meanings.read(*answer)),
            Value::Text(text) => {
                let words = Concept { words: vec![Cow::Owned(text.clone())], ..Concept::default() };
                match verdict(meanings, verdicts, &meanings.of_concept(words)) {
                    Err(Reason::Indeterminate) if verdicts.any_amount => detected_in(text),
                    verdict => verdict,
                }
            }
            Value::Boolean(true) => Ok(Verdict::Positive),
            Value::Boolean(false) => Ok(Verdict::Negative),
            Value::Quantity(quantity) if verdicts.any_amount => {
                let (comparator, value) = number_of(quantity)?;
                detected(comparator, value)
            }
            Value::Quantity(quantity) => positive_from(quantity, &meanings.library.units, verdicts),
            Value::Number(text) if verdicts.any_amount => detected(None, decimal(text).ok_or(Reason::Unreadable)?),
            Value::Number(_) => Err(Reason::Indeterminate),
            Value::Absent(missing) => Err(missing.reason()),
            Value::Odd(_) => Err(Reason::Unreadable),
        }
    }
}

/// The verdict of a numeric test result, which is positive from a limit on, in the unit of the limit.
fn positive_from(quantity: &Object<'_>, units: &Units, verdicts: &Verdicts) -> Result<Verdict, Reason> {
    let (from, unit) = verdicts.positive_from.as_ref().ok_or(Reason::Indeterminate)?;
    let table = units.by_canonical(unit).ok_or(Reason::Unit)?;
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

/// The verdict of a test in which any amount is positive. What is below a limit of detection was not detected.
fn detected(comparator: Option<Comparator>, value: Decimal) -> Result<Verdict, Reason> {
    match comparator {
        Some(Comparator::Below | Comparator::AtMost) => Ok(Verdict::Negative),
        _ if value.is_sign_negative() && !value.is_zero() => Err(Reason::Implausible),
        None if value.is_zero() => Ok(Verdict::Negative),
        _ => Ok(Verdict::Positive),
    }
}

/// The same for words: "<10 IU/mL", "50,000 IU/mL". "Detected, <10 IU/mL" was detected, too little to be counted.
fn detected_in(text: &str) -> Result<Verdict, Reason> {
    let folded = fold(text);
    let denied = ["not detected", "undetected", "undetectable", "not detectable"].iter().any(|no| folded.contains(no));
    let (comparator, rest) = comparator_of(&folded);
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(rest.len());
    let digits = rest.get(..end).unwrap_or_default().replace(',', "");
    match (denied, folded.contains("detect"), decimal(&digits)) {
        (true, ..) => Ok(Verdict::Negative),
        (false, true, _) if !folded.contains("limit") => Ok(Verdict::Positive),
        (false, _, Some(value)) => detected(comparator, value),
        _ => Err(Reason::Indeterminate),
    }
}

type Number = (Option<Comparator>, Decimal, Decimal);

fn from_quantity(quantity: &Object<'_>, table: &UnitTable) -> Result<Number, Reason> {
    let (comparator, value) = number_of(quantity)?;
    Ok((comparator, value, agreed(quantity, table).ok_or(Reason::Unit)?))
}

/// The number of a quantity, without its unit.
fn number_of(quantity: &Object<'_>) -> Result<(Option<Comparator>, Decimal), Reason> {
    let node = quantity.get("value").ok_or(Reason::Unreadable)?;
    let text = node.number().map(str::to_owned).or_else(|| node.string().map(|s| s.into_owned()));
    let text = text.ok_or(Reason::Unreadable)?;
    let (hidden, digits) = comparator_of(&text);
    let value = decimal(digits).ok_or(Reason::Unreadable)?;
    let comparator = match quantity.string("comparator") {
        None if quantity.get("comparator").is_some_and(|node| !node.is_null()) => return Err(Reason::Unreadable),
        None => hidden,
        Some(code) => Some(Comparator::from_code(code.trim()).ok_or(Reason::Unreadable)?),
    };
    Ok((comparator, value))
}

/// The factor on which code and unit agree. A label that is no unit has no meaning; a unit of another kind contradicts.
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

/// The comparator at the beginning of a text, and the rest.
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

/// Whether a value is believable. A suspected unit error is never repaired.
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
