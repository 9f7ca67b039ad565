//! One criterion of a rule file: exactly one kind, and everything it names checked against the rest of the library.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeValue;

use super::concepts::ConceptKind;
use super::mistake::Reader;
use super::rules::Context;
use super::word::{Days, Milligrams, Word};
use domain::criteria::age::AgeBelow;
use domain::criteria::allergy::RecordedAllergy;
use domain::criteria::combination::{All, Any};
use domain::criteria::condition::RecordedCondition;
use domain::criteria::dose::DoseFinding;
use domain::criteria::fall::Fall;
use domain::criteria::medication::{MedicationState, RecordedMedication};
use domain::criteria::onset::OnsetWithin;
use domain::criteria::planned::Planned;
use domain::criteria::product::ProductFinding;
use domain::criteria::quantity::Quantity;
use domain::criteria::recorded::RecordedWithin;
use domain::criteria::result::TestResult;
use domain::criteria::{Kind, KindName};
use domain::fact::{ConceptId, Verdict};
use domain::quantity::Band;
use domain::rule::Criterion;

/// The id of a concept, an indication, a route or another criterion, with its place.
type Id = Spanned<String>;

#[derive(Deserialize)]
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
    concept: Id,
    below: Option<Decimal>,
    above: Option<Decimal>,
    from: Option<Decimal>,
    to: Option<Decimal>,
    of: Option<Multiple>,
    within: Word<Days>,
    #[serde(default)]
    indication: BTreeMap<Id, RawBand>,
    without_upper_limit: Option<RawBand>,
    boundary: Option<Decimal>,
    #[serde(default)]
    before_first_dose: bool,
}

/// What a band is in multiples of.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Multiple {
    UpperLimit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawResult {
    concept: Id,
    is: Word<Verdict>,
    within: Word<Days>,
    or_condition: Option<Id>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCondition {
    concept: Id,
    state: ConditionState,
    unless: Option<Id>,
    within: Option<Word<Days>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum ConditionState {
    Active,
    Recorded,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMedication {
    concept: Option<Id>,
    #[serde(default)]
    concepts: Vec<Id>,
    state: TakingState,
    within: Option<Word<Days>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TakingState {
    CourseCompleted,
    Taken,
    Ended,
    Current,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawOnset {
    concept: Id,
    under_years: i16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRecorded {
    concepts: Vec<Id>,
    within: Word<Days>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlanned {
    concepts: Vec<Id>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawFall {
    concepts: Vec<Id>,
    percent: Decimal,
    within: Word<Days>,
    or_condition: Option<Id>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAllergy {
    concept: Id,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawDose {
    RouteNot(Id),
    AmountNot(Word<Milligrams>),
    IntervalNot(Word<Days>),
    IntervalIs(Word<Days>),
    ProductConflictsWithRoute(Spanned<bool>),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawProduct {
    LacksIndication(Id),
    Recognised(Spanned<bool>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawAge {
    below_years: i16,
}

/// Reads one criterion; `earlier` holds those that stand before it in the rule. One that cannot be read becomes a
/// criterion of no parts, so that what names it is not reported as well; a library with mistakes is refused anyway.
pub(super) fn criterion<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    context: &Context<'_>,
    earlier: &[Criterion],
) -> Criterion {
    let start = value.span().start;
    let (mut finding, mut name, mut kinds) = (None, None, Vec::new());
    for (key, value) in reader.table(value) {
        match (key.as_str(), KindName::from_key(&key)) {
            ("finding", _) => finding = reader.value(value),
            ("name", _) => name = reader.value(value),
            (_, Some(kind)) => kinds.push((kind, value)),
            (_, None) => {
                let known: Vec<&str> = KindName::ALL.iter().map(|kind| kind.key()).collect();
                let known = known.join("`, `");
                reader.note(
                    value.span().start,
                    &format!("unknown field `{key}`, expected `finding`, `name` or a kind: `{known}`"),
                );
            }
        }
    }
    for (text, key) in [(&finding, "finding"), (&name, "name")] {
        if text.is_none() {
            reader.note(start, &format!("criterion `{id}`: missing field `{key}`"));
        }
    }
    if kinds.len() != 1 {
        let message = format!("criterion `{id}` must be of exactly one kind, found {}", kinds.len());
        reader.note(start, &message);
    }
    let kind = kinds.pop().and_then(|(name, value)| {
        let start = value.span().start;
        Checked { start, reader, context, earlier }.kind(name, value)
    });
    Criterion {
        id,
        finding: finding.unwrap_or_default(),
        name: name.unwrap_or_default(),
        kind: kind.unwrap_or_else(|| Kind::Any(Any(Vec::new()))),
    }
}

/// A kind under reading: what it names is checked, what is wrong is noted.
struct Checked<'r, 'a, 'c> {
    /// Where its table begins.
    start: usize,
    reader: &'r mut Reader<'a>,
    context: &'c Context<'c>,
    earlier: &'c [Criterion],
}

impl<'a> Checked<'_, 'a, '_> {
    /// Reads the table of a kind.
    fn kind(&mut self, name: KindName, value: Spanned<DeValue<'a>>) -> Option<Kind> {
        Some(match name {
            KindName::Quantity => Kind::Quantity(self.raw(value).and_then(|raw| self.quantity(raw))?),
            KindName::Result => Kind::Result(self.raw(value).and_then(|raw| self.result(raw))?),
            KindName::Condition => {
                let RawCondition { concept, state, unless, within } = self.raw(value)?;
                Kind::Condition(RecordedCondition {
                    concept: self.condition(concept),
                    active: state == ConditionState::Active,
                    unless: unless.map(|id| self.condition(id)),
                    within_days: within.map(|Word(Days(days))| days),
                })
            }
            KindName::Medication => Kind::Medication(self.raw(value).and_then(|raw| self.medication(raw))?),
            KindName::Onset => {
                let RawOnset { concept, under_years } = self.raw(value)?;
                Kind::Onset(OnsetWithin { concept: self.condition(concept), years: under_years })
            }
            KindName::Recorded => {
                let RawRecorded { concepts, within: Word(Days(within_days)) } = self.raw(value)?;
                Kind::Recorded(RecordedWithin { concepts: self.any_concepts(concepts), within_days })
            }
            KindName::Planned => {
                let RawPlanned { concepts } = self.raw(value)?;
                Kind::Planned(Planned { concepts: self.any_concepts(concepts) })
            }
            KindName::Fall => {
                let RawFall { concepts, percent, within: Word(Days(within_days)), or_condition } = self.raw(value)?;
                let concepts = concepts.into_iter().map(|id| self.measurement(id)).collect();
                let or_condition = or_condition.map(|id| self.condition(id));
                Kind::Fall(Fall { concepts, percent, within_days, or_condition })
            }
            KindName::Allergy => {
                let RawAllergy { concept } = self.raw(value)?;
                let concept = self.concept(concept, "allergy", |kind| matches!(kind, ConceptKind::Allergy(..)));
                Kind::Allergy(RecordedAllergy { concept })
            }
            KindName::Dose => Kind::Dose(self.raw(value).and_then(|raw| self.dose(raw))?),
            KindName::Product => Kind::Product(self.raw(value).and_then(|raw| self.product(raw))?),
            KindName::Age => {
                let RawAge { below_years } = self.raw(value)?;
                Kind::Age(AgeBelow { years: below_years })
            }
            KindName::All => Kind::All(All(self.parts(value)?)),
            KindName::Any => Kind::Any(Any(self.parts(value)?)),
        })
    }

    fn raw<T: DeserializeOwned>(&mut self, value: Spanned<DeValue<'a>>) -> Option<T> {
        self.reader.value(value)
    }

    fn note(&mut self, message: &str) {
        self.reader.note(self.start, message);
    }

    /// A concept that must be of a kind.
    fn concept(&mut self, id: Id, wanted: &str, is: fn(&ConceptKind) -> bool) -> ConceptId {
        match self.context.concepts.get(id.as_ref()) {
            None => self.reader.note_at(&id, &format!("unknown concept `{id}`")),
            Some(concept) if !is(&concept.kind) => {
                self.reader.note_at(&id, &format!("concept `{id}` is not a {wanted}"));
            }
            Some(_) => {}
        }
        Arc::from(id.into_inner())
    }

    fn measurement(&mut self, id: Id) -> ConceptId {
        self.concept(id, "measurement", |kind| matches!(kind, ConceptKind::Measurement(_)))
    }

    fn condition(&mut self, id: Id) -> ConceptId {
        self.concept(id, "condition", |kind| matches!(kind, ConceptKind::Condition))
    }

    fn any_concepts(&mut self, ids: Vec<Id>) -> Vec<ConceptId> {
        if ids.is_empty() {
            self.note("`concepts` is empty");
        }
        ids.into_iter().map(|id| self.concept(id, "concept", |_| true)).collect()
    }

    fn indication(&mut self, id: Id) -> String {
        if !self.context.drug.indications.iter().any(|indication| indication.id == **id.as_ref()) {
            self.reader.note_at(&id, &format!("unknown indication `{id}`"));
        }
        id.into_inner()
    }

    fn quantity(&mut self, raw: RawQuantity) -> Option<Quantity> {
        let concept = self.measurement(raw.concept);
        let band = self.band(RawBand { below: raw.below, above: raw.above, from: raw.from, to: raw.to })?;
        let mut by_indication = BTreeMap::new();
        for (id, raw) in raw.indication {
            by_indication.insert(self.indication(id), self.band(raw)?);
        }
        let ConceptKind::Measurement(measured) = &self.context.concepts.get(&concept)?.kind else { return None };
        Some(Quantity {
            unit: self.context.units.get(&measured.units)?.shown.clone(),
            band,
            by_indication,
            of_upper_limit: matches!(raw.of, Some(Multiple::UpperLimit)),
            upper_limit_between: measured.upper_limit_between,
            without_upper_limit: match raw.without_upper_limit {
                Some(raw) => Some(self.band(raw)?),
                None => None,
            },
            boundary: raw.boundary,
            before_first_dose: raw.before_first_dose,
            within_days: raw.within.0.0,
            concept,
        })
    }

    fn band(&mut self, raw: RawBand) -> Option<Band> {
        if (raw.above.is_some() && raw.from.is_some()) || (raw.below.is_some() && raw.to.is_some()) {
            self.note("a band has one lower end (above or from) and one upper end (below or to)");
            return None;
        }
        let low = raw.above.map(|at| (at, false)).or(raw.from.map(|at| (at, true)));
        let high = raw.below.map(|at| (at, false)).or(raw.to.map(|at| (at, true)));
        match (low, high) {
            (None, None) => {
                self.note("a quantity needs below, above, from or to");
                return None;
            }
            (Some((low, _)), Some((high, _))) if low >= high => {
                self.note(&format!("the band from {low} to {high} is empty"));
            }
            _ => {}
        }
        Some(Band::new(low, high))
    }

    fn result(&mut self, raw: RawResult) -> Option<TestResult> {
        let concept = self.concept(raw.concept, "test", |kind| matches!(kind, ConceptKind::Test(_)));
        let or_condition = raw.or_condition.map(|id| self.condition(id));
        let ConceptKind::Test(verdicts) = &self.context.concepts.get(&concept)?.kind else { return None };
        let positive_from = verdicts.positive_from.clone();
        Some(TestResult { concept, is: raw.is.0, within_days: raw.within.0.0, or_condition, positive_from })
    }

    fn medication(&mut self, raw: RawMedication) -> Option<RecordedMedication> {
        let named: Vec<Id> = raw.concept.into_iter().chain(raw.concepts).collect();
        if named.is_empty() {
            self.note("a medication criterion names `concept` or `concepts`");
        }
        let is_medication = |kind: &ConceptKind| matches!(kind, ConceptKind::Medication(_));
        let concepts = named.into_iter().map(|id| self.concept(id, "medication", is_medication)).collect();
        let state = match (raw.state, raw.within) {
            (TakingState::CourseCompleted, None) => MedicationState::CourseCompleted,
            (TakingState::Taken, None) => MedicationState::Taken,
            (TakingState::Ended, None) => MedicationState::Ended,
            (TakingState::Current, Some(Word(Days(days)))) => MedicationState::Current(days),
            (TakingState::Current, None) => {
                self.note("state current needs `within`");
                return None;
            }
            (_, Some(_)) => {
                self.note("only state current has `within`");
                return None;
            }
        };
        Some(RecordedMedication { concepts, state })
    }

    fn dose(&mut self, raw: RawDose) -> Option<DoseFinding> {
        Some(match raw {
            RawDose::RouteNot(route) => {
                if !self.context.drug.routes.iter().any(|known| known.id == **route.as_ref()) {
                    self.reader.note_at(&route, &format!("unknown route `{route}`"));
                }
                DoseFinding::RouteNot(route.into_inner())
            }
            RawDose::AmountNot(Word(Milligrams(amount))) => DoseFinding::AmountNot(amount),
            RawDose::IntervalNot(Word(Days(days))) => DoseFinding::IntervalNot(days),
            RawDose::IntervalIs(Word(Days(days))) => DoseFinding::IntervalIs(days),
            RawDose::ProductConflictsWithRoute(flag) => {
                self.only(&flag, true)?;
                DoseFinding::ProductConflictsWithRoute
            }
        })
    }

    fn product(&mut self, raw: RawProduct) -> Option<ProductFinding> {
        Some(match raw {
            RawProduct::LacksIndication(id) => ProductFinding::LacksIndication(self.indication(id)),
            RawProduct::Recognised(flag) => {
                self.only(&flag, false)?;
                ProductFinding::NotRecognised
            }
        })
    }

    /// A flag that can only be written in one way, because the other would not be a finding.
    fn only(&mut self, flag: &Spanned<bool>, wanted: bool) -> Option<()> {
        if *flag.get_ref() == wanted {
            return Some(());
        }
        self.reader.note_at(flag, &format!("only `{wanted}` is a finding"));
        None
    }

    fn parts(&mut self, value: Spanned<DeValue<'a>>) -> Option<Vec<String>> {
        let parts: Vec<Id> = self.raw(value)?;
        for part in &parts {
            if !self.earlier.iter().any(|criterion| criterion.id == **part.as_ref()) {
                self.reader.note_at(part, &format!("`{part}` does not stand before this criterion"));
            }
        }
        Some(parts.into_iter().map(Spanned::into_inner).collect())
    }
}
