//! What the bytes of a line say before it is parsed. An answer "no" is certain: parsing the line would give the same.
//! An answer "maybe" means that the line must be parsed.

use memchr::memmem::Finder;

use super::member::{Target, ids, last_part, target};

/// The searches, made ready once.
#[derive(Debug, Clone)]
pub struct Raw {
    subject: Finder<'static>,
    patient: Finder<'static>,
    patient_type: Finder<'static>,
    id: Finder<'static>,
    medication: Finder<'static>,
    resource_type: Finder<'static>,
    escape: Finder<'static>,
}

/// Whether a line belongs to any of the patients that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Certainly not.
    No,
    /// Perhaps.
    Perhaps,
}

impl Raw {
    /// The searches.
    pub fn new() -> Raw {
        Raw {
            subject: Finder::new(b"\"subject\""),
            patient: Finder::new(b"\"patient\""),
            patient_type: Finder::new(b"Patient"),
            id: Finder::new(b"\"id\""),
            medication: Finder::new(b"Medication"),
            resource_type: Finder::new(b"\"resourceType\""),
            escape: Finder::new(b"\\u00"),
        }
    }

    /// Whether it writes a letter, a digit or a mark of a name as an escape, so that a search in its bytes can miss it.
    pub fn hides(&self, line: &[u8]) -> bool {
        self.escape.find_iter(line).any(|at| match line.get(at + 4..at + 6) {
            Some([high, low]) => match (high, low.to_ascii_lowercase()) {
                (b'2', low) => matches!(low, b'd'..=b'f'),
                (b'3', low) => matches!(low, b'0'..=b'9' | b'a'),
                (b'4' | b'6', low) => low != b'0',
                (b'5', low) => matches!(low, b'0'..=b'9' | b'a' | b'f'),
                (b'7', low) => matches!(low, b'0'..=b'9' | b'a'),
                _ => false,
            },
            _ => false,
        })
    }

    /// Whether it names its type at all.
    pub fn has_type(&self, line: &[u8]) -> bool {
        self.resource_type.find(line).is_some()
    }

    /// Whether it can be an order of a medicine or a Medication.
    pub fn is_medicine(&self, line: &[u8]) -> bool {
        self.medication.find_iter(line).any(|at| {
            let end = at + self.medication.needle().len();
            let behind = line.get(end..).unwrap_or_default();
            let more = [&b"Request"[..], b"Order"].into_iter().find(|more| behind.starts_with(more));
            is_whole(line, at, end + more.map_or(0, <[u8]>::len))
        })
    }

    /// Whether it can be a Patient.
    pub fn is_patient(&self, line: &[u8]) -> bool {
        let length = self.patient_type.needle().len();
        self.patient_type.find_iter(line).any(|at| is_whole(line, at, at + length))
    }

    /// Whether it can belong to a patient that was asked for. `asked` is shown each id that may be the one.
    pub fn belongs(&self, line: &[u8], mut asked: impl FnMut(&[u8]) -> bool) -> Look {
        if self.hides(line) {
            return Look::Perhaps;
        }
        for name in [&self.subject, &self.patient] {
            for at in name.find_iter(line) {
                match target(line, at + name.needle().len()) {
                    Target::Nobody => {}
                    Target::Of(reference) if reference.contains(&b'\\') => return Look::Perhaps,
                    Target::Of(reference) if asked(last_part(reference)) => return Look::Perhaps,
                    Target::Of(_) => {}
                    Target::Unclear => return Look::Perhaps,
                }
            }
        }
        if self.is_patient(line) && ids(line, &self.id).any(|id| id.contains(&b'\\') || asked(last_part(id))) {
            return Look::Perhaps;
        }
        Look::No
    }

    /// The ids of patients that the bytes name, as far as they can be seen: for a line that cannot be parsed.
    pub fn named<'t>(&self, line: &'t [u8]) -> Vec<&'t [u8]> {
        let mut named = Vec::new();
        for name in [&self.subject, &self.patient] {
            for at in name.find_iter(line) {
                if let Target::Of(reference) = target(line, at + name.needle().len()) {
                    named.push(last_part(reference));
                }
            }
        }
        if self.is_patient(line) {
            named.extend(ids(line, &self.id).map(last_part));
        }
        named
    }
}

/// Whether the word at this place can be the whole of a string, apart from blanks around it: those are taken away where
/// types are read. An escape, or a character beyond ASCII, may be a blank.
fn is_whole(line: &[u8], start: usize, end: usize) -> bool {
    /// The length of the longest escape.
    const ESCAPE: usize = 6;
    let before = line.get(..start).unwrap_or_default().trim_ascii_end();
    let behind = line.get(end..).unwrap_or_default().trim_ascii_start();
    let begins = match before.last() {
        Some(b'"' | 0x80..) => true,
        _ => before.get(before.len().saturating_sub(ESCAPE)..).is_some_and(|last| last.contains(&b'\\')),
    };
    begins && matches!(behind.first(), Some(b'"' | b'\\' | 0x80..))
}

#[cfg(test)]
mod tests {
    use document::Document;
    use fhir::resource::Resource;
    use proptest::prelude::*;

    use super::{Look, Raw};
    use crate::medicine::patient_id;

    /// A JSON string in which some characters are written as escapes.
    fn string(text: &str, (escaped, slashes_only): &(Vec<bool>, bool)) -> String {
        let mut escaped = escaped.iter().cycle();
        let written = text.chars().map(|c| match (c, escaped.next()) {
            ('"' | '\\', _) => format!("\\{c}"),
            ('/', Some(true)) => "\\/".to_owned(),
            (c, Some(true)) if !slashes_only => format!("\\u{:04x}", u32::from(c)),
            (c, _) => c.to_string(),
        });
        format!("\"{}\"", written.collect::<String>())
    }

    /// A reference in one of the shapes that senders give it.
    fn reference(name: &str, to: &str, shape: usize, escaped: &(Vec<bool>, bool)) -> String {
        let (name, to) = (string(name, escaped), string(to, escaped));
        let value = match shape {
            0 => format!("{{\"reference\":{to}}}"),
            1 => {
                format!("{{ \"display\" : \"}} \\\" ]\", \"identifier\":{{\"value\":[1,{{}}]}},\"reference\" : {to} }}")
            }
            2 => format!("[ {{{}:{to}}}, {{\"reference\":\"Patient/2\"}}]", string("reference", escaped)),
            3 => to,
            4 => format!("{{\"display\":{to}}}"),
            _ => "null".to_owned(),
        };
        format!("{name} :{value}")
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        /// What belongs to a patient when it is parsed is never passed over before.
        #[test]
        fn no_line_of_a_patient_is_passed_over(
            kind in proptest::sample::select(vec!["Observation", "Patient", "Group", " Patient", "Patient\u{2003} ", "\u{a0}Patient"]),
            members in proptest::collection::vec(
                (
                    proptest::sample::select(vec!["subject", "patient", "note", "id"]),
                    proptest::sample::select(vec![
                        "1", "Patient/1", "Patient/11", "urn:uuid:1", "Group/1", "https://e.org/Patient/1/_history/2", "#1",
                        "he said \"subject",
                    ]),
                    0..6_usize,
                    (proptest::collection::vec(proptest::bool::weighted(0.2), 1..8), any::<bool>()),
                ),
                0..5,
            ),
            inside in any::<bool>(),
            escaped in (proptest::collection::vec(proptest::bool::weighted(0.1), 1..8), any::<bool>()),
        ) {
            let mut written: Vec<String> = members
                .iter()
                .map(|(name, to, shape, escaped)| match *name {
                    "subject" | "patient" => reference(name, to, *shape, escaped),
                    name => format!("{}:{}", string(name, escaped), string(to, escaped)),
                })
                .collect();
            written.push(format!("{}:{}", string("resourceType", &escaped), string(kind, &escaped)));
            if inside {
                written.insert(0, format!("\"contained\":[{{{}}}]", reference("subject", "Patient/7", 0, &escaped)));
            }
            let line = format!("{{{}}}", written.join(" , "));
            let document = Document::parse(line.as_str()).expect("JSON");
            let resource = Resource::alone(document.root()).expect("a resource");
            if patient_id(&resource).as_deref() == Some("1") {
                prop_assert!(belongs(&line, "1"), "{}", line);
            }
        }
    }

    fn belongs(line: &str, id: &str) -> bool {
        Raw::new().belongs(line.as_bytes(), |named| named == id.as_bytes()) == Look::Perhaps
    }

    #[test]
    fn a_reference_is_seen_in_every_form() {
        for line in [
            r#"{"subject":{"reference":"Patient/1"}}"#,
            r#"{"patient" : {"display":"a } \" b","x":{"y":["]",{}],"z":-1.5e3},"reference" : "https://e.org/Patient/1"}}"#,
            r#"{"subject":{"reference":"urn:uuid:1"}}"#,
            r#"{"subject":{"reference":"Patient/1/_history/7"}}"#,
            r#"{"subject":[{"reference":"Patient/1"},{"reference":"Patient/2"}]}"#,
            r#"{"patient":"Patient/1"}"#,
            r#"{"contained":[{"subject":{"reference":"Patient/2"}}],"subject":{"reference":"Patient/1"}}"#,
            r#"{"note":"\"subject","subject":{"reference":"1"}}"#,
            r#"{"id":"1","resourceType":"Patient"}"#,
            r#"{"sub\u006aect":{"reference":"Patient/1"}}"#,
            r#"{"subject":{"reference":"Patient\/1"}}"#,
            r#"{"subject":{"re\u0066erence":"Patient/2"}}"#,
            r#"{"subject":{"reference":"Patient/2"#,
        ] {
            let unclear = line.contains('\\') || !line.ends_with('}');
            assert!(belongs(line, "1"), "{line}");
            assert!(unclear || !belongs(line, "3"), "{line}");
        }
    }

    #[test]
    fn what_names_somebody_else_is_passed_over() {
        for line in [
            r#"{"subject":{"reference":"Patient/11"}}"#,
            r#"{"subject":{"display":"reference"},"code":"1"}"#,
            r#"{"kind":"subject","subject":null,"patient":7}"#,
            r#"{"id":"2","resourceType":"Patient","identifier":[{"value":"1"}]}"#,
            r#"{"id":"1","resourceType":"Observation","text":"\u003cdiv\u003e","subject":{"reference":"Patient/2"}}"#,
        ] {
            assert!(!belongs(line, "1"), "{line}");
        }
    }

    #[test]
    fn only_what_can_be_part_of_a_name_hides() {
        let raw = Raw::new();
        for (line, hidden) in [
            (r"\u0041", true),
            (r"\u007A", true),
            (r"\u002f", true),
            (r"\u003a", true),
            (r"\u003C", false),
            (r"\u00e9", false),
            (r"\u0022", false),
            (r"\u00", false),
            (r"\\n \/", false),
        ] {
            assert_eq!(raw.hides(line.as_bytes()), hidden, "{line}");
        }
    }

    #[test]
    fn medicines_and_their_orders_are_seen_by_their_type() {
        let raw = Raw::new();
        for (line, expected) in [
            (r#"{"resourceType":"MedicationRequest"}"#, true),
            (r#"{"resourceType":"MedicationOrder"}"#, true),
            (r#"{"a":"MedicationStatement","resourceType":"Medication"}"#, true),
            (r#"{"resourceType":" MedicationRequest"}"#, true),
            (r#"{"resourceType":"\tMedicationOrder \n"}"#, true),
            (r#"{"resourceType":"\u2003 Medication\u00a0"}"#, true),
            ("{\"resourceType\":\"\u{2003}Medication \u{a0}\"}", true),
            (r#"{"resourceType":"MedicationDispense","x":"MedicationRequest/1"}"#, false),
            (r#"{"display":"Medication reconciliation","x":"a Medication"}"#, false),
        ] {
            assert_eq!(raw.is_medicine(line.as_bytes()), expected, "{line}");
        }
    }
}
