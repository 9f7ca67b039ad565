//! The interval between doses against the label: at any weight for the row, at this weight for its band.

use rust_decimal::Decimal;

use super::ScheduleFinding;
use crate::assess::Subject;
use crate::criteria::Finding;
use crate::criteria::dose::on_order;
use crate::criteria::label_dose::{Label, Labelled, decided};
use crate::dose_table::every;
use crate::truth::{Outcome, Reason};
use crate::words::joined;

impl ScheduleFinding {
    pub(super) fn interval(self, days: Decimal, words: &str, subject: &Subject<'_>) -> Finding {
        let label = Label::of(subject, subject.order.route.known().map(String::as_str));
        if self == ScheduleFinding::Closer {
            return closer(days, words, &label, subject);
        }
        let has_interval = label.doses.iter().all(|labelled| labelled.band.interval.is_some());
        if !label.is_of_use || !has_interval {
            return Finding::bare(match self {
                // Nothing is wider than an interval that the label does not give; larger findings are made of this one.
                ScheduleFinding::Wider if label.is_of_use => Outcome::NotMet,
                ScheduleFinding::Wider => Outcome::Unknown(Reason::Absent),
                _ => Outcome::NotApplicable,
            });
        }
        let (shorter, longer) = label.tolerance.intervals();
        let holds = |labelled: &Labelled<'_>| match (self, labelled.band.interval) {
            (ScheduleFinding::Tighter, Some(of)) => Some(days < of.tightest.checked_mul(shorter)?),
            (ScheduleFinding::Wider, Some(of)) => Some(days > of.loosest.checked_mul(longer)?),
            _ => None,
        };
        let outcome = label.together(label.doses.iter().map(holds));
        let mut finding = on_order(outcome, words.to_owned(), subject);
        let ends = label.doses.iter().filter_map(|labelled| labelled.band.interval);
        finding.words.limit = match self {
            ScheduleFinding::Tighter => ends.map(|of| of.tightest).min().map(every),
            _ => ends.map(|of| of.loosest).max().map(every),
        };
        if let (Ok(weight), true) = (&label.weight, label.doses.iter().any(|known| known.band.weights().is_some())) {
            finding.evidence.push(weight.source.clone());
        }
        finding.words.range = Some(label.words());
        finding
    }
}

/// Whether doses so many days apart, as words of an order name them, are closer than the label gives them.
pub(in crate::criteria) fn is_interval_beyond(
    days: Decimal,
    route: Option<&str>,
    subject: &Subject<'_>,
) -> Option<bool> {
    let label = Label::of(subject, route);
    decided(label.rows_together(|labelled| is_closer(days, labelled)))
}

fn closer(days: Decimal, words: &str, label: &Label<'_>, subject: &Subject<'_>) -> Finding {
    let outcome = label.rows_together(|labelled| is_closer(days, labelled));
    let mut finding = on_order(outcome, words.to_owned(), subject);
    let shown = |labelled: &Labelled<'_>| route_words(&labelled.row.route, subject);
    let mut routes: Vec<String> = label.doses.iter().map(shown).collect();
    routes.dedup();
    let closest = label.doses.iter().map(|labelled| labelled.row.closest_days).min();
    finding.words.limit = closest.map(every);
    finding.words.what = Some(joined(&routes, "or"));
    finding
}

/// Whether doses so many days apart are closer than a row allows. The thirds of a day of an interval in hours are cut.
fn is_closer(days: Decimal, labelled: &Labelled<'_>) -> bool {
    days.round_dp(4) < labelled.row.closest_days.round_dp(4)
}

fn route_words(id: &str, subject: &Subject<'_>) -> String {
    subject.drug.routes.iter().find(|route| route.id == id).map_or(id, |route| route.shown.as_str()).to_owned()
}
