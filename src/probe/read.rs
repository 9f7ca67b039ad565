//! From a server's answers to what was understood of them: the facts that a hook call would have made of them, told
//! query by query, and what the rules made of those facts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::remedy::trouble;
use super::report::{Asked, OddUnit, Report, Understood, Unknown};
use super::spoken;
use crate::answer::{Fetched, answer, record};
use crate::domain::fact::{Facts, Presence, Source, Standing, Taking, Verdict};
use crate::domain::rule::Kind;
use crate::domain::time::Clock;
use crate::domain::truth::{Outcome, Reason};
use crate::fhir::client::{Asked as Answered, Failure, Pages};
use crate::fhir::extract::Extraction;
use crate::fhir::json::Node;
use crate::fhir::medicine::Medications;
use crate::fhir::record::{Entry, Record, Resource, entries};
use crate::hook::call::HookCall;
use crate::library::Library;
use crate::library::concepts::ConceptKind;
use crate::library::services::Query;

/// All that a probe has in hand when the answers are there.
pub struct Reading<'p> {
    /// The library.
    pub library: &'p Library,
    /// The call that was put.
    pub call: &'p HookCall<'p>,
    /// What every query of the library came to.
    pub fetched: &'p Fetched,
    /// How long each of them took.
    pub took: &'p [Duration],
    /// What the query for all results came to.
    pub beyond: &'p Answered,
    /// The moment of the probe.
    pub clock: &'p Clock,
}

/// One fact as it is told.
struct Told<'f> {
    concept: &'f str,
    source: &'f Source,
    value: String,
    unusable: Option<Reason>,
}

impl Reading<'_> {
    /// The whole report.
    pub fn report(&self) -> Report {
        let record = record(self.library, self.call, self.fetched);
        let facts =
            Extraction { library: self.library, record: &record, beside: &[], clock: self.clock, hindsight: false }
                .facts();
        let told = told(&facts);
        let queries: Vec<Asked> = self
            .library
            .services
            .queries
            .iter()
            .zip(&self.fetched.parts)
            .zip(self.took)
            .map(|((query, (_, answer)), took)| self.asked(query, answer, *took, &record, &told))
            .collect();
        let whole = |asked: &Asked| asked.failure.is_none() && asked.cut.is_none();
        Report {
            server: self.call.fhir_server.clone().unwrap_or_default(),
            patient: self.call.patient_id.clone(),
            moment: self.clock.text(),
            complete: queries.iter().all(whole),
            queries,
            beyond: self.beyond(),
            notes: record.problems.iter().filter(|note| !note.starts_with("not retrieved")).cloned().collect(),
            unknown: self.unknown(),
        }
    }

    fn asked(
        &self,
        query: &Query,
        answer: &Result<Pages, Failure>,
        took: Duration,
        record: &Record<'_>,
        told: &[Told<'_>],
    ) -> Asked {
        let mut asked = begun(&query.key, &query.resource, answer, took);
        let Ok(pages) = answer else { return asked };
        let found = resources(pages, &self.call.patient_id, self.library);
        let own: BTreeSet<&str> = found.iter().map(|resource| resource.reference.as_str()).collect();
        let of_query: Vec<&Told<'_>> = told.iter().filter(|t| own.contains(t.source.reference.as_str())).collect();
        let here: Vec<&Resource<'_>> = found.iter().collect();
        asked.understood = self.understood(&of_query, &here, record);
        asked.other_codes = spoken::others(self.library, &here, Medications { beside: &[], record });
        asked.odd_units = self.odd_units(&of_query);
        if query.resource == "Patient" {
            asked.understood.extend(birth(&here));
        }
        asked
    }

    /// What the facts of a query say, concept by concept.
    fn understood(&self, told: &[&Told<'_>], found: &[&Resource<'_>], record: &Record<'_>) -> Vec<Understood> {
        let mut by_concept: BTreeMap<&str, Vec<&Told<'_>>> = BTreeMap::new();
        for fact in told {
            by_concept.entry(fact.concept).or_default().push(fact);
        }
        let mut understood: Vec<Understood> = by_concept
            .into_iter()
            .filter_map(|(id, facts)| {
                // Facts are sorted, the newest first.
                let newest = facts.first()?;
                let references: BTreeSet<&str> = facts.iter().map(|fact| fact.source.reference.as_str()).collect();
                let those = found.iter().filter(|resource| references.contains(resource.reference.as_str()));
                Some(Understood {
                    concept: id.to_owned(),
                    name: self.name(id),
                    count: references.len(),
                    codes: self.codes(id, those.copied(), record),
                    value: newest.value.clone(),
                    date: newest.source.effective.as_ref().map(|when| when.date_text().to_owned()),
                    unusable: newest.unusable.map(Reason::code),
                })
            })
            .collect();
        understood.sort_by(|a, b| (&b.date, &a.name).cmp(&(&a.date, &b.name)));
        understood
    }

    /// The name of a concept; a drug of the library is one as well.
    fn name(&self, id: &str) -> String {
        let drug = || self.library.drugs.iter().find(|drug| &*drug.id == id).map(|drug| drug.name.clone());
        let concept = self.library.concepts.get(id).map(|concept| concept.name.clone());
        concept.or_else(drug).unwrap_or_else(|| id.to_owned())
    }

    /// The codes by which the resources were taken for the concept.
    fn codes<'a, 'r>(
        &self,
        id: &str,
        resources: impl Iterator<Item = &'r Resource<'a>>,
        record: &Record<'a>,
    ) -> Vec<String>
    where
        'a: 'r,
    {
        let set = self.library.concepts.get(id).map(|concept| concept.value_set.as_str());
        let near = Medications { beside: &[], record };
        let codings = resources.flat_map(|resource| spoken::of(resource, near)).flat_map(|said| said.codings);
        let belongs =
            codings.filter(|coding| set.is_some_and(|set| self.library.codes.sets_of([coding]).contains(set)));
        belongs.map(|coding| coding.code).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn odd_units(&self, told: &[&Told<'_>]) -> Vec<OddUnit> {
        let mut units: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for fact in told.iter().filter(|fact| fact.unusable == Some(Reason::Unit)) {
            *units.entry((fact.concept, unit_of(&fact.source.received))).or_default() += 1;
        }
        let odd = |((id, unit), count): ((&str, &str), usize)| {
            let expected = match &self.library.concepts.get(id)?.kind {
                ConceptKind::Measurement(measured) => self.library.units.get(&measured.units)?.canonical.clone(),
                ConceptKind::Test(verdicts) => verdicts.positive_from.as_ref()?.1.clone(),
                _ => return None,
            };
            Some(OddUnit { name: self.name(id), unit: unit.to_owned(), count, expected })
        };
        units.into_iter().filter_map(odd).collect()
    }

    /// The results that no query of the library asks for: only their codes matter.
    fn beyond(&self) -> Asked {
        let mut asked = begun("all results", "Observation", &self.beyond.answer, self.beyond.elapsed);
        if let Ok(pages) = &self.beyond.answer {
            let found = resources(pages, &self.call.patient_id, self.library);
            let record = Record::default();
            let here: Vec<&Resource<'_>> = found.iter().collect();
            asked.other_codes = spoken::others(self.library, &here, Medications { beside: &[], record: &record });
        }
        asked
    }

    /// What the rules could not know of the record; what they do not know of an order that nobody wrote is left out.
    fn unknown(&self) -> Vec<Unknown> {
        let Ok((decision, _)) = answer(self.library, self.call, self.fetched, self.clock, None) else {
            return Vec::new();
        };
        let mut unknown: Vec<Unknown> = Vec::new();
        for assessment in &decision.assessments {
            let Some(drug) = self.library.drugs.iter().find(|drug| drug.id == assessment.drug) else { continue };
            for (rule, findings) in drug.rules.iter().zip(&assessment.rules) {
                for (criterion, (_, finding)) in rule.criteria.iter().zip(&findings.findings) {
                    let of_record = !matches!(criterion.kind, Kind::Dose(_) | Kind::Product(_) | Kind::Planned(_));
                    let Outcome::Unknown(reason) = finding.outcome else { continue };
                    if of_record && criterion.kind.parts().is_empty() {
                        unknown.push(Unknown {
                            criterion: criterion.id.clone(),
                            name: criterion.name.clone(),
                            reason: reason.code(),
                            words: reason.words(),
                        });
                    }
                }
            }
        }
        unknown
    }
}

/// A query with how its answer came, before anything is read of it.
fn begun(key: &str, resource: &str, answer: &Result<Pages, Failure>, took: Duration) -> Asked {
    let pages = answer.as_ref().ok();
    Asked {
        key: key.to_owned(),
        resource: resource.to_owned(),
        milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        pages: pages.map_or_else(Vec::new, |pages| pages.bodies.iter().map(|page| on_page(page).len()).collect()),
        cut: pages.and_then(|pages| pages.cut).map(|cut| cut.code()),
        failure: answer.as_ref().err().map(|failure| trouble(*failure, resource)),
        ..Asked::default()
    }
}

/// The resources of a page, or the lone resource that it is.
fn on_page(page: &str) -> Vec<Entry<'_>> {
    let Ok(node) = Node::parse(page) else { return Vec::new() };
    match node.object() {
        Some(object) if object.string("resourceType").as_deref() == Some("Bundle") => entries(&object).0,
        Some(_) => vec![Entry { full_url: None, node }],
        None => Vec::new(),
    }
}

/// The resources of all pages that are this patient's.
fn resources<'a>(pages: &'a Pages, patient: &str, library: &Library) -> Vec<Resource<'a>> {
    let entries = pages.bodies.iter().flat_map(|page| on_page(page)).collect();
    Record::of_entries(library, entries, patient).resources
}

/// The unit in a value as it came: what stands behind the number.
fn unit_of(received: &str) -> &str {
    let number = received.trim_start_matches(|c: char| "<>=≤≥ ".contains(c));
    number.trim_start_matches(|c: char| c.is_ascii_digit() || ".,-+".contains(c)).trim()
}

/// The birth date, which every age is reckoned from.
fn birth(found: &[&Resource<'_>]) -> Option<Understood> {
    let date = found.first()?.object.string("birthDate")?.into_owned();
    Some(Understood {
        concept: "birth-date".to_owned(),
        name: "date of birth".to_owned(),
        count: 1,
        codes: Vec::new(),
        value: String::new(),
        date: Some(date),
        unusable: None,
    })
}

/// All facts in one form, each kind in its order. What was calculated is no answer of the server's.
fn told(facts: &Facts) -> Vec<Told<'_>> {
    let mut told: Vec<Told<'_>> = Vec::new();
    let mut tell = |concept, source, value, unusable| told.push(Told { concept, source, value, unusable });
    for fact in &facts.measurements {
        let value = fact.shown.clone().unwrap_or_else(|| fact.source.received.clone());
        tell(&*fact.concept, &fact.source, value, fact.amount.as_ref().err().copied().or(standing(fact.standing)));
    }
    for fact in &facts.tests {
        let value = match fact.verdict {
            Ok(Verdict::Positive) => "positive".to_owned(),
            Ok(Verdict::Negative) => "negative".to_owned(),
            Err(_) => fact.source.received.clone(),
        };
        tell(&fact.concept, &fact.source, value, fact.verdict.err().or(standing(fact.standing)));
    }
    for fact in &facts.conditions {
        tell(&fact.concept, &fact.source, presence(fact.presence), None);
    }
    for fact in &facts.allergies {
        tell(&fact.concept, &fact.source, presence(fact.presence), None);
    }
    for fact in &facts.medications {
        let value = match fact.taking {
            _ if fact.ongoing && fact.asked_for => "ordered, going on",
            _ if fact.ongoing => "going on",
            Taking::Completed => "completed",
            Taking::NotTaken => "not taken",
            Taking::Taken | Taking::Planned | Taking::Nothing => "taken",
        };
        tell(&fact.concept, &fact.source, value.to_owned(), None);
    }
    facts.ordered.iter().for_each(|fact| tell(&fact.concept, &fact.source, "ordered".to_owned(), None));
    facts.events.iter().for_each(|fact| tell(&fact.concept, &fact.source, "done".to_owned(), None));
    told
}

fn presence(presence: Presence) -> String {
    let words = match presence {
        Presence::Active => "active",
        Presence::Past => "past",
        Presence::Denied => "denied",
    };
    words.to_owned()
}

fn standing(standing: Standing) -> Option<Reason> {
    (standing != Standing::Final).then_some(Reason::Status)
}

#[cfg(test)]
mod tests {
    use super::unit_of;

    #[test]
    fn the_unit_is_what_stands_behind_the_number() {
        for (received, unit) in
            [("12 mg/gal", "mg/gal"), ("<0.3mg/dL", "mg/dL"), ("≥ 1,5 x", "x"), ("7", ""), ("2.0 10*9/L", "10*9/L")]
        {
            assert_eq!(unit_of(received), unit, "{received}");
        }
    }
}
