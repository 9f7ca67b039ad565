//! `probe` from outside: what it says of a server that answers, of one that does not, and what it never says.

use std::process::Output;

use serde_json::{Value, json};

use crate::stand_in::{StandIn, TOKEN, Trouble};
use crate::support::{library, moved, program, text};

/// The variable that the token stands in.
const VARIABLE: &str = "PROBE_TEST_TOKEN";

/// Runs the probe for the textbook patient; its exit status, what it printed and what it wrote to standard error.
fn probe(base: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let mut command = program();
    command.args(["probe", "--fhir", base, "--patient", "toci-patient"]).args(more);
    command.env(VARIABLE, TOKEN).env("NO_COLOR", "1");
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

/// The report as JSON, with the exit status.
fn report(base: &str, more: &[&str]) -> (Option<i32>, Value) {
    let all = [&["--format", "json", "--token-env", VARIABLE], more].concat();
    let (status, out, err) = probe(base, &all);
    (status, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
}

/// What the report says of a query, without the time that it took.
fn query(report: &Value, key: &str) -> Value {
    let queries = report["queries"].as_array().into_iter().flatten();
    let mut found = queries.into_iter().find(|query| query["key"] == key).cloned().unwrap_or_default();
    assert!(found["milliseconds"].is_u64(), "{key}: {found}");
    found.as_object_mut().and_then(|members| members.remove("milliseconds"));
    found
}

/// The textbook patient with a platelet count in a unit of its own making, a CRP under a code of the laboratory's own,
/// a condition that means nothing here, and a Medication that only a reference leads to.
fn held(fhir: &StandIn) -> Value {
    let mut textbook = moved("textbook");
    let platelets = textbook.pointer_mut("/prefetch/platelets/entry/0/resource/valueQuantity").expect("a count");
    *platelets = json!({"value": 310, "unit": "thou per drop"});
    fhir.hold(&textbook);
    let subject = json!({"reference": "Patient/toci-patient"});
    let own = json!({"coding": [{"system": "urn:oid:1.2.3", "code": "4594", "display": "CRP, sensitive"}]});
    fhir.add(json!({"resourceType": "Observation", "id": "own", "status": "final", "code": own, "subject": subject,
        "effectiveDateTime": "2026-01-02", "valueQuantity": {"value": 4.1, "unit": "mg/L"}}));
    let odd = json!({"coding": [{"system": "http://snomed.info/sct", "code": "38341003", "display": "Hypertension"}]});
    fhir.add(json!({"resourceType": "Condition", "id": "odd", "code": odd, "subject": subject}));
    let link = json!({"reference": "Medication/m1"});
    fhir.add(json!({"resourceType": "MedicationStatement", "id": "linked", "status": "active", "subject": subject,
        "medicationReference": link, "effectiveDateTime": "2026-01-02"}));
    let rituximab = json!({"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "121191"}]});
    fhir.add(json!({"resourceType": "Medication", "id": "m1", "code": rituximab}));
    textbook
}

/// The date of a resource of the request.
fn date(request: &Value, path: &str) -> String {
    text(request, path).chars().take(10).collect()
}

#[test]
fn what_came_is_told_query_by_query() {
    let fhir = StandIn::start();
    let textbook = held(&fhir);
    let (status, report) = report(&fhir.base(), &[]);
    assert_eq!((status, &report["complete"], &report["patient"]), (Some(0), &json!(true), &json!("toci-patient")));
    assert_eq!(report["queries"].as_array().map(Vec::len), Some(library().services.queries.len()));
    assert_eq!(fhir.asked().len(), library().services.queries.len() + 2, "all results and a Medication beside them");
    let counted = date(&textbook, "/prefetch/neutrophils/entry/0/resource/effectiveDateTime");
    let none = json!([]);
    let of = |name: &str, concept: &str, codes: &[&str], value: &str, date: &str| json!({"concept": concept, "name": name, "count": 1, "codes": codes, "value": value, "date": date});
    let unusable = |mut understood: Value, why: &str| {
        understood["unusable"] = Value::from(why);
        understood
    };
    let neutrophils = of("neutrophils", "absolute-neutrophil-count", &["751-8"], "4,200/µL", &counted);
    let platelets = unusable(of("platelets", "platelet-count", &["777-3"], "310 thou per drop", &counted), "unit");
    let rituximab = of("rituximab", "rituximab", &["121191"], "going on", "2026-01-02");
    let odd_unit = json!([{"name": "platelets", "unit": "thou per drop", "count": 1, "expected": "/uL"}]);
    let other = |system: &str, code: &str, display: &str| json!({"system": system, "code": code, "display": display, "count": 1});
    let hypertension = other("http://snomed.info/sct", "38341003", "Hypertension");
    for (key, pages, understood, others, units) in [
        ("neutrophils", json!([1]), Some(neutrophils), none.clone(), none.clone()),
        ("platelets", json!([1]), Some(platelets), none.clone(), odd_unit),
        ("leukocytes", json!([0]), None, none.clone(), none.clone()),
        ("medication-statements", json!([2]), Some(rituximab), none.clone(), none.clone()),
        ("conditions", json!([4]), None, json!([hypertension]), none.clone()),
        ("crp", json!([1]), None, none.clone(), none.clone()),
    ] {
        let found = query(&report, key);
        assert_eq!((&found["pages"], &found["otherCodes"], &found["oddUnits"]), (&pages, &others, &units), "{key}");
        let all = found["understood"].as_array().map_or(&[][..], Vec::as_slice);
        assert!(understood.as_ref().is_none_or(|wanted| all.contains(wanted)), "{key}: {understood:?} in {all:?}");
    }
    let like = json!({"name": "CRP", "valueSet": "c-reactive-protein"});
    let mut own = other("urn:oid:1.2.3", "4594", "CRP, sensitive");
    own["soundsLike"] = like;
    assert_eq!(report["beyond"]["otherCodes"], json!([own]));
    let unknown = report["unknown"].as_array().map_or(&[][..], Vec::as_slice);
    let of_platelets = unknown.iter().find(|unknown| unknown["criterion"] == "platelets-below-start-limit");
    assert_eq!(of_platelets.map(|unknown| &unknown["reason"]), Some(&json!("unit")));
    assert!(unknown.iter().all(|unknown| unknown["criterion"] != "neutrophils-below-start-limit"));
}

#[test]
fn the_page_fits_and_says_what_to_do() {
    let fhir = StandIn::start();
    held(&fhir);
    fhir.trouble("Immunization", Trouble::Status(403));
    let (status, page, err) = probe(&fhir.base(), &["--token-env", VARIABLE]);
    assert_eq!((status, err.as_str()), (Some(1), ""), "{page}");
    let widest = page.lines().map(|line| line.chars().count()).max();
    assert!(widest.is_some_and(|widest| widest <= 100), "{widest:?} columns:\n{page}");
    assert!(!page.contains(TOKEN), "the token is printed");
    let (_, after) = page.split_once("\n\n").and_then(|(_, rest)| rest.split_once("\n\n")).expect("a table");
    let (told, unknown) = after.split_once("What the rules could not know").expect("what is unknown");
    let expected = r#"Not answered: 1 of 32 queries
  status-403: the server refused access (403)
      asked for  immunizations
      try        The token probably lacks a scope, patient/Immunization.rs (SMART 2; in SMART 1
                 .read for .rs), or is for another patient.

Units that could not be used
  platelets: "thou per drop" in 1 result; /uL is understood, for one

Codes that are not understood, and sound like something the rules need
  4594 of urn:oid:1.2.3 "CRP, sensitive" in 1 resource
      If it is CRP, the site's policy takes it:
          [[code]]
          set = "c-reactive-protein"
          system = "urn:oid:1.2.3"
          code = "4594"
          display = "CRP, sensitive"

Other codes that mean nothing to the rules: 1
  38341003 of http://snomed.info/sct "Hypertension" in 1 resource

"#;
    assert_eq!(told, expected);
    for said in [
        "  could not be retrieved: live vaccine given",
        "  unit missing or not usable: platelets",
        "31 of 32 queries were answered in full; the rest counts as not retrieved.",
    ] {
        assert!(unknown.contains(said), "`{said}` is not in {unknown}");
    }
}

#[test]
fn the_policy_that_it_proposes_is_one() {
    let fhir = StandIn::start();
    held(&fhir);
    let (_, page, _) = probe(&fhir.base(), &["--token-env", VARIABLE]);
    let from = page.find("[[code]]").expect("a proposal");
    let lines: Vec<&str> = page[from..].lines().take(5).map(str::trim).collect();
    let folder = crate::support::Folder::new();
    let policy = folder.write("policy.toml", &lines.join("\n"));
    let (status, report) = report(&fhir.base(), &["--policy", &policy]);
    assert_eq!((status, &report["beyond"]["otherCodes"]), (Some(0), &json!([])), "the code is known now");
    let crp = query(&report, "crp");
    assert_eq!((&crp["pages"], &crp["understood"][0]["count"]), (&json!([2]), &json!(2)), "and asked for: {crp}");
}

#[test]
fn what_fails_is_named_with_what_helps() {
    let fhir = StandIn::start();
    let html = "<!DOCTYPE html><html><body>Please log in</body></html>";
    for (what, path, trouble, key, code, remedy) in [
        ("no scope", "Condition", Trouble::Status(403), "conditions", "status-403", "patient/Condition.rs"),
        ("not offered", "Procedure", Trouble::Status(404), "procedures", "status-404", "offer Procedure"),
        ("no such patient", "Patient/", Trouble::Status(404), "patient", "status-404", "record number"),
        ("a web page", "Immunization", Trouble::Body(html.to_owned()), "immunizations", "html", "log-in page"),
        ("an error", "AllergyIntolerance", Trouble::Status(500), "allergies", "status-500", "own log"),
        ("busy", "ServiceRequest", Trouble::Status(429), "service-requests", "status-429", "later"),
        ("no answer", "MedicationRequest", Trouble::Never, "medication-requests", "timed-out", "--timeout-ms"),
    ] {
        held(&fhir);
        let forever = matches!(trouble, Trouble::Never);
        fhir.trouble(path, trouble);
        let (status, report) = report(&fhir.base(), &["--timeout-ms", if forever { "3000" } else { "60000" }]);
        assert_eq!((status, &report["complete"]), (Some(1), &json!(false)), "{what}");
        let failure = query(&report, key)["failure"].clone();
        assert_eq!(text(&failure, "/code"), code, "{what}");
        assert!(text(&failure, "/remedy").contains(remedy), "{what}: `{remedy}` is not in {failure}");
        let failed = report["queries"].as_array().into_iter().flatten().filter(|query| query.get("failure").is_some());
        assert_eq!(failed.count(), 1, "{what}: the others are answered");
    }
}

#[test]
fn a_server_that_gives_nothing_is_said_to() {
    let fhir = StandIn::start();
    held(&fhir);
    let all = format!("Not answered: {0} of {0} queries", library().services.queries.len());
    for (what, base, more, said) in [
        ("no token", fhir.base(), &[][..], "status-401-without-token: the server wants an access token (401)"),
        ("nobody there", "http://127.0.0.1:1/fhir".to_owned(), &[], "unreachable: the server could not be reached"),
        ("no FHIR there", fhir.origin.clone(), &["--token-env", VARIABLE], "Is --fhir the base URL of FHIR"),
    ] {
        let (status, page, err) = probe(&base, more);
        assert_eq!((status, err.as_str()), (Some(1), ""), "{what}");
        for said in [all.as_str(), said, "412 and no card"] {
            assert!(page.contains(said), "{what}: `{said}` is not in {page}");
        }
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    for (what, arguments, said) in [
        ("no URL", &["--fhir", "nonsense", "--patient", "p"][..], "--fhir: `nonsense` is not a base URL"),
        ("a file", &["--fhir", "file:///etc/passwd", "--patient", "p"], "is not a base URL"),
        ("where clouds keep keys", &["--fhir", "http://169.254.169.254/", "--patient", "p"], "never asked"),
        ("no patient", &["--fhir", "http://127.0.0.1:1/", "--patient", ""], "--patient: is empty"),
        (
            "no token",
            &["--fhir", "http://127.0.0.1:1/", "--patient", "p", "--token-env", "NO_SUCH"],
            "NO_SUCH is not set",
        ),
    ] {
        let output = program().arg("probe").args(arguments).env_remove("NO_SUCH").output().expect("the program runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{what}: {err}");
        assert!(err.contains(said), "{what}: `{said}` is not in {err}");
    }
}
