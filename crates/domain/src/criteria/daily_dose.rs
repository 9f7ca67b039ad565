//! How much of a medicine is taken in a day, where the records of current medicines state it. All medicines of a group
//! are converted to one of them, such as all glucocorticoids to prednisone.

use rust_decimal::Decimal;

use super::medication::{MedicationState, RecordedMedication};
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{ConceptId, Medication};
use crate::truth::{Outcome, Reason};
use crate::words::amount;

/// So much of a medicine in a day.
#[derive(Debug)]
pub struct DailyDose {
    /// The medicine or the group.
    pub concept: ConceptId,
    /// The milligrams a day from which on it is met.
    pub from: Decimal,
}

impl CriterionKind for DailyDose {
    fn decide(&self, subject: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
        let (concepts, state) = (vec![self.concept.clone()], MedicationState::Current(0));
        let going_on = RecordedMedication { concepts, state, begun_within: None };
        let finding = going_on.decide(subject, earlier);
        if finding.outcome != Outcome::Met {
            return finding;
        }
        let is_cited = |m: &&Medication| m.concept == self.concept && finding.evidence.contains(&m.source);
        let records: Vec<&Medication> = subject.facts.medications.iter().filter(is_cited).collect();
        // One prescription has several records, so the largest dose counts and not the sum.
        let most = records.iter().filter_map(|m| Some((m.per_day?, *m))).max_by_key(|(dose, _)| *dose);
        let is_stated = records.iter().all(|m| m.per_day.is_some());
        match most {
            Some((dose, record)) if dose >= self.from || is_stated => {
                let outcome = if dose >= self.from { Outcome::Met } else { Outcome::NotMet };
                let mut finding = Finding::of(outcome, vec![record.source.clone()], subject);
                finding.words.value = Some(per_day(dose));
                finding.words.limit = Some(per_day(self.from));
                finding
            }
            _ => {
                let mut unknown = Finding { outcome: Outcome::Unknown(Reason::Absent), ..finding };
                unknown.words.why = Some("dose of a day not on record");
                unknown
            }
        }
    }

    fn properties(&self) -> Properties<'_> {
        Properties { concepts: vec![&self.concept], window_days: None, must_show: EVERY_OUTCOME, is_of_order: false }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let name = names.concept(&self.concept);
        Explanation::new(
            format!("{name} going on, or among the draft orders, with {} or more", per_day(self.from)),
            "less in a day, or the record says that it was not taken",
            "none recorded, or its dose is not stated as an amount and an interval",
        )
    }
}

fn per_day(milligrams: Decimal) -> String {
    format!("{} a day", amount(milligrams.round_dp(1), "mg"))
}

#[cfg(test)]
mod tests {
    use super::DailyDose;
    use crate::fact::Shown::{NotTaken, Planned, Prescribed, Stated};
    use crate::testing::{Fact, changed, cited, described, find, medicine, medicine_as, number, source, truth_table};

    fn kind() -> DailyDose {
        DailyDose { concept: "medicine".into(), from: number("15") }
    }

    fn dosed(fact: Fact, id: &str, dose: &str) -> Fact {
        changed(fact, |m| {
            m.per_day = (!dose.is_empty()).then(|| number(dose));
            m.source = source("MedicationRequest", id, "2026-11-01");
        })
    }

    #[test]
    fn truth() {
        let stated = |id, dose| dosed(medicine(Stated, ""), id, dose);
        truth_table(
            &kind(),
            &[
                ("nothing", &[], "unknown: absent"),
                ("exactly so much", &[stated("a", "15")], "met"),
                ("a little less", &[stated("a", "14.9")], "not-met"),
                ("no dose", &[stated("a", "")], "unknown: absent"),
                ("enough in one, no dose in another", &[stated("a", ""), stated("b", "20")], "met"),
                ("less in one, no dose in another", &[stated("a", ""), stated("b", "5")], "unknown: absent"),
                ("two that are too little each", &[stated("a", "10"), stated("b", "10")], "not-met"),
                ("among the drafts", &[dosed(medicine(Planned, ""), "a", "20")], "met"),
                ("a prescription that holds", &[dosed(medicine(Prescribed, "2026-11-01"), "a", "20")], "met"),
                ("over", &[dosed(medicine(Stated, "2026-11-01"), "a", "20")], "unknown: absent"),
                ("not taken", &[dosed(medicine(NotTaken, "2026-11-01"), "a", "20")], "not-met"),
            ],
        );
        let another = changed(medicine_as("other", Stated, ""), |m| {
            (m.per_day, m.source) = (Some(number("20")), source("MedicationRequest", "a", "2026-11-01"));
        });
        let found = find(&kind(), &[stated("a", "5"), another]);
        assert_eq!(found.outcome.to_string(), "not-met", "one prescription of two medicines");
        let found = find(&kind(), &[stated("a", "20"), stated("b", "5")]);
        assert_eq!(cited(&found), ["MedicationRequest/a"]);
        assert_eq!(found.words.value.as_deref(), Some("20 mg a day"));
        assert_eq!(found.words.limit.as_deref(), Some("15 mg a day"));
        assert_eq!(find(&kind(), &[stated("a", "")]).words.why, Some("dose of a day not on record"));
        let lines = described(&mut kind());
        assert_eq!(lines[4], "met: the medicine going on, or among the draft orders, with 15 mg a day or more");
    }
}
