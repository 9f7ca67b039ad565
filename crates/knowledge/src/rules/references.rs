//! What a rule must have, and what it names of itself, of other rules and of its drug: checked when the whole file is read.

use toml::Spanned;

use crate::mistake::{Place, Reader};
use domain::rule::{Drug, Indication, Indicator, Rule};

/// What a rule names by id. Criteria and suggestions are checked when the whole file is read, because a name
/// may come before what it refers to.
#[derive(Default)]
pub(super) struct Named {
    pub(super) criteria: Vec<Spanned<String>>,
    pub(super) suggestions: Vec<Spanned<String>>,
    pub(super) indications: Vec<Spanned<String>>,
    pub(super) routes: Vec<Spanned<String>>,
    pub(super) abroad: Abroad,
}

/// The criteria, of any rule of the drug, that a rule names. They are checked when all rules are read.
#[derive(Default)]
pub(crate) struct Abroad(pub(super) Vec<Spanned<String>>);

impl Abroad {
    /// Notes each name that no rule of the drug has a criterion for.
    pub(crate) fn check(&self, rules: &[(i64, Rule)], reader: &mut Reader<'_>) {
        let known = |id: &str| rules.iter().flat_map(|(_, rule)| &rule.criteria).any(|criterion| criterion.id == id);
        for id in self.0.iter().filter(|id| !known(id.get_ref())) {
            reader.note_at(id, &format!("no rule of the drug has a criterion `{id}`"));
        }
    }
}

/// The ids without their places, which are kept to be checked later.
pub(super) fn remember(ids: Vec<Spanned<String>>, named: &mut Vec<Spanned<String>>) -> Vec<String> {
    named.extend(ids.iter().cloned());
    ids.into_iter().map(Spanned::into_inner).collect()
}

/// What every rule must have.
pub(super) fn complete(rule: &Rule, reader: &mut Reader<'_>) {
    let overridable = rule.advice.iter().any(|advice| advice.indicator != Indicator::Info);
    for (missing, name) in [
        (rule.title.is_empty(), "`title` is missing"),
        (rule.source.label.is_empty(), "`[source]` with a `label` is missing"),
        (rule.advice.is_empty(), "no `[[advice]]`: the rule could never speak"),
        (rule.evidence.is_empty(), "no `[[evidence]]`: a rule must say what it rests on"),
        (rule.criteria.is_empty() && !rule.overview, "no `[criteria.…]`"),
        (!rule.scenarios.is_empty() && !rule.overview, "`scenarios` belong to an overview"),
        (overridable && rule.overrides.is_empty(), "no `[[override]]`: a warning needs reasons to go on"),
    ] {
        if missing {
            reader.note_file(name);
        }
    }
}

/// Where a rule says less for one use than for others, it gives the reader the reason.
pub(super) fn uses(rule: &Rule, reader: &mut Reader<'_>, drug: &Drug) {
    let unexplained = |i: &&Indication| rule.says_less(i) && rule.reasons_for(&i.id).next().is_none();
    for indication in drug.indications.iter().filter(unexplained) {
        reader.note_file(&format!(
            "the rule says less for `{}` than for other uses: say why in a `[[use]]`",
            indication.id
        ));
    }
}

/// Every criterion and suggestion that is named is in the rule, every indication and route in the drug, and every advice
/// has a condition.
pub(super) fn references(rule: &Rule, named: &Named, places: &[Place], reader: &mut Reader<'_>, drug: &Drug) {
    for id in named.indications.iter().filter(|id| !drug.indications.iter().any(|i| i.id == *id.get_ref())) {
        let known = drug.indications.iter().map(|indication| indication.id.as_str());
        reader.note_unknown(id.span().start, "indication", id.get_ref(), known);
    }
    for id in named.routes.iter().filter(|id| !drug.routes.iter().any(|route| route.id == *id.get_ref())) {
        let known = drug.routes.iter().map(|route| route.id.as_str());
        reader.note_unknown(id.span().start, "route", id.get_ref(), known);
    }
    for id in named.criteria.iter().filter(|id| !rule.criteria.iter().any(|c| c.id == *id.get_ref())) {
        reader.note_unknown(id.span().start, "criterion", id.get_ref(), rule.criteria.iter().map(|c| c.id.as_str()));
    }
    for id in named.suggestions.iter().filter(|id| !rule.suggestions.iter().any(|s| s.id == *id.get_ref())) {
        let known = rule.suggestions.iter().map(|suggestion| suggestion.id.as_str());
        reader.note_unknown(id.span().start, "suggestion", id.get_ref(), known);
    }
    for (advice, place) in rule.advice.iter().zip(places) {
        if advice.in_summary && (advice.indicator != Indicator::Info || !advice.suggest.is_empty()) {
            reader.note(
                place.start,
                "advice that is a line of the summary must have the indicator `info` and no suggestions",
            );
        }
        let unconditional = advice.met.is_empty() && advice.not_met.is_empty() && advice.unknown.is_empty();
        if unconditional && !rule.overview {
            reader.note(place.start, "advice without a condition: name criteria under `met`, `not-met` or `unknown`");
        }
    }
}
