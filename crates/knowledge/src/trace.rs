//! `trace.toml`: what the source document of a drug states, and which criteria and rules implement each statement.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::files::Files;
use super::mistake::{Mistake, Place, Reader};
use domain::fact::ConceptId;
use domain::rule::Drug;

/// The statements of the source document of one drug.
#[derive(Debug)]
pub struct Trace {
    /// The drug.
    pub drug: ConceptId,
    /// The source document.
    pub source: String,
    /// What a reader must know about the document.
    pub about: String,
    /// Its statements, in the order of the file.
    pub statements: Vec<Statement>,
}

/// One statement of the source document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Its number.
    pub row: u32,
    /// The letter of a statement that belongs to another: the `a` of 14a.
    #[serde(default)]
    pub part: String,
    /// What it states, in the project's own words.
    pub says: String,
    /// The criteria that implement it, by their ids.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// The rules that implement it, where its criteria do not show them.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Why it was implemented in this way, or why no rule implements it.
    #[serde(default)]
    pub note: String,
}

impl Statement {
    /// The number as it is cited: "14a".
    pub fn number(&self) -> String {
        format!("{}{}", self.row, self.part)
    }

    /// The ids of the rules that implement it, in the order of the drug.
    pub fn rules_in<'a>(&self, drug: &'a Drug) -> Vec<&'a str> {
        let concerned = drug.rules.iter().filter(|rule| {
            self.rules.contains(&rule.id) || rule.criteria.iter().any(|c| self.criteria.contains(&c.id))
        });
        concerned.map(|rule| rule.id.as_str()).collect()
    }
}

/// Reads the `trace.toml` of a drug, if it has one.
pub(super) fn read(drug: &Drug, files: &Files, mistakes: &mut Vec<Mistake>) -> Option<Trace> {
    let path = format!("{}/trace.toml", drug.id);
    let mut reader = Reader::new(&path, files.0.get(&path)?, mistakes);
    let mut trace =
        Trace { drug: drug.id.clone(), source: String::new(), about: String::new(), statements: Vec::new() };
    let mut seen = BTreeSet::new();
    for (key, value) in reader.members() {
        let at = value.span().start;
        match key.as_str() {
            "source" => trace.source = reader.value(value).unwrap_or_default(),
            "about" => trace.about = reader.value(value).unwrap_or_default(),
            "statement" => {
                for (statement, place) in reader.array::<Statement>(value) {
                    validate(&statement, &place, drug, &mut reader);
                    if !seen.insert(statement.number()) {
                        reader.note(place.start, &format!("statement {} stands twice", statement.number()));
                    }
                    trace.statements.push(statement);
                }
            }
            other => reader.note(at, &format!("unknown key `{other}`; expected source, about or statement")),
        }
    }
    if trace.source.is_empty() {
        reader.note_file("`source` is missing: the document whose statements these are");
    }
    Some(trace)
}

/// Everything that a statement names is in a rule, and a statement that names nothing says why.
fn validate(statement: &Statement, place: &Place, drug: &Drug, reader: &mut Reader<'_>) {
    let number = statement.number();
    for id in &statement.criteria {
        if !drug.rules.iter().any(|rule| rule.criteria.iter().any(|c| c.id == *id)) {
            reader.note_word(place, id, &format!("statement {number}: unknown criterion `{id}`"));
        }
    }
    for id in &statement.rules {
        if !drug.rules.iter().any(|rule| rule.id == *id) {
            reader.note_word(place, id, &format!("statement {number}: unknown rule `{id}`"));
        }
    }
    if statement.says.trim().is_empty() {
        reader.note(place.start, &format!("statement {number}: `says` is empty"));
    }
    if statement.criteria.is_empty() && statement.rules.is_empty() && statement.note.trim().is_empty() {
        reader.note(place.start, &format!("statement {number} became no rule: `note` must say why"));
    }
}

#[cfg(test)]
mod tests {
    use crate::Library;
    use crate::files::Files;

    #[test]
    fn what_a_statement_names_must_exist() {
        let mut files = Files::embedded();
        let text = "source = \"A document\"\n\n[[statement]]\nrow = 1\nsays = \"x\"\n\n[[statement]]\nrow = 1\n\
            says = \"y\"\ncriteria = [\"no-such-criterion\"]\nrules = [\"no-such-rule\"]\n";
        files.0.insert("tocilizumab/trace.toml".to_owned(), text.to_owned());
        let mistakes = Library::read(&files).expect_err("mistakes");
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "tocilizumab/trace.toml:3: statement 1 became no rule: `note` must say why",
                "tocilizumab/trace.toml:7: statement 1 stands twice",
                "tocilizumab/trace.toml:10: statement 1: unknown criterion `no-such-criterion`",
                "tocilizumab/trace.toml:11: statement 1: unknown rule `no-such-rule`",
            ]
        );
    }
}
