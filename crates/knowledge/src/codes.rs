//! Code systems and value sets: which codes mean a concept, which look alike and do not, and their check digits.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::check_digit::Check;
use super::files::Files;
use super::mistake::{Mistake, Place, Reader};

/// The file of the code systems.
pub(super) const SYSTEMS: &str = "code-systems.toml";

/// Every code system and value set of the library.
#[derive(Debug, Default)]
pub struct Codes {
    systems: BTreeMap<String, System>,
    by_uri: BTreeMap<String, String>,
    sets: BTreeMap<String, ValueSet>,
}

/// One value set.
#[derive(Debug, Default)]
pub struct ValueSet {
    /// Its title.
    pub title: String,
    /// The codes that belong to it.
    pub codes: Vec<Code>,
    /// The codes that look alike and do not.
    pub rejects: Vec<Reject>,
    /// Words that mean it, lower case.
    pub text: Vec<String>,
    /// Longer words that hold one of those and do not mean it, lower case: "interstitial pneumonia" is no pneumonia.
    pub not_text: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct System {
    uri: String,
    #[serde(default)]
    aliases: Vec<String>,
    check: Option<Check>,
    #[serde(default)]
    form: Form,
    /// Whether words beside a code that the library does not list are read, because no value set can list all codes
    /// that mean it.
    #[serde(default)]
    read_words: bool,
}

/// How the codes of a system are compared.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Form {
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

/// A code of a value set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Id of the code system.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its name.
    pub display: String,
    /// Whether every longer code that begins with it belongs too.
    #[serde(default)]
    pub children: bool,
    /// Where it was seen.
    pub source: String,
    /// Whether it was seen in a primary source.
    #[serde(default = "yes")]
    pub verified: bool,
}

/// A code that looks alike and does not belong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// Id of the code system.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its name.
    pub display: String,
    /// Why it does not belong.
    pub why: String,
    /// Whether every longer code that begins with it is rejected too.
    #[serde(default)]
    pub children: bool,
}

fn yes() -> bool {
    true
}

impl Codes {
    /// Reads `code-systems.toml` and `value-sets/*.toml`.
    pub fn read(files: &Files, mistakes: &mut Vec<Mistake>) -> Codes {
        let mut codes = Codes::default();
        match files.0.get(SYSTEMS) {
            Some(text) => {
                let mut reader = Reader::new(SYSTEMS, text, mistakes);
                for (id, value) in reader.members() {
                    if let Some(system) = reader.value::<System>(value) {
                        for uri in system.aliases.iter().chain([&system.uri]) {
                            if let Some(other) = codes.by_uri.insert(uri_key(uri), id.clone())
                                && other != id
                            {
                                reader.note_file(&format!("`{uri}` is a spelling of both {other} and {id}"));
                            }
                        }
                        codes.systems.insert(id, system);
                    }
                }
            }
            None => Reader::new(SYSTEMS, "", mistakes).note_file("the file is missing"),
        }
        for (path, text) in &files.0 {
            if let Some(id) = path.strip_prefix("value-sets/").and_then(|p| p.strip_suffix(".toml")) {
                codes.read_set(id, &mut Reader::new(path, text, mistakes));
            }
        }
        codes
    }

    fn read_set(&mut self, id: &str, reader: &mut Reader<'_>) {
        let mut set = ValueSet::default();
        let mut seen = BTreeSet::new();
        for (key, value) in reader.members() {
            let at = value.span().start;
            match key.as_str() {
                "title" => set.title = reader.value(value).unwrap_or_default(),
                "text" => set.text = reader.value(value).unwrap_or_default(),
                "not-text" => set.not_text = reader.value(value).unwrap_or_default(),
                "code" => {
                    for (code, place) in reader.array::<Code>(value) {
                        self.check_code((&code.system, &code.code), &mut seen, reader, &place);
                        set.codes.push(code);
                    }
                }
                "reject" => {
                    for (code, place) in reader.array::<Reject>(value) {
                        self.check_code((&code.system, &code.code), &mut seen, reader, &place);
                        set.rejects.push(code);
                    }
                }
                other => {
                    reader.note(at, &format!("unknown key `{other}`; expected title, text, not-text, code or reject"))
                }
            }
        }
        if set.title.is_empty() {
            reader.note_file("`title` is missing");
        }
        self.sets.insert(id.to_owned(), set);
    }

    /// Notes what is wrong with a code of a value set, of which those before it were seen.
    fn check_code(
        &self,
        (system, code): (&str, &str),
        seen: &mut BTreeSet<(String, String)>,
        reader: &mut Reader<'_>,
        place: &Place,
    ) {
        let Some(known) = self.systems.get(system) else {
            return reader.note_word(place, system, &format!("unknown code system `{system}`"));
        };
        if let Some(wrong) = known.check.and_then(|check| check.wrong(code)) {
            reader.note_word(place, code, &format!("{system} code `{code}`: {wrong}"));
        }
        if !seen.insert((system.to_owned(), known.form.key(code).into_owned())) {
            reader.note_word(place, code, &format!("{system} code `{code}` stands twice in this value set"));
        }
    }

    /// Adds a code of a site's own to a value set, whatever its system.
    ///
    /// # Errors
    ///
    /// The code cannot be one of its system, or there is no such value set.
    pub fn add_local(&mut self, set: &str, uri: &str, code: &str, display: &str) -> Result<(), String> {
        let system = self.by_uri.entry(uri_key(uri)).or_insert_with(|| uri.to_owned()).clone();
        self.systems.entry(system.clone()).or_insert_with(|| System {
            uri: uri.to_owned(),
            aliases: Vec::new(),
            check: None,
            form: Form::Plain,
            read_words: true,
        });
        if let Some(wrong) = self.wrong_code(&system, code) {
            return Err(wrong);
        }
        let found = self.sets.get_mut(set).ok_or_else(|| format!("unknown value set `{set}`"))?;
        found.codes.push(Code {
            system,
            code: code.to_owned(),
            display: display.to_owned(),
            children: false,
            source: "local policy".to_owned(),
            verified: true,
        });
        Ok(())
    }

    /// Whether there is such a value set.
    pub fn has(&self, set: &str) -> bool {
        self.sets.contains_key(set)
    }

    /// The value set.
    pub fn set(&self, set: &str) -> Option<&ValueSet> {
        self.sets.get(set)
    }

    /// Every value set with its id, by id.
    pub fn sets(&self) -> impl Iterator<Item = (&str, &ValueSet)> {
        self.sets.iter().map(|(id, set)| (id.as_str(), set))
    }

    /// Every code system by id: its URI, and other spellings of that URI.
    pub fn systems(&self) -> impl Iterator<Item = (&str, &str, &[String])> {
        self.systems.iter().map(|(id, system)| (id.as_str(), system.uri.as_str(), system.aliases.as_slice()))
    }

    /// How many value sets and codes there are.
    pub fn count(&self) -> (usize, usize) {
        (self.sets.len(), self.sets.values().map(|set| set.codes.len() + set.rejects.len()).sum())
    }

    /// Every code system by id, with how its codes are compared and whether words beside unlisted codes are read.
    pub(super) fn forms(&self) -> impl Iterator<Item = (&str, Form, bool)> {
        self.systems.iter().map(|(id, system)| (id.as_str(), system.form, system.read_words))
    }

    /// Every spelling of the URI of a code system as it is compared, with the id of the system.
    pub(super) fn uris(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_uri.iter().map(|(uri, id)| (uri.as_str(), id.as_str()))
    }

    /// The id of the code system and the code as it is compared; `None` for a system the library does not know.
    pub fn key(&self, uri: &str, code: &str) -> Option<(String, String)> {
        let id = self.by_uri.get(&uri_key(uri))?;
        Some((id.clone(), self.systems.get(id)?.form.key(code).into_owned()))
    }

    /// The name that a value set gives to the code that it accepts, or to the shorter one that stands for it.
    pub fn display(&self, set: &str, uri: &str, code: &str) -> Option<&str> {
        let (system, key) = self.key(uri, code)?;
        let form = self.systems.get(&system)?.form;
        let of_system = self.sets.get(set)?.codes.iter().filter(|listed| listed.system == system);
        let matching = of_system.filter_map(|listed| {
            let listed_key = form.key(&listed.code);
            let matches = *listed_key == *key || (listed.children && key.starts_with(&*listed_key));
            matches.then_some((listed_key.len(), listed.display.as_str()))
        });
        matching.max_by_key(|(length, _)| *length).map(|(_, display)| display)
    }

    /// Whether it is surely a code of this system: one with a check digit, which holds.
    pub fn is_code_of(&self, uri: &str, code: &str) -> bool {
        if !code.bytes().any(|byte| byte.is_ascii_digit()) {
            return false;
        }
        let check = self.key(uri, "").and_then(|(id, _)| self.systems.get(&id)?.check);
        check.is_some_and(|check| check.wrong(code.trim()).is_none())
    }

    /// The URI of a code system.
    pub fn uri(&self, system: &str) -> Option<&str> {
        self.systems.get(system).map(|system| system.uri.as_str())
    }

    /// Why a code cannot be one of its system, if so.
    pub fn wrong_code(&self, system: &str, code: &str) -> Option<String> {
        match self.systems.get(system) {
            None => Some(format!("unknown code system `{system}`")),
            Some(known) => {
                let wrong = known.check.and_then(|check| check.wrong(code))?;
                Some(format!("{system} code `{code}`: {wrong}"))
            }
        }
    }

    /// `system|code` for every accepted code of a set in the code system of laboratory tests, for a search.
    pub fn search_codes(&self, set: &str) -> Option<String> {
        let set = self.sets.get(set)?;
        let tokens: Vec<String> =
            set.codes.iter().filter_map(|code| Some(format!("{}|{}", self.uri(&code.system)?, code.code))).collect();
        Some(tokens.join(","))
    }
}

/// The URI of a code system without what senders spell differently: a version after `|`, `http` or `https`, `www.`,
/// `urn:oid:`, and a slash at the end. Letters are still as they were.
pub(super) fn bare_uri(uri: &str) -> &str {
    let mut bare = uri.trim().split('|').next().unwrap_or_default().trim_end();
    for prefix in ["http://", "https://", "urn:oid:", "oid:", "www."] {
        if let Some(rest) = bare.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)) {
            bare = bare.get(rest.len()..).unwrap_or_default();
        }
    }
    bare.trim_end_matches('/')
}

/// The URI of a code system as it is compared.
pub(super) fn uri_key(uri: &str) -> String {
    bare_uri(uri).to_lowercase()
}

/// Words as they are compared: lower case, single blanks, no end stop.
pub fn fold(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(['.', '!']).to_owned()
}

impl Form {
    /// The code as it is compared; borrowed where it is that already.
    pub(super) fn key(self, code: &str) -> Cow<'_, str> {
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
    pub(super) fn fits(self, code: &str) -> bool {
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
