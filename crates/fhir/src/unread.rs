//! Resources of which no fact was made although they belong to a concept or sound like it, each with the reason. They
//! are looked for after a decision, and only when somebody asks what was not used.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::extract::{Extraction, bounded};
use super::meaning::Meaning;
use super::medicine::medicine;
use super::observation::{self, Meant, results};
use super::resource::Resource;
use super::status::Status;
use super::view::{Concept, date};
use document::Object;
use domain::fact::{ConceptId, Facts, ResultStatus, Source};
use domain::time::When;
use domain::unused::Why;
use knowledge::codes::fold;
use knowledge::concepts::ConceptKind;
use knowledge::mention::Mention;
use knowledge::{Library, is_medication};

/// A resource of which no fact of a concept was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The concept.
    pub concept: ConceptId,
    /// The resource, with its name or value as received and its date.
    pub source: Source,
    /// Why there is no fact.
    pub why: Why,
}

/// How a resource belongs to a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Belongs {
    /// By its code, or by words that count as one.
    Surely,
    /// Its words deny it.
    Denied,
    /// It sounds like it, and its code says something else.
    Otherwise,
    /// It sounds like it, and has no code that is known.
    ByName,
}

/// What has already been found out about a code: most records repeat a few codes.
type Known<'a, 'l> = BTreeMap<&'a str, Vec<(&'l ConceptId, Belongs)>>;

impl<'l, 'a> Extraction<'_, 'l, 'a> {
    /// The resources of the record of which no fact of these concepts was made. `facts` are those of this extraction.
    pub fn unread(&self, facts: &Facts, wanted: &BTreeSet<&ConceptId>) -> Vec<Unread> {
        let made = made_of(facts);
        let later = if self.hindsight { self.later(&made) } else { HashSet::new() };
        // What is used for a concept of the criteria is no stray one of its neighbour.
        let used: HashSet<&str> = each(facts)
            .filter(|(concept, _)| wanted.contains(concept))
            .map(|(_, source)| source.reference.as_str())
            .collect();
        let (mut known, mut unread) = (Known::new(), Vec::new());
        for resource in &self.record.resources {
            let reference = resource.reference();
            for (concept, belongs) in self.concerned(resource, wanted, &mut known) {
                let name = (concept.clone(), reference.clone());
                let is_another = belongs == Belongs::Otherwise && used.contains(&*reference);
                if made.contains(&name) || is_another {
                    continue;
                }
                let why = match belongs {
                    _ if later.contains(&name) => Why::AfterMoment,
                    Belongs::Otherwise => Why::AnotherMeasure,
                    Belongs::ByName => Why::UnknownCode,
                    Belongs::Denied => Why::Denied,
                    Belongs::Surely if is_void(&resource.object) => Why::Void,
                    // A report names a test whose results stand elsewhere.
                    Belongs::Surely => continue,
                };
                unread.push(Unread { concept: concept.clone(), source: self.cited(resource), why });
            }
        }
        unread
    }

    /// Which of these concepts a resource of another patient belongs to. Its value is not shown.
    pub fn of_another_patient(&self, resource: &Resource<'a>, wanted: &BTreeSet<&ConceptId>) -> Vec<Unread> {
        let concerned = self.concerned(resource, wanted, &mut Known::new()).into_iter();
        let surely = concerned.filter(|(_, belongs)| *belongs == Belongs::Surely);
        let source = Source::new(resource.reference(), String::new(), None);
        let one =
            |concept: &ConceptId| Unread { concept: concept.clone(), source: source.clone(), why: Why::OtherPatient };
        surely.map(|(concept, _)| one(concept)).collect()
    }

    /// The facts that are known only afterwards.
    fn later(&self, made: &HashSet<(ConceptId, String)>) -> HashSet<(ConceptId, String)> {
        let afterwards = Extraction { hindsight: false, ..*self };
        made_of(&afterwards.facts()).into_iter().filter(|name| !made.contains(name)).collect()
    }

    /// The concepts among these that a resource belongs to, or sounds like, each once.
    fn concerned(
        &self,
        resource: &Resource<'a>,
        wanted: &BTreeSet<&ConceptId>,
        known: &mut Known<'a, 'l>,
    ) -> Vec<(&'l ConceptId, Belongs)> {
        let object = &resource.object;
        let mut found = match &*resource.kind {
            "Observation" | "DiagnosticReport" => {
                let parts = std::iter::once(*object).chain(object.objects("component"));
                let codes = parts.filter_map(|part| part.get("code"));
                codes
                    .flat_map(|code| {
                        let read = || self.of_result(&self.meanings.read(code));
                        known.entry(code.text()).or_insert_with(read).clone()
                    })
                    .collect()
            }
            "Condition" => self.of_condition(&self.meanings.of(object, "code")),
            "AllergyIntolerance" => {
                let code = self.meanings.of(object, "code");
                let allergies = self.meanings.concepts_or_named(&code, |kind| matches!(kind, ConceptKind::Allergy(..)));
                allergies.map(|(id, _)| (id, Belongs::Surely)).collect()
            }
            "Immunization" => {
                let code = self.meanings.of(object, "vaccineCode");
                self.vaccines(&code).into_iter().map(|(id, _)| (id, Belongs::Surely)).collect()
            }
            kind if is_medication(kind) || kind == "MedicationOrder" => {
                let said = medicine(object, self.chart());
                self.medication_concepts(&said).into_iter().map(|id| (id, Belongs::Surely)).collect()
            }
            _ => Vec::new(),
        };
        found.retain(|(id, _)| wanted.contains(id));
        found.sort_unstable();
        found.dedup_by_key(|(id, _)| *id);
        found
    }

    fn of_result(&self, code: &Meaning<'a>) -> Vec<(&'l ConceptId, Belongs)> {
        let library = self.library();
        let by_name = |meant| if meant == Meant::Surely { Belongs::Surely } else { Belongs::ByName };
        let mut found: Vec<_> = results(self.meanings, code).map(|(id, _, meant)| (id, by_name(meant))).collect();
        let codings = &code.said.codings;
        let is_coded = codings.iter().any(|coding| library.codes.is_code_of(&coding.system, &coding.code));
        let belongs = if is_coded || code.classified.is_coded() { Belongs::Otherwise } else { Belongs::ByName };
        let words: Vec<String> = code.said.words.iter().map(|words| fold(words)).collect();
        for (id, concept) in &library.concepts.0 {
            let is_result = matches!(concept.kind, ConceptKind::Measurement(_) | ConceptKind::Test(_));
            if is_result && sounds_like(library, &concept.value_set, &words) {
                found.push((id, belongs));
            }
        }
        found
    }

    fn of_condition(&self, code: &Meaning<'a>) -> Vec<(&'l ConceptId, Belongs)> {
        let by_code = self.meanings.concepts(code, |kind| matches!(kind, ConceptKind::Condition));
        let mut found: Vec<_> = by_code.map(|(id, _)| (id, Belongs::Surely)).collect();
        let mentioned = self.meanings.mentioned(code);
        found.extend(mentioned.filter_map(|(id, mention)| {
            let (id, _) = self.library().concepts.0.get_key_value(id)?;
            Some((id, if mention == Mention::Not { Belongs::Denied } else { Belongs::Surely }))
        }));
        found
    }

    /// A resource as it is cited: what it says, and its date.
    fn cited(&self, resource: &Resource<'a>) -> Source {
        let object = &resource.object;
        let names = ["recordedDate", "authoredOn", "occurrenceDateTime", "whenHandedOver", "onsetDateTime", "issued"];
        let when: Option<When> =
            observation::effective(object, self.zone()).or_else(|| date(object, &names, self.zone()));
        let value = match &*resource.kind {
            "Observation" => observation::shown(object),
            kind if is_medication(kind) => medicine(object, self.chart()).said.shown(),
            "Immunization" => Concept::of(object, "vaccineCode").shown(),
            _ => Concept::of(object, "code").shown(),
        };
        Source::new(resource.reference(), bounded(value), when)
    }
}

/// Whether a status says that the resource does not count.
fn is_void(object: &Object<'_>) -> bool {
    const VOID: [&str; 6] = ["entered-in-error", "cancelled", "not-done", "declined", "revoked", "rejected"];
    let is = |name: &str| Status::read(object, name, &VOID).is_any(&VOID);
    observation::status(object) == ResultStatus::Void
        || is("verificationStatus")
        || is("status")
        || is("clinicalStatus")
}

/// Whether words name a concept, by the words of its value set.
fn sounds_like(library: &Library, set: &str, words: &[String]) -> bool {
    let named = library.codes.set(set).map(|set| set.text.as_slice()).unwrap_or_default();
    words.iter().any(|text| named.iter().any(|name| holds(text, name)))
}

/// Whether a text holds these words as whole ones.
fn holds(text: &str, words: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    !words.is_empty()
        && text.match_indices(words).any(|(at, _)| {
            let (before, after) = (text.get(..at), text.get(at + words.len()..));
            edge(before.and_then(|t| t.chars().next_back())) && edge(after.and_then(|t| t.chars().next()))
        })
}

/// Every fact by its concept and its resource.
fn made_of(facts: &Facts) -> HashSet<(ConceptId, String)> {
    each(facts).map(|(concept, source)| (concept.clone(), source.reference.clone())).collect()
}

fn each(facts: &Facts) -> impl Iterator<Item = (&ConceptId, &Source)> {
    let measured = facts.measurements.iter().map(|fact| (&fact.concept, &fact.source));
    let tested = facts.tests.iter().map(|fact| (&fact.concept, &fact.source));
    let conditions = facts.conditions.iter().map(|fact| (&fact.concept, &fact.source));
    let medicines = facts.medications.iter().map(|fact| (&fact.concept, &fact.source));
    let allergies = facts.allergies.iter().map(|fact| (&fact.concept, &fact.source));
    let events = facts.events.iter().map(|fact| (&fact.concept, &fact.source));
    measured.chain(tested).chain(conditions).chain(medicines).chain(allergies).chain(events)
}

#[cfg(test)]
mod tests;
