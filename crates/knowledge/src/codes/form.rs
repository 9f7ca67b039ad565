//! How codes, the URIs of their systems, and words are compared, whatever way a sender spells them.

use std::borrow::Cow;

use serde::Deserialize;

/// How the codes of a system are compared.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// Without regard to case.
    #[default]
    Plain,
    /// With or without the dot.
    Icd,
    /// With all eleven digits.
    Ndc,
    /// With two digits at least.
    Cvx,
}

impl Form {
    /// The code as it is compared; borrowed where it is that already.
    pub(crate) fn key(self, code: &str) -> Cow<'_, str> {
        let code = code.trim();
        let is_key = code.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte.is_ascii_lowercase());
        match self {
            Form::Plain | Form::Icd if is_key => Cow::Borrowed(code),
            Form::Plain => Cow::Owned(code.to_lowercase()),
            Form::Icd => Cow::Owned(code.replace('.', "").to_lowercase()),
            Form::Ndc => Cow::Owned(eleven_digits(code)),
            Form::Cvx => Cow::Owned(format!("{code:0>2}")),
        }
    }

    /// Whether this can be a code of such a system at all. What cannot be one says nothing.
    pub(crate) fn fits(self, code: &str) -> bool {
        let code = code.trim();
        match self {
            Form::Plain | Form::Ndc => !code.is_empty(),
            Form::Cvx => !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()),
            // A letter or a digit, a digit, and more of either; ICD-10-GM has a mark at the end.
            Form::Icd => {
                let bare = code.trim_end_matches(['+', '*', '!', '†']);
                let mut bytes = bare.bytes().filter(|byte| *byte != b'.');
                bytes.next().is_some_and(|byte| byte.is_ascii_alphanumeric())
                    && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
                    && bytes.next().is_some_and(|byte| byte.is_ascii_alphanumeric())
                    && bytes.all(|byte| byte.is_ascii_alphanumeric())
            }
        }
    }
}

/// An NDC in its eleven-digit form: each part of a hyphened one is padded with zeros to 5, 4 and 2 digits.
fn eleven_digits(code: &str) -> String {
    let parts: Vec<&str> = code.split('-').collect();
    match parts.as_slice() {
        [labeler, product, package] => format!("{labeler:0>5}{product:0>4}{package:0>2}"),
        _ => code.to_owned(),
    }
}

/// The URI of a code system without what senders spell differently: a version after `|`, `http` or `https`, `www.`,
/// `urn:oid:`, and a slash at the end. Letters are still as they were.
pub(crate) fn bare_uri(uri: &str) -> &str {
    let mut bare = uri.trim().split('|').next().unwrap_or_default().trim_end();
    for prefix in ["http://", "https://", "urn:oid:", "oid:", "www."] {
        if let Some(rest) = bare.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)) {
            bare = bare.get(rest.len()..).unwrap_or_default();
        }
    }
    bare.trim_end_matches('/')
}

/// The URI of a code system as it is compared.
pub(crate) fn uri_key(uri: &str) -> String {
    bare_uri(uri).to_lowercase()
}

/// Words as they are compared: lower case, single blanks, no end stop.
pub fn fold(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(['.', '!']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Form, eleven_digits, uri_key};

    #[test]
    fn what_cannot_be_a_code() {
        for code in ["A41.9", "a419", "Z3A.01", "001.1", "V12.01", "C7A", "M05.3+"] {
            assert!(Form::Icd.fits(code), "{code}");
        }
        for code in ["@@", "7", "", "G3", "sepsis", "A41 9", "ß41", "See text"] {
            assert!(!Form::Icd.fits(code), "{code}");
        }
        assert_eq!((Form::Cvx.key("3").as_ref(), Form::Cvx.key("187").as_ref()), ("03", "187"));
        assert!(Form::Cvx.fits(" 03 ") && !Form::Cvx.fits("MMR") && !Form::Cvx.fits(""));
        assert!(Form::Plain.fits("x") && !Form::Plain.fits(" "));
    }

    #[test]
    fn spellings_of_a_code_system() {
        for uri in [
            "http://loinc.org",
            "https://loinc.org",
            "HTTP://LOINC.ORG/",
            " http://www.loinc.org//",
            "http://loinc.org|2.76",
            "loinc.org",
        ] {
            assert_eq!(uri_key(uri), "loinc.org", "{uri}");
        }
        for uri in ["urn:oid:2.16.840.1.113883.6.1", "URN:OID:2.16.840.1.113883.6.1", "2.16.840.1.113883.6.1"] {
            assert_eq!(uri_key(uri), "2.16.840.1.113883.6.1", "{uri}");
        }
        assert_eq!((uri_key(""), uri_key("http://"), uri_key("é")), (String::new(), String::new(), "é".to_owned()));
    }

    #[test]
    fn drug_codes_are_padded() {
        for code in ["50242-136-01", "50242-0136-01", "50242013601"] {
            assert_eq!(eleven_digits(code), "50242013601");
        }
    }
}
