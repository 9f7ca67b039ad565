//! Allergies and intolerances: an active entry is met, an entry that denies it is not met.

use super::Finding;
use super::condition::by_presence;
use crate::assess::Subject;
use crate::fact::{Allergy, Presence, Source};

/// Decides whether an allergy or intolerance is on record.
pub fn decide(concept: &str, subject: &Subject<'_>) -> Finding {
    let with = |presence: Presence| -> Vec<Source> {
        let of = |a: &&Allergy| &*a.concept == concept && a.presence == presence;
        subject.facts.allergies.iter().filter(of).map(|a| a.source.clone()).collect()
    };
    by_presence(&[concept], with(Presence::Active), with(Presence::Denied), subject)
}
