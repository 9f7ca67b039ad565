//! What the bytes of a line say before it is parsed. An answer "no" is certain: whoever parses the line comes to the same.
//! An answer "perhaps" means that the line must be parsed.

use memchr::memchr2;
use memchr::memmem::{Finder, find_iter};

/// The searches, made ready once.
#[derive(Debug, Clone)]
pub struct Raw {
    subject: Finder<'static>,
    patient: Finder<'static>,
    patient_type: Finder<'static>,
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
            patient_type: Finder::new(b"\"Patient\""),
            medication: Finder::new(b"\"Medication"),
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
            let behind = line.get(at + b"\"Medication".len()..).unwrap_or_default();
            behind.starts_with(b"\"") || behind.starts_with(b"Request\"") || behind.starts_with(b"Order\"")
        })
    }

    /// Whether it can be a Patient.
    pub fn is_patient(&self, line: &[u8]) -> bool {
        self.patient_type.find(line).is_some()
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
        if self.is_patient(line) && ids(line).any(|id| id.contains(&b'\\') || asked(last_part(id))) {
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
            named.extend(ids(line).map(last_part));
        }
        named
    }
}

/// What stands behind the name of a member.
enum Target<'t> {
    /// It is no reference, or no member at all.
    Nobody,
    /// The text of the reference, escapes included.
    Of(&'t [u8]),
    /// It cannot be told from the bytes.
    Unclear,
}

/// The reference behind the name of a member that ends at this place.
fn target(line: &[u8], at: usize) -> Target<'_> {
    let at = blanks(line, at);
    if line.get(at) != Some(&b':') {
        // The words stand as a value.
        return Target::Nobody;
    }
    let mut at = blanks(line, at + 1);
    if line.get(at) == Some(&b'[') {
        // Of several the first counts.
        at = blanks(line, at + 1);
    }
    match line.get(at) {
        Some(b'"') => string(line, at).map_or(Target::Unclear, |(text, _)| Target::Of(text)),
        Some(b'{') => reference(line, at + 1),
        Some(b'[') | None => Target::Unclear,
        Some(_) => Target::Nobody,
    }
}

/// The member `reference` of the object that begins before this place.
fn reference(line: &[u8], mut at: usize) -> Target<'_> {
    loop {
        at = blanks(line, at);
        match line.get(at) {
            Some(b'}') => return Target::Nobody,
            Some(b',') => at += 1,
            Some(b'"') => {
                let Some((name, end)) = string(line, at) else { return Target::Unclear };
                let colon = blanks(line, end);
                if line.get(colon) != Some(&b':') || name.contains(&b'\\') {
                    return Target::Unclear;
                }
                let value = blanks(line, colon + 1);
                if name == b"reference" {
                    return match line.get(value) {
                        Some(b'"') => string(line, value).map_or(Target::Unclear, |(text, _)| Target::Of(text)),
                        _ => Target::Unclear,
                    };
                }
                match skip(line, value) {
                    Some(behind) => at = behind,
                    None => return Target::Unclear,
                }
            }
            _ => return Target::Unclear,
        }
    }
}

/// The values of all members with the name `id` that are strings.
fn ids(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    find_iter(line, b"\"id\"").filter_map(|at| {
        let colon = blanks(line, at + 4);
        let value = blanks(line, colon + 1);
        (line.get(colon) == Some(&b':')).then(|| string(line, value)).flatten().map(|(text, _)| text)
    })
}

/// The id that a reference ends in, as `document::reference::last_part` reads it.
fn last_part(reference: &[u8]) -> &[u8] {
    let end = find_iter(reference, b"/_history/").next().unwrap_or(reference.len());
    let bare = reference.get(..end).unwrap_or(reference);
    bare.rsplit(|byte| matches!(byte, b'/' | b':')).next().unwrap_or(bare)
}

/// The first place from here on that is no blank.
fn blanks(line: &[u8], at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
}

/// The bytes between the quotes of the string at this place, and where it ends.
fn string(line: &[u8], at: usize) -> Option<(&[u8], usize)> {
    if line.get(at) != Some(&b'"') {
        return None;
    }
    let mut end = at + 1;
    loop {
        end += memchr2(b'"', b'\\', line.get(end..)?)?;
        if line.get(end) == Some(&b'"') {
            return Some((line.get(at + 1..end)?, end + 1));
        }
        end += 2;
    }
}

/// Where the value at this place ends.
fn skip(line: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        at = blanks(line, at);
        match line.get(at)? {
            b'"' => at = string(line, at)?.1,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
                continue;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' if depth > 0 => {
                at += 1;
                continue;
            }
            _ => {
                let rest = line.get(at..)?;
                let length = rest.iter().take_while(|byte| !matches!(byte, b',' | b':' | b'}' | b']' | b' ')).count();
                at += length.max(1);
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Look, Raw};

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
            (r#"{"resourceType":"MedicationDispense","x":"MedicationRequest/1"}"#, false),
        ] {
            assert_eq!(raw.is_medicine(line.as_bytes()), expected, "{line}");
        }
    }
}
