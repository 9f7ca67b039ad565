//! What one patient has on record, as lines of the files of an export: ids, references in the forms that servers give
//! them, and the small faults of real files that change no meaning.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::chance::Chance;

/// The lines of one patient by type of resource.
pub struct Sheet<'c> {
    /// The chance of this patient.
    pub chance: &'c mut Chance,
    /// The id of the patient.
    pub patient: String,
    /// The number of the patient.
    number: u64,
    /// How many resources there are.
    count: u64,
    /// The lines.
    pub lines: BTreeMap<&'static str, Vec<u8>>,
}

/// A day of a story as a server writes the moment of it.
pub fn at(day: Date, time: &str) -> String {
    format!("{day}T{time}")
}

/// A concept with one code and its words.
pub fn concept(system: &str, code: &str, words: &str) -> Value {
    json!({"coding": [{"system": system, "code": code, "display": words}], "text": words})
}

impl<'c> Sheet<'c> {
    /// An empty record of the patient of this number.
    pub fn new(number: u64, chance: &'c mut Chance) -> Sheet<'c> {
        let patient = id(number, 0);
        Sheet { chance, patient, number, count: 0, lines: BTreeMap::new() }
    }

    /// Adds a resource of this patient and returns its id. `body` has everything but type, id and patient.
    pub fn add(&mut self, kind: &'static str, mut body: Value) -> String {
        self.count += 1;
        let id = id(self.number, self.count);
        let member = if matches!(kind, "AllergyIntolerance" | "Immunization" | "ExplanationOfBenefit") {
            "patient"
        } else {
            "subject"
        };
        let reference = self.reference();
        if let Some(object) = body.as_object_mut() {
            object.insert(member.to_owned(), json!({ "reference": "\u{1}" }));
        }
        self.write(kind, &id, &body, &reference);
        id
    }

    /// Adds the Patient.
    pub fn person(&mut self, body: &Value) {
        let id = self.patient.clone();
        self.write("Patient", &id, body, "");
    }

    fn write(&mut self, kind: &'static str, id: &str, body: &Value, reference: &str) {
        let body = body.to_string();
        // The patient stands there as it is sent, escapes included.
        let members = body.strip_prefix('{').unwrap_or(&body).replacen("\\u0001", reference, 1);
        let line = format!("{{\"resourceType\":\"{kind}\",\"id\":\"{id}\",{members}");
        let end = if self.chance.percent(0.2) { "\r\n" } else { "\n" };
        let lines = self.lines.entry(kind).or_default();
        lines.extend_from_slice(line.as_bytes());
        lines.extend_from_slice(end.as_bytes());
        if self.chance.percent(0.05) {
            lines.push(b'\n');
        }
    }

    /// Adds a line that cannot be read: one of a laboratory whose end was lost on the way.
    pub fn cut_off(&mut self) {
        let line =
            format!("{{\"resourceType\":\"Observation\",\"id\":\"{}\",\"status\":\"fin\n", id(self.number, u64::MAX));
        self.lines.entry("Observation").or_default().extend_from_slice(line.as_bytes());
    }

    /// The reference to the patient, in one of the forms that mean the same.
    fn reference(&mut self) -> String {
        let id = &self.patient;
        match self.chance.within(0, 999) {
            0..=9 => format!("https://ehr.example.org/fhir/Patient/{id}"),
            10..=14 => format!("Patient/{id}/_history/3"),
            15..=19 => format!("urn:uuid:{id}"),
            20..=22 => format!("Patient\\/{id}"),
            23 => format!("\\u0050atient/{id}"),
            _ => format!("Patient/{id}"),
        }
    }

    /// What every resource of a server carries.
    pub fn meta(&mut self, day: Date) -> Value {
        let version = self.chance.within(1, 4).to_string();
        json!({"versionId": version, "lastUpdated": at(day, "23:41:07.318+00:00"), "source": "urn:uuid:5d1c2a1e-interface-engine"})
    }

    /// A number of the hospital for something.
    pub fn identifier(&mut self, of: &str) -> Value {
        let value = format!("{}-{:010}", of, self.chance.within(1, 9_999_999_999));
        json!([{"use": "official", "system": format!("https://ehr.example.org/{of}"), "value": value}])
    }

    /// A visit that something belongs to.
    pub fn visit(&mut self) -> Value {
        json!({"reference": format!("Encounter/{}", id(self.number, self.chance.bits() >> 20))})
    }
}

/// An id such as servers give, another for each patient and resource.
fn id(patient: u64, resource: u64) -> String {
    let mixed = patient.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ resource.wrapping_add(1).wrapping_mul(0xd1b5_4a32_d192_ed03);
    let part = |shift: u32, bits: u32| (mixed >> shift) & ((1 << bits) - 1);
    let (one, two, three, four) = (part(32, 32), part(16, 16), part(4, 12), part(20, 12));
    format!("{one:08x}-{two:04x}-4{three:03x}-a{four:03x}-{patient:07x}{:05x}", resource & 0xf_ffff)
}

#[cfg(test)]
mod tests {
    use crate::chance::Chance;

    use super::Sheet;

    #[test]
    fn a_line_that_is_cut_off_has_an_id_of_its_own() {
        let mut chance = Chance::of(1, 7);
        let mut sheet = Sheet::new(7, &mut chance);
        sheet.cut_off();
        let line = String::from_utf8_lossy(&sheet.lines["Observation"]).into_owned();
        assert!(line.contains("-0000007fffff\"") && line.ends_with("\"status\":\"fin\n"), "{line}");
        assert!(!line.contains(&sheet.patient), "{line}");
    }
}
