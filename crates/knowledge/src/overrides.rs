//! Override reasons: why a clinician may override a card. Where a reason of CDS Hooks says exactly what is meant, it is
//! used, so that feedback can be compared between sites; otherwise the rule has a reason of its own.

use toml::Spanned;

use super::mistake::{Place, Reader};
use super::raw::RawOverride;
use domain::rule::Override;

/// The value set `non-adherence-reason-clinical` of CDS Hooks 3.0: what it suggests for the point of care.
const STANDARD: [&str; 12] = [
    "action-completed",
    "cds-not-applicable",
    "cds-suboptimal-context",
    "does-not-align-preferences",
    "not-convenient-feasible",
    "patient-contraindication",
    "patient-refuses",
    "recipient-concerns-outcomes",
    "recipient-disagrees-evidence",
    "recipient-does-not-understand",
    "service-not-available",
    "too-costly-uncovered",
];

/// Reads an override reason. Feedback names it by its code, so that each code may occur only once in a rule.
pub(super) fn read(raw: RawOverride, place: &Place, reader: &mut Reader<'_>, before: &[Override]) -> Option<Override> {
    let (code, standard) = match (raw.code, raw.standard) {
        (Some(code), None) => (code, false),
        (None, Some(code)) => (code, true),
        _ => {
            reader.note(place.start, "a reason must have either a `code` of the rule's own or one of the `standard`");
            return None;
        }
    };
    if standard && !STANDARD.contains(&code.get_ref().as_str()) {
        let known = STANDARD.join(", ");
        reader.note_at(&code, &format!("`{code}` is not a reason of the standard, which has {known}"));
    }
    if before.iter().any(|other| other.code == *code.get_ref()) {
        reader.note_at(&code, &format!("the reason `{code}` appears twice"));
    }
    let criteria = raw.criteria.into_iter().map(Spanned::into_inner).collect();
    Some(Override { code: code.into_inner(), standard, display: raw.display, criteria })
}
