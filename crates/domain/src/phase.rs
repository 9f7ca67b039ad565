//! The treatment phase of an order: whether it starts a first course or continues a treatment.
//!
//! The label's limits for a start concern a first course only. Mistaking a renewal for a start warns without need, and
//! mistaking a start for a renewal misses a low count. Therefore "undetermined" is a phase of its own.

use super::fact::{Facts, Medication, Source, Taking};
use super::order::DrugOrder;
use super::rule::Drug;
use super::time::{Age, Clock};

/// The treatment phase of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The medication history was retrieved and holds no exposure.
    NewStart,
    /// Requested before, but nothing shows that a dose was taken.
    Prescribed,
    /// Exposure within the window.
    Continuation,
    /// Taken, and paused for longer than a continuation allows, but not for so long that everything begins anew.
    Resumption,
    /// Exposure, but none within the window.
    Restart,
    /// The medication history could not be retrieved in full. The limits for a start are used, and the card says so.
    Undetermined,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Phase; 6] = [
        Phase::NewStart,
        Phase::Prescribed,
        Phase::Continuation,
        Phase::Resumption,
        Phase::Restart,
        Phase::Undetermined,
    ];

    /// The phases in which a treatment begins, or may begin: all that is asked before a first dose is asked there.
    pub const STARTS: [Phase; 5] =
        [Phase::NewStart, Phase::Prescribed, Phase::Resumption, Phase::Restart, Phase::Undetermined];

    /// The stable code, as it appears in assessments and in the library.
    pub fn code(self) -> &'static str {
        match self {
            Phase::NewStart => "new-start",
            Phase::Prescribed => "prescribed",
            Phase::Continuation => "continuation",
            Phase::Resumption => "resumption",
            Phase::Restart => "restart",
            Phase::Undetermined => "undetermined",
        }
    }

    /// The phase with this code.
    pub fn from_code(code: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.code() == code)
    }

    /// The phase in running text.
    pub fn words(self) -> &'static str {
        match self {
            Phase::NewStart => "new start",
            Phase::Prescribed => "ordered before, no dose on record",
            Phase::Continuation => "continuation",
            Phase::Resumption => "resumption after a pause",
            Phase::Restart => "restart",
            Phase::Undetermined => "assumed to be a new start (medication history not fully available)",
        }
    }

    /// The phase in the headline of a card, where there is no room for the reason.
    pub fn in_headline(self) -> &'static str {
        match self {
            Phase::Undetermined => "assumed new start",
            phase => phase.words(),
        }
    }
}

/// The phase of an order, with the exposures that show it, the latest first.
pub fn phase(drug: &Drug, facts: &Facts, order: &DrugOrder, clock: &Clock) -> (Phase, Vec<Source>) {
    let exposures: Vec<&Medication> = facts
        .medications
        .iter()
        .filter(|m| m.concept == drug.id && (order.is_current_treatment || m.source.reference != order.reference))
        .filter(|m| matches!(m.taking, Taking::Taken | Taking::Completed) && !by_this_order(m, order))
        .collect();
    let recent = |m: &&&Medication| {
        (m.ongoing && (!m.asked_for || order.is_current_treatment))
            || m.last_taken.as_ref().is_some_and(|last| clock.age(last, drug.exposure_days) == Age::Within)
    };
    let undated = |m: &&Medication| {
        (!m.ongoing || (m.asked_for && !order.is_current_treatment))
            && m.last_taken.as_ref().is_none_or(|last| clock.age(last, drug.exposure_days) == Age::Straddles)
    };
    let sources = |found: &[&Medication]| found.iter().map(|m| m.source.clone()).collect();
    let current: Vec<&Medication> = exposures.iter().filter(recent).copied().collect();
    if !current.is_empty() {
        (Phase::Continuation, sources(&current))
    } else if facts.gaps.contains_key(&drug.id) || exposures.iter().any(undated) {
        (Phase::Undetermined, sources(&exposures))
    } else if exposures.is_empty() {
        (Phase::NewStart, Vec::new())
    } else {
        (Phase::Restart, sources(&exposures))
    }
}

/// Whether a dose may be the first one of this very order: on the same day, and not certainly before it was written.
fn by_this_order(medication: &Medication, order: &DrugOrder) -> bool {
    match (&medication.first_taken, &order.authored) {
        (Some(first), Some(authored)) => {
            let one_day =
                first.first() == first.last() && (first.first(), first.last()) == (authored.first(), authored.last());
            one_day && !order.is_current_treatment && !authored.is_after(first)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Phase, phase};
    use crate::fact::{Medication, Taking};
    use crate::order::DrugOrder;
    use crate::testing::{Fact, clock, drug, facts, medicine_as, order, when};
    use crate::truth::Reason;
    use Taking::{Completed, NotTaken, Nothing, Planned, Taken};

    fn dose(taking: Taking, day: &str) -> Fact {
        medicine_as("drug", taking, day)
    }

    fn changed(fact: Fact, change: impl FnOnce(&mut Medication)) -> Fact {
        let Fact::Medicine(mut medication) = fact else { panic!("a medicine") };
        change(&mut medication);
        Fact::Medicine(medication)
    }

    fn found(known: &[Fact], order: &DrugOrder) -> (Phase, usize) {
        let (phase, exposures) = phase(&drug(), &facts(known), order, &clock());
        (phase, exposures.len())
    }

    #[test]
    fn truth() {
        let gap = Fact::Gap("drug", Reason::NotRetrieved);
        let asked_for = changed(dose(Taken, ""), |m| m.asked_for = true);
        for (name, known, expected) in [
            ("no exposure", vec![], (Phase::NewStart, 0)),
            ("another medicine", vec![medicine_as("other", Taken, "2026-11-01")], (Phase::NewStart, 0)),
            ("ongoing", vec![dose(Taken, "")], (Phase::Continuation, 1)),
            ("taken lately", vec![dose(Taken, "2026-11-01")], (Phase::Continuation, 1)),
            ("a whole course lately", vec![dose(Completed, "2026-11-01")], (Phase::Continuation, 1)),
            ("on the last day of the window", vec![dose(Taken, "2026-08-24")], (Phase::Continuation, 1)),
            ("a day before the window", vec![dose(Taken, "2026-08-23")], (Phase::Restart, 1)),
            ("a month that begins before the window", vec![dose(Taken, "2026-08")], (Phase::Undetermined, 1)),
            ("a month before the window", vec![dose(Taken, "2026-07")], (Phase::Restart, 1)),
            ("no date", vec![changed(dose(Taken, ""), |m| m.ongoing = false)], (Phase::Undetermined, 1)),
            ("not taken", vec![dose(NotTaken, "2026-11-01")], (Phase::NewStart, 0)),
            ("cancelled", vec![dose(Nothing, "2026-11-01")], (Phase::NewStart, 0)),
            ("planned", vec![dose(Planned, "2026-11-01")], (Phase::NewStart, 0)),
            ("asked for only", vec![asked_for], (Phase::Undetermined, 1)),
            (
                "asked for, long ago",
                vec![changed(dose(Taken, "2020-01-01"), |m| (m.asked_for, m.ongoing) = (true, true))],
                (Phase::Restart, 1),
            ),
            (
                "long ago and lately",
                vec![dose(Taken, "2020-01-01"), dose(Taken, "2026-11-01")],
                (Phase::Continuation, 1),
            ),
            ("part is missing", vec![gap.clone()], (Phase::Undetermined, 0)),
            ("long ago, and part is missing", vec![dose(Taken, "2020-01-01"), gap.clone()], (Phase::Undetermined, 1)),
            ("lately, and part is missing", vec![dose(Taken, "2026-11-01"), gap], (Phase::Continuation, 1)),
        ] {
            assert_eq!(found(&known, &order()), expected, "{name}");
        }
    }

    #[test]
    fn the_order_is_no_exposure_to_itself() {
        let own = changed(dose(Taken, "2026-11-01"), |m| {
            m.source = crate::fact::Source::new(order().reference, String::new(), None);
        });
        assert_eq!(found(std::slice::from_ref(&own), &order()), (Phase::NewStart, 0));
        let current = DrugOrder { is_current_treatment: true, ..order() };
        assert_eq!(found(&[own], &current), (Phase::Continuation, 1), "but the current treatment is one");
    }

    #[test]
    fn an_active_request_proves_the_current_treatment_only() {
        let asked_for = changed(dose(Taken, ""), |m| m.asked_for = true);
        let current = DrugOrder { is_current_treatment: true, ..order() };
        assert_eq!(found(&[asked_for], &current), (Phase::Continuation, 1));
    }

    /// The first dose of an order is often recorded before the order is judged again.
    #[test]
    fn the_first_dose_of_this_order_is_no_earlier_exposure() {
        let with = |first: &str| changed(dose(Taken, "2026-11-22"), |m| m.first_taken = when(first));
        let at = |authored: &str| DrugOrder { authored: when(authored), ..order() };
        let current = DrugOrder { is_current_treatment: true, ..at("2026-11-22") };
        for (name, first, order, phase) in [
            ("on the day of the order", "2026-11-22", at("2026-11-22"), Phase::NewStart),
            ("later on that day", "2026-11-22T08:00:00Z", at("2026-11-22T07:00:00Z"), Phase::NewStart),
            ("earlier on that day", "2026-11-22T06:00:00Z", at("2026-11-22T07:00:00Z"), Phase::Continuation),
            ("the day before", "2026-11-21", at("2026-11-22"), Phase::Continuation),
            ("the day after", "2026-11-22", at("2026-11-21"), Phase::Continuation),
            ("in the month of the order", "2026-11", at("2026-11"), Phase::Continuation),
            ("without a date of the order", "2026-11-22", at(""), Phase::Continuation),
            ("without a first date", "", at("2026-11-22"), Phase::Continuation),
            ("of the current treatment", "2026-11-22", current, Phase::Continuation),
        ] {
            assert_eq!(found(&[with(first)], &order).0, phase, "{name}");
        }
    }

    #[test]
    fn codes_are_read_back() {
        let words: std::collections::BTreeSet<&str> = Phase::ALL.into_iter().map(Phase::words).collect();
        assert_eq!(words.len(), Phase::ALL.len());
        assert_eq!(Phase::Restart.words(), "restart");
        for phase in Phase::ALL {
            assert_eq!(Phase::from_code(phase.code()), Some(phase));
        }
        assert_eq!((Phase::NewStart.code(), Phase::from_code("start")), ("new-start", None));
    }
}
