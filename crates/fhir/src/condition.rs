//! Conditions: what a problem list or an encounter says of a disease, by code or else by words, and how surely.

use document::Object;

use super::extract::Extraction;
use super::resource::Resource;
use super::status::Status;
use super::view::{Concept, date, period};
use domain::fact::{Certainty, ConceptId, Condition, Facts, Presence, Source};
use domain::time::When;
use knowledge::concepts::ConceptKind;
use knowledge::mention::Mention;

/// Every clinical status; C-CDA has codes of SNOMED CT for three of them.
const CLINICAL: &[&str] = &[
    "active",
    "recurrence",
    "relapse",
    "55561003",
    "inactive",
    "resolved",
    "remission",
    "73425007",
    "413322009",
    "unknown",
];

/// Every verification status.
const VERIFICATION: &[&str] =
    &["confirmed", "provisional", "differential", "unconfirmed", "unknown", "refuted", "entered-in-error"];

/// Clinical statuses of a condition that goes on.
const ACTIVE: &[&str] = &["active", "recurrence", "relapse", "55561003"];

/// Clinical statuses of a condition that is over.
const OVER: &[&str] = &["inactive", "resolved", "remission", "73425007", "413322009"];

/// Verification statuses of a diagnosis that is still to be confirmed.
const PROVISIONAL: &[&str] = &["provisional", "differential", "unconfirmed"];

impl<'a> Extraction<'_, '_, 'a> {
    /// The facts of a Condition.
    pub(super) fn condition(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let object = &resource.object;
        let verification = Status::read(object, "verificationStatus", VERIFICATION);
        let is_error = |status: &Status| status.is_any(&["entered-in-error"]);
        if is_error(&verification) || is_error(&Status::read(object, "status", &["entered-in-error"])) {
            return;
        }
        let code = self.meanings.of(object, "code");
        if code.said.is_empty() {
            return self.unreadable(resource, facts);
        }
        let onset = date(object, &["onsetDateTime"], self.zone()).or(period(object, "onsetPeriod", self.zone()).0);
        let recorded = date(object, &["recordedDate", "dateRecorded", "assertedDate"], self.zone());
        if self.not_yet_known(recorded.as_ref().or(onset.as_ref())) {
            return;
        }
        let clinical = Status::read(object, "clinicalStatus", CLINICAL);
        let presence = self.presence(object, &clinical, &verification);
        // The later of both dates, because a condition that was recorded again was seen again.
        let seen = match (&onset, &recorded) {
            (Some(onset), Some(recorded)) if recorded.is_after(onset) => Some(recorded.clone()),
            (onset, recorded) => onset.clone().or(recorded.clone()),
        };
        let entry = Entry { of_encounter: is_of_encounter(object), onset, recorded };
        let by_code = self.meanings.concepts(&code, |kind| matches!(kind, ConceptKind::Condition));
        let mut understood = code.classified.is_coded();
        for (id, concept) in by_code {
            let source = self.source(resource, self.meanings.shown(&code.said, concept), seen.clone());
            facts.conditions.push(entry.fact(id, presence, certainty(&clinical, &verification), source));
        }
        for (id, mention) in self.meanings.mentioned(&code) {
            understood = true;
            let certainty = certainty(&clinical, &verification).max(Certainty::Words);
            let presence = match mention {
                Mention::Not => continue,
                Mention::Past if presence == Presence::Active => Presence::Past,
                Mention::Past | Mention::Present => presence,
            };
            facts.conditions.push(entry.fact(
                id,
                presence,
                certainty,
                self.source(resource, code.said.shown(), seen.clone()),
            ));
        }
        if !understood && presence == Presence::Active {
            facts.not_understood.push(self.source(resource, code.said.shown(), seen));
        }
    }

    /// Whether a condition is there, is over, or is denied.
    fn presence(&self, object: &Object<'a>, clinical: &Status, verification: &Status) -> Presence {
        let abated =
            date(object, &["abatementDateTime"], self.zone()).or(period(object, "abatementPeriod", self.zone()).1);
        let ends_later = abated.as_ref().is_some_and(|when| self.clock.is_future(when));
        let is_over = if clinical.is_any(OVER) {
            !(self.hindsight && ends_later)
        } else {
            // A status of active counts more than an end date in the same entry.
            abated.is_some() && !ends_later && !clinical.is_any(ACTIVE)
        };
        if verification.is_any(&["refuted"]) {
            Presence::Denied
        } else if is_over {
            Presence::Past
        } else {
            Presence::Active
        }
    }
}

/// What all facts of one resource share.
struct Entry {
    of_encounter: bool,
    onset: Option<When>,
    recorded: Option<When>,
}

impl Entry {
    fn fact(&self, concept: &ConceptId, presence: Presence, certainty: Certainty, source: Source) -> Condition {
        Condition {
            concept: concept.clone(),
            presence,
            certainty,
            of_encounter: self.of_encounter,
            onset: self.onset.clone(),
            recorded: self.recorded.clone(),
            source,
        }
    }
}

/// How sure a coded entry is, by its statuses. One without a status is sure.
fn certainty(clinical: &Status, verification: &Status) -> Certainty {
    if [clinical, verification].contains(&&Status::Unreadable) {
        Certainty::Unreadable
    } else if verification.is_any(PROVISIONAL) {
        Certainty::Provisional
    } else {
        Certainty::Sure
    }
}

/// Whether it is the diagnosis of an encounter only.
fn is_of_encounter(object: &Object<'_>) -> bool {
    let category = Concept::of(object, "category");
    category.has_code(&["encounter-diagnosis"]) && !category.has_code(&["problem-list-item"])
}
