//! Observations: numbers in their canonical unit with the upper limit that they bring, and verdicts of tests.

/// Numbers with their units.
mod number;
/// Values.
mod value;

use document::Object;
use jiff::tz::TimeZone;

use self::value::{Missing, Value};
use super::calculated::{calculated, sum};
use super::extract::{Extraction, bounded};
use super::meaning::{Meaning, Meanings};
use super::range::upper_limit;
use super::resource::Resource;
use super::view::{code_of, date, period};
use domain::fact::{ConceptId, Facts, Measurement, ResultStatus, Source, Test, Verdict};
use domain::quantity::Amount;
use domain::time::When;
use domain::truth::Reason;
use knowledge::concepts::{Concept as Known, ConceptKind, Measured, Verdicts};

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

/// One result that a code means.
struct One<'l> {
    id: &'l ConceptId,
    concept: &'l Known,
    meant: Meant,
    status: ResultStatus,
    /// Whether it has no value that could be read.
    none: bool,
    source: Source,
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
        let by_code = status_of(status(&self.resource.object), &value, part);
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
            let one = One { id, concept, meant, status, none, source };
            match &concept.kind {
                ConceptKind::Measurement(measured) => {
                    facts.measurements.extend(self.measurement(one, measured, (part, &value), code));
                }
                ConceptKind::Test(verdicts) => facts.tests.extend(self.test(one, verdicts, &value)),
                _ => {}
            }
        }
    }

    /// A number; `None` where there is no table of its units, or where a name alone does not mean this test.
    fn measurement(
        &self,
        one: One<'_>,
        measured: &Measured,
        (part, value): (&Object<'a>, &Value<'a>),
        code: &Meaning<'_>,
    ) -> Option<Measurement> {
        let One { id, concept, meant, status, none, source } = one;
        let table = self.extraction.meanings.library.units.get(&measured.units)?;
        let total = measured.sum_of.as_ref().filter(|_| value.is_no_result()).and_then(|s| sum(part, s));
        if let Some(total) = total {
            let received = format!("sum of {} sites", part.objects("component").count());
            let summed = calculated(id, concept, total, &table.shown, source.with_value(received));
            let status = self::status(&self.resource.object);
            return Some(Measurement { status, amount: self.believed(summed.amount), ..summed });
        }
        let read = value.amount_with_unit_of(&code.said, measured, table);
        let read = if none { Err(Reason::Absent) } else { read };
        // A name alone may be that of another test, which its unit then shows.
        if meant == Meant::Perhaps && read.is_err() {
            return None;
        }
        let shown = read.as_ref().ok().map(|read| read.shown.clone());
        let amount = self.believed(read.map(|read| read.amount));
        Some(Measurement { concept: id.clone(), amount, shown, upper_limit: upper_limit(part, table), status, source })
    }

    /// The verdict of a test; `None` where a name alone does not mean this test.
    fn test(&self, one: One<'_>, verdicts: &Verdicts, value: &Value<'a>) -> Option<Test> {
        let verdict = match (one.none, self.future) {
            (true, _) => Err(Reason::Absent),
            (false, true) => Err(Reason::Implausible),
            (false, false) => value.verdict(self.extraction.meanings, verdicts),
        };
        let is_answer = matches!(verdict, Ok(_) | Err(Reason::Indeterminate));
        (one.meant == Meant::Surely || is_answer).then(|| Test {
            concept: one.id.clone(),
            verdict,
            status: one.status,
            source: one.source,
        })
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

#[cfg(test)]
mod tests;
