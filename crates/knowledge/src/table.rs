//! A table of a rule file under reading, whose members are taken one by one.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeValue;

use super::mistake::{Reader, meant};
use super::rules::Context;
use super::word::{Days, Word};

/// A table under reading. What is missing or wrong is noted and an empty value takes its place. A library with
/// mistakes is refused, so that nothing is ever decided on such a value, and all mistakes are reported at once.
pub(super) struct Table<'r, 'a, 'c> {
    /// Where it begins in the file.
    pub start: usize,
    /// The members that were not asked for yet.
    members: Vec<(String, Spanned<DeValue<'a>>)>,
    /// The keys that were asked for.
    asked: Vec<&'static str>,
    /// What is wrong with the table as a whole, with its place: perhaps only because of a mistake within.
    as_a_whole: Vec<(usize, String)>,
    /// How many mistakes there were before.
    before: usize,
    pub reader: &'r mut Reader<'a>,
    pub context: &'c Context<'c>,
}

impl<'r, 'a, 'c> Table<'r, 'a, 'c> {
    /// A table that begins at `start`, not opened yet. `before` is the number of mistakes that have nothing to do with it.
    pub fn new(start: usize, before: usize, reader: &'r mut Reader<'a>, context: &'c Context<'c>) -> Table<'r, 'a, 'c> {
        Table { start, members: Vec::new(), asked: Vec::new(), as_a_whole: Vec::new(), before, reader, context }
    }

    /// Takes the members of a value, which must be a table.
    pub fn open(&mut self, value: Spanned<DeValue<'a>>) -> &mut Self {
        self.members = self.reader.table(value);
        self
    }

    fn has(&self, key: &str) -> bool {
        self.members.iter().any(|(name, _)| name == key)
    }

    /// The value of a member; `None` when it is missing or does not fit.
    pub fn optional<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        self.asked.push(key);
        let at = self.members.iter().position(|(name, _)| name == key)?;
        let (_, value) = self.members.swap_remove(at);
        self.reader.value(value)
    }

    /// The value of a member that must not be missing.
    pub fn required<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        if !self.has(key) {
            self.refuse::<T>(&format!("missing field `{key}`"));
        }
        self.optional(key)
    }

    /// A number of days that must not be missing.
    pub fn days(&mut self, key: &'static str) -> i64 {
        self.required(key).map_or(0, |Word(Days(days))| days)
    }

    /// The meaning of a word that must not be missing.
    pub fn one_of<T: Copy>(&mut self, key: &'static str, meanings: &[(&str, T)]) -> Option<T> {
        let word: Spanned<String> = self.required(key)?;
        let meaning = meanings.iter().find(|(known, _)| known == word.get_ref()).map(|(_, meaning)| *meaning);
        if meaning.is_none() {
            let known = || meanings.iter().map(|(known, _)| *known);
            let (all, meant) = (known().collect::<Vec<_>>().join(", "), meant(word.get_ref(), known()));
            self.reader.note_at(&word, &format!("unknown {key} `{word}`: expected {all}{meant}"));
        }
        meaning
    }

    /// The only one of several findings.
    pub fn exactly_one<T>(&mut self, findings: impl IntoIterator<Item = Option<T>>, message: &str) -> Option<T> {
        let mut found: Vec<T> = findings.into_iter().flatten().collect();
        if found.len() == 1 { found.pop() } else { self.refuse(message) }
    }

    /// Notes what is wrong with the table as a whole.
    pub fn refuse<T>(&mut self, message: &str) -> Option<T> {
        self.as_a_whole.push((self.start, message.to_owned()));
        None
    }

    /// Notes the members that were not asked for. What is wrong as a whole is noted only where nothing within is: a
    /// limit that is misspelt is not missing as well.
    pub fn refuse_the_rest(self) {
        for (key, value) in self.members {
            let (known, meant) = (self.asked.join("`, `"), meant(&key, self.asked.iter().copied()));
            self.reader.note_at(&value, &format!("unknown field `{key}`, expected one of `{known}`{meant}"));
        }
        if self.reader.count() == self.before {
            self.as_a_whole.into_iter().for_each(|(at, message)| self.reader.note(at, &message));
        }
    }
}
