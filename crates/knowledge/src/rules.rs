//! One rule file: criteria, advice, suggestions, override reasons and evidence, each checked against the rest.

use toml::Spanned;
use toml::de::DeValue;

use super::codes::Codes;
use super::concepts::{ConceptKind, Concepts};
use super::criterion::criterion;
use super::drug::coding;
use super::mistake::{Place, Reader};
use super::overrides;
use super::raw::{
    RawAdvice, RawApplies, RawBurden, RawDue, RawEvidence, RawOverride, RawReview, RawSource, RawSuggestion, RawUse,
};
use super::units::Units;
use super::word::{Day, Days, Phases, Reasons, Word, values};
use super::wording;
use domain::fact::ConceptId;
use domain::rule::{
    Action, Advice, Applies, Burden, CardSource, Drug, Evidence, Indication, Indicator, Review, Rule, Suggestion,
    TextFor, UnlessOrdered, UseReason, WindowBounds,
};

/// What a rule may refer to.
pub(super) struct Context<'a> {
    pub codes: &'a Codes,
    pub concepts: &'a Concepts,
    pub units: &'a Units,
    pub drug: &'a Drug,
}

/// What a rule names by id. Criteria and suggestions are checked when the whole file is read, because a name
/// may come before what it refers to.
#[derive(Default)]
struct Named {
    criteria: Vec<Spanned<String>>,
    suggestions: Vec<Spanned<String>>,
    indications: Vec<Spanned<String>>,
    routes: Vec<Spanned<String>>,
    abroad: Abroad,
}

/// The criteria, of any rule of the drug, that a rule names. They are checked when all rules are read.
#[derive(Default)]
pub(super) struct Abroad(Vec<Spanned<String>>);

impl Abroad {
    /// Notes each name that no rule of the drug has a criterion for.
    pub(super) fn check(&self, rules: &[(i64, Rule)], reader: &mut Reader<'_>) {
        let known = |id: &str| rules.iter().flat_map(|(_, rule)| &rule.criteria).any(|criterion| criterion.id == id);
        for id in self.0.iter().filter(|id| !known(id.get_ref())) {
            reader.note_at(id, &format!("unknown criterion `{id}` in every rule of the drug"));
        }
    }
}

/// The keys of a rule file.
const KEYS: [&str; 16] = [
    "title",
    "released",
    "revised",
    "order",
    "overview",
    "scenarios",
    "applies",
    "use",
    "burden",
    "source",
    "criteria",
    "advice",
    "suggestions",
    "override",
    "evidence",
    "review",
];

/// Reads one rule; returns it with its position in the order of display, and what it names of other rules.
pub(super) fn read(id: &str, reader: &mut Reader<'_>, context: &Context<'_>) -> ((i64, Rule), Abroad) {
    let mut rule = Rule { id: id.to_owned(), ..Rule::default() };
    let mut order = 0;
    let mut places = Vec::new();
    let mut named = Named::default();
    for (key, value) in reader.members() {
        let start = value.span().start;
        match key.as_str() {
            "title" => rule.title = reader.value(value).unwrap_or_default(),
            "released" => rule.released = reader.value(value).map(|Word(Day(day))| day),
            "revised" => {
                let days: Vec<Word<Day>> = reader.value(value).unwrap_or_default();
                rule.revised = values(days).into_iter().map(|Day(day)| day).collect();
            }
            "order" => order = reader.value(value).unwrap_or_default(),
            "overview" => rule.overview = reader.value(value).unwrap_or_default(),
            "scenarios" => {
                let scenarios = reader.value(value).unwrap_or_default();
                rule.scenarios = remember(scenarios, &mut named.abroad.0);
            }
            "applies" => rule.applies = applies(value, reader, context),
            "use" => {
                for (RawUse { indication, because }, _) in reader.array(value) {
                    let indications = remember(indication, &mut named.indications);
                    rule.uses.push(UseReason { indications, because });
                }
            }
            "burden" => {
                let burden = reader.value(value);
                rule.burden = burden.map(|RawBurden { of_orders, because }| Burden { of_orders, because });
            }
            "source" => {
                if let Some(RawSource { label, url }) = reader.value(value) {
                    rule.source = CardSource { label, url };
                }
            }
            "criteria" => {
                for (id, value) in reader.table(value) {
                    let (criterion, bounds) = criterion(id, value, reader, context, &rule.criteria);
                    if bounds != WindowBounds::default() {
                        rule.window_bounds.insert(criterion.id.clone(), bounds);
                    }
                    rule.criteria.push(criterion);
                }
            }
            "advice" => {
                for (raw, place) in reader.array::<RawAdvice>(value) {
                    rule.advice.push(advice(raw, &mut named));
                    places.push(place);
                }
            }
            "suggestions" => {
                for (id, value) in reader.table(value) {
                    rule.suggestions.extend(suggestion(id, value, reader, context, &mut named));
                }
            }
            "override" => {
                for (raw, place) in reader.array::<RawOverride>(value) {
                    named.criteria.extend(raw.criteria.iter().cloned());
                    rule.overrides.extend(overrides::read(raw, &place, reader, &rule.overrides));
                }
            }
            "evidence" => {
                for (RawEvidence { kind, cite, says, verified }, _) in reader.array(value) {
                    rule.evidence.push(Evidence { kind: kind.0.0, cite, says, verified });
                }
            }
            "review" => {
                for (RawReview { by, role, on, says }, _) in reader.array(value) {
                    rule.reviews.push(Review { by, role, on: on.0.0, says });
                }
            }
            other => reader.note_unknown(start, "key", other, KEYS),
        }
    }
    complete(&rule, reader);
    uses(&rule, reader, context.drug);
    references(&rule, &named, &places, reader, context.drug);
    wording::check(&rule, &places, reader, context.drug);
    ((order, rule), named.abroad)
}

/// What every rule must have.
fn complete(rule: &Rule, reader: &mut Reader<'_>) {
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
fn uses(rule: &Rule, reader: &mut Reader<'_>, drug: &Drug) {
    let unexplained = |i: &&Indication| rule.says_less(i) && rule.reasons_for(&i.id).next().is_none();
    for indication in drug.indications.iter().filter(unexplained) {
        reader.note_file(&format!("it says less for `{}` than for other uses: say why in a `[[use]]`", indication.id));
    }
}

/// Every criterion and suggestion that is named is in the rule, every indication and route in the drug, and every advice
/// has a condition.
fn references(rule: &Rule, named: &Named, places: &[Place], reader: &mut Reader<'_>, drug: &Drug) {
    for id in named.indications.iter().filter(|id| !drug.indications.iter().any(|i| i.id == *id.get_ref())) {
        reader.note_at(id, &format!("unknown indication `{id}`"));
    }
    for id in named.routes.iter().filter(|id| !drug.routes.iter().any(|route| route.id == *id.get_ref())) {
        reader.note_at(id, &format!("unknown route `{id}`"));
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
            reader.note(place.start, "what is a line of the summary is information, and offers nothing");
        }
        let unconditional = advice.met.is_empty() && advice.not_met.is_empty() && advice.unknown.is_empty();
        if unconditional && !rule.overview {
            reader.note(place.start, "advice without a condition: name met, not-met or unknown");
        }
    }
}

fn applies<'a>(value: Spanned<DeValue<'a>>, reader: &mut Reader<'a>, context: &Context<'_>) -> Applies {
    let raw: RawApplies = reader.value(value).unwrap_or_default();
    let indications = &context.drug.indications;
    if let Some(family) = &raw.family
        && !indications.iter().any(|i| i.family.as_ref() == Some(family.get_ref()))
    {
        let known = indications.iter().filter_map(|i| i.family.as_deref());
        reader.note_unknown(family.span().start, "family of indications", family.get_ref(), known);
    }
    for id in raw.except.iter().chain(&raw.indication).filter(|id| !indications.iter().any(|i| i.id == *id.get_ref())) {
        reader.note_unknown(id.span().start, "indication", id.get_ref(), indications.iter().map(|i| i.id.as_str()));
    }
    let except = raw.except.into_iter().map(Spanned::into_inner).collect();
    Applies {
        phases: Phases::all(raw.phase),
        phases_without_order: Phases::all(raw.phase_without_order),
        family: raw.family.map(Spanned::into_inner),
        only: raw.indication.into_iter().map(Spanned::into_inner).collect(),
        except,
    }
}

fn advice(raw: RawAdvice, named: &mut Named) -> Advice {
    let texts = raw.text_for.into_iter().map(|raw| TextFor {
        indications: remember(raw.indication, &mut named.indications),
        routes: remember(raw.route, &mut named.routes),
        text: raw.text.trim().to_owned(),
    });
    let texts: Vec<TextFor> = texts.collect();
    let mut criteria = |ids| remember(ids, &mut named.criteria);
    Advice {
        met: criteria(raw.met),
        unless_met: criteria(raw.unless_met),
        not_met: criteria(raw.not_met),
        unknown: criteria(raw.unknown),
        reasons: Reasons::all(raw.reasons),
        cited: raw.cited,
        phases: Phases::all(raw.phase),
        hooks: values(raw.hook),
        indications: remember(raw.indication, &mut named.indications),
        except: remember(raw.except_indication, &mut named.indications),
        indicator: raw.indicator.0,
        summary: raw.summary,
        text: raw.text.map(|text| text.trim().to_owned()),
        texts,
        suggest: remember(raw.suggest, &mut named.suggestions),
        in_summary: raw.in_summary,
    }
}

/// The ids without their places, which are kept to be checked later.
fn remember(ids: Vec<Spanned<String>>, named: &mut Vec<Spanned<String>>) -> Vec<String> {
    named.extend(ids.iter().cloned());
    ids.into_iter().map(Spanned::into_inner).collect()
}

fn suggestion<'a>(
    id: String,
    value: Spanned<DeValue<'a>>,
    reader: &mut Reader<'a>,
    context: &Context<'_>,
    named: &mut Named,
) -> Option<Suggestion> {
    let start = value.span().start;
    let raw: RawSuggestion = reader.value(value)?;
    let mut order = |concept: Spanned<String>| {
        if !matches!(context.concepts.get(concept.get_ref()).map(|c| &c.kind), Some(ConceptKind::Order)) {
            reader.note_at(&concept, &format!("`{concept}` is not a concept of kind order"));
        }
        ConceptId::from(concept.into_inner())
    };
    let unless_ordered = match (raw.unless_ordered, raw.unless_ordered_each) {
        (None, None) => UnlessOrdered::Never,
        (Some(concept), None) => UnlessOrdered::All(order(concept)),
        (None, Some(each)) => {
            named.criteria.extend(each.keys().cloned());
            UnlessOrdered::Each(each.into_iter().map(|(id, concept)| (id.into_inner(), order(concept))).collect())
        }
        (Some(concept), Some(_)) => {
            reader.note_at(&concept, "either unless-ordered or unless-ordered-each");
            UnlessOrdered::Never
        }
    };
    let action = match (raw.delete_order, raw.update_dose, raw.create, raw.replace_with, raw.dose) {
        (false, false, None, None, None) if raw.stop_others => Some(Action::StopOthers),
        _ if raw.stop_others => None,
        (true, false, None, None, _) => Some(Action::DeleteOrder),
        (false, true, None, None, _) if context.drug.labelled_dose.is_some() => Some(Action::UpdateDose),
        (false, false, Some(raw), None, _) => coding(raw, reader, context.codes).map(Action::Create),
        (false, false, None, Some(raw), Some(dose)) => {
            coding(raw, reader, context.codes).map(|coding| Action::Replace(coding, dose))
        }
        _ => {
            let actions =
                "delete-order, update-dose (with a labelled dose), stop-others, create, or replace-with (with a dose)";
            reader.note(start, &format!("a suggestion does one thing: {actions}"));
            None
        }
    };
    let due = raw.due.map(|RawDue { from: Word(Days(from)), to: Word(Days(to)) }| (from, to));
    if let Some((from, to)) = due
        && (from > to || from < 0 || !matches!(action, Some(Action::Create(_))))
    {
        reader.note(start, "`due` belongs to a service that is created, and its `from` is not later than its `to`");
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

/// When a service is due, as a label says it: in weeks where both ends are whole weeks.
fn due_words((from, to): (i64, i64)) -> String {
    match (from % 7, to % 7) {
        (0, 0) => format!("{} to {} weeks", from / 7, to / 7),
        _ => format!("{from} to {to} days"),
    }
}

#[cfg(test)]
mod tests {
    use crate::Library;
    use crate::files::Files;

    /// What is wrong with the library when this text stands in the place of another.
    fn mistakes(file: &str, from: &str, to: &str) -> String {
        let mut files = Files::embedded();
        let text = files.0.get_mut(file).expect("a file of the library");
        assert!(text.contains(from), "{from}");
        *text = text.replacen(from, to, 1);
        let mistakes = Library::read(&files).err().unwrap_or_default();
        mistakes.iter().map(|mistake| mistake.message.as_str()).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_a_rule_names_of_others_is_there() {
        let (summary, pathway) = ("tocilizumab/summary.toml", "tocilizumab/treatment-pathway.toml");
        for (file, from, to, expected) in [
            (summary, "unless-ordered", "unless-ordered", ""),
            (
                pathway,
                "unless-met = [\"mycophenolate-ordered\", \"hbsag-positive\"",
                "unless-met = [\"mycophenolate-ordered\", \"hbsag\"",
                "unknown criterion `hbsag` in every rule of the drug",
            ),
            (
                summary,
                "scenarios = [\"progression-despite-first-line\"",
                "scenarios = [\"progression\"",
                "unknown criterion `progression` in every rule of the drug",
            ),
            (summary, "[\"cytokine-release-syndrome\"", "[\"storm\"", "unknown indication `storm`"),
            (pathway, "order = 18", "order = 18\nscenarios = [\"pregnant\"]", "`scenarios` belong to an overview"),
            (
                summary,
                "due = { from = \"P28D\", to = \"P56D\" }",
                "due = { from = \"P56D\", to = \"P28D\" }",
                "`due` belongs to a service that is created, and its `from` is not later than its `to`",
            ),
            (
                summary,
                "unless-ordered = \"lipid-panel-order\"\ndue = { from = \"P28D\", to = \"P56D\" }",
                "unless-ordered = \"lipid-panel-order\"",
                "the label says {due}, and the suggestion has no `due`",
            ),
            (
                pathway,
                "dose = \"1 to",
                "due = { from = \"P1D\", to = \"P2D\" }\ndose = \"1 to",
                "`due` belongs to a service that is created, and its `from` is not later than its `to`",
            ),
            (
                "tocilizumab/hypersensitivity.toml",
                "for = [\"tocilizumab-hypersensitivity\"]",
                "for = [\"allergy\"]",
                "unknown criterion `allergy`",
            ),
        ] {
            assert_eq!(mistakes(file, from, to), expected, "{to}");
        }
    }
}
