//! The value of an Observation in every form that carries a number or an answer, and why there is none.

use std::borrow::Cow;

use document::{Node, Object};
use rust_decimal::Decimal;

use super::number::{believable, comparator_of, from_quantity, from_text, number_of};
use super::verdict;
use crate::meaning::Meanings;
use crate::view::{Concept, decimal};
use domain::fact::Verdict;
use domain::quantity::{Amount, Comparator};
use domain::truth::Reason;
use domain::words::amount;
use knowledge::codes::fold;
use knowledge::concepts::{Measured, Verdicts};
use knowledge::units::{UnitTable, Units};

/// The value of an Observation or component, in any of the forms that carry a number or an answer.
pub(super) enum Value<'a> {
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
pub(super) enum Missing {
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
pub(super) struct Read {
    pub(super) amount: Amount,
    pub(super) shown: String,
}

impl<'a> Value<'a> {
    pub(super) fn of(part: &Object<'a>) -> Value<'a> {
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
    pub(super) fn is_no_result(&self) -> bool {
        matches!(self, Value::Absent(Missing::NotDone | Missing::ToCome | Missing::Unexplained))
    }

    /// The value as the record writes it.
    pub(super) fn shown(&self) -> String {
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
    pub(super) fn amount_with_unit_of(
        &self,
        code: &Concept<'_>,
        measured: &Measured,
        table: &UnitTable,
    ) -> Result<Read, Reason> {
        match self.amount(measured, table) {
            Err(Reason::Unit) => self.with_unit_of(code).ok_or(Reason::Unit)?.amount(measured, table),
            read => read,
        }
    }

    /// The number in the canonical unit, or why there is none.
    pub(super) fn amount(&self, measured: &Measured, table: &UnitTable) -> Result<Read, Reason> {
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

    pub(super) fn verdict(&self, meanings: &Meanings<'_, 'a>, verdicts: &Verdicts) -> Result<Verdict, Reason> {
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
