//! The closed set of kinds: one line for each, with its data and the key that rule files write.

use super::{
    AgeBelow, All, Any, CriterionKind, DailyDose, DoseFinding, DoseWords, Duplicate, Earlier, Explanation, Fall,
    Finding, LabelDose, Limit, Names, OnsetWithin, OrderedService, Planned, ProductFinding, Properties, Quantity,
    RecordedAllergy, RecordedCondition, RecordedMedication, RecordedWithin, TestResult,
};
use crate::assess::Subject;
use crate::fact::{Source, Verdict};

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
            pub(super) fn decide(&self, subject: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
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
