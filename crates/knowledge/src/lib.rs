//! The library: the clinical knowledge under `hooks/`. It is read as a whole, or refused as a whole with all its
//! mistakes.

/// Where rules come from, and which data about a person they use.
pub mod attributes;
/// Test cases beside the rules.
pub mod cases;
/// The ways in which a rule file can be changed in one place.
pub mod change;
/// Check digits.
mod check_digit;
/// Code systems and value sets.
pub mod codes;
/// What a fact can be about.
pub mod concepts;
/// How far records of medicines reach.
pub mod courses;
/// One criterion of a rule file.
mod criterion;
/// The doses of the label.
mod doses;
/// `drug.toml`.
mod drug;
/// Where the texts come from.
pub mod files;
/// What no policy may lower.
pub mod floor;
/// What a code or a word means.
pub mod index;
/// Addresses of handbook pages.
pub mod link;
/// Codes of a site's own.
mod local;
/// What free text says of a condition that it names.
pub mod mention;
/// A mistake, and the reader that collects them.
pub mod mistake;
/// What is kept of the changes of a drug's rules.
pub mod noticed;
/// Override reasons.
mod overrides;
/// A site's own policy.
pub mod policy;
/// A rule file as it is written, before it is checked.
mod raw;
/// What was found to mean something before.
pub mod remembered;
/// One rule file.
mod rules;
/// Searches, read from their URLs.
pub mod search;
/// The services and their queries.
pub mod services;
/// A table of a rule file under reading.
mod table;
/// From each statement of the source document to its rules.
pub mod trace;
/// Spellings of units.
pub mod units;
/// Values that are written as one word.
mod word;
/// Tokens and lengths of summaries.
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use self::codes::Codes;
use self::concepts::{ConceptKind, Concepts};
use self::courses::Courses;
use self::files::Files;
use self::index::Index;
use self::mistake::{Mistake, Reader};
use self::noticed::Count;
use self::services::Services;
use self::trace::Trace;
use self::units::Units;
use domain::rule::{Drug, Rule};

/// The clinical knowledge, valid as a whole.
#[derive(Debug)]
pub struct Library {
    /// Code systems and value sets.
    pub codes: Codes,
    /// Spellings of units.
    pub units: Units,
    /// What a fact can be about.
    pub concepts: Concepts,
    /// How far records of medicines reach.
    pub courses: Courses,
    /// The services and their queries.
    pub services: Services,
    /// The drugs with their rules.
    pub drugs: Vec<Drug>,
    /// What the source documents of the drugs state, and what implements each statement.
    pub traces: Vec<Trace>,
    /// How many changes of a rule its cases notice, by drug and rule, where it was counted.
    pub noticed: BTreeMap<(String, String), Count>,
    /// What a code or a word means.
    pub index: Index,
}

impl Library {
    /// Reads the library.
    ///
    /// # Errors
    ///
    /// All mistakes, in the order of files and lines.
    pub fn read(files: &Files) -> Result<Library, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let codes = Codes::read(files, &mut mistakes);
        if codes.systems().next().is_none() {
            // Without code systems no code can be read: thousands of mistakes that are only one.
            mistakes.retain(|mistake| mistake.file == codes::SYSTEMS);
            return Err(mistakes);
        }
        let units = Units::read(files, &mut mistakes);
        let concepts = Concepts::read(files, &codes, &units, &mut mistakes);
        let courses = Courses::read(files, &mut mistakes);
        let services = Services::read(files, &codes, &concepts, &mut mistakes);
        let drugs: Vec<Drug> = folders(files)
            .into_iter()
            .map(|folder| drug(&folder, files, &codes, &units, &concepts, &mut mistakes))
            .collect();
        if drugs.is_empty() {
            Reader::new("", "", &mut mistakes).note_file("no drug: a folder with a drug.toml is needed");
        }
        let known: Vec<&str> = drugs.iter().flat_map(|drug| &drug.rules).map(|rule| rule.id.as_str()).collect();
        services.check_rules(files, &known, &mut mistakes);
        let traces = drugs.iter().filter_map(|drug| trace::read(drug, files, &mut mistakes)).collect();
        let noticed = drugs.iter().flat_map(|drug| {
            let of_drug = noticed::read(drug, files, &mut mistakes).into_iter();
            of_drug.map(|(rule, count)| ((drug.id.to_string(), rule), count))
        });
        let noticed = noticed.collect();
        // A concept whose own table has a mistake is there, though it could not be read.
        let unread = unread(files, &concepts);
        mistakes.retain(|mistake| !unread.iter().any(|unread| mistake.message.starts_with(unread)));
        mistakes.sort();
        mistakes.dedup();
        if mistakes.is_empty() {
            let mut library =
                Library { codes, units, concepts, courses, services, drugs, traces, noticed, index: Index::default() };
            library.index = Index::of(&library);
            Ok(library)
        } else {
            Err(mistakes)
        }
    }

    /// Reads the library that is built into the program.
    ///
    /// # Errors
    ///
    /// All mistakes, as [`Library::read`].
    pub fn embedded() -> Result<Library, Vec<Mistake>> {
        Library::read(&Files::embedded())
    }

    /// Reads a rule of one of the drugs from another text than that of its file.
    ///
    /// # Errors
    ///
    /// All mistakes of the text.
    pub fn reread(&self, drug: &Drug, rule: &str, text: &str) -> Result<Rule, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let context = rules::Context { codes: &self.codes, concepts: &self.concepts, units: &self.units, drug };
        let path = format!("{}/{rule}.toml", drug.id);
        let ((_, rule), _) = rules::read(rule, &mut Reader::new(&path, text, &mut mistakes), &context);
        if mistakes.is_empty() { Ok(rule) } else { Err(mistakes) }
    }

    /// The concepts of which a type of resource can hold facts.
    fn find_concepts_of(&self, resource: &str) -> BTreeSet<&str> {
        let of_concepts = self.concepts.0.iter().filter(|(_, concept)| {
            matches!(
                (&concept.kind, resource),
                (ConceptKind::Measurement(_) | ConceptKind::Test(_), "Observation")
                    | (ConceptKind::Condition, "Condition")
                    | (ConceptKind::Allergy(..), "AllergyIntolerance")
                    | (ConceptKind::Order, "ServiceRequest")
                    | (ConceptKind::Study, "DiagnosticReport" | "Procedure" | "ImagingStudy")
                    | (ConceptKind::Vaccine, "Immunization")
            ) || (matches!(concept.kind, ConceptKind::Medication(_)) && is_medication(resource))
        });
        let drugs = self.drugs.iter().filter(|_| is_medication(resource)).map(|drug| &*drug.id);
        of_concepts.map(|(id, _)| &**id).chain(drugs).collect()
    }
}

/// Whether a type of resource can say that a medicine was taken.
pub fn is_medication(resource: &str) -> bool {
    matches!(resource, "MedicationRequest" | "MedicationStatement" | "MedicationAdministration" | "MedicationDispense")
}

/// What is said of the concepts that have a heading in their file and could not be read.
fn unread(files: &Files, concepts: &Concepts) -> Vec<String> {
    let headings = files.0.get(concepts::PATH).map(|text| text.lines()).into_iter().flatten();
    let ids = headings.filter_map(|line| line.trim().strip_prefix('[')?.strip_suffix(']'));
    ids.filter(|id| concepts.get(id).is_none()).map(|id| format!("unknown concept `{id}`")).collect()
}

/// The folders that hold a drug.
fn folders(files: &Files) -> Vec<String> {
    files.0.keys().filter_map(|path| path.strip_suffix("/drug.toml")).map(str::to_owned).collect()
}

fn drug(
    folder: &str,
    files: &Files,
    codes: &Codes,
    units: &Units,
    concepts: &Concepts,
    mistakes: &mut Vec<Mistake>,
) -> Drug {
    let path = format!("{folder}/drug.toml");
    let text = files.0.get(&path).map_or("", String::as_str);
    let mut drug = drug::read(folder, &mut Reader::new(&path, text, mistakes), codes, concepts);
    let (mut rules, mut abroad) = (Vec::new(), Vec::new());
    for (path, text) in &files.0 {
        let Some(id) = rule_id(path, folder) else { continue };
        let context = rules::Context { codes, concepts, units, drug: &drug };
        let (rule, named) = rules::read(id, &mut Reader::new(path, text, mistakes), &context);
        rules.push(rule);
        abroad.push((path, text, named));
    }
    let items = drug.prior_authorization.iter().flat_map(|asked| &asked.items);
    let known = |id: &String| rules.iter().flat_map(|(_, rule)| &rule.criteria).any(|criterion| criterion.id == *id);
    let mut reader = Reader::new(&path, text, mistakes);
    for (name, id) in items.filter(|(_, id)| !known(id)) {
        reader.note_file(&format!("prior authorization, {name}: no rule of the drug has a criterion `{id}`"));
    }
    for (path, text, named) in abroad {
        named.check(&rules, &mut Reader::new(path, text, mistakes));
    }
    rules.sort_by(|(a, x), (b, y)| (a, &x.id).cmp(&(b, &y.id)));
    drug.rules = rules.into_iter().map(|(_, rule)| rule).collect();
    drug
}

/// The id of the rule that a file holds, if it holds one.
fn rule_id<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let name = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".toml")?;
    (!matches!(name, "drug" | "trace" | "noticed" | "no-difference")
        && !name.ends_with(".cases")
        && !name.contains('/'))
    .then_some(name)
}
