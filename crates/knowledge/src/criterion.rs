//! One criterion of a rule file: exactly one kind, and everything it names checked against the rest of the library.

/// The kind `condition`.
mod condition;
/// The kind `medication`, and treatments.
mod medication;
/// What a criterion names.
mod named;
/// The kinds about the order.
mod order;
/// The kind `quantity`.
mod quantity;

use toml::Spanned;
use toml::de::DeValue;

use self::named::{ALLERGY, ANY_CONCEPT, COMPARED, CONDITION, MEASUREMENT, ORDER, TEST};
use self::order::DOSE_WORDS;
use super::concepts::ConceptKind;
use super::mistake::{Reader, meant};
use super::rules::Context;
use super::table::Table;
use super::word::{Days, Word};
use domain::criteria::{
    AgeBelow, All, Any, DailyDose, Fall, Kind, KindName, OnsetWithin, OrderedService, Planned, RecordedAllergy,
    RecordedWithin, TestResult,
};
use domain::fact::Verdict;
use domain::rule::{Criterion, WindowBounds};

/// The id of a concept, an indication, a route or another criterion, with its place.
type Id = Spanned<String>;

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
        let known = context.drug.indications.iter().filter_map(|indication| indication.family.as_deref());
        reader.note_unknown(family.span().start, "family of indications", family.get_ref(), known);
    }
    family.into_inner()
}

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
            KindName::LabelDose => Kind::LabelDose(self.open(value).label_dose()?),
            KindName::DoseWords => Kind::DoseWords(self.open(value).one_of("is", &DOSE_WORDS)?),
            KindName::Product => Kind::Product(self.open(value).product()?),
            KindName::Duplicate => Kind::Duplicate(self.open(value).duplicate()?),
            KindName::Age => {
                Kind::Age(AgeBelow { years: self.open(value).required("below-years").unwrap_or_default() })
            }
            KindName::All => Kind::All(All(self.parts(value, earlier)?)),
            KindName::Any => Kind::Any(Any(self.parts(value, earlier)?)),
        })
    }

    /// The bounds of `within` that a site may choose from. The window of the library must lie between them.
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

    fn parts(&mut self, value: Spanned<DeValue<'a>>, earlier: &[Criterion]) -> Option<Vec<String>> {
        let parts: Vec<Id> = self.reader.value(value)?;
        for part in parts.iter().filter(|part| !earlier.iter().any(|criterion| criterion.id == *part.get_ref())) {
            self.reader.note_at(part, &format!("`{part}` is not defined before this criterion"));
        }
        Some(parts.into_iter().map(Spanned::into_inner).collect())
    }
}
