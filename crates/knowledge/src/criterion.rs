//! One criterion of a rule file: of exactly one kind, and everything it names checked against the rest of the library.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeValue;

use super::concepts::ConceptKind;
use super::drug::days;
use super::mistake::{Place, Reader};
use super::raw::{
    RawAllergy, RawBand, RawCondition, RawCriterion, RawDoseFinding, RawFall, RawMedication, RawOnset,
    RawProductFinding, RawQuantity, RawRecorded, RawResult,
};
use super::rules::Context;
use domain::fact::Verdict;
use domain::quantity::Band;
use domain::rule::{Criterion, DoseFinding, Fall, Kind, MedicationState, ProductFinding, Quantity, TestResult};

/// Reads one criterion; `earlier` holds those that stand before it in the rule.
pub(super) fn criterion<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    context: &Context<'_>,
    earlier: &[Criterion],
) -> Option<Criterion> {
    let place = value.span();
    let raw: RawCriterion = reader.value(value)?;
    let mut kinds: Vec<Kind> = Vec::new();
    let mut named = 0;
    let mut add = |present: bool, kind: Option<Kind>| {
        named += usize::from(present);
        kinds.extend(kind);
    };
    let mut checked = Checked { place: &place, reader, context };
    add(raw.quantity.is_some(), raw.quantity.and_then(|q| checked.quantity(q)));
    add(raw.result.is_some(), raw.result.and_then(|r| checked.result(r)));
    add(raw.condition.is_some(), raw.condition.and_then(|c| checked.condition(c)));
    add(raw.medication.is_some(), raw.medication.and_then(|m| checked.medication(m)));
    add(raw.onset.is_some(), raw.onset.map(|o| checked.onset(o)));
    add(raw.recorded.is_some(), raw.recorded.map(|r| checked.recorded(r)));
    add(raw.planned.is_some(), raw.planned.map(|p| Kind::Planned(checked.any_concepts(&p.concepts))));
    add(raw.fall.is_some(), raw.fall.map(|f| checked.fall(f)));
    add(raw.allergy.is_some(), raw.allergy.map(|a| checked.allergy(a)));
    add(raw.dose.is_some(), raw.dose.and_then(|d| checked.dose(d)));
    add(raw.product.is_some(), raw.product.and_then(|p| checked.product(p)));
    add(raw.age.is_some(), raw.age.map(|age| Kind::AgeBelow(age.below_years)));
    add(raw.all.is_some(), raw.all.map(|parts| Kind::All(checked.parts(parts, earlier))));
    add(raw.any.is_some(), raw.any.map(|parts| Kind::Any(checked.parts(parts, earlier))));
    if named != 1 {
        reader.note(place.start, &format!("criterion `{id}` must be of exactly one kind, found {named}"));
    }
    Some(Criterion { id, finding: raw.finding, name: raw.name, kind: kinds.pop()? })
}

/// A criterion under reading: what it names is checked, what is wrong is noted.
struct Checked<'r, 'a, 'c> {
    place: &'r Place,
    reader: &'r mut Reader<'a>,
    context: &'c Context<'c>,
}

impl Checked<'_, '_, '_> {
    fn note(&mut self, word: &str, message: &str) {
        self.reader.note_word(self.place, word, message);
    }

    /// A concept that must be of a kind.
    fn concept(&mut self, id: &str, wanted: &str, is: fn(&ConceptKind) -> bool) -> Arc<str> {
        match self.context.concepts.get(id) {
            None => self.note(id, &format!("unknown concept `{id}`")),
            Some(concept) if !is(&concept.kind) => self.note(id, &format!("concept `{id}` is not a {wanted}")),
            Some(_) => {}
        }
        Arc::from(id)
    }

    fn quantity(&mut self, raw: RawQuantity) -> Option<Kind> {
        let concept = self.concept(&raw.concept, "measurement", |k| matches!(k, ConceptKind::Measurement(_)));
        let base = RawBand { below: raw.below, above: raw.above, from: raw.from, to: raw.to };
        let band = self.band(&base)?;
        let mut by_indication = BTreeMap::new();
        for (id, raw) in raw.indication {
            if !self.context.drug.indications.iter().any(|i| i.id == id) {
                self.note(&id, &format!("unknown indication `{id}`"));
            }
            by_indication.insert(id, self.band(&raw)?);
        }
        let of_upper_limit = match raw.of.as_deref() {
            None => false,
            Some("upper-limit") => true,
            Some(other) => {
                self.note(other, &format!("`of = \"{other}\"`: expected \"upper-limit\""));
                false
            }
        };
        let within_days = days(&raw.within, self.place, self.reader);
        let ConceptKind::Measurement(measured) = &self.context.concepts.get(&raw.concept)?.kind else {
            return None;
        };
        let unit = self.context.units.get(&measured.units)?.shown.clone();
        let upper_limit_between = measured.upper_limit_between;
        let without_upper_limit = match &raw.without_upper_limit {
            Some(raw) => Some(self.band(raw)?),
            None => None,
        };
        Some(Kind::Quantity(Quantity {
            concept,
            unit,
            band,
            by_indication,
            of_upper_limit,
            upper_limit_between,
            without_upper_limit,
            boundary: raw.boundary,
            before_first_dose: raw.before_first_dose,
            within_days,
        }))
    }

    fn band(&mut self, raw: &RawBand) -> Option<Band> {
        if (raw.above.is_some() && raw.from.is_some()) || (raw.below.is_some() && raw.to.is_some()) {
            self.note("", "a band has one lower end (above or from) and one upper end (below or to)");
            return None;
        }
        let low = raw.above.map(|at| (at, false)).or(raw.from.map(|at| (at, true)));
        let high = raw.below.map(|at| (at, false)).or(raw.to.map(|at| (at, true)));
        if low.is_none() && high.is_none() {
            self.note("", "a quantity needs below, above, from or to");
            return None;
        }
        if let (Some((low, _)), Some((high, _))) = (low, high)
            && low >= high
        {
            self.note("", &format!("the band from {low} to {high} is empty"));
        }
        Some(Band::new(low, high))
    }

    fn result(&mut self, raw: RawResult) -> Option<Kind> {
        let concept = self.concept(&raw.concept, "test", |k| matches!(k, ConceptKind::Test(_)));
        let is = match raw.is.as_str() {
            "positive" => Verdict::Positive,
            "negative" => Verdict::Negative,
            other => {
                self.note(other, &format!("`is = \"{other}\"`: expected \"positive\" or \"negative\""));
                return None;
            }
        };
        let within_days = days(&raw.within, self.place, self.reader);
        let or_condition =
            raw.or_condition.map(|id| self.concept(&id, "condition", |k| matches!(k, ConceptKind::Condition)));
        Some(Kind::Result(TestResult { concept, is, within_days, or_condition }))
    }

    fn condition(&mut self, raw: RawCondition) -> Option<Kind> {
        let concept = self.concept(&raw.concept, "condition", |k| matches!(k, ConceptKind::Condition));
        let active = match raw.state.as_str() {
            "active" => true,
            "recorded" => false,
            other => {
                self.note(other, &format!("unknown state `{other}`: expected active or recorded"));
                return None;
            }
        };
        let unless = raw.unless.map(|id| self.concept(&id, "condition", |k| matches!(k, ConceptKind::Condition)));
        let within_days = raw.within.map(|within| days(&within, self.place, self.reader));
        Some(Kind::Condition { concept, active, unless, within_days })
    }

    fn medication(&mut self, raw: RawMedication) -> Option<Kind> {
        let is_medication = |k: &ConceptKind| matches!(k, ConceptKind::Medication(_));
        let named: Vec<&String> = raw.concept.iter().chain(&raw.concepts).collect();
        if named.is_empty() {
            self.note("", "a medication criterion names `concept` or `concepts`");
        }
        let concepts = named.into_iter().map(|id| self.concept(id, "medication", is_medication)).collect();
        let within = raw.within.map(|within| days(&within, self.place, self.reader));
        let state = match (raw.state.as_str(), within) {
            ("course-completed", None) => MedicationState::CourseCompleted,
            ("taken", None) => MedicationState::Taken,
            ("ended", None) => MedicationState::Ended,
            ("current", Some(days)) => MedicationState::Current(days),
            ("current", None) => {
                self.note(&raw.state, "state current needs `within`");
                return None;
            }
            (other, _) => {
                let known = "course-completed, taken, ended or current (with `within`)";
                self.note(other, &format!("unknown state `{other}`: expected {known}"));
                return None;
            }
        };
        Some(Kind::Medication { concepts, state })
    }

    fn onset(&mut self, raw: RawOnset) -> Kind {
        let concept = self.concept(&raw.concept, "condition", |k| matches!(k, ConceptKind::Condition));
        Kind::OnsetWithin { concept, years: raw.under_years }
    }

    fn recorded(&mut self, raw: RawRecorded) -> Kind {
        let within_days = days(&raw.within, self.place, self.reader);
        Kind::Recorded { concepts: self.any_concepts(&raw.concepts), within_days }
    }

    fn fall(&mut self, raw: RawFall) -> Kind {
        let is_measurement = |k: &ConceptKind| matches!(k, ConceptKind::Measurement(_));
        let concepts = raw.concepts.iter().map(|id| self.concept(id, "measurement", is_measurement)).collect();
        let within_days = days(&raw.within, self.place, self.reader);
        let or_condition =
            raw.or_condition.map(|id| self.concept(&id, "condition", |k| matches!(k, ConceptKind::Condition)));
        Kind::Fall(Fall { concepts, percent: raw.percent, within_days, or_condition })
    }

    fn any_concepts(&mut self, ids: &[String]) -> Vec<Arc<str>> {
        if ids.is_empty() {
            self.note("", "`concepts` is empty");
        }
        ids.iter().map(|id| self.concept(id, "concept", |_| true)).collect()
    }

    fn allergy(&mut self, raw: RawAllergy) -> Kind {
        Kind::Allergy(self.concept(&raw.concept, "allergy", |k| matches!(k, ConceptKind::Allergy(..))))
    }

    fn dose(&mut self, raw: RawDoseFinding) -> Option<Kind> {
        let mut found = Vec::new();
        if let Some(route) = raw.route_not {
            if !self.context.drug.routes.iter().any(|r| r.id == route) {
                self.note(&route, &format!("unknown route `{route}`"));
            }
            found.push(DoseFinding::RouteNot(route));
        }
        if let Some(amount) = raw.amount_not {
            match amount.trim().strip_suffix("mg").and_then(|number| number.trim().parse().ok()) {
                Some(amount) => found.push(DoseFinding::AmountNot(amount)),
                None => self.note(&amount, &format!("`{amount}` is not an amount in mg")),
            }
        }
        if let Some(interval) = raw.interval_not {
            found.push(DoseFinding::IntervalNot(days(&interval, self.place, self.reader)));
        }
        if let Some(interval) = raw.interval_is {
            found.push(DoseFinding::IntervalIs(days(&interval, self.place, self.reader)));
        }
        if raw.product_conflicts_with_route == Some(true) {
            found.push(DoseFinding::ProductConflictsWithRoute);
        }
        if found.len() != 1 {
            self.note("", "a dose finding names exactly one thing");
        }
        found.pop().map(Kind::Dose)
    }

    fn product(&mut self, raw: RawProductFinding) -> Option<Kind> {
        match (raw.lacks_indication, raw.recognised) {
            (Some(indication), None) => {
                if !self.context.drug.indications.iter().any(|i| i.id == indication) {
                    self.note(&indication, &format!("unknown indication `{indication}`"));
                }
                Some(Kind::Product(ProductFinding::LacksIndication(indication)))
            }
            (None, Some(false)) => Some(Kind::Product(ProductFinding::NotRecognised)),
            _ => {
                self.note("", "a product finding is lacks-indication = \"…\" or recognised = false");
                None
            }
        }
    }

    fn parts(&mut self, parts: Vec<String>, earlier: &[Criterion]) -> Vec<String> {
        for part in &parts {
            if !earlier.iter().any(|criterion| criterion.id == *part) {
                self.note(part, &format!("`{part}` does not stand before this criterion"));
            }
        }
        parts
    }
}
