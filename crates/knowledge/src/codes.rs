//! Code systems and value sets: which codes mean a concept, which look alike and do not, and their check digits.

/// How codes and words are compared.
mod form;
/// Reading the files.
mod read;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::form::fold;
use self::form::uri_key;
pub(super) use self::form::{Form, bare_uri};
use super::check_digit::Check;

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
    /// Longer words that hold one of those and do not mean it, lower case: "interstitial pneumonia" is not pneumonia.
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
    /// Whether the words of a coding are read when the library does not list its code, because no value set can list
    /// all codes that mean it.
    #[serde(default)]
    read_words: bool,
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
