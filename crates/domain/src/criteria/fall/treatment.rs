//! When a fall counts as one on treatment, and the treatments of a patient that it may have happened on.

use jiff::civil::Date;

use crate::assess::Subject;
use crate::course::{Course, cited};
use crate::criteria::Names;
use crate::fact::{ConceptId, Source};
use crate::truth::Reason;
use crate::words::days;

/// When a fall counts as one on treatment. The order in time decides: a fall from before the treatment says nothing of
/// it, and neither does one long after a treatment for something else.
#[derive(Debug)]
pub struct OnTreatment {
    /// The medicines, any of which will do.
    pub with: Vec<ConceptId>,
    /// How many days it must have been taken before the value that fell.
    pub for_days: i64,
    /// How many days before its start the earlier value may lie.
    pub before_start_days: i64,
    /// How many days before the earlier value it may have ended.
    pub ended_within_days: i64,
}

impl OnTreatment {
    pub(super) fn words(&self, names: &Names<'_>) -> String {
        format!(
            "each on treatment with {}: taken for {} before the later value, begun at most {} after the earlier one, \
             ended at most {} before it",
            names.any_of(&self.with),
            days(self.for_days),
            days(self.before_start_days),
            days(self.ended_within_days)
        )
    }
}

/// The treatments of the patient that may count.
pub(super) struct Treatment<'a> {
    needed: &'a OnTreatment,
    /// The spans of time over which each medicine was taken.
    spans: Vec<(Date, Date)>,
    /// The records that show it.
    pub(super) sources: Vec<Source>,
    /// Why records of the medicines may be missing.
    pub(super) gap: Option<Reason>,
}

impl<'a> Treatment<'a> {
    pub(super) fn of(needed: &'a OnTreatment, subject: &Subject<'_>) -> Treatment<'a> {
        let (mut spans, mut sources) = (Vec::new(), Vec::new());
        for concept in &needed.with {
            let course = Course::of(subject.facts, subject.clock, |m| m.concept == *concept);
            let taken = course.taken();
            spans.extend(course.spans(taken.iter().map(|m| m.pause_days).max().unwrap_or_default()));
            sources.extend(cited(&taken));
        }
        let gap = needed.with.iter().filter_map(|concept| subject.facts.gaps.get(concept).copied()).min();
        Treatment { needed, spans, sources, gap }
    }

    /// Whether a medicine had been taken for long enough on this day.
    pub(super) fn holds_at(&self, day: Date) -> bool {
        self.spans.iter().any(|(first, last)| days_between(*first, day.min(*last)) >= self.needed.for_days)
    }

    /// Whether a fall from one day to another is one on treatment.
    pub(super) fn holds_between(&self, earlier: Date, later: Date) -> bool {
        self.spans.iter().any(|(first, last)| {
            days_between(*first, later.min(*last)) >= self.needed.for_days
                && days_between(earlier, *first) <= self.needed.before_start_days
                && days_between(*last, earlier) <= self.needed.ended_within_days
        })
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}
