//! One rule file: criteria, advice, suggestions, override reasons and evidence, each checked against the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::codes::Codes;
use super::concepts::{ConceptKind, Concepts};
use super::drug::{RawCoding, coding, days};
use super::mistake::{Place, Reader};
use super::units::Units;
use super::wording;
use crate::domain::fact::Verdict;
use crate::domain::phase::Phase;
use crate::domain::quantity::Band;
use crate::domain::rule::{
    Action, Advice, Applies, CardSource, Criterion, DoseFinding, Drug, Evidence, Fall, Indicator, Kind,
    MedicationState, Override, ProductFinding, Quantity, Review, Rule, Suggestion, TestResult,
};
use crate::domain::truth::Reason;

/// What a rule may refer to.
pub(super) struct Context<'a> {
    pub codes: &'a Codes,
    pub concepts: &'a Concepts,
    pub units: &'a Units,
    pub drug: &'a Drug,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawApplies {
    #[serde(default)]
    phase: Vec<String>,
    family: Option<String>,
    #[serde(default)]
    except: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    label: String,
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCriterion {
    finding: String,
    name: String,
    quantity: Option<RawQuantity>,
    result: Option<RawResult>,
    condition: Option<RawCondition>,
    medication: Option<RawMedication>,
    onset: Option<RawOnset>,
    recorded: Option<RawRecorded>,
    planned: Option<RawPlanned>,
    fall: Option<RawFall>,
    allergy: Option<RawAllergy>,
    dose: Option<RawDoseFinding>,
    product: Option<RawProductFinding>,
    age: Option<RawAge>,
    all: Option<Vec<String>>,
    any: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBand {
    below: Option<Decimal>,
    above: Option<Decimal>,
    from: Option<Decimal>,
    to: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawQuantity {
    concept: String,
    below: Option<Decimal>,
    above: Option<Decimal>,
    from: Option<Decimal>,
    to: Option<Decimal>,
    of: Option<String>,
    within: String,
    #[serde(default)]
    indication: BTreeMap<String, RawBand>,
    without_upper_limit: Option<RawBand>,
    boundary: Option<Decimal>,
    #[serde(default)]
    before_first_dose: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawResult {
    concept: String,
    is: String,
    within: String,
    or_condition: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCondition {
    concept: String,
    state: String,
    unless: Option<String>,
    within: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMedication {
    concept: Option<String>,
    #[serde(default)]
    concepts: Vec<String>,
    state: String,
    within: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawOnset {
    concept: String,
    under_years: i16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRecorded {
    concepts: Vec<String>,
    within: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlanned {
    concepts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawFall {
    concepts: Vec<String>,
    percent: Decimal,
    within: String,
    or_condition: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAllergy {
    concept: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawDoseFinding {
    route_not: Option<String>,
    amount_not: Option<String>,
    interval_not: Option<String>,
    interval_is: Option<String>,
    product_conflicts_with_route: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawProductFinding {
    lacks_indication: Option<String>,
    recognised: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawAge {
    below_years: i16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawAdvice {
    #[serde(default)]
    met: Vec<String>,
    #[serde(default)]
    unless_met: Vec<String>,
    #[serde(default)]
    not_met: Vec<String>,
    #[serde(default)]
    unknown: Vec<String>,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    phase: Vec<String>,
    #[serde(default)]
    hook: Vec<String>,
    indicator: String,
    summary: String,
    text: Option<String>,
    #[serde(default)]
    suggest: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawSuggestion {
    label: String,
    #[serde(default, rename = "for")]
    criteria: Vec<String>,
    unless_ordered: Option<String>,
    #[serde(default)]
    delete_order: bool,
    #[serde(default)]
    update_dose: bool,
    create: Option<RawCoding>,
    replace_with: Option<RawCoding>,
    dose: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOverride {
    code: String,
    display: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEvidence {
    kind: String,
    cite: String,
    says: String,
    verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReview {
    by: String,
    role: String,
    on: String,
    says: Option<String>,
}

/// Reads one rule; returns it with its place in the order of display.
pub(super) fn read(id: &str, reader: &mut Reader<'_>, context: &Context<'_>) -> (i64, Rule) {
    let mut rule = Rule {
        id: id.to_owned(),
        title: String::new(),
        applies: Applies::default(),
        source: CardSource { label: String::new(), url: None },
        criteria: Vec::new(),
        advice: Vec::new(),
        suggestions: Vec::new(),
        overrides: Vec::new(),
        evidence: Vec::new(),
        reviews: Vec::new(),
        overview: false,
        silent: false,
    };
    let mut order = 0;
    let mut places = Vec::new();
    for (key, value) in reader.members() {
        let place = value.span();
        match key.as_str() {
            "title" => rule.title = reader.value(value).unwrap_or_default(),
            "order" => order = reader.value(value).unwrap_or_default(),
            "overview" => rule.overview = reader.value(value).unwrap_or_default(),
            "applies" => rule.applies = applies(value, reader, context),
            "source" => {
                if let Some(RawSource { label, url }) = reader.value(value) {
                    rule.source = CardSource { label, url };
                }
            }
            "criteria" => {
                for (id, value) in reader.table(value) {
                    rule.criteria.extend(criterion(id, value, reader, context, &rule.criteria));
                }
            }
            "advice" => {
                for (raw, place) in reader.array::<RawAdvice>(value) {
                    rule.advice.extend(advice(raw, &place, reader));
                    places.push(place);
                }
            }
            "suggestions" => {
                for (id, value) in reader.table(value) {
                    rule.suggestions.extend(suggestion(id, value, reader, context));
                }
            }
            "override" => {
                for (RawOverride { code, display }, _) in reader.array(value) {
                    rule.overrides.push(Override { code, display });
                }
            }
            "evidence" => {
                for (raw, place) in reader.array::<RawEvidence>(value) {
                    rule.evidence.extend(evidence(raw, &place, reader));
                }
            }
            "review" => {
                for (raw, place) in reader.array::<RawReview>(value) {
                    rule.reviews.push(review(raw, &place, reader));
                }
            }
            other => reader.note(place.start, &format!("unknown key `{other}`")),
        }
    }
    complete(&rule, reader);
    references(&rule, &places, reader);
    wording::check(&rule, &places, reader, context.drug);
    (order, rule)
}

/// What every rule must bring.
fn complete(rule: &Rule, reader: &mut Reader<'_>) {
    let overridable = rule.advice.iter().any(|advice| advice.indicator != Indicator::Info);
    for (missing, name) in [
        (rule.title.is_empty(), "`title` is missing"),
        (rule.source.label.is_empty(), "`[source]` with a `label` is missing"),
        (rule.advice.is_empty(), "no `[[advice]]`: the rule could never speak"),
        (rule.evidence.is_empty(), "no `[[evidence]]`: a rule must say what it rests on"),
        (rule.criteria.is_empty() && !rule.overview, "no `[criteria.…]`"),
        (overridable && rule.overrides.is_empty(), "no `[[override]]`: a warning needs reasons to go on"),
    ] {
        if missing {
            reader.note_file(name);
        }
    }
}

/// Every criterion and suggestion that is named stands in the rule.
fn references(rule: &Rule, places: &[Place], reader: &mut Reader<'_>) {
    let criterion = |id: &str| rule.criteria.iter().any(|criterion| criterion.id == id);
    for (advice, place) in rule.advice.iter().zip(places) {
        let named = advice.met.iter().chain(&advice.unless_met).chain(&advice.not_met).chain(&advice.unknown);
        for id in named.filter(|id| !criterion(id)) {
            reader.note_word(place, id, &format!("unknown criterion `{id}`"));
        }
        for id in advice.suggest.iter().filter(|id| !rule.suggestions.iter().any(|s| s.id == **id)) {
            reader.note_word(place, id, &format!("unknown suggestion `{id}`"));
        }
        let silent = advice.met.is_empty() && advice.not_met.is_empty() && advice.unknown.is_empty();
        if silent && !rule.overview {
            reader.note(place.start, "advice without a condition: name met, not-met or unknown");
        }
    }
    for suggestion in &rule.suggestions {
        for id in suggestion.criteria.iter().filter(|id| !criterion(id)) {
            reader.note_word(&(0..0), id, &format!("suggestion `{}`: unknown criterion `{id}`", suggestion.id));
        }
    }
}

fn applies<'a>(value: Spanned<DeValue<'a>>, reader: &mut Reader<'a>, context: &Context<'_>) -> Applies {
    let place = value.span();
    let raw: RawApplies = reader.value(value).unwrap_or_default();
    let indications = &context.drug.indications;
    if let Some(family) = &raw.family
        && !indications.iter().any(|i| i.family.as_ref() == Some(family))
    {
        reader.note_word(&place, family, &format!("unknown family of indications `{family}`"));
    }
    for id in raw.except.iter().filter(|id| !indications.iter().any(|i| i.id == **id)) {
        reader.note_word(&place, id, &format!("unknown indication `{id}`"));
    }
    Applies { phases: phases(&raw.phase, &place, reader), family: raw.family, except: raw.except }
}

fn phases(codes: &[String], place: &Place, reader: &mut Reader<'_>) -> Vec<Phase> {
    codes
        .iter()
        .filter_map(|code| {
            let phase = Phase::from_code(code);
            if phase.is_none() {
                reader.note_word(place, code, &format!("unknown phase `{code}`"));
            }
            phase
        })
        .collect()
}

fn criterion<'a>(
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

fn advice(raw: RawAdvice, place: &Place, reader: &mut Reader<'_>) -> Option<Advice> {
    let indicator = Indicator::from_code(&raw.indicator);
    if indicator.is_none() {
        reader.note_word(place, &raw.indicator, &format!("unknown indicator `{}`", raw.indicator));
    }
    let mut reasons = Vec::new();
    for code in &raw.reasons {
        match Reason::from_code(code) {
            Some(reason) => reasons.push(reason),
            None => reader.note_word(place, code, &format!("unknown reason `{code}`")),
        }
    }
    Some(Advice {
        met: raw.met,
        unless_met: raw.unless_met,
        not_met: raw.not_met,
        unknown: raw.unknown,
        reasons,
        phases: phases(&raw.phase, place, reader),
        hooks: raw.hook,
        indicator: indicator?,
        summary: raw.summary,
        text: raw.text.map(|text| text.trim().to_owned()),
        suggest: raw.suggest,
    })
}

fn suggestion<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    context: &Context<'_>,
) -> Option<Suggestion> {
    let place = value.span();
    let raw: RawSuggestion = reader.value(value)?;
    if let Some(concept) = &raw.unless_ordered
        && !matches!(context.concepts.get(concept).map(|c| &c.kind), Some(ConceptKind::Order))
    {
        reader.note_word(&place, concept, &format!("`{concept}` is not a concept of kind order"));
    }
    let action = match (raw.delete_order, raw.update_dose, raw.create, raw.replace_with) {
        (true, false, None, None) => Some(Action::DeleteOrder),
        (false, true, None, None) if context.drug.labelled_dose.is_some() => Some(Action::UpdateDose),
        (false, false, Some(raw), None) => coding(raw, &place, reader, context.codes).map(Action::Create),
        (false, false, None, Some(other)) => {
            coding(other, &place, reader, context.codes).and_then(|coding| Some(Action::Replace(coding, raw.dose?)))
        }
        _ => {
            reader.note(place.start, "a suggestion does one thing: delete-order, update-dose (with a labelled dose), create, or replace-with (with a dose)");
            None
        }
    };
    Some(Suggestion {
        id,
        label: raw.label,
        criteria: raw.criteria,
        unless_ordered: raw.unless_ordered.map(Arc::from),
        action: action?,
    })
}

fn evidence(raw: RawEvidence, place: &Place, reader: &mut Reader<'_>) -> Option<Evidence> {
    const KINDS: [&str; 5] = ["label", "guideline", "trial", "literature", "design"];
    if !KINDS.contains(&raw.kind.as_str()) {
        reader.note_word(
            place,
            &raw.kind,
            &format!("unknown kind of evidence `{}`; expected one of {}", raw.kind, KINDS.join(", ")),
        );
        return None;
    }
    Some(Evidence { kind: raw.kind, cite: raw.cite, says: raw.says, verified: raw.verified })
}

fn review(raw: RawReview, place: &Place, reader: &mut Reader<'_>) -> Review {
    if raw.on.parse::<jiff::civil::Date>().is_err() {
        reader.note_word(place, &raw.on, &format!("`{}` is not a date, such as 2026-11-22", raw.on));
    }
    Review { by: raw.by, role: raw.role, on: raw.on, says: raw.says }
}
