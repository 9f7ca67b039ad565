//! The order against the doses of the label for its use, route and body weight. The doses are data of the drug, one row
//! for each use and route, so that the same criteria hold for every use.

use rust_decimal::Decimal;

use super::label_amount::AmountFinding;
use super::label_schedule::ScheduleFinding;
use super::weight::{Unusable, Weight};
use super::{CriterionKind, DrugList, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::dose_table::{DoseBand, DoseRow, DoseTolerance};
use crate::fact::ConceptId;
use crate::truth::{Outcome, Reason};

/// How the order compares with the label.
#[derive(Debug, Clone)]
pub struct LabelDose {
    /// In what.
    pub is: LabelDoseFinding,
    /// The concept of the body weight, where the drug has one.
    pub weight: Option<ConceptId>,
}

/// In what the order is compared with the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelDoseFinding {
    /// One dose.
    Amount(AmountFinding),
    /// Route, interval, number of doses or age.
    Schedule(ScheduleFinding),
}

impl CriterionKind for LabelDose {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        match self.is {
            LabelDoseFinding::Amount(finding) => finding.decide(subject),
            LabelDoseFinding::Schedule(finding) => finding.decide(subject),
        }
    }

    fn properties(&self) -> Properties<'_> {
        let reads_weight = matches!(self.is, LabelDoseFinding::Amount(finding) if finding.reads_weight());
        let must_show: &[&str] = match self.is {
            LabelDoseFinding::Amount(AmountFinding::Weight) => &["met", "unknown"],
            _ => EVERY_OUTCOME,
        };
        let is_of_order = !matches!(
            self.is,
            LabelDoseFinding::Amount(AmountFinding::Weight)
                | LabelDoseFinding::Schedule(
                    ScheduleFinding::TooMany | ScheduleFinding::TooSoon | ScheduleFinding::UnderAge
                )
        );
        let concepts = self.weight.iter().filter(|_| reads_weight).collect();
        Properties { concepts, window_days: None, must_show, is_of_order }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, _: &Names<'_>) -> Explanation {
        let (met, not_met, unknown) = match self.is {
            LabelDoseFinding::Amount(finding) => finding.explain(),
            LabelDoseFinding::Schedule(finding) => finding.explain(),
        };
        let list = if self.is == LabelDoseFinding::Schedule(ScheduleFinding::Route) {
            DrugList::Routes
        } else {
            DrugList::Doses
        };
        Explanation { list: Some(list), ..Explanation::new(met, not_met, unknown) }
    }
}

/// What leaves a comparison with the label open.
pub(super) const OPEN: &str =
    "not on the order, or not readable in its field; or the rows of the label that may hold for it differ";

/// A row of the label that may hold for the order, with the band of weights that may.
#[derive(Clone, Copy)]
pub(super) struct Labelled<'d> {
    pub row: &'d DoseRow,
    pub band: &'d DoseBand,
}

/// What an order is compared with.
pub(super) struct Label<'d> {
    /// The rows and bands that may hold.
    pub doses: Vec<Labelled<'d>>,
    /// The same, and the bands of other weights.
    pub of_every_weight: Vec<Labelled<'d>>,
    /// The weight, where a dose depends on it.
    pub weight: Result<Weight, Unusable>,
    /// Whether the use is known and the label has a dose for it by this route.
    pub is_of_use: bool,
    /// How far an order may stand from it.
    pub tolerance: DoseTolerance,
}

impl<'d> Label<'d> {
    /// The label for an order by a route.
    pub fn of(subject: &Subject<'d>, route: Option<&str>) -> Label<'d> {
        let indication = subject.indication.id.as_deref();
        let rows = subject.drug.dose_rows(indication, route);
        let is_of_use = indication.is_some_and(|id| !rows.is_empty() && rows.iter().all(|row| row.is_for(id)));
        let of_every_weight: Vec<Labelled<'d>> =
            rows.iter().flat_map(|row| row.bands.iter().map(|band| Labelled { row, band })).collect();
        let weight = subject.weight().clone();
        let holds = |band: &DoseBand| weight.as_ref().map_or(true, |weight| band.holds(weight.kilograms));
        let doses = of_every_weight.iter().filter(|labelled| holds(labelled.band)).copied().collect();
        Label { doses, of_every_weight, weight, is_of_use, tolerance: subject.drug.tolerance }
    }

    /// Whether a dose of it depends on the body weight.
    pub fn is_by_weight(&self) -> bool {
        self.of_every_weight.iter().any(|labelled| labelled.row.is_by_weight())
    }

    /// Kilograms, where there is a usable weight.
    pub fn kilograms(&self) -> Option<Decimal> {
        self.weight.as_ref().ok().map(|weight| weight.kilograms)
    }

    /// What holds against each dose that may hold, or stays open; because of the weight, where that decides. Where the
    /// use is not known, or has no dose by this route, what is right for any use is not wrong.
    pub fn together(&self, answers: impl Iterator<Item = Option<bool>>) -> Outcome {
        let answers: Vec<Option<bool>> = answers.collect();
        match all_alike(&answers) {
            Outcome::Unknown(_) if !self.is_of_use && answers.contains(&Some(false)) => Outcome::NotMet,
            Outcome::Unknown(Reason::Absent) if self.depends_on_weight() => {
                Outcome::Unknown(self.weight.as_ref().err().map_or(Reason::Absent, |unusable| unusable.reason))
            }
            outcome => outcome,
        }
    }

    /// What holds against each row that may hold, whatever the weight: by each route what is right for any row is not
    /// wrong, and where the routes differ it stays open.
    pub fn rows_together(&self, holds: impl Fn(&Labelled<'_>) -> bool) -> Outcome {
        let mut routes: Vec<&str> = self.doses.iter().map(|labelled| labelled.row.route.as_str()).collect();
        routes.dedup();
        let by = |route: &str| {
            let mut of_route = self.doses.iter().filter(|labelled| labelled.row.route == route);
            Some(of_route.all(&holds))
        };
        all_alike(&routes.into_iter().map(by).collect::<Vec<_>>())
    }

    fn depends_on_weight(&self) -> bool {
        self.is_by_weight() || self.of_every_weight.iter().any(|labelled| labelled.band.weights().is_some())
    }

    /// The doses of the label in words, each once.
    pub fn words(&self) -> String {
        let mut all: Vec<String> = Vec::new();
        for labelled in &self.doses {
            let weights = labelled.band.weights().map(|weights| format!(" {weights}")).unwrap_or_default();
            let words = format!("{}{weights}", labelled.band.words());
            if !all.contains(&words) {
                all.push(words);
            }
        }
        format!("label: {}", all.join(", or "))
    }
}

/// The answer in which all agree.
fn all_alike(answers: &[Option<bool>]) -> Outcome {
    match answers.first() {
        Some(Some(true)) if answers.iter().all(|answer| *answer == Some(true)) => Outcome::Met,
        Some(Some(false)) if answers.iter().all(|answer| *answer == Some(false)) => Outcome::NotMet,
        _ => Outcome::Unknown(Reason::Absent),
    }
}

#[cfg(test)]
mod tests {
    use super::LabelDoseFinding::{Amount, Schedule};
    use super::{CriterionKind, Earlier, LabelDose, LabelDoseFinding};
    use crate::assess::Subject;
    use crate::criteria::{AmountFinding, Finding, ScheduleFinding};
    use crate::dose_table::DoseRow;
    use crate::order::{Dose, DrugOrder, Reading};
    use crate::rule::{Coding, Drug, Indication, Route, WeightAge, WeightRules};
    use crate::testing::{
        Fact, described, dose_band, dose_row, drug, indication, measured_as, medicine_as, number, order, rule, when,
        with_subject,
    };
    use crate::truth::Reason;
    use AmountFinding::{
        Above, AboveWeight, Below, BelowWeight, CalculatedAbove, FarAboveWeight, OtherWeight, Reduced, Weight,
    };
    use ScheduleFinding::{Closer, Continuing, Tighter, TooMany, TooSoon, UnderAge, Wider};

    /// The lung by skin; the joints by skin, and by vein with bands at 30 kg; the skull by vein, two doses 12 hours apart.
    fn labelled() -> Drug {
        let skin = |indication: &str| DoseRow {
            closest_days: number("7"),
            bands: vec![dose_band(None, None, "162 mg", "7", "14")],
            ..dose_row(&[indication], "skin", "162 mg", "162")
        };
        let mut joints = dose_row(&["joints"], "vein", "4 to 8 mg/kg", "800");
        joints.bands = vec![
            dose_band(None, Some("30"), "10 mg/kg", "28", "28"),
            dose_band(Some("30"), None, "4 to 8 mg/kg", "28", "28"),
        ];
        joints.bands[1].reduced_dose = Some(number("4"));
        let mut skull = dose_row(&["skull"], "vein", "8 mg/kg", "800");
        (skull.doses, skull.closest_days, skull.bands[0].interval) = (Some(2), number("0.5"), None);
        let coding = Coding { system: "urn:codes".to_owned(), code: "1".to_owned(), display: "one".to_owned() };
        let route = |id: &str| Route {
            id: id.to_owned(),
            value_set: "routes".into(),
            shown: format!("by {id}"),
            code: coding.clone(),
            interval_days: None,
        };
        let ages = vec![WeightAge { below_years: None, within_days: 365, least: number("2"), most: number("400") }];
        Drug {
            doses: vec![skin("lung"), skin("joints"), joints, skull],
            indications: vec![
                Indication { within_days: Some(365), ..indication("lung", None, &[]) },
                Indication { within_days: Some(40), ..indication("skull", None, &[]) },
            ],
            routes: vec![route("skin"), route("vein")],
            weight: Some(WeightRules { concept: "weight".into(), ages }),
            ..drug()
        }
    }

    fn found(is: LabelDoseFinding, order: &DrugOrder, indication: Option<&str>, known: &[Fact]) -> Finding {
        let kind = LabelDose { is, weight: Some("weight".into()) };
        with_subject(known, order, indication, |subject| {
            let drug = labelled();
            let &Subject { facts, indication, clock, .. } = subject;
            let subject = Subject::new(&drug, facts, order, indication, clock);
            kind.decide(&subject, Earlier { rule: &rule(Vec::new()), findings: &[] })
        })
    }

    fn read<T>(value: T) -> Reading<T> {
        Reading::Known(value, "as written".to_owned())
    }

    /// An order by a route, of `500 mg` or `8 mg/kg`, every so many days; what is empty is missing.
    fn of(route: &str, dose: &str, days: &str) -> DrugOrder {
        let dose = dose.split_once(' ').map(|(value, unit)| match unit {
            "mg" => Dose::Milligrams(number(value)),
            _ => Dose::PerKilogram(number(value)),
        });
        DrugOrder {
            route: if route.is_empty() { Reading::Missing } else { read(route.to_owned()) },
            dose: dose.map_or(Reading::Missing, read),
            interval: if days.is_empty() { Reading::Missing } else { read(number(days)) },
            ..order()
        }
    }

    fn weighs(kilograms: &str) -> Vec<Fact> {
        vec![measured_as("weight", "2026-11-03", kilograms)]
    }

    fn weighed_long_ago() -> Vec<Fact> {
        vec![measured_as("weight", "2020-11-03", "50")]
    }

    #[test]
    fn amounts() {
        let joints = Some("joints");
        let odd = DrugOrder { dose: Reading::Unreadable("2 puffs".to_owned()), ..of("skin", "", "") };
        let capped = DrugOrder { most_per_dose: Some(number("800")), ..of("vein", "8 mg/kg", "") };
        for (name, is, order, indication, known, outcome) in [
            ("the most", Above, of("skin", "162 mg", ""), joints, vec![], "not-met"),
            ("more than the most", Above, of("skin", "162.1 mg", ""), joints, vec![], "met"),
            ("no dose", Above, of("skin", "", ""), joints, vec![], "unknown: absent"),
            ("a dose in odd words", Above, odd, joints, vec![], "unknown: unreadable"),
            ("by an unknown route, more than one most", Above, of("", "400 mg", ""), joints, vec![], "unknown: absent"),
            ("by an unknown route, more than each", Above, of("", "801 mg", ""), joints, vec![], "met"),
            ("for a use without this route", Above, of("vein", "801 mg", ""), Some("lung"), vec![], "met"),
            ("by a route without doses", Above, of("spine", "1 mg", ""), joints, vec![], "unknown: absent"),
            ("by weight, no amount to compare", Above, of("vein", "8 mg/kg", ""), joints, vec![], "not-applicable"),
            ("a dose by weight", CalculatedAbove, of("vein", "8 mg/kg", ""), joints, weighs("100"), "not-met"),
            ("more by weight", CalculatedAbove, of("vein", "8 mg/kg", ""), joints, weighs("101"), "met"),
            ("capped", CalculatedAbove, capped, joints, weighs("101"), "not-met"),
            ("without a weight", CalculatedAbove, of("vein", "8 mg/kg", ""), joints, vec![], "unknown: absent"),
            ("1.3 times", FarAboveWeight, of("vein", "520 mg", ""), joints, weighs("50"), "not-met"),
            ("more than 1.3 times", FarAboveWeight, of("vein", "520.1 mg", ""), joints, weighs("50"), "met"),
            ("beyond every weight", FarAboveWeight, of("vein", "13.1 mg/kg", ""), joints, vec![], "met"),
            ("beyond one weight", FarAboveWeight, of("vein", "13 mg/kg", ""), joints, vec![], "unknown: absent"),
            (
                "a weight of long ago",
                FarAboveWeight,
                of("vein", "520 mg", ""),
                joints,
                weighed_long_ago(),
                "unknown: stale",
            ),
            (
                "a weight of long ago, bands",
                OtherWeight,
                of("vein", "10 mg/kg", "28"),
                joints,
                weighed_long_ago(),
                "unknown: stale",
            ),
            ("right for one of the uses", CalculatedAbove, of("vein", "8 mg/kg", ""), None, vec![], "unknown: absent"),
            ("for an unknown use", FarAboveWeight, of("vein", "520.1 mg", ""), None, weighs("50"), "met"),
            (
                "where no dose is by weight",
                FarAboveWeight,
                of("skin", "520 mg", ""),
                joints,
                weighs("50"),
                "not-applicable",
            ),
            ("rounded up", AboveWeight, of("vein", "440 mg", ""), joints, weighs("50"), "not-met"),
            ("above", AboveWeight, of("vein", "440.1 mg", ""), joints, weighs("50"), "met"),
            ("above, by weight", AboveWeight, of("vein", "8.1 mg/kg", ""), joints, weighs("50"), "met"),
            ("rounded down", BelowWeight, of("vein", "180 mg", ""), joints, weighs("50"), "not-met"),
            ("below, for an unknown use", BelowWeight, of("vein", "180 mg", ""), None, weighs("50"), "unknown: absent"),
            ("below", BelowWeight, of("vein", "179.9 mg", ""), joints, weighs("50"), "met"),
            ("below, and the most", BelowWeight, of("vein", "3.9 mg/kg", ""), joints, weighs("210"), "not-met"),
            ("nothing by weight", BelowWeight, of("skin", "100 mg", ""), joints, weighs("50"), "not-met"),
            ("less than the one dose", Below, of("skin", "145.7 mg", ""), joints, vec![], "met"),
            ("a tenth less", Below, of("skin", "145.8 mg", ""), joints, vec![], "not-met"),
            ("that of another weight", OtherWeight, of("vein", "10 mg/kg", "28"), joints, weighs("30"), "met"),
            ("that of this weight", OtherWeight, of("vein", "10 mg/kg", "28"), joints, weighs("29.9"), "not-met"),
            ("of no weight", OtherWeight, of("vein", "20 mg/kg", "28"), joints, weighs("30"), "not-met"),
            ("another weight, perhaps", OtherWeight, of("vein", "10 mg/kg", "28"), joints, vec![], "unknown: absent"),
            ("where no weight matters", OtherWeight, of("skin", "162 mg", "7"), joints, vec![], "not-applicable"),
            ("reduced", Reduced, of("vein", "4 mg/kg", "28"), joints, weighs("30"), "met"),
            ("not reduced", Reduced, of("vein", "8 mg/kg", "28"), joints, weighs("30"), "not-met"),
            ("above, for an unknown use", AboveWeight, of("vein", "600 mg", ""), None, weighs("50"), "not-applicable"),
            ("less, for an unknown use", Below, of("skin", "100 mg", ""), None, vec![], "not-applicable"),
            (
                "that of another weight, for an unknown use",
                OtherWeight,
                of("vein", "10 mg/kg", ""),
                None,
                weighs("30"),
                "not-applicable",
            ),
            ("reduced, for an unknown use", Reduced, of("vein", "4 mg/kg", "28"), None, weighs("30"), "not-applicable"),
            (
                "by a route of other uses",
                FarAboveWeight,
                of("vein", "801 mg", ""),
                Some("lung"),
                weighs("50"),
                "not-applicable",
            ),
            (
                "per kilogram, by a route of other uses",
                CalculatedAbove,
                of("vein", "8 mg/kg", ""),
                Some("lung"),
                weighs("101"),
                "not-applicable",
            ),
            (
                "per kilogram, by a route without doses",
                FarAboveWeight,
                of("spine", "8 mg/kg", ""),
                None,
                weighs("50"),
                "not-applicable",
            ),
            ("weighed", Weight, of("vein", "8 mg/kg", ""), joints, weighs("30"), "met"),
            ("not weighed", Weight, of("vein", "500 mg", ""), joints, vec![], "unknown: absent"),
            ("no weight needed", Weight, of("skin", "162 mg", ""), joints, vec![], "not-applicable"),
        ] {
            assert_eq!(found(Amount(is), &order, indication, &known).outcome.to_string(), outcome, "{name}");
        }
    }

    #[test]
    fn schedules() {
        let (joints, skull) = (Some("joints"), Some("skull"));
        let counted = |doses| DrugOrder { doses: Some(doses), ..of("vein", "8 mg/kg", "1") };
        let once = || of("vein", "8 mg/kg", "");
        let twice = || DrugOrder { doses: Some(2), ..once() };
        let given = |at: &str| medicine_as("drug", crate::fact::Shown::Administered, at);
        let born = |date: &str| Fact::Birth(Ok(when(date).expect("a date")));
        for (name, is, order, indication, known, outcome) in [
            ("the closest", Closer, of("skin", "", "7"), joints, vec![], "not-met"),
            ("closer", Closer, of("skin", "", "6.9"), joints, vec![], "met"),
            ("closer for one use", Closer, of("vein", "", "1"), None, vec![], "not-met"),
            ("no interval", Closer, of("skin", "", ""), joints, vec![], "unknown: absent"),
            ("a tenth tighter", Tighter, of("vein", "", "25.2"), joints, vec![], "not-met"),
            ("tighter", Tighter, of("vein", "", "25"), joints, vec![], "met"),
            ("no interval to compare", Tighter, of("vein", "", ""), joints, vec![], "not-applicable"),
            ("a tenth wider", Wider, of("skin", "", "15.4"), joints, vec![], "not-met"),
            ("wider", Wider, of("skin", "", "15.5"), joints, vec![], "met"),
            ("wider, where none is given", Wider, of("vein", "", "28"), skull, vec![], "not-met"),
            ("wider, for an unknown use", Wider, of("vein", "", "90"), None, vec![], "unknown: absent"),
            ("no more than the number", Continuing, counted(2), skull, vec![], "not-met"),
            ("more than the number", Continuing, counted(3), skull, vec![], "met"),
            ("going on", Continuing, of("vein", "", "1"), skull, vec![], "met"),
            ("one dose", Continuing, once(), skull, vec![], "not-met"),
            ("a use that goes on", Continuing, once(), joints, vec![], "not-applicable"),
            ("one given", TooMany, once(), skull, vec![given("2026-11-20")], "not-met"),
            ("two given", TooMany, once(), skull, vec![given("2026-11-20"), given("2026-11-21")], "met"),
            (
                "one given twice on record",
                TooMany,
                once(),
                skull,
                vec![given("2026-11-20"), given("2026-11-20")],
                "not-met",
            ),
            ("an order of two, none given", TooMany, twice(), skull, vec![], "not-met"),
            (
                "an order of three, none given",
                TooMany,
                DrugOrder { doses: Some(3), ..once() },
                skull,
                vec![],
                "not-met",
            ),
            ("an order of two, one given", TooMany, twice(), skull, vec![given("2026-11-21")], "met"),
            ("given 40 days ago", TooMany, once(), skull, vec![given("2026-10-13"), given("2026-11-21")], "met"),
            ("in an episode before", TooMany, once(), skull, vec![given("2026-10-12"), given("2026-11-21")], "not-met"),
            (
                "not retrieved",
                TooMany,
                once(),
                skull,
                vec![Fact::Gap("drug", Reason::NotRetrieved)],
                "unknown: not-retrieved",
            ),
            ("given 11 hours ago", TooSoon, once(), skull, vec![given("2026-11-21T22:00:00Z")], "met"),
            ("given 12 hours ago", TooSoon, once(), skull, vec![given("2026-11-21T21:00:00Z")], "not-met"),
            ("given on the day before", TooSoon, once(), skull, vec![given("2026-11-21")], "unknown: boundary"),
            ("given two days before", TooSoon, once(), skull, vec![given("2026-11-20")], "not-met"),
            ("none given", TooSoon, once(), skull, vec![], "not-met"),
            ("of age", UnderAge, once(), joints, vec![born("2008-11-22")], "not-met"),
            ("under age", UnderAge, once(), joints, vec![born("2008-11-23")], "met"),
            ("of an unknown age", UnderAge, once(), joints, vec![], "unknown: absent"),
            ("for an unknown use", UnderAge, once(), None, vec![born("2008-11-23")], "not-applicable"),
        ] {
            assert_eq!(found(Schedule(is), &order, indication, &known).outcome.to_string(), outcome, "{name}");
        }
    }

    #[test]
    fn the_arithmetic_is_shown_with_the_weight() {
        let order = of("vein", "800 mg", "28");
        let words = found(Amount(FarAboveWeight), &order, Some("joints"), &weighs("72")).words;
        assert_eq!(
            (words.limit.as_deref(), words.ratio.as_deref()),
            (Some("8 mg/kg = 576 mg"), Some("1.39 times the label"))
        );
        let range = "4 to 8 mg/kg x 72 kg (3 Nov 2026) = 288 to 576 mg; ordered 800 mg; label: 4 to 8 mg/kg every 4 weeks from 30 kg";
        assert_eq!(words.range.as_deref(), Some(range));
        let below = found(Amount(BelowWeight), &of("vein", "72 mg", ""), Some("joints"), &weighs("72")).words;
        assert_eq!(
            (below.limit.as_deref(), below.ratio.as_deref()),
            (Some("4 mg/kg = 288 mg"), Some("0.25 times the label")),
            "the lower end decides what is too little"
        );
        for (dose, ratio) in
            [("801 mg", Some("above the limit")), ("800 mg", None), ("1600 mg", Some("2 times the limit"))]
        {
            let above = found(Amount(Above), &of("vein", dose, ""), Some("joints"), &[]);
            assert_eq!(above.words.ratio.as_deref(), ratio, "{dose}");
        }
        let calculated = found(Amount(CalculatedAbove), &of("vein", "8 mg/kg", ""), Some("joints"), &weighs("110"));
        assert_eq!(calculated.words.value.as_deref(), Some("880 mg"));
        assert_eq!(calculated.evidence.len(), 2, "the order and the weight");
    }

    #[test]
    fn description() {
        for (is, shows, reads, list) in [
            (Amount(Above), "met, not-met, unknown", "", "Doses"),
            (Amount(FarAboveWeight), "met, not-met, unknown", "weight", "Doses"),
            (Amount(Weight), "met, unknown", "weight", "Doses"),
            (Schedule(ScheduleFinding::Route), "met, not-met, unknown", "", "Routes"),
            (Schedule(TooMany), "met, not-met, unknown", "", "Doses"),
        ] {
            let of_order = !matches!(is, Amount(Weight) | Schedule(TooMany));
            let lines = described(&mut LabelDose { is, weight: Some("weight".into()) });
            assert_eq!(lines[0], format!("reads: {reads}"), "{is:?}");
            assert_eq!(lines[2], format!("shows: {shows}"), "{is:?}");
            assert_eq!(lines[3], format!("of the order: {of_order}"), "{is:?}");
            for (line, start) in lines[4..7].iter().zip(["met: ", "not met: ", "unknown: "]) {
                assert!(line.starts_with(start) && line.len() > start.len(), "{is:?} {line}");
            }
            assert_eq!(lines.last().map(String::as_str), Some(format!("list: {list}").as_str()), "{is:?}");
        }
    }

    /// The handbook tells the findings apart.
    #[test]
    fn every_finding_is_explained_in_words_of_its_own() {
        let amounts =
            [Above, AboveWeight, Below, BelowWeight, CalculatedAbove, FarAboveWeight, OtherWeight, Reduced, Weight];
        let schedules = [Closer, Continuing, Tighter, TooMany, TooSoon, UnderAge, Wider, ScheduleFinding::Route];
        let all = || amounts.map(Amount).into_iter().chain(schedules.map(Schedule));
        let met = all().map(|is| described(&mut LabelDose { is, weight: None }).swap_remove(4));
        assert_eq!(met.collect::<std::collections::BTreeSet<String>>().len(), all().count());
    }
}
