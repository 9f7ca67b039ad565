//! Reads `condition`: a condition on record, and how its entries grow old.

use serde::Deserialize;

use super::Id;
use super::named::CONDITION;
use crate::table::Table;
use crate::word::{Days, Word};
use domain::criteria::{Aging, RecordedCondition};
use domain::fact::ConceptId;

impl Table<'_, '_, '_> {
    pub(super) fn condition(&mut self) -> RecordedCondition {
        let concept = self.concept("concept", CONDITION);
        let (within, until) = (self.optional("within"), self.optional("until"));
        let (encounter_within, except) = (self.optional("encounter-within"), self.optional("except"));
        let of = self.aging(concept, RawTimes { within, until, encounter_within }, except.unwrap_or_default());
        let or: Vec<RawAging> = self.optional("or").unwrap_or_default();
        let or = or.into_iter().map(|raw| {
            let concept = self.known_concept(raw.concept, CONDITION);
            let (within, until, encounter_within) = (raw.within, raw.until, raw.encounter_within);
            self.aging(concept, RawTimes { within, until, encounter_within }, raw.except)
        });
        RecordedCondition {
            of,
            or: or.collect(),
            active: self.one_of("state", &[("active", true), ("recorded", false)]).unwrap_or_default(),
            unless: self.concept_if_any("unless", CONDITION),
            apart_from: self.concept_if_any("apart-from", CONDITION),
            possible: self.optional("possible").unwrap_or_default(),
        }
    }

    fn aging(&mut self, concept: ConceptId, times: RawTimes, except: Vec<Id>) -> Aging {
        let days = |word: Option<Word<Days>>| word.map(|Word(Days(days))| days);
        let (within_days, until_days) = (days(times.within), days(times.until));
        if until_days.is_some_and(|until| within_days.is_none_or(|within| until < within)) {
            self.reader.note(self.start, "`until` needs a `within` that is not longer");
        }
        let except = except.into_iter().map(|id| self.indication(id)).collect();
        Aging { concept, within_days, until_days, encounter_days: days(times.encounter_within), except }
    }
}

/// One more condition that counts in a criterion.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawAging {
    concept: Id,
    within: Option<Word<Days>>,
    until: Option<Word<Days>>,
    encounter_within: Option<Word<Days>>,
    #[serde(default)]
    except: Vec<Id>,
}

/// How the entries of a condition grow old.
struct RawTimes {
    within: Option<Word<Days>>,
    until: Option<Word<Days>>,
    encounter_within: Option<Word<Days>>,
}
