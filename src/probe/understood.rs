//! What was understood of the resources that a query brought: the facts that a hook call would have made of them.

use std::collections::{BTreeMap, BTreeSet};

use domain::fact::{Facts, Presence, ResultStatus, Shown, Source, Standing, Verdict};
use domain::truth::Reason;
use fhir::medicine::Chart;
use fhir::resource::Resource;
use fhir::resources::Resources;
use fhir::view::Concept as Said;
use knowledge::Library;
use knowledge::concepts::{Concept, ConceptKind};

use super::codes;
use super::report::{OddUnit, Understood};

/// One fact as the probe shows it.
#[derive(Debug)]
pub struct ShownFact<'f> {
    concept: &'f str,
    source: &'f Source,
    value: String,
    unusable: Option<Reason>,
}

/// What was understood of resources.
pub struct Understanding<'r, 'l, 'a> {
    /// Where references lead, and what concepts mean.
    pub chart: Chart<'r, 'l, 'a>,
    /// The facts of the whole record.
    pub facts: Vec<ShownFact<'r>>,
}

impl<'r, 'l, 'a> Understanding<'r, 'l, 'a> {
    fn library(&self) -> &'l Library {
        self.chart.meanings.library
    }

    /// What the facts of these resources say, concept by concept, the newest first.
    pub fn understood(&self, found: &Resources<'a>) -> Vec<Understood> {
        let mut by_concept: BTreeMap<&str, Vec<&ShownFact<'_>>> = BTreeMap::new();
        for fact in self.of(found) {
            by_concept.entry(fact.concept).or_default().push(fact);
        }
        let mut understood: Vec<Understood> =
            by_concept.into_iter().filter_map(|(id, facts)| self.concept(id, &facts, found)).collect();
        understood.sort_by(|a, b| (&b.date, &a.name).cmp(&(&a.date, &b.name)));
        understood
    }

    /// The facts that come from these resources.
    fn of(&self, found: &Resources<'a>) -> Vec<&ShownFact<'r>> {
        let own: BTreeSet<String> = found.iter().map(Resource::reference).collect();
        self.facts.iter().filter(|fact| own.contains(fact.source.reference.as_str())).collect()
    }

    fn concept(&self, id: &str, facts: &[&ShownFact<'_>], found: &Resources<'a>) -> Option<Understood> {
        // Facts are sorted, the newest first.
        let newest = facts.first()?;
        let references: BTreeSet<&str> = facts.iter().map(|fact| fact.source.reference.as_str()).collect();
        let those = found.iter().filter(|resource| references.contains(resource.reference().as_str()));
        Some(Understood {
            concept: id.to_owned(),
            name: self.name(id),
            count: references.len(),
            codes: self.codes(id, those),
            value: newest.value.clone(),
            date: newest.source.effective.as_ref().map(|when| when.date_text().to_owned()),
            unusable: newest.unusable.map(Reason::code),
        })
    }

    /// The name of a concept; a drug of the library is one as well.
    fn name(&self, id: &str) -> String {
        let drug = || self.library().drugs.iter().find(|drug| &*drug.id == id).map(|drug| drug.name.clone());
        let name = |concept: &Concept| match concept.kind {
            ConceptKind::Allergy(..) => format!("allergy to {}", concept.name),
            _ => concept.name.clone(),
        };
        self.library().concepts.get(id).map(name).or_else(drug).unwrap_or_else(|| id.to_owned())
    }

    /// The codes by which the resources were taken for the concept.
    fn codes<'f>(&self, id: &str, resources: impl Iterator<Item = &'f Resource<'a>>) -> Vec<String>
    where
        'a: 'f,
    {
        let set = self.library().concepts.get(id).map(|concept| concept.value_set.as_str());
        let mut codes = BTreeSet::new();
        for meaning in resources.flat_map(|resource| codes::of(resource, self.chart)) {
            for coding in &meaning.said.codings {
                let alone = Said { codings: vec![coding.clone()], words: Vec::new() };
                let alone = self.chart.meanings.of_concept(alone);
                if set.is_some_and(|set| self.chart.meanings.is_in(&alone, set)) {
                    codes.insert(coding.code.to_string());
                }
            }
        }
        codes.into_iter().collect()
    }

    /// The units in these resources that could not be used.
    pub fn odd_units(&self, found: &Resources<'a>) -> Vec<OddUnit> {
        let mut units: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for fact in self.of(found).into_iter().filter(|fact| fact.unusable == Some(Reason::Unit)) {
            *units.entry((fact.concept, unit_of(&fact.source.received))).or_default() += 1;
        }
        let odd = |((id, unit), count): ((&str, &str), usize)| {
            let expected = match &self.library().concepts.get(id)?.kind {
                ConceptKind::Measurement(measured) => self.library().units.get(&measured.units)?.canonical.clone(),
                ConceptKind::Test(verdicts) => verdicts.positive_from.as_ref()?.1.clone(),
                _ => return None,
            };
            Some(OddUnit { name: self.name(id), unit: unit.to_owned(), count, expected })
        };
        units.into_iter().filter_map(odd).collect()
    }
}

/// The unit of a value as it was received: the text after the number.
fn unit_of(received: &str) -> &str {
    let number = received.trim_start_matches(|c: char| "<>=≤≥ ".contains(c));
    number.trim_start_matches(|c: char| c.is_ascii_digit() || ".,-+".contains(c)).trim()
}

/// All facts in one form, each kind in its order.
pub fn shown_facts(facts: &Facts) -> Vec<ShownFact<'_>> {
    let mut shown: Vec<ShownFact<'_>> = Vec::new();
    let mut show = |concept, source, value, unusable| shown.push(ShownFact { concept, source, value, unusable });
    for fact in &facts.measurements {
        let value = fact.shown.clone().unwrap_or_else(|| fact.source.received.clone());
        show(&*fact.concept, &fact.source, value, fact.amount.as_ref().err().copied().or(not_final(fact.status)));
    }
    for fact in &facts.tests {
        let value = match fact.verdict {
            Ok(Verdict::Positive) => "positive".to_owned(),
            Ok(Verdict::Negative) => "negative".to_owned(),
            Err(_) => fact.source.received.clone(),
        };
        show(&fact.concept, &fact.source, value, fact.verdict.err().or(not_final(fact.status)));
    }
    for fact in &facts.conditions {
        show(&fact.concept, &fact.source, presence(fact.presence), None);
    }
    for fact in &facts.allergies {
        show(&fact.concept, &fact.source, presence(fact.presence), None);
    }
    for fact in &facts.medications {
        let value = match (fact.shown, fact.standing) {
            (Shown::Prescribed, _) => "prescribed",
            (Shown::Dispensed, _) => "dispensed",
            (Shown::Administered, _) => "given",
            (Shown::Stated, Standing::Active) => "going on",
            (Shown::Stated, Standing::OnHold) => "on hold",
            (Shown::Stated, Standing::Completed) => "completed",
            (Shown::Stated, Standing::Stopped) => "stopped",
            (Shown::Planned, _) => "ordered",
            (Shown::NotTaken, _) => "not taken",
            (Shown::Perhaps, _) => "perhaps taken",
        };
        show(&fact.concept, &fact.source, value.to_owned(), None);
    }
    facts.ordered.iter().for_each(|fact| show(&fact.concept, &fact.source, "ordered".to_owned(), None));
    facts.events.iter().for_each(|fact| show(&fact.concept, &fact.source, "done".to_owned(), None));
    shown
}

fn presence(presence: Presence) -> String {
    let words = match presence {
        Presence::Active => "active",
        Presence::Past => "past",
        Presence::Denied => "denied",
    };
    words.to_owned()
}

fn not_final(status: ResultStatus) -> Option<Reason> {
    (status != ResultStatus::Final).then_some(Reason::Status)
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
