//! A medicine that the record names by a reference only: the Medication behind it is read, and decides.

use serde_json::{Value, json};

use super::unprefetched;
use crate::server::Server;
use crate::stand_in::{StandIn, Trouble};
use crate::support::{assessed, moved, with};

/// A statement that the patient takes what the Medication `m1` is, said in words too or not.
fn statement(words: Option<&str>) -> Value {
    let mut link = json!({"reference": "Medication/m1"});
    if let Some(words) = words {
        link["display"] = Value::from(words);
    }
    json!({"resourceType": "MedicationStatement", "id": "s1", "status": "active", "medicationReference": link,
        "subject": {"reference": "Patient/toci-patient"}})
}

#[test]
fn what_was_taken_is_looked_up_where_only_a_reference_says_it() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    let textbook = moved("textbook");
    let medication = |code: &str| {
        let coding = json!([{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}]);
        json!({"resourceType": "Medication", "id": "m1", "code": {"coding": coding}})
    };
    for (what, words, held, phase, looked_up) in [
        ("tocilizumab", None, Some("612865"), "continuation", true),
        ("another drug", None, Some("68149"), "new-start", true),
        ("nothing, as the Medication is gone", None, None, "undetermined", true),
        ("its name, which is enough", Some("Tocilizumab"), None, "continuation", false),
    ] {
        fhir.hold(&textbook);
        fhir.add(statement(words));
        match held {
            Some(code) => fhir.add(medication(code)),
            None => fhir.trouble("Medication/", Trouble::Status(404)),
        }
        let answer = server.call(what, &unprefetched(&textbook, &fhir.base()));
        assert_eq!(assessed(&answer)[0]["phase"], phase, "a reference that says {what}");
        let asked = fhir.asked().iter().filter(|asked| *asked == "Medication/m1").count();
        assert_eq!(asked, usize::from(looked_up), "{what}: the Medication is asked for once, or not at all");
    }
}

#[test]
fn a_chart_is_not_silent_over_a_drug_that_only_a_reference_names() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    let textbook = moved("textbook");
    fhir.hold(&textbook);
    fhir.add(statement(None));
    let coding = json!([{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "612865"}]);
    fhir.add(json!({"resourceType": "Medication", "id": "m1", "code": {"coding": coding}}));
    let view = with(&unprefetched(&textbook, &fhir.base()), "/hook", Some("patient-view".into()));
    let view = with(&view, "/context/draftOrders", None);
    let reply = server.post("tocilizumab-patient-view", &view);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(assessed(&reply.json()).len(), 1, "the treatment that goes on is looked at");
}
