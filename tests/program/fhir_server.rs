//! What prefetch does not bring is read from the call's FHIR server: the same answer comes out, nothing more than
//! needed is asked, a part that fails is said to be missing, and the token goes nowhere else.

use serde_json::{Value, json};

use crate::server::Server;
use crate::stand_in::{StandIn, TOKEN, Trouble};
use crate::support::{library, moved, names, outcome, timeless, with};
use crate::walk::difference;

/// Where reading ends.
mod bounds;
/// Connections that close.
mod closing;
/// How much is asked of a server at a time, and again.
mod load;
/// Medicines by reference.
mod medications;

/// The call with this FHIR server and the token, and without prefetch.
pub fn unprefetched(request: &Value, base: &str) -> Value {
    with(&served(request, base), "/prefetch", None)
}

/// The call with this FHIR server and the token.
fn served(request: &Value, base: &str) -> Value {
    let authorization = json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300,
        "scope": "user/*.read", "subject": "tocilizumab-cds"});
    with(&with(request, "/fhirServer", Some(base.into())), "/fhirAuthorization", Some(authorization))
}

/// The criteria that a failing search leaves open, with a query of the same key.
const PARTS: [(&str, &str, &str); 4] = [
    ("allergies", "AllergyIntolerance?", "tocilizumab-hypersensitivity"),
    ("conditions", "Condition?", "active-serious-infection"),
    ("patient", "Patient/", "not-adult"),
    ("platelets", "Observation?patient=toci-patient&code=http://loinc.org%7C777-3", "platelets-below-start-limit"),
];

#[test]
fn without_prefetch_the_answer_is_the_same() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    let mut compared = 0;
    let left_out = [
        // The client could not read the allergies, which the stand-in could.
        "patients/infected-digital-ulcer-allergies-refused",
        // A search by code finds no value that stands only in a component; only prefetch by other means brings it.
        "patients/fvc-as-component",
    ];
    for name in names(&["", "patients", "healthy"]).into_iter().filter(|name| !left_out.contains(name)) {
        let request = moved(name);
        fhir.hold(&request);
        let with_prefetch = timeless(&server.call(name, &request));
        assert!(fhir.asked().is_empty(), "{name}: the call named no FHIR server");
        let without = timeless(&server.call(name, &unprefetched(&request, &fhir.base())));
        assert_eq!(difference(&without, &with_prefetch), None, "{name}");
        assert_eq!(fhir.asked().len(), library().services.queries.len(), "{name}: every query once");
        compared += 1;
    }
    assert!(compared >= 10, "only {compared} test patients were compared");
}

#[test]
fn only_what_is_missing_is_asked_for() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    let textbook = moved("textbook");
    fhir.hold(&textbook);
    let request = served(&textbook, &fhir.base());
    server.call("full prefetch", &request);
    assert_eq!(fhir.asked(), [""; 0], "with full prefetch there is nothing to ask");

    let failed = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]});
    for (what, value) in [("null", json!(null)), ("an OperationOutcome", failed)] {
        server.call(what, &with(&request, "/prefetch/allergies", Some(value)));
        assert_eq!(fhir.asked(), [""; 0], "{what} is an answer that is not asked for again");
    }
    let two_missing = with(&with(&request, "/prefetch/allergies", None), "/prefetch/patient", None);
    let answer = server.call("two keys missing", &two_missing);
    assert_eq!(fhir.asked(), ["AllergyIntolerance?patient=toci-patient&_count=200", "Patient/toci-patient"]);
    let full = server.call("full prefetch", &request);
    assert_eq!(difference(&timeless(&answer), &timeless(&full)), None, "and nothing is lost");
}

#[test]
fn what_comes_under_other_keys_is_not_asked_for_again_when_it_shows_what_it_is() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    let textbook = moved("textbook");
    let full = timeless(&server.call("full prefetch", &textbook));
    let mut copies = textbook.clone();
    let entries = copies["prefetch"]
        .as_object_mut()
        .into_iter()
        .flatten()
        .flat_map(|(_, value)| value.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten());
    entries.for_each(|entry| entry["resource"]["meta"] = json!({"versionId": "1", "source": "#the-server"}));
    let searches = library().services.queries.iter().filter(|query| query.template.contains('?')).count();
    for (what, link, questions) in [("with", true, 0), ("without", false, searches)] {
        let own = library().services.queries.iter().filter_map(|query| {
            let url = query.template.replace("{{context.patientId}}", "toci-patient").replace('|', "%7C");
            let mut value = textbook["prefetch"].get(&query.key)?.clone();
            if link && url.contains('?') {
                value["link"] = json!([{"relation": "self", "url": format!("https://elsewhere.example/{url}")}]);
            }
            Some((format!("own-{}", query.key), value))
        });
        let request = with(&textbook, "/prefetch", Some(Value::Object(own.collect())));
        fhir.hold(&copies);
        let answer = timeless(&server.call(what, &served(&request, &fhir.base())));
        assert_eq!(fhir.asked().len(), questions, "{what} a self link");
        // What came twice, and differs in its `meta` only, counts once.
        assert_eq!(difference(&answer, &full), None, "{what} a self link");
    }
}

#[test]
fn an_order_that_is_not_ours_asks_for_nothing() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    for name in
        ["shapes/other-drug-only", "shapes/no-medication-order", "shapes/do-not-perform", "shapes/draft-orders-empty"]
    {
        let answer = server.call(name, &unprefetched(&moved(name), &fhir.base()));
        assert_eq!(answer, json!({"cards": []}), "{name}");
        assert_eq!(fhir.asked(), [""; 0], "{name}");
    }
}

#[test]
fn a_search_that_fails_loses_only_its_part() {
    let (fhir, elsewhere) = (StandIn::start(), StandIn::start());
    let server = Server::with_settings("limits.fhir-body-bytes = 100000\ndeadline-ms = 60000");
    let textbook = moved("textbook");
    let huge = json!({"resourceType": "Bundle", "type": "searchset", "note": "x".repeat(200_000)}).to_string();
    for (what, trouble) in [
        ("401", Trouble::Status(401)),
        ("403", Trouble::Status(403)),
        ("404", Trouble::Status(404)),
        ("429", Trouble::Status(429)),
        ("500", Trouble::Status(500)),
        ("503", Trouble::Status(503)),
        ("HTML", Trouble::Body("<!DOCTYPE html><html><body>Please log in</body></html>".to_owned())),
        ("empty", Trouble::Body(String::new())),
        ("JSON that is no FHIR", Trouble::Body("{\"error\": \"no\"}".to_owned())),
        ("cut JSON", Trouble::Body("{\"resourceType\": \"Bundle\", \"entry\": [{".to_owned())),
        ("an OperationOutcome with 200", Trouble::Body("{\"resourceType\": \"OperationOutcome\"}".to_owned())),
        ("breaks off", Trouble::BreaksOff),
        ("larger than the limit", Trouble::Body(huge)),
        ("redirect", Trouble::Redirect(format!("{}/Anything", elsewhere.base()))),
    ] {
        for (key, path, criterion) in PARTS {
            fhir.hold(&textbook);
            fhir.trouble(path, trouble.clone());
            let what = format!("{key}: {what}");
            let answer = server.call(&what, &unprefetched(&textbook, &fhir.base()));
            lost_only(&what, &answer, key, criterion);
        }
    }
    assert_eq!(elsewhere.asked(), [""; 0], "a redirect is not followed");
}

/// The part is not retrieved; all others are as with prefetch.
fn lost_only(what: &str, answer: &Value, key: &str, criterion: &str) {
    assert_eq!(outcome(answer, criterion), "unknown: not-retrieved", "{what}");
    for (_, _, other) in PARTS.iter().filter(|(other, ..)| *other != key) {
        let found = outcome(answer, other);
        assert!(!found.contains("not-retrieved"), "{what}: {other} is {found}");
    }
    assert_eq!(outcome(answer, "neutrophils-below-start-limit"), "not-met", "{what}");
}

#[test]
fn what_is_not_found_counts_only_where_the_patient_is_shown() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    let textbook = moved("textbook");
    // A token for another patient looks so: reads are refused, and searches find nothing.
    for (what, status, expected) in [
        ("shown", None, "unknown: absent"),
        ("refused", Some(403), "unknown: not-retrieved"),
        ("not there", Some(404), "unknown: not-retrieved"),
        ("gone", Some(410), "unknown: not-retrieved"),
        ("broken, which says nothing of the rest", Some(500), "unknown: absent"),
    ] {
        fhir.hold(&with(&textbook, "/prefetch/platelets", None));
        if let Some(status) = status {
            fhir.trouble("Patient/", Trouble::Status(status));
        }
        let answer = server.call(what, &unprefetched(&textbook, &fhir.base()));
        assert_eq!(outcome(&answer, "platelets-below-start-limit"), expected, "{what}");
        assert_eq!(outcome(&answer, "neutrophils-below-start-limit"), "not-met", "{what}: what came still counts");
        let told = answer["cards"].to_string().contains("would not show the patient");
        assert_eq!(told, expected.contains("not-retrieved"), "{what}: {}", answer["cards"]);
    }
}

#[test]
fn a_search_that_never_ends_does_not_hold_up_the_answer() {
    let fhir = StandIn::start();
    let server = Server::with_settings("deadline-ms = 300");
    let textbook = moved("textbook");
    for (key, path, criterion) in PARTS {
        fhir.hold(&textbook);
        fhir.trouble(path, Trouble::Never);
        let request = with(&served(&textbook, &fhir.base()), &format!("/prefetch/{key}"), None);
        lost_only(key, &server.call(key, &request), key, criterion);
    }
    fhir.hold(&textbook);
    fhir.trouble("", Trouble::Never);
    let reply = server.post("tocilizumab-order-sign", &unprefetched(&textbook, &fhir.base()));
    assert_eq!(reply.status, 412, "nothing came in time: {}", reply.body);
}
