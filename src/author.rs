//! Where the types of fhir-sdk meet the rest of the program: here and nowhere else.
//!
//! What the library offers to order is the same from call to call but for the patient, the user and the moment. So
//! fhir-sdk writes each order once, with stand-ins for those, and a call replaces them.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::error::CallError;
use document::{Document, Node};
use fhir_authoring::{Code, Issue, Service, medication_request, operation_outcome, service_request};

/// Writes FHIR with the types of fhir-sdk.
#[derive(Debug, Clone, Copy)]
pub struct Sdk;

impl Author for Sdk {
    fn service_request(&self, order: &NewOrder<'_>) -> Option<String> {
        filled(order, None, service_request)
    }

    fn medication_request(&self, order: &NewOrder<'_>, dose: &str) -> Option<String> {
        filled(order, Some(dose), |service| medication_request(service, dose))
    }

    fn operation_outcome(&self, error: &CallError) -> String {
        operation_outcome(&Issue { code: error.code, text: &error.message, expression: error.expression.as_deref() })
    }
}

/// An order that was written with stand-ins, and all that the library says of it.
#[derive(Debug)]
struct Form {
    /// System, code, display, dose, and whether it is due later.
    key: [String; 5],
    /// The members of the resource: a text that stays, or the place of a value of the call.
    members: Vec<Member>,
}

#[derive(Debug)]
enum Member {
    /// Name and value as they are written.
    Fixed(String),
    Subject,
    Encounter,
    AuthoredOn,
    Requester,
    Due,
}

/// The forms so far. The library bounds how many there are.
static FORMS: RwLock<Vec<Form>> = RwLock::new(Vec::new());

/// The order with the values of the call in the places of the stand-ins.
fn filled(
    order: &NewOrder<'_>,
    dose: Option<&str>,
    write: impl FnOnce(&Service<'_>) -> Option<String>,
) -> Option<String> {
    let NewOrder { system, code, display, due, .. } = *order;
    let key = [system, code, display, dose.unwrap_or_default(), if due.is_some() { "later" } else { "" }];
    if let Some(form) = FORMS.read().unwrap_or_else(PoisonError::into_inner).iter().find(|form| form.key == key) {
        return Some(form.fill(order));
    }
    let stand_in = Service {
        patient: "Patient/stand-in",
        encounter: Some("Encounter/stand-in"),
        requester: Some("Practitioner/stand-in"),
        code: Code { system, code, display },
        due: due.map(|_| ("2000-01-01", "2000-01-02")),
        authored_on: Some("2000-01-01T00:00:00Z"),
    };
    let form = Form::read(key.map(str::to_owned), write(&stand_in)?)?;
    let filled = form.fill(order);
    FORMS.write().unwrap_or_else(PoisonError::into_inner).push(form);
    Some(filled)
}

impl Form {
    fn read(key: [String; 5], written: String) -> Option<Form> {
        let document = Document::parse(written).ok()?;
        let member = |(name, node): (Cow<'_, str>, Node<'_>)| match &*name {
            "subject" => Member::Subject,
            "encounter" => Member::Encounter,
            "authoredOn" => Member::AuthoredOn,
            "requester" => Member::Requester,
            "occurrencePeriod" => Member::Due,
            _ => Member::Fixed(format!("{}:{}", quoted(&name), node.text())),
        };
        Some(Form { key, members: document.root().object()?.members().map(member).collect() })
    }

    fn fill(&self, order: &NewOrder<'_>) -> String {
        let mut text = String::with_capacity(1024);
        let mut before = '{';
        let mut write = |parts: &[Part<'_>]| {
            text.push(std::mem::replace(&mut before, ','));
            for part in parts {
                match part {
                    Part::Json(json) => text.push_str(json),
                    Part::Words(words) => push_quoted(&mut text, words),
                }
            }
        };
        use Part::{Json, Words};
        for member in &self.members {
            match member {
                Member::Fixed(json) => write(&[Json(json)]),
                Member::Subject => write(&[Json(r#""subject":{"reference":"#), Words(order.patient), Json("}")]),
                Member::Encounter => order.encounter.into_iter().for_each(|target| {
                    write(&[Json(r#""encounter":{"reference":"#), Words(target), Json("}")]);
                }),
                Member::Requester => order.requester.into_iter().for_each(|target| {
                    write(&[Json(r#""requester":{"reference":"#), Words(target), Json("}")]);
                }),
                Member::Due => order.due.into_iter().for_each(|(from, to)| {
                    let (start, end) = (Json(r#""occurrencePeriod":{"start":"#), Json(r#","end":"#));
                    write(&[start, Words(from), end, Words(to), Json("}")]);
                }),
                Member::AuthoredOn => order.authored_on.into_iter().for_each(|moment| {
                    write(&[Json(r#""authoredOn":"#), Words(&in_utc(moment))]);
                }),
            }
        }
        // The reasons are those of another order, to the letter: no type of ours could lose anything of them.
        for (name, reason) in order.reasons {
            write(&[Words(name), Json(":"), Json(reason)]);
        }
        text.push('}');
        text
    }
}

/// A part of a member: JSON, or words that are to be quoted.
enum Part<'p> {
    Json(&'p str),
    Words(&'p str),
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Most words are ids and dates, in which nothing has to be escaped.
fn push_quoted(out: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&quoted(text));
    }
}

/// A moment as fhir-sdk writes it: `Z` for an offset of nothing.
fn in_utc(moment: &str) -> String {
    moment.strip_suffix("+00:00").map_or_else(|| moment.to_owned(), |bare| format!("{bare}Z"))
}

#[cfg(test)]
mod tests {
    use super::{Author, Code, NewOrder, Sdk, Service, medication_request, service_request};

    /// What a call fills in reads as if fhir-sdk had written the whole.
    #[test]
    fn a_filled_form_is_what_fhir_sdk_writes() {
        for (encounter, requester, moment) in [
            (Some("Encounter/1"), Some("Practitioner/ä\"1"), "2026-11-22T09:00:00+00:00"),
            (None, Some("Practitioner/1"), "2026-11-22T09:00:00+01:00"),
            (Some("Encounter/1"), None, "2026-07-22T23:59:59-11:30"),
            (None, None, "2026-11-22T09:00:00+00:00"),
        ] {
            let code = Code { system: "http://loinc.org", code: "26499-4", display: "Neutrophils" };
            let patient = "Patient/a b";
            let due = encounter.map(|_| ("2026-12-20", "2027-01-17"));
            let service = Service { patient, encounter, requester, code, due, authored_on: Some(moment) };
            let order = NewOrder {
                patient,
                encounter,
                requester,
                system: code.system,
                code: code.code,
                display: code.display,
                reasons: &[],
                due,
                authored_on: Some(moment),
            };
            // The first is filled from a form that is just made, the second from one that is kept.
            for _ in 0..2 {
                assert_eq!(Sdk.service_request(&order), service_request(&service));
                assert_eq!(Sdk.medication_request(&order, "1 g"), medication_request(&service, "1 g"));
            }
            let reason = r#"[{"coding":[{"code":"M34.81"}],"x":1.50}]"#;
            let reasons = [("reasonCode", reason.to_owned())];
            let with_reason = Sdk.service_request(&NewOrder { reasons: &reasons, ..order }).expect("an order");
            let without = Sdk.service_request(&order).expect("an order");
            let members = without.strip_suffix('}').expect("an object");
            assert_eq!(with_reason, format!("{members},\"reasonCode\":{reason}}}"), "reasons stay to the letter");
        }
    }
}
