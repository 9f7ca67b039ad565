//! The age of the patient on the day of the order.

use super::Finding;
use crate::assess::Subject;
use crate::fact::Source;
use crate::time::years_between;
use crate::truth::{Outcome, Reason};

/// Decides whether the patient is younger than so many years.
pub fn decide(years: i16, subject: &Subject<'_>) -> Finding {
    match &subject.facts.birth {
        None => Finding::bare(Outcome::Unknown(Reason::Absent)),
        Some(Err(reason)) => Finding::bare(Outcome::Unknown(*reason)),
        Some(Ok((birth, source))) => {
            let day = subject.clock.today();
            let (fewest, most) = years_between(birth, day);
            let outcome = if fewest >= years {
                Outcome::NotMet
            } else if most < years {
                Outcome::Met
            } else {
                Outcome::Unknown(Reason::Boundary)
            };
            let source = Source::new(source.reference.clone(), source.received.clone(), None);
            let mut finding = Finding::of(outcome, vec![source], subject);
            finding.words.value =
                Some(if fewest == most { format!("{most} years") } else { format!("{fewest} to {most} years") });
            finding
        }
    }
}
