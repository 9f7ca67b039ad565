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
                            codes.by_uri.insert(uri.clone(), id.clone());
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
                other => reader.note(at, &format!("unknown key `{other}`; expected title, text, code or reject")),
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
        // Written as it is looked up, or the code would never be found.
        let uri = uri.trim().trim_end_matches('/');
        let system = self.by_uri.entry(uri.to_owned()).or_insert_with(|| uri.to_owned()).clone();
        self.systems.entry(system.clone()).or_insert_with(|| System {
            uri: uri.to_owned(),
            aliases: Vec::new(),
            check: None,
            form: Form::Plain,
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

    /// Every code system by id, with how its codes are compared.
    pub(super) fn forms(&self) -> impl Iterator<Item = (&str, Form)> {
        self.systems.iter().map(|(id, system)| (id.as_str(), system.form))
    }

    /// Every spelling of the URI of a code system, with the id of the system.
    pub(super) fn uris(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_uri.iter().map(|(uri, id)| (uri.as_str(), id.as_str()))
    }

    /// The id of the code system and the code as it is compared; `None` for a system the library does not know.
    pub fn key(&self, uri: &str, code: &str) -> Option<(String, String)> {
        let bare = uri.trim().split('|').next().unwrap_or_default().trim_end_matches('/');
        let id = self.by_uri.get(bare).or_else(|| self.by_uri.get(uri.trim()))?;
        Some((id.clone(), self.systems.get(id)?.form.key(code).into_owned()))
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
    use super::eleven_digits;

    #[test]
    fn drug_codes_are_padded() {
        for code in ["50242-136-01", "50242-0136-01", "50242013601"] {
            assert_eq!(eleven_digits(code), "50242013601");
        }
    }
}
