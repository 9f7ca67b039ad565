//! Reads `medication`: what must be known of the taking of a medicine; and the treatment on which a value fell.

use serde::Deserialize;

use super::Id;
use super::named::{MEDICATION, POSITIVE_OR_PRESENT};
use crate::table::Table;
use crate::word::{Days, Word};
use domain::criteria::{CompletedCourse, MedicationState, OnTreatment, RecordedMedication};
use domain::fact::ConceptId;

impl Table<'_, '_, '_> {
    pub(super) fn medication(&mut self) -> Option<RecordedMedication> {
        let concepts = match self.concept_if_any("concept", MEDICATION) {
            Some(concept) => vec![concept],
            None => self.concepts("concepts", MEDICATION),
        };
        let within = self.optional("within").map(|Word(Days(days))| days);
        let least = self.optional("for").map(|Word(Days(days))| days);
        let minimum = self.optional("minimum").map(|Word(Days(days))| days);
        let or_doses: Option<usize> = self.optional("or-doses");
        let after: Option<Vec<Id>> = self.optional("after");
        let after: Vec<ConceptId> =
            after.into_iter().flatten().map(|id| self.known_concept(id, POSITIVE_OR_PRESENT)).collect();
        let states =
            ["course-completed", "taken", "ended", "current", "going-on", "unreadable"].map(|state| (state, state));
        let begun_within = self.optional("begun-within").map(|Word(Days(days))| days);
        let state = self.one_of("state", &states)?;
        let is_of_completed = minimum.is_some() || or_doses.is_some() || !after.is_empty();
        let state = match (state, within, least, minimum) {
            ("course-completed", None, None, Some(minimum_days)) => {
                MedicationState::CourseCompleted(CompletedCourse { minimum_days, or_doses, after })
            }
            ("taken", within, None, None) if !is_of_completed => MedicationState::Taken(within),
            ("ended", within, None, None) if !is_of_completed => MedicationState::Ended(within),
            ("current", Some(within), None, None) if !is_of_completed => MedicationState::Current(within),
            ("unreadable", None, None, None) if !is_of_completed => MedicationState::Unreadable,
            ("going-on", None, Some(least), None) if !is_of_completed => MedicationState::GoingOn(least),
            _ => {
                return self.refuse(
                    "state current needs `within`, going-on needs `for`, course-completed needs `minimum` and may have \
                     `or-doses` and `after`; taken and ended may have `within`; unreadable has nothing; nothing else goes with them",
                );
            }
        };
        if begun_within.is_some() && !matches!(state, MedicationState::Current(_)) {
            return self.refuse("`begun-within` belongs to the state current");
        }
        Some(RecordedMedication { concepts, state, begun_within })
    }

    pub(super) fn on_treatment(&mut self) -> Option<OnTreatment> {
        let RawOnTreatment { with, at_least, begun_within, ended_within } = self.optional("on-treatment")?;
        let (Word(Days(for_days)), Word(Days(before_start_days))) = (at_least, begun_within);
        let Word(Days(ended_within_days)) = ended_within;
        let with = with.into_iter().map(|id| self.medicine(id)).collect();
        Some(OnTreatment { with, for_days, before_start_days, ended_within_days })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawOnTreatment {
    with: Vec<Id>,
    #[serde(rename = "for")]
    at_least: Word<Days>,
    begun_within: Word<Days>,
    ended_within: Word<Days>,
}
