//! Reads the kinds that are about the order itself: its dose, its words, its product, and the same drug twice.

use super::Id;
use crate::table::Table;
use crate::word::{Days, Milligrams, Word};
use domain::criteria::{
    AmountFinding, DoseFinding, DoseWords, Duplicate, LabelDose, LabelDoseFinding, ProductFinding, ScheduleFinding,
};

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

/// The words of a criterion on what the order says of its dose in words.
pub(super) const DOSE_WORDS: [(&str, DoseWords); 5] = [
    ("only", DoseWords::Only),
    ("contradict", DoseWords::Contradict),
    ("beyond-label", DoseWords::BeyondLabel),
    ("as-needed", DoseWords::AsNeeded),
    ("capped", DoseWords::Capped),
];

impl Table<'_, '_, '_> {
    pub(super) fn label_dose(&mut self) -> Option<LabelDose> {
        let is = self.one_of("is", &LABEL_DOSES)?;
        let weight = self.context.drug.weight.as_ref().map(|weight| weight.concept.clone());
        Some(LabelDose { is, weight })
    }

    pub(super) fn dose(&mut self) -> Option<DoseFinding> {
        let route = self.optional("route-not").map(|id| DoseFinding::RouteNot(self.route(id)));
        let amount = self.optional("amount-not").map(|Word(Milligrams(amount))| DoseFinding::AmountNot(amount));
        let other = self.optional("interval-not").map(|Word(Days(days))| DoseFinding::IntervalNot(days));
        let same = self.optional("interval-is").map(|Word(Days(days))| DoseFinding::IntervalIs(days));
        let conflict = self.optional("product-conflicts-with-route") == Some(true);
        let conflict = conflict.then_some(DoseFinding::ProductConflictsWithRoute);
        self.exactly_one([route, amount, other, same, conflict], "a dose finding names exactly one thing")
    }

    pub(super) fn product(&mut self) -> Option<ProductFinding> {
        let lacks = self.optional("lacks-indication").map(|id| ProductFinding::LacksIndication(self.indication(id)));
        let unknown = (self.optional("recognised") == Some(false)).then_some(ProductFinding::NotRecognised);
        self.exactly_one([lacks, unknown], "a product finding is lacks-indication = \"…\" or recognised = false")
    }

    pub(super) fn duplicate(&mut self) -> Option<Duplicate> {
        let (from, to): (Option<Id>, Option<Id>) = (self.optional("from-route"), self.optional("to-route"));
        let routes = from.zip(to).map(|(from, to)| (self.route(from), self.route(to)));
        match (self.one_of("among", &[("drafts", true), ("record", false)])?, routes) {
            (true, None) => Some(Duplicate::Draft),
            (false, None) => Some(Duplicate::OtherProduct),
            (false, Some((from, to))) => Some(Duplicate::Switch(from, to)),
            (true, Some(_)) => self.refuse("from-route and to-route belong to among = \"record\""),
        }
    }
}
