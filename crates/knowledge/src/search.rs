//! A FHIR search, read from its URL, and whether its result contains the result of another search. A parameter that is not
//! understood counts as a restriction: data that was never asked for must not look like data that does not exist.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::codes::Codes;

/// A search: the type of the resources and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The type of the resources, such as `Observation`.
    pub kind: String,
    parameters: Vec<(String, String)>,
}

/// Parameters that do not restrict the result.
const HARMLESS: [&str; 6] = ["_format", "_pretty", "_sort", "_include", "_revinclude", "_total"];
/// Parameters that limit the number of entries; whether the limit was reached shows in the result.
const LIMITS: [&str; 2] = ["_count", "_maxresults"];
/// Parameters that name the patient.
const PATIENT: [&str; 4] = ["patient", "subject", "patient:Patient", "subject:Patient"];
/// Parameters with a list of codes, of which a resource must have one.
const TOKENS: [&str; 4] = ["code", "category", "status", "clinical-status"];

impl Search {
    /// Reads the URL of a search, absolute or relative; `None` when the URL is not one of a search.
    pub fn parse(url: &str) -> Option<Search> {
        let (path, query) = url.split('#').next()?.split_once('?')?;
        let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if parts.last() == Some(&"_search") {
            parts.pop();
        }
        let kind = parts.pop().filter(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()))?.to_owned();
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs {
            parameters.push((decoded(name)?, decoded(value)?));
        }
        // A parameter without a value restricts nothing.
        parameters.retain(|(_, value)| !value.is_empty());
        if let [.., "Patient", id] = parts[..] {
            parameters.push(("patient".to_owned(), id.to_owned()));
        }
        Some(Search { kind, parameters })
    }

    /// Whether its result for this patient contains the result of the other search, as long as no limit on the number of
    /// entries was reached.
    pub fn covers(&self, other: &Search, patient_id: &str, codes: &Codes) -> bool {
        let named = self.parameters.iter().any(|(name, _)| PATIENT.contains(&name.as_str()));
        let wide = |(name, value): &(String, String)| match name.as_str() {
            name if HARMLESS.contains(&name.split(':').next().unwrap_or(name)) || LIMITS.contains(&name) => true,
            "_summary" => value == "false",
            name if PATIENT.contains(&name) => id_of_patient(value) == patient_id,
            name if TOKENS.contains(&name) => other
                .values(name)
                .any(|asked| asked.split(',').all(|token| value.split(',').any(|wider| takes(wider, token, codes)))),
            _ => false,
        };
        self.kind == other.kind && named && self.parameters.iter().all(wide)
    }

    /// The same search with this id as its patient.
    pub fn of(&self, patient_id: &str) -> Search {
        let mut search = self.clone();
        for (_, value) in search.parameters.iter_mut().filter(|(name, _)| PATIENT.contains(&name.as_str())) {
            patient_id.clone_into(value);
        }
        search
    }

    /// The values of all parameters with this name.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.parameters.iter().filter(move |(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// The codes of the first parameter of this name.
    pub fn tokens(&self, name: &str) -> Option<Vec<&str>> {
        self.values(name).next().map(|list| list.split(',').collect())
    }

    /// The least of its limits on the number of entries.
    pub fn limit(&self) -> Option<usize> {
        LIMITS.iter().flat_map(|name| self.values(name)).filter_map(|limit| limit.parse().ok()).min()
    }

    /// The value of `_count`.
    pub fn count(&self) -> Option<usize> {
        self.values("_count").find_map(|count| count.parse().ok())
    }

    /// Whether it asks for the newest first.
    pub fn is_newest_first(&self) -> bool {
        self.values("_sort").any(|sort| sort.split(',').next() == Some("-date"))
    }
}

/// The id in the value of a parameter that names a patient: `1`, `Patient/1` or a URL that ends so.
fn id_of_patient(value: &str) -> &str {
    match value.rsplit_once("Patient/") {
        Some((before, id)) if (before.is_empty() || before.ends_with('/')) && !id.contains('/') => id,
        _ => value,
    }
}

/// Whether everything that has the code of `token` also matches the wider token: a code, a code of a system, or a whole
/// system.
fn takes(wider: &str, token: &str, codes: &Codes) -> bool {
    let (Some((system, code)), Some((of, one))) = (wider.split_once('|'), token.split_once('|')) else {
        return wider == token || token.split_once('|').is_some_and(|(_, code)| code == wider);
    };
    let same_system =
        system == of || codes.key(system, "").is_some_and(|(id, _)| codes.key(of, "").is_some_and(|k| k.0 == id));
    !system.is_empty() && same_system && (code.is_empty() || code == one)
}

/// A name or a value of a query string without its escapes; `None` when an escape is broken.
fn decoded(text: &str) -> Option<String> {
    // The decoder would leave a broken escape as it stands, and two servers might read it in two ways.
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    if text.match_indices('%').any(|(at, _)| !is_digit(at + 1) || !is_digit(at + 2)) {
        return None;
    }
    percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn escapes_are_undone_or_refused() {
        for (text, expected) in [
            ("a%7Cb+c", Some("a|b c")),
            ("%c3%A9", Some("é")),
            ("%2B%25", Some("+%")),
            ("%", None),
            ("a%7", None),
            ("%g0", None),
            ("%+1", None),
            ("%ff", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expected, "{text}");
        }
    }
}
