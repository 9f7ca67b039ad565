//! The age of the patient on the day of the order.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::Source;
use crate::time::years_between;
use crate::truth::{Outcome, Reason};

/// The patient is younger than so many years.
#[derive(Debug)]
pub struct AgeBelow {
    /// The age in years from which on the criterion is not met.
    pub years: i16,
}

/// More years than anybody has lived: a date of birth that is longer ago is not believed, nor is one in the future.
const OLDEST: i16 = 125;

impl CriterionKind for AgeBelow {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        below(self.years, subject)
    }

    fn properties(&self) -> Properties<'_> {
        Properties { concepts: Vec::new(), window_days: None, must_show: EVERY_OUTCOME, is_of_order: false }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, _: &Names<'_>) -> Explanation {
        let years = self.years;
        Explanation::new(
            format!("younger than {years} years on the day of the order"),
            format!("{years} years or older"),
            "no date of birth, one that is not believable, or a partial one that leaves it open",
        )
    }
}

fn years_words(years: i16) -> String {
    format!("{years} {}", if years == 1 { "year" } else { "years" })
}

/// Whether the patient is younger than so many years.
pub(super) fn below(years: i16, subject: &Subject<'_>) -> Finding {
    let (birth, source) = match &subject.facts.birth {
        None => return Finding::bare(Outcome::Unknown(Reason::Absent)),
        Some(Err(reason)) => return Finding::bare(Outcome::Unknown(*reason)),
        Some(Ok(known)) => known,
    };
    let (fewest, most) = years_between(birth, subject.clock.today());
    let outcome = if most < 0 || fewest > OLDEST {
        Outcome::Unknown(Reason::Implausible)
    } else if fewest >= years {
        Outcome::NotMet
    } else if most < years {
        Outcome::Met
    } else {
        Outcome::Unknown(Reason::Boundary)
    };
    let source = Source::new(source.reference.clone(), source.received.clone(), None);
    let mut finding = Finding::of(outcome, vec![source], subject);
    if outcome != Outcome::Unknown(Reason::Implausible) {
        let fewest = fewest.max(0);
        finding.words.value =
            Some(if fewest == most { years_words(most) } else { format!("{fewest} to {most} years") });
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::AgeBelow;
    use crate::testing::{Fact, cited, described, find, truth_table, when};
    use crate::truth::Reason;

    fn born(date: &str) -> Fact {
        Fact::Birth(Ok(when(date).expect("a date")))
    }

    #[test]
    fn truth() {
        truth_table(
            &AgeBelow { years: 18 },
            &[
                ("a child", &[born("2012-05-05")], "met"),
                ("an adult", &[born("1970-05-05")], "not-met"),
                ("18 tomorrow", &[born("2008-11-23")], "met"),
                ("18 today", &[born("2008-11-22")], "not-met"),
                ("18 in this month, of unknown day", &[born("2008-11")], "unknown: boundary"),
                ("18 in this year, of unknown month", &[born("2008")], "unknown: boundary"),
                ("18 at the end of last month", &[born("2008-10")], "not-met"),
                ("18 at the beginning of next month", &[born("2008-12")], "met"),
                ("18 last year at the latest", &[born("2007")], "not-met"),
                ("born tomorrow", &[born("2026-11-23")], "unknown: implausible"),
                ("born this year", &[born("2026")], "met"),
                ("born in the next century", &[born("2062-01-01")], "unknown: implausible"),
                ("125 years old", &[born("1900-11-23")], "not-met"),
                ("126 years old", &[born("1900-11-22")], "unknown: implausible"),
                ("no date of birth", &[], "unknown: absent"),
                ("a date of birth that is kept from us", &[Fact::Birth(Err(Reason::Withheld))], "unknown: withheld"),
            ],
        );
    }

    #[test]
    fn the_age_is_shown() {
        let found = |date: &str| find(&AgeBelow { years: 18 }, &[born(date)]);
        assert_eq!(found("2012-05-05").words.value.as_deref(), Some("14 years"));
        assert_eq!(found("2026").words.value.as_deref(), Some("0 years"));
        assert_eq!(found("2062-01-01").words.value, None, "an age that nobody can have is not shown");
        assert_eq!(cited(&found("2062-01-01")), ["Patient/birth"]);
        assert_eq!(found("2008").words.value.as_deref(), Some("17 to 18 years"));
        assert_eq!(cited(&found("2012-05-05")), ["Patient/birth"]);
        assert_eq!(found("2012-05-05").words.date, None, "a date of birth is not the date of a finding");
    }

    #[test]
    fn description() {
        assert_eq!(
            described(&mut AgeBelow { years: 18 }),
            [
                "reads: ",
                "window: None",
                "shows: met, not-met, unknown",
                "of the order: false",
                "met: younger than 18 years on the day of the order",
                "not met: 18 years or older",
                "unknown: no date of birth, one that is not believable, or a partial one that leaves it open",
            ]
        );
    }
}
