//! One criterion of a rule file: exactly one kind, and everything it names checked against the rest of the library.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::concepts::ConceptKind;
use super::mistake::{Reader, meant};
use super::rules::Context;
use super::table::Table;
use super::word::{Days, Milligrams, Word};
use domain::criteria::{
    AgeBelow, Aging, All, AmountFinding, Any, CompletedCourse, DailyDose, DoseFinding, DoseWords, Duplicate, Fall,
    Kind, KindName, LabelDose, LabelDoseFinding, MedicationState, OnTreatment, OnsetWithin, OrderedService, Planned,
    ProductFinding, Quantity, RecordedAllergy, RecordedCondition, RecordedMedication, RecordedWithin, ScheduleFinding,
    TestResult,
};
use domain::fact::{ConceptId, Verdict};
use domain::quantity::Band;
use domain::rule::{Criterion, WindowBounds};

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

/// One more condition that counts in a criterion.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawAging {
    concept: Id,
    within: Option<Word<Days>>,
    until: Option<Word<Days>>,
    encounter_within: Option<Word<Days>>,
    #[serde(default)]
    except: Vec<Id>,
}

/// How the entries of a condition grow old.
struct RawTimes {
    within: Option<Word<Days>>,
    until: Option<Word<Days>>,
    encounter_within: Option<Word<Days>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawOnTreatment {
    with: Vec<Id>,
    #[serde(rename = "for")]
    at_least: Word<Days>,
    begun_within: Word<Days>,
    ended_within: Word<Days>,
}

/// Reads one criterion, with the bounds that it sets a site for its window; `earlier` holds those that come before it
/// in the rule. One that cannot be read becomes a criterion of no parts, so that advice which names it is not reported
/// as well.
pub(super) fn criterion<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    context: &Context<'_>,
    earlier: &[Criterion],
) -> (Criterion, WindowBounds) {
    let mut bounds = WindowBounds::default();
    let (start, before) = (value.span().start, reader.count());
    let (mut finding, mut name, mut family, mut unlisted, mut kinds) = (None, None, None, false, Vec::new());
    for (key, value) in reader.table(value) {
        match (key.as_str(), KindName::from_key(&key)) {
            ("finding", _) => finding = reader.value(value),
            ("name", _) => name = reader.value(value),
            ("family", _) => family = reader.value(value).map(|family| known_family(family, reader, context)),
            ("unlisted", _) => unlisted = reader.value(value).unwrap_or_default(),
            (_, Some(kind)) => kinds.push((kind, value)),
            (_, None) => {
                let kinds: Vec<&str> = KindName::ALL.iter().map(|kind| kind.key()).collect();
                let meant = meant(&key, kinds.iter().copied().chain(["finding", "name", "family", "unlisted"]));
                let kinds = kinds.join("`, `");
                let expected = format!("expected `finding`, `name`, `family`, `unlisted` or a kind: `{kinds}`");
                reader.note(value.span().start, &format!("unknown field `{key}`, {expected}{meant}"));
            }
        }
    }
    // What is misspelt is not missing as well.
    let is_whole = reader.count() == before;
    for (text, key) in [(&finding, "finding"), (&name, "name")] {
        if text.is_none() && is_whole {
            reader.note(start, &format!("criterion `{id}`: missing field `{key}`"));
        }
    }
    if kinds.len() != 1 && is_whole {
        let message = format!("criterion `{id}` must be of exactly one kind, found {}", kinds.len());
        reader.note(start, &message);
    }
    let kind = kinds.pop().and_then(|(name, value)| {
        let start = value.span().start;
        let mut table = Table::new(start, before, reader, context);
        let kind = table.kind(name, value, earlier);
        bounds = table.window_bounds(kind.as_ref());
        table.refuse_the_rest();
        kind
    });
    let kind = kind.unwrap_or_else(|| Kind::Any(Any(Vec::new())));
    let (finding, name) = (finding.unwrap_or_default(), name.unwrap_or_default());
    (Criterion { id, finding, name, family, unlisted, kind }, bounds)
}

fn known_family(family: Id, reader: &mut Reader<'_>, context: &Context<'_>) -> String {
    if !context.drug.indications.iter().any(|i| i.family.as_ref() == Some(family.get_ref())) {
        reader.note_at(&family, &format!("unknown family of indications `{family}`"));
    }
    family.into_inner()
}

/// A kind of concept that a criterion may name: its word in messages, and how it is recognised.
type Wanted = (&'static str, fn(&ConceptKind) -> bool);

/// The words of a criterion on the doses of the label.
const LABEL_DOSES: [(&str, LabelDoseFinding); 17] = [
    ("above", LabelDoseFinding::Amount(AmountFinding::Above)),
    ("calculated-above", LabelDoseFinding::Amount(AmountFinding::CalculatedAbove)),
    ("far-above-weight", LabelDoseFinding::Amount(AmountFinding::FarAboveWeight)),
    ("above-weight", LabelDoseFinding::Amount(AmountFinding::AboveWeight)),
    ("below-weight", LabelDoseFinding::Amount(AmountFinding::BelowWeight)),
    ("below", LabelDoseFinding::Amount(AmountFinding::Below)),
    ("other-weight", LabelDoseFinding::Amount(AmountFinding::OtherWeight)),
    ("reduced", LabelDoseFinding::Amount(AmountFinding::Reduced)),
    ("weight-known", LabelDoseFinding::Amount(AmountFinding::Weight)),
    ("closer", LabelDoseFinding::Schedule(ScheduleFinding::Closer)),
    ("tighter", LabelDoseFinding::Schedule(ScheduleFinding::Tighter)),
    ("wider", LabelDoseFinding::Schedule(ScheduleFinding::Wider)),
    ("another-route", LabelDoseFinding::Schedule(ScheduleFinding::Route)),
    ("continuing", LabelDoseFinding::Schedule(ScheduleFinding::Continuing)),
    ("too-many", LabelDoseFinding::Schedule(ScheduleFinding::TooMany)),
    ("too-soon", LabelDoseFinding::Schedule(ScheduleFinding::TooSoon)),
    ("under-age", LabelDoseFinding::Schedule(ScheduleFinding::UnderAge)),
];

const MEASUREMENT: Wanted = ("measurement", |kind| matches!(kind, ConceptKind::Measurement(_)));
const TEST: Wanted = ("test", |kind| matches!(kind, ConceptKind::Test(_)));
const CONDITION: Wanted = ("condition", |kind| matches!(kind, ConceptKind::Condition));
const MEDICATION: Wanted = ("medication", |kind| matches!(kind, ConceptKind::Medication(_)));
const ORDER: Wanted = ("service among the orders", |kind| matches!(kind, ConceptKind::Order));
/// Whose doses are compared in one medicine.
const COMPARED: Wanted =
    ("medication with `equivalents`", |kind| matches!(kind, ConceptKind::Medication(m) if !m.equivalents.is_empty()));
const POSITIVE_OR_PRESENT: Wanted =
    ("test or condition", |kind| matches!(kind, ConceptKind::Test(_) | ConceptKind::Condition));
const ALLERGY: Wanted = ("allergy", |kind| matches!(kind, ConceptKind::Allergy(..)));
const ANY_CONCEPT: Wanted = ("concept", |_| true);

impl<'a> Table<'_, 'a, '_> {
    /// Reads the kind with this name; `None` when there is nothing that could be decided.
    fn kind(&mut self, name: KindName, value: Spanned<DeValue<'a>>, earlier: &[Criterion]) -> Option<Kind> {
        Some(match name {
            KindName::Quantity => Kind::Quantity(self.open(value).quantity()?),
            KindName::Result => Kind::Result(self.open(value).result()),
            KindName::Condition => {
                self.open(value);
                Kind::Condition(self.condition())
            }
            KindName::Medication => Kind::Medication(self.open(value).medication()?),
            KindName::Onset => {
                self.open(value);
                let (concept, years) = (self.concept("concept", CONDITION), self.required("under-years"));
                Kind::Onset(OnsetWithin { concept, years: years.unwrap_or_default() })
            }
            KindName::Recorded => {
                self.open(value);
                let (concepts, within_days) = (self.concepts("concepts", ANY_CONCEPT), self.days("within"));
                let on_treatment = self.optional("on-treatment").map(|of| self.monitored(of));
                Kind::Recorded(RecordedWithin { concepts, within_days, on_treatment })
            }
            KindName::DailyDose => {
                self.open(value);
                let (concept, from) = (self.concept("concept", COMPARED), self.required("from"));
                Kind::DailyDose(DailyDose { concept, from: from.unwrap_or_default() })
            }
            KindName::Ordered => Kind::Ordered(OrderedService { concept: self.open(value).concept("concept", ORDER) }),
            KindName::Planned => {
                Kind::Planned(Planned { concepts: self.open(value).concepts("concepts", ANY_CONCEPT) })
            }
            KindName::Fall => {
                self.open(value);
                Kind::Fall(Fall {
                    concepts: self.concepts("concepts", MEASUREMENT),
                    percent: self.required("percent").unwrap_or_default(),
                    within_days: self.days("within"),
                    or_condition: self.concept_if_any("or-condition", CONDITION),
                    on_treatment: self.on_treatment(),
                })
            }
            KindName::Allergy => {
                Kind::Allergy(RecordedAllergy { concept: self.open(value).concept("concept", ALLERGY) })
            }
            KindName::Dose => Kind::Dose(self.open(value).dose()?),
            KindName::LabelDose => {
                let is = self.open(value).one_of("is", &LABEL_DOSES)?;
                let weight = self.context.drug.weight.as_ref().map(|weight| weight.concept.clone());
                Kind::LabelDose(LabelDose { is, weight })
            }
            KindName::DoseWords => {
                let findings = [
                    ("only", DoseWords::Only),
                    ("contradict", DoseWords::Contradict),
                    ("beyond-label", DoseWords::BeyondLabel),
                    ("as-needed", DoseWords::AsNeeded),
                    ("capped", DoseWords::Capped),
                ];
                Kind::DoseWords(self.open(value).one_of("is", &findings)?)
            }
            KindName::Product => Kind::Product(self.open(value).product()?),
            KindName::Duplicate => {
                self.open(value);
                let (from, to) = (self.optional("from-route"), self.optional("to-route"));
                let routes = from.zip(to).map(|(from, to)| (self.route(from), self.route(to)));
                match (self.one_of("among", &[("drafts", true), ("record", false)])?, routes) {
                    (true, None) => Kind::Duplicate(Duplicate::Draft),
                    (false, None) => Kind::Duplicate(Duplicate::OtherProduct),
                    (false, Some((from, to))) => Kind::Duplicate(Duplicate::Switch(from, to)),
                    (true, Some(_)) => return self.refuse("from-route and to-route belong to among = \"record\""),
                }
            }
            KindName::Age => {
                Kind::Age(AgeBelow { years: self.open(value).required("below-years").unwrap_or_default() })
            }
            KindName::All => Kind::All(All(self.parts(value, earlier)?)),
            KindName::Any => Kind::Any(Any(self.parts(value, earlier)?)),
        })
    }

    /// The bounds that stand beside `within`. The library's own window must lie between them.
    fn window_bounds(&mut self, kind: Option<&Kind>) -> WindowBounds {
        let mut days = |key| self.optional(key).map(|Word(Days(days))| days);
        let (at_least, at_most) = (days("within-at-least"), days("within-at-most"));
        let window = kind.and_then(|kind| kind.properties().window_days);
        let is_outside =
            |days: i64| at_least.is_some_and(|least| least > days) || at_most.is_some_and(|most| most < days);
        if kind.is_some() && (at_least.is_some() || at_most.is_some()) && window.is_none_or(is_outside) {
            self.refuse::<()>("within-at-least and within-at-most need a `within` that lies between them");
        }
        WindowBounds { at_least, at_most }
    }

    fn quantity(&mut self) -> Option<Quantity> {
        let concept = self.concept("concept", MEASUREMENT);
        let base = RawBand {
            below: self.optional("below"),
            above: self.optional("above"),
            from: self.optional("from"),
            to: self.optional("to"),
        };
        let by_indication: BTreeMap<Id, RawBand> = self.optional("indication").unwrap_or_default();
        let instead: Option<RawBand> = self.optional("without-upper-limit");
        let of: Option<Id> = self.optional("of");
        if let Some(of) = of.as_ref().filter(|of| of.get_ref() != "upper-limit") {
            self.reader.note_at(of, &format!("unknown of `{of}`: expected upper-limit"));
        }
        let (boundary, within_days) = (self.optional("boundary"), self.days("within"));
        let before_first_dose = self.optional("before-first-dose").unwrap_or_default();
        let lasting_days = self.optional("lasting").map(|Word(Days(days))| days);
        let band = self.band(base);
        let by_indication: Vec<_> =
            by_indication.into_iter().map(|(id, raw)| Some((self.indication(id), self.band(raw)?))).collect();
        let instead = instead.map(|raw| self.band(raw));
        let ConceptKind::Measurement(measured) = &self.context.concepts.get(&concept)?.kind else { return None };
        Some(Quantity {
            concept,
            unit: self.context.units.get(&measured.units)?.shown.clone(),
            band: band?,
            by_indication: by_indication.into_iter().collect::<Option<_>>()?,
            of_upper_limit: of.is_some(),
            upper_limit_between: measured.upper_limit_between,
            without_upper_limit: instead.flatten(),
            boundary,
            before_first_dose,
            lasting_days,
            within_days,
        })
    }

    fn band(&mut self, raw: RawBand) -> Option<Band> {
        if (raw.above.is_some() && raw.from.is_some()) || (raw.below.is_some() && raw.to.is_some()) {
            return self.refuse("a band has one lower end (above or from) and one upper end (below or to)");
        }
        let low = raw.above.map(|at| (at, false)).or(raw.from.map(|at| (at, true)));
        let high = raw.below.map(|at| (at, false)).or(raw.to.map(|at| (at, true)));
        match (low, high) {
            (None, None) => self.refuse("a quantity needs below, above, from or to"),
            (Some((low, _)), Some((high, _))) if low >= high => {
                self.refuse(&format!("the band from {low} to {high} is empty"))
            }
            _ => Some(Band::new(low, high)),
        }
    }

    fn result(&mut self) -> TestResult {
        let concept = self.concept("concept", TEST);
        let positive_from = match self.context.concepts.get(&concept).map(|concept| &concept.kind) {
            Some(ConceptKind::Test(verdicts)) => verdicts.positive_from.clone(),
            _ => None,
        };
        let verdicts = [("positive", Verdict::Positive), ("negative", Verdict::Negative)];
        TestResult {
            concept,
            is: self.one_of("is", &verdicts).unwrap_or(Verdict::Positive),
            within_days: self.days("within"),
            or_condition: self.concept_if_any("or-condition", CONDITION),
            ever: self.optional("ever").unwrap_or_default(),
            positive_from,
        }
    }

    fn condition(&mut self) -> RecordedCondition {
        let concept = self.concept("concept", CONDITION);
        let (within, until) = (self.optional("within"), self.optional("until"));
        let (encounter_within, except) = (self.optional("encounter-within"), self.optional("except"));
        let of = self.aging(concept, RawTimes { within, until, encounter_within }, except.unwrap_or_default());
        let or: Vec<RawAging> = self.optional("or").unwrap_or_default();
        let or = or.into_iter().map(|raw| {
            let concept = self.known_concept(raw.concept, CONDITION);
            let (within, until, encounter_within) = (raw.within, raw.until, raw.encounter_within);
            self.aging(concept, RawTimes { within, until, encounter_within }, raw.except)
        });
        RecordedCondition {
            of,
            or: or.collect(),
            active: self.one_of("state", &[("active", true), ("recorded", false)]).unwrap_or_default(),
            unless: self.concept_if_any("unless", CONDITION),
            apart_from: self.concept_if_any("apart-from", CONDITION),
            possible: self.optional("possible").unwrap_or_default(),
        }
    }

    fn aging(&mut self, concept: ConceptId, times: RawTimes, except: Vec<Id>) -> Aging {
        let days = |word: Option<Word<Days>>| word.map(|Word(Days(days))| days);
        let (within_days, until_days) = (days(times.within), days(times.until));
        if until_days.is_some_and(|until| within_days.is_none_or(|within| until < within)) {
            self.reader.note(self.start, "`until` needs a `within` that is not longer");
        }
        let except = except.into_iter().map(|id| self.indication(id)).collect();
        Aging { concept, within_days, until_days, encounter_days: days(times.encounter_within), except }
    }

    fn medication(&mut self) -> Option<RecordedMedication> {
        let concepts = match self.concept_if_any("concept", MEDICATION) {
            Some(concept) => vec![concept],
            None => self.concepts("concepts", MEDICATION),
        };
        let within = self.optional("within").map(|Word(Days(days))| days);
        let least = self.optional("for").map(|Word(Days(days))| days);
        let minimum = self.optional("minimum").map(|Word(Days(days))| days);
        let or_doses: Option<usize> = self.optional("or-doses");
        let after: Option<Vec<Id>> = self.optional("after");
        let after: Vec<ConceptId> =
            after.into_iter().flatten().map(|id| self.known_concept(id, POSITIVE_OR_PRESENT)).collect();
        let states =
            ["course-completed", "taken", "ended", "current", "going-on", "unreadable"].map(|state| (state, state));
        let begun_within = self.optional("begun-within").map(|Word(Days(days))| days);
        let state = self.one_of("state", &states)?;
        let is_of_completed = minimum.is_some() || or_doses.is_some() || !after.is_empty();
        let state = match (state, within, least, minimum) {
            ("course-completed", None, None, Some(minimum_days)) => {
                MedicationState::CourseCompleted(CompletedCourse { minimum_days, or_doses, after })
            }
            ("taken", within, None, None) if !is_of_completed => MedicationState::Taken(within),
            ("ended", within, None, None) if !is_of_completed => MedicationState::Ended(within),
            ("current", Some(within), None, None) if !is_of_completed => MedicationState::Current(within),
            ("unreadable", None, None, None) if !is_of_completed => MedicationState::Unreadable,
            ("going-on", None, Some(least), None) if !is_of_completed => MedicationState::GoingOn(least),
            _ => {
                return self.refuse(
                    "state current needs `within`, going-on needs `for`, course-completed needs `minimum` and may have \
                     `or-doses` and `after`; taken and ended may have `within`; unreadable has nothing; nothing else goes with them",
                );
            }
        };
        if begun_within.is_some() && !matches!(state, MedicationState::Current(_)) {
            return self.refuse("`begun-within` belongs to the state current");
        }
        Some(RecordedMedication { concepts, state, begun_within })
    }

    fn on_treatment(&mut self) -> Option<OnTreatment> {
        let RawOnTreatment { with, at_least, begun_within, ended_within } = self.optional("on-treatment")?;
        let (Word(Days(for_days)), Word(Days(before_start_days))) = (at_least, begun_within);
        let Word(Days(ended_within_days)) = ended_within;
        let with = with.into_iter().map(|id| self.medicine(id)).collect();
        Some(OnTreatment { with, for_days, before_start_days, ended_within_days })
    }

    fn dose(&mut self) -> Option<DoseFinding> {
        let route = self.optional("route-not").map(|id| DoseFinding::RouteNot(self.route(id)));
        let amount = self.optional("amount-not").map(|Word(Milligrams(amount))| DoseFinding::AmountNot(amount));
        let other = self.optional("interval-not").map(|Word(Days(days))| DoseFinding::IntervalNot(days));
        let same = self.optional("interval-is").map(|Word(Days(days))| DoseFinding::IntervalIs(days));
        let conflict = self.optional("product-conflicts-with-route") == Some(true);
        let conflict = conflict.then_some(DoseFinding::ProductConflictsWithRoute);
        self.exactly_one([route, amount, other, same, conflict], "a dose finding names exactly one thing")
    }

    fn product(&mut self) -> Option<ProductFinding> {
        let lacks = self.optional("lacks-indication").map(|id| ProductFinding::LacksIndication(self.indication(id)));
        let unknown = (self.optional("recognised") == Some(false)).then_some(ProductFinding::NotRecognised);
        self.exactly_one([lacks, unknown], "a product finding is lacks-indication = \"…\" or recognised = false")
    }

    fn parts(&mut self, value: Spanned<DeValue<'a>>, earlier: &[Criterion]) -> Option<Vec<String>> {
        let parts: Vec<Id> = self.reader.value(value)?;
        for part in parts.iter().filter(|part| !earlier.iter().any(|criterion| criterion.id == *part.get_ref())) {
            self.reader.note_at(part, &format!("`{part}` does not stand before this criterion"));
        }
        Some(parts.into_iter().map(Spanned::into_inner).collect())
    }

    fn concept(&mut self, key: &'static str, wanted: Wanted) -> ConceptId {
        let id = self.required(key);
        id.map_or_else(|| Arc::from(""), |id| self.known_concept(id, wanted))
    }

    fn concept_if_any(&mut self, key: &'static str, wanted: Wanted) -> Option<ConceptId> {
        let id = self.optional(key)?;
        Some(self.known_concept(id, wanted))
    }

    fn concepts(&mut self, key: &'static str, wanted: Wanted) -> Vec<ConceptId> {
        let ids: Option<Vec<Id>> = self.required(key);
        if ids.as_ref().is_some_and(Vec::is_empty) {
            self.refuse::<()>(&format!("`{key}` is empty"));
        }
        ids.into_iter().flatten().map(|id| self.known_concept(id, wanted)).collect()
    }

    fn known_concept(&mut self, id: Id, (word, is): Wanted) -> ConceptId {
        match self.context.concepts.get(id.get_ref()) {
            None => {
                let of_kind = self.context.concepts.0.iter().filter(|(_, concept)| is(&concept.kind));
                let known: Vec<&str> = of_kind.map(|(id, _)| &**id).collect();
                self.reader.note_unknown(id.span().start, "concept", id.get_ref(), known);
            }
            Some(concept) if !is(&concept.kind) => {
                self.reader.note_at(&id, &format!("concept `{id}` is not a {word}"));
            }
            Some(_) => {}
        }
        Arc::from(id.into_inner())
    }

    fn indication(&mut self, id: Id) -> String {
        let mut known = self.context.drug.indications.iter().map(|indication| indication.id.as_str());
        if !known.any(|known| known == id.get_ref()) {
            let known = self.context.drug.indications.iter().map(|indication| indication.id.as_str());
            self.reader.note_unknown(id.span().start, "indication", id.get_ref(), known);
        }
        id.into_inner()
    }

    /// A medicine: a concept, or the drug itself.
    fn medicine(&mut self, id: Id) -> ConceptId {
        if *id.get_ref() == *self.context.drug.id {
            return self.context.drug.id.clone();
        }
        self.known_concept(id, MEDICATION)
    }

    /// What the drug's plan says how often to watch.
    fn monitored(&mut self, of: Id) -> String {
        let plan = &self.context.drug.monitoring;
        if !plan.iter().any(|row| row.of == *of.get_ref()) {
            let known: Vec<&str> = plan.iter().map(|row| row.of.as_str()).collect();
            self.reader.note_unknown(of.span().start, "monitoring", of.get_ref(), known);
        }
        of.into_inner()
    }

    fn route(&mut self, id: Id) -> String {
        if !self.context.drug.routes.iter().any(|route| route.id == *id.get_ref()) {
            self.reader.note_at(&id, &format!("unknown route `{id}`"));
        }
        id.into_inner()
    }
}
