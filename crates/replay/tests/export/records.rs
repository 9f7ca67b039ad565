//! Records as an export holds them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use knowledge::files::Files;
use serde_json::{Value, json};

/// The resources of a Bundle.
pub fn resources(name: &str) -> Vec<Value> {
    let entries = bundle(name)["entry"].as_array().cloned().expect("entries");
    entries.iter().map(|entry| entry["resource"].clone()).collect()
}

pub fn bundle(name: &str) -> Value {
    let text = Files::fixtures().0.get(&format!("bundles/{name}")).cloned().unwrap_or_else(|| panic!("no {name}"));
    serde_json::from_str(&text).expect("JSON")
}

pub fn ndjson(resources: &[Value]) -> String {
    resources.iter().map(|resource| format!("{resource}\n")).collect()
}

pub fn packed(text: &str, how: u8) -> (&'static str, Vec<u8>) {
    match how % 3 {
        0 => ("", text.as_bytes().to_vec()),
        1 => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text.as_bytes()).expect("packed");
            (".gz", encoder.finish().expect("packed"))
        }
        _ => (".zst", ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)),
    }
}

/// The lines of some patients, with everything that a real export does to them.
pub fn mixed() -> Vec<String> {
    let mut lines = Vec::new();
    let mut patient = |name: &str, id: &str, change: &dyn Fn(String) -> String| {
        let all = resources(name);
        let own = all.iter().find(|r| r["resourceType"] == "Patient").and_then(|r| r["id"].as_str()).expect("an id");
        for resource in &all {
            let text = resource.to_string().replace(&format!("Patient/{own}"), &format!("Patient/{id}"));
            let mut resource: Value = serde_json::from_str(&text).expect("JSON");
            let is_patient = resource["resourceType"] == "Patient";
            resource["id"] = if is_patient {
                json!(id)
            } else {
                json!(format!("{}-{id}", resource["id"].as_str().unwrap_or("none")))
            };
            lines.push(change(resource.to_string()));
        }
    };
    patient("later-results", "plain", &|line| line);
    patient("later-results", "escaped", &|line| {
        line.replace("\"subject\"", "\"sub\\u006aect\"").replace("\"resourceType\"", "\"resource\\u0054ype\"")
    });
    patient("first-order-and-renewal", "slashed", &|line| line.replace("Patient/slashed", "Patient\\/slashed"));
    patient("later-results", "hidden", &|line| line.replace("Patient/hidden", "P\\u0061tient/h\\u0069dden"));
    patient("later-results", "absolute", &|line| {
        line.replace("Patient/absolute", "https://ehr.example/fhir/Patient/absolute/_history/3")
    });
    patient("later-results", "7f6d77e1-2b58", &|line| line.replace("Patient/7f6d77e1-2b58", "urn:uuid:7f6d77e1-2b58"));
    patient("later-results", "words", &|line| {
        let line = line.replace("http://www.nlm.nih.gov/research/umls/rxnorm", "urn:local").replace("1441527", "L-1");
        line.replace("tocilizumab 180 MG/ML", "TOCILI\\u005aUMAB")
    });
    // Blanks around the type, of every kind that a reader takes away.
    patient("later-results", "blanks", &|line| {
        let blanks = ["\": \" ", "\":\"\\t", "\":\"\\u00a0", "\":\"\u{2003}"][line.len() % 4];
        line.replace("\"resourceType\":\"", &format!("\"resourceType{blanks}"))
            .replace("Request\"", "Request \"")
            .replace("\"Patient\"", "\"Patient\\n\"")
    });
    patient("no-tocilizumab", "nobody", &|line| line);
    patient("no-tocilizumab", "plain2", &|line| line);
    // Ids that are in use elsewhere, and patients who are named by others only.
    lines.push(
        json!({"resourceType": "Observation", "id": "plain", "subject": {"reference": "Group/plain"}}).to_string(),
    );
    lines.push(json!({"resourceType": "Practitioner", "id": "plain"}).to_string());
    lines.push(json!({"resourceType": "Medication", "id": "plain", "code": {"text": "aspirin"}}).to_string());
    // Orders by reference to a Medication elsewhere, which is made of another one.
    let order = |id: &str, link: &str| {
        json!({"resourceType": "MedicationRequest", "id": id, "status": "stopped", "authoredOn": "2026-08-03",
            "subject": {"reference": "Patient/by-reference"}, "medicationReference": {"reference": link}})
    };
    lines.push(order("one", "Medication/made-of").to_string());
    lines.push(order("two", "https://ehr.example/fhir/Medication/toci").to_string());
    lines.push(order("three", "Medication/plain").to_string());
    lines.push(
        json!({"resourceType": "Medication", "id": "made-of",
        "ingredient": [{"itemReference": {"reference": "Medication/toci"}}]})
        .to_string(),
    );
    lines.push(
        json!({"resourceType": "Medication", "id": "toci", "code": {"coding": [
        {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "612865"}]}})
        .to_string(),
    );
    lines.push(json!({"resourceType": "Patient", "id": "by-reference", "birthDate": "1970-01-01"}).to_string());
    // What must not be taken for something else.
    lines.push(r#"{"note":"he said \"subject","subject":{"display":"plain } ]","reference":"Patient/nobody"},"id":"q","resourceType":"Observation"}"#.to_owned());
    lines
}
