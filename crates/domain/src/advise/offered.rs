//! Which suggestions of a rule are offered, and which are needless because an order brings the same already.

use crate::assess::Assessment;
use crate::criteria::Finding;
use crate::fact::{ConceptId, Facts, Source};
use crate::rule::{Action, Advice, Criterion, Drug, Rule, Suggestion, UnlessOrdered};

/// The suggestions to offer, and those for which an order exists already.
pub(super) fn offered<'a>(
    drug: &Drug,
    rule: &'a Rule,
    speaking: &[(&Advice, Vec<(&'a Criterion, &'a Finding)>)],
    assessment: &Assessment,
    facts: &Facts,
) -> (Vec<&'a Suggestion>, Vec<(&'a Suggestion, Source)>) {
    // The labelled dose is right for its own family of indications only.
    let family = drug.labelled_dose.as_ref().and_then(|dose| dose.family.as_ref());
    let has_dose = family.is_none_or(|family| assessment.indication.families.contains(family));
    let fits = |suggestion: &&Suggestion| has_dose || !matches!(suggestion.action, Action::UpdateDose);
    let wanted = rule.suggestions.iter().filter(fits).filter(|suggestion| {
        speaking.iter().any(|(advice, because)| {
            advice.suggest.contains(&suggestion.id)
                && (suggestion.criteria.is_empty() || because.iter().any(|(c, _)| suggestion.criteria.contains(&c.id)))
        })
    });
    let mut suggestions = Vec::new();
    let mut pending = Vec::new();
    for suggestion in wanted {
        let because = speaking.iter().filter(|(advice, _)| advice.suggest.contains(&suggestion.id));
        let needed = because.flat_map(|(_, because)| because.iter().map(|(criterion, _)| criterion.id.as_str()));
        let orders = already_ordered(&suggestion.unless_ordered, needed, facts);
        if orders.is_empty() {
            suggestions.push(suggestion);
        }
        pending.extend(orders.into_iter().map(|source| (suggestion, source.clone())));
    }
    (suggestions, pending)
}

/// The orders that bring all that is needed; none where something that is needed is not ordered yet.
pub fn already_ordered<'f>(
    unless: &UnlessOrdered,
    needed: impl Iterator<Item = &'f str>,
    facts: &'f Facts,
) -> Vec<&'f Source> {
    let order_of = |concept: &ConceptId| facts.ordered.iter().find(|o| o.concept == *concept).map(|o| &o.source);
    let each = match unless {
        UnlessOrdered::Never => return Vec::new(),
        UnlessOrdered::All(concept) => return order_of(concept).into_iter().collect(),
        UnlessOrdered::Each(each) => each,
    };
    let mut orders: Vec<&Source> = Vec::new();
    for id in needed {
        let Some((_, concept)) = each.iter().find(|(criterion, _)| criterion == id) else { continue };
        let Some(order) = order_of(concept) else { return Vec::new() };
        if !orders.iter().any(|known| known.reference == order.reference) {
            orders.push(order);
        }
    }
    orders
}
