//! What the status of an entry says, without regard to case and blanks.

use document::Object;

use super::view::Concept;

/// The status under one name of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The resource has none.
    Missing,
    /// Its code, in the spelling of the standard.
    Code(&'static str),
    /// It has one that cannot be read, or one that the standard does not have.
    Unreadable,
}

impl Status {
    /// Reads a status, given as a code or as a CodeableConcept, as one of these codes.
    pub fn read(object: &Object<'_>, name: &str, codes: &[&'static str]) -> Status {
        if object.get(name).is_none() {
            return Status::Missing;
        }
        let said = Concept::of(object, name);
        let written = said.codings.iter().map(|coding| &coding.code).chain(&said.words);
        let mut known = written.filter_map(|written| codes.iter().find(|code| is(written, code)));
        known.next().map_or(Status::Unreadable, |code| Status::Code(code))
    }

    /// Whether it is one of these codes.
    pub fn is_any(&self, codes: &[&str]) -> bool {
        matches!(self, Status::Code(code) if codes.contains(code))
    }
}

/// Whether a word is this code in some spelling: "Entered in error" is `entered-in-error`.
fn is(written: &str, code: &str) -> bool {
    let same = |(a, b): (char, char)| a == b || (b == '-' && matches!(a, ' ' | '_'));
    let written = written.trim();
    written.chars().count() == code.chars().count()
        && written.chars().map(|c| c.to_ascii_lowercase()).zip(code.chars()).all(same)
}

#[cfg(test)]
mod tests {
    use super::Status;
    use document::Document;

    #[test]
    fn a_status_in_every_shape() {
        let read = |text: &str| {
            let document = Document::parse(text).expect("JSON");
            Status::read(&document.root().object().expect("an object"), "status", &["active", "entered-in-error"])
        };
        for text in [
            r#"{"status":"active"}"#,
            r#"{"status":" ACTIVE "}"#,
            r#"{"status":{"coding":[{"code":"Active"}]}}"#,
            r#"{"status":{"text":"active"}}"#,
            r#"{"status":["active"]}"#,
        ] {
            assert_eq!(read(text), Status::Code("active"), "{text}");
        }
        for text in [r#"{"status":"Entered in Error"}"#, r#"{"status":"entered_in_error"}"#] {
            assert_eq!(read(text), Status::Code("entered-in-error"), "{text}");
        }
        for text in [
            r#"{"status":"current"}"#,
            r#"{"status":7}"#,
            r#"{"status":{}}"#,
            r#"{"status":""}"#,
            r#"{"status":"enteredxinxerror"}"#,
        ] {
            assert_eq!(read(text), Status::Unreadable, "{text}");
        }
        for text in ["{}", r#"{"status":null}"#] {
            assert_eq!(read(text), Status::Missing, "{text}");
        }
        assert!(read(r#"{"status":"active"}"#).is_any(&["past", "active"]));
        assert!(!read("{}").is_any(&["active"]));
    }
}
