//! The kinds of criteria. Each has one file that holds everything about it: its data, how it is decided, which concepts
//! it reads, its window, how the handbook explains it, what its cases must show, and its truth table as tests. Where that
//! is long, the file has a folder of its name, for the truth table and for steps of the decision.
//!
//! To add a kind, touch three places; after each the compiler names the next:
//!
//! 1. Write `criteria/NAME.rs`: a struct with the data, its `CriterionKind` and a truth table. The trait has no
//!    default methods, so none can be forgotten.
//! 2. Add the module here, and one line to the table of `kinds!` with the key that rule files write. `Kind::parts`
//!    then no longer compiles until it says whether the kind is made of other criteria.
//! 3. Read its table of a rule file in `knowledge/src/criterion.rs`: the `match` over `KindName` there does not
//!    compile without it.
//!
//! Nothing outside this module matches on `Kind`; code that needs to know something about every kind adds it to
//! `Properties`.

/// The age of the patient.
mod age;
/// Allergies and intolerances, and entries that deny them.
mod allergy;
/// Criteria that combine other criteria of the same rule.
mod combination;
/// Conditions.
mod condition;
/// How much of a medicine is taken in a day.
mod daily_dose;
/// Route, amount and interval of the order.
mod dose;
/// What the order says of the dose in words, beside its fields.
mod dose_words;
/// The same drug twice.
mod duplicate;
/// How the handbook explains a criterion.
mod explanation;
/// A measurement that fell.
mod fall;
/// What was found of a criterion.
mod finding;
/// One dose of the order against the label.
mod label_amount;
/// The order against the doses of the label.
mod label_dose;
/// Route, interval, number of doses and age against the label.
mod label_schedule;
/// Medicines taken, ended, ongoing or planned.
mod medication;
/// The choice among dated results: the newest usable one decides.
mod newest;
/// How long ago a condition began.
mod onset;
/// Services among the orders, of the record and of the call.
mod ordered;
/// Medicines and vaccines among the draft orders.
mod planned;
/// The product of the order.
mod product;
/// A number against a band.
mod quantity;
/// Results, studies and vaccines within a window.
mod recorded;
/// The verdict of a test.
mod result;
/// The body weight that a dose is calculated with.
mod weight;

pub use age::AgeBelow;
pub use allergy::RecordedAllergy;
pub use combination::{All, Any};
pub use condition::{Aging, RecordedCondition};
pub use daily_dose::DailyDose;
pub use dose::DoseFinding;
pub use dose_words::DoseWords;
pub use duplicate::Duplicate;
pub use explanation::{DrugList, Explanation, Names};
pub use fall::{Fall, OnTreatment};
pub use finding::{Earlier, Finding, Words};
pub use label_amount::AmountFinding;
pub use label_dose::{LabelDose, LabelDoseFinding};
pub use label_schedule::ScheduleFinding;
pub use medication::{CompletedCourse, MedicationState, RecordedMedication};
pub use onset::OnsetWithin;
pub use ordered::OrderedService;
pub use planned::Planned;
pub use product::ProductFinding;
pub use quantity::{Limit, Quantity};
pub use recorded::RecordedWithin;
pub use result::TestResult;
pub(crate) use weight::{Unusable, Weight, usable as usable_weight};

use super::assess::Subject;
use super::fact::{ConceptId, Source, Verdict};
use super::rule::Criterion;
use super::truth::{Outcome, Reason};

/// What each kind of criterion says of itself.
pub(crate) trait CriterionKind {
    /// Decides it for one order.
    fn decide(&self, subject: &Subject<'_>, earlier: Earlier<'_>) -> Finding;

    /// What other code needs to know of it without deciding it.
    fn properties(&self) -> Properties<'_>;

    /// Its window in days, for a site that changes it.
    fn window_mut(&mut self) -> Option<&mut i64>;

    /// How the handbook explains it.
    fn explain(&self, names: &Names<'_>) -> Explanation;
}

/// What other code needs to know of a criterion without deciding it.
#[derive(Debug)]
pub struct Properties<'a> {
    /// The concepts that it reads from the record or the draft orders.
    pub concepts: Vec<&'a ConceptId>,
    /// How old a record may be, in days, where the kind has such a window.
    pub window_days: Option<i64>,
    /// The codes of the outcomes that the cases of a rule must show of it.
    pub must_show: &'static [&'static str],
    /// Whether it is about the order itself, so that the patient's record cannot answer it.
    pub is_of_order: bool,
}

/// What cases must show of most kinds.
const EVERY_OUTCOME: &[&str] = &["met", "not-met", "unknown"];

/// Makes the closed set of kinds from a table: one line per kind, with its data and its key in rule files.
macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident($data:ty) = $key:literal,)+) => {
        /// How a criterion is decided: the closed set of kinds, each with its data.
        #[derive(Debug)]
        pub enum Kind {
            $($(#[$doc])+ $name($data),)+
        }

        /// The name of a kind, for code that reads or lists kinds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum KindName {
            $($(#[$doc])+ $name,)+
        }

        impl KindName {
            /// Every kind, in the order of the table.
            pub const ALL: &[KindName] = &[$(KindName::$name,)+];

            /// The key that names the kind in a rule file.
            pub fn key(self) -> &'static str {
                match self { $(KindName::$name => $key,)+ }
            }
        }

        impl Kind {
            fn decide(&self, subject: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
                match self { $(Kind::$name(data) => data.decide(subject, earlier),)+ }
            }

            /// What other code needs to know of it without deciding it.
            pub fn properties(&self) -> Properties<'_> {
                match self { $(Kind::$name(data) => data.properties(),)+ }
            }

            /// Its window in days, for a site that changes it.
            pub fn window_mut(&mut self) -> Option<&mut i64> {
                match self { $(Kind::$name(data) => data.window_mut(),)+ }
            }

            /// How the handbook explains it.
            pub fn explain(&self, names: &Names<'_>) -> Explanation {
                match self { $(Kind::$name(data) => data.explain(names),)+ }
            }
        }
    };
}

kinds! {
    /// A number against a band.
    Quantity(Quantity) = "quantity",
    /// The verdict of a test.
    Result(TestResult) = "result",
    /// A condition on record.
    Condition(RecordedCondition) = "condition",
    /// A medicine on record.
    Medication(RecordedMedication) = "medication",
    /// So much of a medicine in a day.
    DailyDose(DailyDose) = "daily-dose",
    /// A condition that began less than so many years ago.
    Onset(OnsetWithin) = "onset",
    /// A result, study or vaccine within a window.
    Recorded(RecordedWithin) = "recorded",
    /// A medicine or vaccine among the draft orders.
    Planned(Planned) = "planned",
    /// A service among the orders.
    Ordered(OrderedService) = "ordered",
    /// A measurement that fell.
    Fall(Fall) = "fall",
    /// An allergy on record.
    Allergy(RecordedAllergy) = "allergy",
    /// Route, amount or interval of the order.
    Dose(DoseFinding) = "dose",
    /// The order against the doses of the label for its use, route and weight.
    LabelDose(LabelDose) = "label-dose",
    /// The words of the order, beside its fields.
    DoseWords(DoseWords) = "dose-words",
    /// The product of the order.
    Product(ProductFinding) = "product",
    /// The same drug twice.
    Duplicate(Duplicate) = "duplicate",
    /// The patient is younger than so many years.
    Age(AgeBelow) = "age",
    /// All of these criteria of the same rule.
    All(All) = "all",
    /// Any of these criteria of the same rule.
    Any(Any) = "any",
}

impl KindName {
    /// The kind with this key.
    pub fn from_key(key: &str) -> Option<KindName> {
        KindName::ALL.iter().copied().find(|kind| kind.key() == key)
    }
}

impl Kind {
    /// The ids of the criteria that this one is made of.
    pub fn parts(&self) -> &[String] {
        match self {
            Kind::All(All(parts)) | Kind::Any(Any(parts)) => parts,
            Kind::Quantity(_)
            | Kind::Result(_)
            | Kind::Condition(_)
            | Kind::Medication(_)
            | Kind::DailyDose(_)
            | Kind::Onset(_)
            | Kind::Recorded(_)
            | Kind::Planned(_)
            | Kind::Ordered(_)
            | Kind::Fall(_)
            | Kind::Allergy(_)
            | Kind::Dose(_)
            | Kind::Product(_)
            | Kind::LabelDose(_)
            | Kind::DoseWords(_)
            | Kind::Duplicate(_)
            | Kind::Age(_) => &[],
        }
    }
}

impl Kind {
    /// Whether it rests on the date of birth.
    pub fn reads_date_of_birth(&self) -> bool {
        matches!(self, Kind::Age(_))
    }

    /// The band of a number for an indication, where the kind compares one with a band.
    pub fn limit(&self, indication: Option<&str>) -> Option<Limit<'_>> {
        match self {
            Kind::Quantity(quantity) => Some(quantity.limit(indication)),
            _ => None,
        }
    }

    /// Whether a record may count at all, by its time relative to the first dose.
    pub(crate) fn counts(&self, source: &Source, subject: &Subject<'_>) -> bool {
        match self {
            Kind::Quantity(quantity) => !quantity.before_first_dose || subject.before_first_dose(source),
            _ => true,
        }
    }

    /// Whether what the criterion finds can be lost from sight when its window is shortened. A positive test stays
    /// positive at any age.
    pub fn fades(&self) -> bool {
        !matches!(self, Kind::Result(TestResult { is: Verdict::Positive, .. }))
    }
}

/// Decides one criterion; `earlier` holds the findings of the criteria that come before it in its rule.
pub fn decide(criterion: &Criterion, subject: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
    let mut finding = criterion.kind.decide(subject, earlier);
    if finding.outcome == Outcome::Unknown(Reason::NotRetrieved) && finding.words.cause.is_none() {
        let concepts = criterion.kind.properties().concepts;
        finding.words.cause = concepts.into_iter().find_map(|concept| subject.facts.causes.get(concept).copied());
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::{AgeBelow, All, Any, Earlier, Kind, KindName, Planned, RecordedWithin, TestResult, decide};
    use crate::fact::Verdict;
    use crate::rule::Criterion;
    use crate::testing::{Fact, measured, order, rule, with_subject};
    use crate::truth::{Outcome, Reason};

    #[test]
    fn keys_name_kinds() {
        for kind in KindName::ALL {
            assert_eq!(KindName::from_key(kind.key()), Some(*kind));
        }
        assert_eq!((KindName::from_key("age"), KindName::from_key("ages")), (Some(KindName::Age), None));
    }

    #[test]
    fn a_kind_answers_with_its_own_data() {
        let parts = vec!["part".to_owned()];
        let mut recorded =
            Kind::Recorded(RecordedWithin { concepts: vec!["study".into()], within_days: 30, on_treatment: None });
        *recorded.window_mut().expect("a window") = 31;
        let properties = recorded.properties();
        assert_eq!((properties.window_days, properties.concepts.len()), (Some(31), 1));
        assert_eq!((recorded.parts().len(), properties.is_of_order), (0, false));
        assert_eq!(properties.must_show, ["met", "unknown"]);
        assert_eq!(Kind::All(All(parts.clone())).parts(), parts);
        assert_eq!(Kind::Any(Any(parts.clone())).parts(), parts);
        assert!(Kind::Planned(Planned { concepts: Vec::new() }).properties().is_of_order);
        assert_eq!(Kind::Age(AgeBelow { years: 18 }).properties().must_show, ["met", "not-met", "unknown"]);
        let tested = |is| {
            let concept = "test".into();
            let test =
                TestResult { concept, is, within_days: 30, or_condition: None, ever: false, positive_from: None };
            Kind::Result(test)
        };
        assert!(tested(Verdict::Negative).fades() && recorded.fades());
        assert!(!tested(Verdict::Positive).fades(), "a positive test stays positive at any age");
        assert!(Kind::Age(AgeBelow { years: 18 }).reads_date_of_birth() && !recorded.reads_date_of_birth());
        let number = Kind::Quantity(crate::testing::below_ten("measure"));
        assert!(number.limit(None).is_some() && recorded.limit(None).is_none(), "only a number has a band");
        let outcomes = [Outcome::Met, Outcome::NotMet, Outcome::Unknown(Reason::Absent)].map(Outcome::code);
        assert_eq!(super::EVERY_OUTCOME, outcomes);
    }

    /// A cause is shown only for what could not be retrieved.
    #[test]
    fn what_could_not_be_retrieved_has_its_cause() {
        let kind = Kind::Recorded(RecordedWithin {
            concepts: vec!["other".into(), "measure".into()],
            within_days: 30,
            on_treatment: None,
        });
        let criterion = Criterion {
            id: "id".to_owned(),
            finding: String::new(),
            name: String::new(),
            family: None,
            unlisted: false,
            kind,
        };
        let rule = rule(Vec::new());
        for (gap, known, cause) in [
            (Reason::NotRetrieved, vec![], Some("the server failed")),
            (Reason::Unreadable, vec![], None),
            (Reason::NotRetrieved, vec![measured("2026-11-01", "5")], None),
        ] {
            let known = [known, vec![Fact::Gap("measure", gap)]].concat();
            let found = with_subject(&known, &order(), None, |subject| {
                decide(&criterion, subject, Earlier { rule: &rule, findings: &[] })
            });
            assert_eq!(found.words.cause, cause, "{gap:?}");
        }
    }
}
