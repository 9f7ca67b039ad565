//! Where reading ends: at servers off the list, at tokens of other patients, at links that leave the base, at the log.

use ::knowledge::Library;
use serde_json::{Value, json};

use super::{served, unprefetched};
use crate::server::Server;
use crate::stand_in::{StandIn, TOKEN, Trouble};
use crate::support::{cards, moved, outcome, text, timeless, with};
use crate::walk::difference;

#[test]
fn a_server_off_the_list_is_never_contacted() {
    let fhir = StandIn::start();
    let textbook = moved("textbook");
    let listed = format!("fhir-servers = [\"https://ehr.example/r4\", \"{}/fhir/tenant-1\"]", fhir.origin);
    let (by_default, by_list) = (Server::shared(), Server::with_settings(&listed));
    for (what, server, base) in [
        ("another machine", by_default, "http://192.0.2.1/".to_owned()),
        ("the metadata address", by_default, "http://169.254.169.254/latest".to_owned()),
        ("a name that looks local", by_default, "http://localhost.invalid/fhir".to_owned()),
        ("a file", by_default, "file:///etc/passwd".to_owned()),
        ("no URL", by_default, "nonsense".to_owned()),
        ("a user in the URL", by_default, fhir.base().replace("http://", "http://user:secret@")),
        ("this machine, when only others are listed", &by_list, fhir.base()),
        ("beside the listed path", &by_list, format!("{}/fhir/tenant-12", fhir.origin)),
        ("out of the listed path", &by_list, format!("{}/fhir/tenant-1/../tenant-2", fhir.origin)),
        ("another port", &by_list, "http://127.0.0.1:1/fhir/tenant-1".to_owned()),
    ] {
        fhir.hold(&textbook);
        let reply = server.post("tocilizumab-order-sign", &unprefetched(&textbook, &base));
        assert_eq!(reply.status, 412, "{what}: {}", reply.body);
        let partly = with(&served(&textbook, &base), "/prefetch/allergies", None);
        let answer = server.call(what, &partly);
        assert_eq!(outcome(&answer, "tocilizumab-hypersensitivity"), "unknown: not-retrieved", "{what}");
        assert_eq!(fhir.asked(), [""; 0], "{what}");
    }
    // What is listed is asked: the stand-in knows nothing under this path, but it was reached.
    let tenant = format!("{}/fhir/tenant-1", fhir.origin);
    assert_eq!(by_list.post("tocilizumab-order-sign", &unprefetched(&textbook, &tenant)).status, 412);
    assert!(!fhir.asked().is_empty(), "a listed server is asked");
}

#[test]
fn a_token_is_used_for_its_own_patient_only() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    let textbook = moved("textbook");
    fhir.hold(&textbook);
    let request = unprefetched(&textbook, &fhir.base());
    for (what, patient, token, status, asks) in [
        ("bound to this patient", Some("toci-patient"), Some(TOKEN), 200, true),
        ("bound to this patient, with type", Some("Patient/toci-patient"), Some(TOKEN), 200, true),
        ("bound to another patient", Some("someone-else"), Some(TOKEN), 412, false),
        ("another token", None, Some("another-token"), 412, true),
        ("no token", None, None, 412, true),
        ("a token that no header can carry", None, Some("a\r\nX-Evil: 1"), 412, true),
    ] {
        let call = with(&request, "/fhirAuthorization/patient", patient.map(Value::from));
        let call = with(&call, "/fhirAuthorization/access_token", token.map(Value::from));
        let reply = server.post("tocilizumab-order-sign", &call);
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        assert_eq!(!fhir.asked().is_empty(), asks, "{what}: whether the server was asked");
    }
    // A token that is not to be used is not sent; the refusal says why.
    for (what, member, value, status, told) in [
        ("any case", "token_type", json!("bearer"), 200, "cards"),
        ("no type", "token_type", json!(null), 200, "cards"),
        ("another type", "token_type", json!("DPoP"), 412, "status-401-no-bearer-token"),
        ("no lifetime", "expires_in", json!(null), 200, "cards"),
        ("over", "expires_in", json!(0), 412, "status-401-token-expired"),
        ("long over", "expires_in", json!("-300"), 412, "status-401-token-expired"),
    ] {
        let call = with(&request, &format!("/fhirAuthorization/{member}"), Some(value));
        let reply = server.post("tocilizumab-order-sign", &call);
        assert_eq!((reply.status, reply.body.contains(told)), (status, true), "{what}: {}", reply.body);
    }
    let by_name = with(&request, "/fhirServer", Some(fhir.base().replace("127.0.0.1", "localhost").into()));
    server.call("this machine by its name", &by_name);
}

#[test]
fn pages_are_followed_under_the_base_only() {
    let (server, fhir, elsewhere) = (Server::unhurried(), StandIn::start(), StandIn::start());
    let textbook = moved("textbook");
    let infection = json!({"resourceType": "Condition", "id": "pneumonia",
        "subject": {"reference": "Patient/toci-patient"}, "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "233604007", "display": "Pneumonia"}]}});
    let first = textbook.pointer("/prefetch/conditions").expect("conditions");
    let page = |next: &str| {
        with(first, "/link", Some(json!([{"relation": "self", "url": "x"}, {"relation": "next", "url": next}])))
    };
    let second = json!({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": infection}]});
    let (base, origin) = (fhir.base(), &fhir.origin);
    for (what, next, found) in [
        ("under the base", format!("{base}/Condition?page=2"), "met"),
        ("another path under the base", format!("{base}/pages/Condition?page=2"), "met"),
        ("relative", "Condition?page=2".to_owned(), "met"),
        ("the base itself", format!("{base}?page=2"), "met"),
        ("another origin", format!("{}/Condition?page=2", elsewhere.base()), "unknown: not-retrieved"),
        ("same origin, outside the base", format!("{origin}/other/Condition?page=2"), "unknown: not-retrieved"),
        ("out of the base", format!("{base}/../other/Condition?page=2"), "unknown: not-retrieved"),
        ("no URL", "http://".to_owned(), "unknown: not-retrieved"),
    ] {
        fhir.hold(&textbook);
        for path in ["Condition?page=2", "pages/Condition?page=2", "/other/Condition?page=2", "/fhir?page=2"] {
            fhir.trouble(path, Trouble::Body(second.to_string()));
        }
        fhir.trouble("Condition?patient", Trouble::Body(page(&next).to_string()));
        let answer = server.call(what, &unprefetched(&textbook, &base));
        assert_eq!(outcome(&answer, "active-serious-infection"), found, "{what}");
        let followed = fhir.asked().iter().any(|path| path.contains("page=2"));
        assert_eq!(followed, found == "met", "{what}: whether the page was asked for");
    }
    assert_eq!(elsewhere.asked(), [""; 0], "another origin is never asked");

    fhir.hold(&textbook);
    fhir.trouble("Condition?", Trouble::Body(page(&format!("{base}/Condition?page=again")).to_string()));
    let answer = server.call("pages without end", &unprefetched(&textbook, &base));
    let asked = fhir.asked().iter().filter(|path| path.starts_with("Condition?")).count();
    assert!(asked <= 20, "pages without end were asked for {asked} times");
    assert_eq!(outcome(&answer, "active-serious-infection"), "unknown: not-retrieved", "pages without end");
}

#[test]
fn a_drug_behind_a_reference_is_read() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    let textbook = moved("textbook");
    let order = "/context/draftOrders/entry/0/resource";
    let without_code = with(&textbook, &format!("{order}/medicationCodeableConcept"), None);
    const OTHER: &str = "another drug";
    let codes = [("tocilizumab", "1441527"), ("methotrexate", "6851")];
    // The Medication itself, and then every query of the library.
    let all = 1 + Library::embedded().expect("a valid library").services.queries.len();
    for (what, reference, expected) in [
        ("relative", "Medication/tocilizumab".to_owned(), Some(all)),
        ("absolute", format!("{}/Medication/tocilizumab", fhir.base()), Some(all)),
        (OTHER, "Medication/methotrexate".to_owned(), Some(1)),
        ("unknown to the server", "Medication/none".to_owned(), Some(1)),
        ("another server", "http://192.0.2.1/fhir/Medication/tocilizumab".to_owned(), None),
        ("out of the base", "../secret/Medication/tocilizumab".to_owned(), None),
        ("contained and missing", "#tocilizumab".to_owned(), None),
        ("urn", "urn:uuid:0dc2b2a0-0c5f-4f0c-9d4e-6b5d3a9a2f11".to_owned(), None),
    ] {
        fhir.hold(&textbook);
        for (id, code) in codes {
            fhir.add(json!({"resourceType": "Medication", "id": id,
                "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}]}}));
        }
        let call = with(&without_code, &format!("{order}/medicationReference"), Some(json!({"reference": reference})));
        let answer = server.call(what, &unprefetched(&call, &fhir.base()));
        assert_eq!(fhir.asked().len(), expected.unwrap_or(0), "{what}: the Medication, then the record if it is ours");
        let same = timeless(&server.call(what, &textbook));
        if expected == Some(all) {
            assert_eq!(difference(&timeless(&answer), &same), None, "{what}");
        } else if what == OTHER {
            assert_eq!(answer, json!({"cards": []}), "{what}");
        } else {
            let topics: Vec<&str> = cards(&answer).iter().map(|card| text(card, "/source/topic/code")).collect();
            assert_eq!(topics, ["unchecked-orders"], "{what}: whatever it is, it was not checked");
        }
    }
}

#[test]
fn an_id_cannot_change_what_is_asked() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    for (id, encoded) in [
        ("a&status=x", "a%26status%3Dx"),
        ("a?b#c", "a%3Fb%23c"),
        ("a|b,c", "a%7Cb%2Cc"),
        ("é", "%C3%A9"),
        ("..", ".."),
    ] {
        let call = with(&moved("textbook"), "/context/patientId", Some(id.into()));
        let call = with(&call, "/context/draftOrders/entry/0/resource/subject", None);
        let call = with(&served(&call, &fhir.base()), "/prefetch/allergies", None);
        let call = with(&call, "/prefetch/patient", None);
        fhir.hold(&call);
        server.post("tocilizumab-order-sign", &call);
        let asked = fhir.asked();
        assert!(asked.contains(&format!("AllergyIntolerance?patient={encoded}&_count=200")), "{id}: {asked:?}");
        assert!(asked.iter().all(|path| !path.starts_with('/')), "{id}: asked outside the base: {asked:?}");
    }
}

#[test]
fn nothing_of_a_patient_is_logged() {
    let fhir = StandIn::start();
    let server = Server::with_settings("deadline-ms = 60000");
    let textbook = moved("textbook");
    let request = unprefetched(&textbook, &fhir.base());
    fhir.hold(&textbook);
    server.call("all read", &request);
    fhir.trouble("Condition?", Trouble::Status(500));
    fhir.trouble("Allergy", Trouble::Body("<html>Musterfeld</html>".to_owned()));
    server.call("some failed", &request);
    fhir.trouble("", Trouble::Status(401));
    server.post("tocilizumab-order-sign", &request);
    server.call("odd input", &with(&textbook, "/prefetch/allergies", Some(json!("Musterfeld"))));
    server.post("tocilizumab-order-sign", &with(&request, "/context/draftOrders", Some(json!("Musterfeld"))));
    server.post("tocilizumab-order-sign", &with(&request, "/context/patientId", None));
    server.call("another patient's order", &moved("shapes/order-of-another-patient"));
    let log = server.into_log();
    let instance = text(&textbook, "/hookInstance");
    assert!(log.contains("answered") && log.contains("refused") && log.contains(instance), "no line a call in: {log}");
    for secret in [TOKEN, "toci-patient", "Musterfeld", "Testina", "1980-02-11", "dr-invented", "Bearer"] {
        assert!(!log.contains(secret), "`{secret}` stands in the log: {log}");
    }
}
