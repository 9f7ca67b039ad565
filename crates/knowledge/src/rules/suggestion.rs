//! One suggestion of a rule: what a click does, when it is offered, and when a service is due.

use toml::Spanned;
use toml::de::DeValue;

use super::Context;
use super::references::{Named, remember};
use crate::concepts::ConceptKind;
use crate::drug::coding;
use crate::mistake::Reader;
use crate::raw::{RawDue, RawSuggestion};
use crate::word::{Days, Word};
use domain::fact::ConceptId;
use domain::rule::{Action, Suggestion, UnlessOrdered};

pub(super) fn suggestion<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    context: &Context<'_>,
    named: &mut Named,
) -> Option<Suggestion> {
    let start = value.span().start;
    let mut raw: RawSuggestion = reader.value(value)?;
    let unless_ordered = unless_ordered(&mut raw, reader, context, named);
    let action = action(&mut raw, start, reader, context);
    let due = raw.due.map(|RawDue { from: Word(Days(from)), to: Word(Days(to)) }| (from, to));
    if let Some((from, to)) = due
        && (from > to || from < 0 || !matches!(action, Some(Action::Create(_))))
    {
        reader
            .note(start, "`due` is only for a service that is created, and its `from` must not be later than its `to`");
    }
    if due.is_none() && raw.label.contains("{due}") {
        reader.note(start, "the label says {due}, and the suggestion has no `due`");
    }
    let label = due.map_or(raw.label.clone(), |due| raw.label.replace("{due}", &due_words(due)));
    Some(Suggestion {
        id,
        label,
        criteria: remember(raw.criteria, &mut named.criteria),
        unless_ordered,
        unless_met: remember(raw.unless_met, &mut named.abroad.0),
        text: raw.text.map(|text| text.trim().to_owned()),
        due,
        action: action?,
    })
}

/// The orders that make it needless.
fn unless_ordered(
    raw: &mut RawSuggestion,
    reader: &mut Reader<'_>,
    context: &Context<'_>,
    named: &mut Named,
) -> UnlessOrdered {
    let mut order = |concept: Spanned<String>| {
        if !matches!(context.concepts.get(concept.get_ref()).map(|c| &c.kind), Some(ConceptKind::Order)) {
            reader.note_at(&concept, &format!("`{concept}` is not a concept of kind order"));
        }
        ConceptId::from(concept.into_inner())
    };
    match (raw.unless_ordered.take(), raw.unless_ordered_each.take()) {
        (None, None) => UnlessOrdered::Never,
        (Some(concept), None) => UnlessOrdered::All(order(concept)),
        (None, Some(each)) => {
            named.criteria.extend(each.keys().cloned());
            UnlessOrdered::Each(each.into_iter().map(|(id, concept)| (id.into_inner(), order(concept))).collect())
        }
        (Some(concept), Some(_)) => {
            reader.note_at(&concept, "`unless-ordered` and `unless-ordered-each` exclude each other: name one of them");
            UnlessOrdered::Never
        }
    }
}

/// The one thing that a click does.
fn action(raw: &mut RawSuggestion, start: usize, reader: &mut Reader<'_>, context: &Context<'_>) -> Option<Action> {
    let flags = (raw.delete_order, raw.update_dose, raw.stop_others);
    match (flags, raw.create.take(), raw.replace_with.take(), raw.dose.take()) {
        ((true, false, false), None, None, _) => Some(Action::DeleteOrder),
        ((false, true, false), None, None, _) if context.drug.labelled_dose.is_some() => Some(Action::UpdateDose),
        ((false, false, true), None, None, None) => Some(Action::StopOthers),
        ((false, false, false), Some(raw), None, _) => coding(raw, reader, context.codes).map(Action::Create),
        ((false, false, false), None, Some(raw), Some(dose)) => {
            coding(raw, reader, context.codes).map(|coding| Action::Replace(coding, dose))
        }
        _ => {
            let actions =
                "delete-order, update-dose (with a labelled dose), stop-others, create, or replace-with (with a dose)";
            reader.note(start, &format!("a suggestion must do exactly one of these: {actions}"));
            None
        }
    }
}

/// When a service is due, as a label says it: in weeks where both ends are whole weeks.
fn due_words((from, to): (i64, i64)) -> String {
    match (from % 7, to % 7) {
        (0, 0) => format!("{} to {} weeks", from / 7, to / 7),
        _ => format!("{from} to {to} days"),
    }
}
