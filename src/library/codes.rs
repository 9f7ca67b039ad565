//! Code systems and value sets: which codes mean a concept, which look alike and do not, and their check digits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::check_digit::Check;
use super::files::Files;
use super::mistake::{Mistake, Place, Reader};

/// A code as a resource carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRef {
    /// The URI of the code system.
    pub system: String,
    /// The code.
    pub code: String,
}

/// Every code system and value set of the library.
#[derive(Debug, Default)]
pub struct Codes {
    systems: BTreeMap<String, System>,
    by_uri: BTreeMap<String, String>,
    sets: BTreeMap<String, ValueSet>,
    exact: BTreeMap<(String, String), Vec<Entry>>,
    below: Vec<(String, String, Entry)>,
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

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    set: String,
    accepts: bool,
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

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Form {
    #[default]
    Plain,
    Icd,
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
        match files.0.get("code-systems.toml") {
            Some(text) => {
                let mut reader = Reader::new("code-systems.toml", text, mistakes);
                for (id, value) in reader.members() {
                    if let Some(system) = reader.value::<System>(value) {
                        for uri in system.aliases.iter().chain([&system.uri]) {
                            codes.by_uri.insert(uri.clone(), id.clone());
                        }
                        codes.systems.insert(id, system);
                    }
                }
            }
            None => Reader::new("code-systems.toml", "", mistakes).note_file("the file is missing"),
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
        for (key, value) in reader.members() {
            let at = value.span().start;
            match key.as_str() {
                "title" => set.title = reader.value(value).unwrap_or_default(),
                "text" => set.text = reader.value(value).unwrap_or_default(),
                "code" => {
                    for (code, place) in reader.array::<Code>(value) {
                        self.add(id, (&code.system, &code.code), code.children, true, reader, &place);
                        set.codes.push(code);
                    }
                }
                "reject" => {
                    for (code, place) in reader.array::<Reject>(value) {
                        self.add(id, (&code.system, &code.code), code.children, false, reader, &place);
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

    fn add(
        &mut self,
        set: &str,
        (system, code): (&str, &str),
        children: bool,
        accepts: bool,
        reader: &mut Reader<'_>,
        place: &Place,
    ) {
        let Some(known) = self.systems.get(system) else {
            return reader.note_word(place, system, &format!("unknown code system `{system}`"));
        };
        if let Some(wrong) = known.check.and_then(|check| check.wrong(code)) {
            reader.note_word(place, code, &format!("{system} code `{code}`: {wrong}"));
        }
        let key = known.form.key(code);
        let entry = Entry { set: set.to_owned(), accepts };
        if children {
            self.below.push((system.to_owned(), key.clone(), entry.clone()));
        }
        let entries = self.exact.entry((system.to_owned(), key)).or_default();
        if entries.iter().any(|e| e.set == set) {
            reader.note_word(place, code, &format!("{system} code `{code}` stands twice in this value set"));
        }
        entries.push(entry);
    }

    /// Adds a code of a site's own to a value set, whatever its system; whether there is such a value set.
    pub fn add_local(&mut self, set: &str, uri: &str, code: &str, display: &str) -> bool {
        let system = self.by_uri.entry(uri.to_owned()).or_insert_with(|| uri.to_owned()).clone();
        let known = self.systems.entry(system.clone()).or_insert_with(|| System {
            uri: uri.to_owned(),
            aliases: Vec::new(),
            check: None,
            form: Form::Plain,
        });
        let key = known.form.key(code);
        let Some(found) = self.sets.get_mut(set) else { return false };
        found.codes.push(Code {
            system: system.clone(),
            code: code.to_owned(),
            display: display.to_owned(),
            children: false,
            source: "local policy".to_owned(),
            verified: true,
        });
        self.exact.entry((system, key)).or_default().push(Entry { set: set.to_owned(), accepts: true });
        true
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

    /// The value sets that codings of one concept belong to; a set that rejects any of them is left out.
    pub fn sets_of<'a>(&self, codings: impl IntoIterator<Item = &'a CodeRef>) -> BTreeSet<&str> {
        let (mut accepted, rejected) = self.told_by(codings);
        accepted.retain(|set| !rejected.contains(set));
        accepted
    }

    /// Whether the value set rejects any of the codings: then words that sound like it do not count either.
    pub fn rejects<'a>(&self, set: &str, codings: impl IntoIterator<Item = &'a CodeRef>) -> bool {
        self.told_by(codings).1.contains(set)
    }

    /// The value sets that accept any of the codings, and those that reject any.
    fn told_by<'a>(&self, codings: impl IntoIterator<Item = &'a CodeRef>) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let mut accepted: BTreeSet<&str> = BTreeSet::new();
        let mut rejected: BTreeSet<&str> = BTreeSet::new();
        for coding in codings {
            let Some((system, key)) = self.key(&coding.system, &coding.code) else { continue };
            let exact = self.exact.get(&(system.clone(), key.clone()));
            let below = self
                .below
                .iter()
                .filter(|(of, prefix, _)| *of == system && key.starts_with(prefix.as_str()))
                .map(|(_, _, entry)| entry);
            for entry in exact.into_iter().flatten().chain(below) {
                if entry.accepts { &mut accepted } else { &mut rejected }.insert(&entry.set);
            }
        }
        (accepted, rejected)
    }

    /// The id of the code system and the code as it is compared; `None` for a system the library does not know.
    pub fn key(&self, uri: &str, code: &str) -> Option<(String, String)> {
        let bare = uri.trim().split('|').next().unwrap_or_default().trim_end_matches('/');
        let id = self.by_uri.get(bare).or_else(|| self.by_uri.get(uri.trim()))?;
        Some((id.clone(), self.systems.get(id)?.form.key(code)))
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

    /// Whether words hold any of the words of the value set.
    pub fn text_holds(&self, set: &str, text: &str) -> bool {
        let Some(set) = self.sets.get(set).filter(|set| !set.text.is_empty()) else { return false };
        let folded = fold(text);
        set.text.iter().any(|words| folded.contains(words.as_str()))
    }

    /// Whether an answer in words means the value set.
    pub fn text_means(&self, set: &str, text: &str) -> bool {
        let folded = fold(text);
        self.sets.get(set).is_some_and(|set| set.text.contains(&folded))
    }
}

/// Words as they are compared: lower case, single blanks, no end stop.
pub fn fold(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(['.', '!']).to_owned()
}

impl Form {
    /// The code as it is compared.
    fn key(self, code: &str) -> String {
        let code = code.trim();
        match self {
            Form::Plain => code.to_lowercase(),
            Form::Icd => code.replace('.', "").to_lowercase(),
            Form::Ndc => eleven_digits(code),
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
