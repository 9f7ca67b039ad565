//! `trace.toml`: what the source document of a drug states, which criteria and rules implement each statement, and which
//! cases show it.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::cases::CaseFile;
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
    /// How many statements the document makes.
    pub count: u32,
    /// Its statements, in the order of the file.
    pub statements: Vec<Statement>,
}

/// One statement of the source document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Statement {
    /// Its number.
    pub row: u32,
    /// What it states, in the project's own words.
    pub says: String,
    /// The criteria that implement it, by their ids.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// The rules that implement it, where its criteria do not show them.
    #[serde(default)]
    pub rules: Vec<String>,
    /// The cases that show it, each as `RULE: its name`.
    #[serde(default)]
    pub cases: Vec<Spanned<String>>,
    /// What of it is not realised although cases show the rest.
    #[serde(default)]
    pub lacks: String,
    /// Why no case shows it.
    #[serde(default)]
    pub not_realised: String,
    /// Why it was implemented in this way.
    #[serde(default)]
    pub note: String,
}

impl Statement {
    /// The ids of the rules that implement it, in the order of the drug.
    pub fn rules_in<'a>(&self, drug: &'a Drug) -> Vec<&'a str> {
        let concerned = drug.rules.iter().filter(|rule| {
            self.rules.contains(&rule.id) || rule.criteria.iter().any(|c| self.criteria.contains(&c.id))
        });
        concerned.map(|rule| rule.id.as_str()).collect()
    }
}

/// The rule and the name of a case that a statement names.
pub fn rule_and_name(case: &str) -> (&str, &str) {
    case.split_once(": ").unwrap_or((case, ""))
}

/// Reads the `trace.toml` of a drug, if it has one.
pub(super) fn read(drug: &Drug, files: &Files, mistakes: &mut Vec<Mistake>) -> Option<Trace> {
    let path = path(drug);
    let mut reader = Reader::new(&path, files.0.get(&path)?, mistakes);
    let (mut source, mut about, mut count, mut statements) = (String::new(), String::new(), 0, Vec::new());
    let mut seen = BTreeSet::new();
    for (key, value) in reader.members() {
        let at = value.span().start;
        match key.as_str() {
            "source" => source = reader.value(value).unwrap_or_default(),
            "about" => about = reader.value(value).unwrap_or_default(),
            "statements" => count = reader.value(value).unwrap_or_default(),
            "statement" => {
                for (statement, place) in reader.array::<Statement>(value) {
                    validate(&statement, &place, drug, &mut reader);
                    if !seen.insert(statement.row) {
                        reader.note(place.start, &format!("statement {} appears twice", statement.row));
                    }
                    statements.push(statement);
                }
            }
            other => {
                reader.note(at, &format!("unknown key `{other}`; expected source, about, statements or statement"));
            }
        }
    }
    if source.is_empty() {
        reader.note_file("`source` is missing: the document whose statements these are");
    }
    let missing: Vec<String> = (1..=count).filter(|row| !seen.contains(row)).map(|row| row.to_string()).collect();
    if !missing.is_empty() {
        reader.note_file(&format!("no row for statement {}", missing.join(", ")));
    }
    if let Some(beyond) = seen.iter().find(|row| !(1..=count).contains(row)) {
        reader.note_file(&format!("statement {beyond}: the document makes {count} statements (`statements`)"));
    }
    Some(Trace { drug: drug.id.clone(), source, about, count, statements })
}

fn path(drug: &Drug) -> String {
    format!("{}/trace.toml", drug.id)
}

/// Everything that a statement names is in a rule, and it names cases or says why there are none.
fn validate(statement: &Statement, place: &Place, drug: &Drug, reader: &mut Reader<'_>) {
    let row = statement.row;
    for id in &statement.criteria {
        if !drug.rules.iter().any(|rule| rule.criteria.iter().any(|c| c.id == *id)) {
            reader.note_word(place, id, &format!("statement {row}: unknown criterion `{id}`"));
        }
    }
    for id in &statement.rules {
        if !drug.rules.iter().any(|rule| rule.id == *id) {
            reader.note_word(place, id, &format!("statement {row}: unknown rule `{id}`"));
        }
    }
    if statement.says.trim().is_empty() {
        reader.note(place.start, &format!("statement {row}: `says` is empty"));
    }
    if statement.cases.is_empty() == statement.not_realised.trim().is_empty() {
        reader.note(place.start, &format!("statement {row} needs either `cases` that show it or `not-realised`"));
    }
    let rules = statement.rules_in(drug);
    for case in &statement.cases {
        let (rule, _) = rule_and_name(case.get_ref());
        if !rules.contains(&rule) {
            let message = format!("statement {row}: a case of `{rule}`, but no criterion or rule of it is named");
            reader.note_at(case, &message);
        }
    }
}

/// How many statements cases show, wholly or in part, and how many are not realised.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Traced {
    /// Statements that have a row.
    pub rows: usize,
    /// Statements that the documents make.
    pub statements: usize,
    /// Rows that cases show.
    pub shown: usize,
    /// Rows that cases show, but not the whole statement.
    pub in_part: usize,
}

impl Traced {
    /// Counts those of another document too.
    pub fn add(&mut self, other: Traced) {
        self.rows += other.rows;
        self.statements += other.statements;
        self.shown += other.shown;
        self.in_part += other.in_part;
    }
}

/// Notes the cases that a trace names and no file of cases holds, and counts.
pub fn check(trace: &Trace, drug: &Drug, files: &Files, cases: &[CaseFile], mistakes: &mut Vec<Mistake>) -> Traced {
    let path = path(drug);
    let mut reader = Reader::new(&path, files.0.get(&path).map_or("", String::as_str), mistakes);
    for statement in &trace.statements {
        for case in &statement.cases {
            let (rule, name) = rule_and_name(case.get_ref());
            let mut of_rule = cases.iter().filter(|file| *file.drug == *drug.id && file.rule == rule);
            if !of_rule.any(|file| file.cases.iter().any(|(case, _)| case.name == name)) {
                reader.note_at(case, &format!("statement {}: `{rule}` has no case \"{name}\"", statement.row));
            }
        }
    }
    let many = |holds: &dyn Fn(&Statement) -> bool| trace.statements.iter().filter(|s| holds(s)).count();
    Traced {
        rows: trace.statements.len(),
        statements: usize::try_from(trace.count).unwrap_or_default(),
        shown: many(&|s| !s.cases.is_empty()),
        in_part: many(&|s| !s.lacks.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use crate::Library;
    use crate::cases;
    use crate::files::Files;

    fn with_trace(text: &str) -> Files {
        let mut files = Files::embedded();
        files.0.insert("tocilizumab/trace.toml".to_owned(), text.to_owned());
        files
    }

    #[test]
    fn what_a_statement_names_must_exist() {
        let text = "source = \"A document\"\nstatements = 3\n\n[[statement]]\nrow = 1\nsays = \"x\"\n\n[[statement]]\n\
            row = 1\nsays = \"y\"\ncriteria = [\"no-such-criterion\"]\nrules = [\"no-such-rule\"]\n\
            not-realised = \"z\"\n\n[[statement]]\nrow = 4\nsays = \"x\"\nrules = [\"pregnancy\"]\n\
            cases = [\"product: any\"]\n";
        let mistakes = Library::read(&with_trace(text)).expect_err("mistakes");
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "tocilizumab/trace.toml: no row for statement 2, 3",
                "tocilizumab/trace.toml: statement 4: the document makes 3 statements (`statements`)",
                "tocilizumab/trace.toml:4: statement 1 needs either `cases` that show it or `not-realised`",
                "tocilizumab/trace.toml:8: statement 1 appears twice",
                "tocilizumab/trace.toml:11: statement 1: unknown criterion `no-such-criterion`",
                "tocilizumab/trace.toml:12: statement 1: unknown rule `no-such-rule`",
                "tocilizumab/trace.toml:19: statement 4: a case of `product`, but no criterion or rule of it is named",
            ]
        );
    }

    #[test]
    fn named_cases_must_be_there() {
        let files = with_trace(
            "source = \"A document\"\nstatements = 1\n[[statement]]\nrow = 1\nsays = \"x\"\nrules = [\"pregnancy\"]\n\
             cases = [\"pregnancy: pregnancy on the problem list\", \"pregnancy: no such case\"]\nlacks = \"y\"\n",
        );
        let library = Library::read(&files).expect("a valid library");
        let mut mistakes = Vec::new();
        let cases = cases::read(&files, &mut mistakes);
        let traced = super::check(&library.traces[0], &library.drugs[0], &files, &cases, &mut mistakes);
        assert_eq!(traced, super::Traced { rows: 1, statements: 1, shown: 1, in_part: 1 });
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["tocilizumab/trace.toml:7: statement 1: `pregnancy` has no case \"no such case\""]);
    }
}
