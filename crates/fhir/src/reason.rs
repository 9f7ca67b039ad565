//! The reason that an order gives for itself: by code, by a reference to a condition, and where no code of it is known,
//! by its words.

use document::Object;

use super::medicine::Chart;
use super::view::{Concept, reference};
use domain::order::OrderReason;
use domain::rule::Drug;
use knowledge::concepts::ConceptKind;

/// The reason that the order gives, by code or by reference to a condition.
pub fn reason<'a>(object: &Object<'a>, drug: &Drug, chart: Chart<'_, '_, 'a>) -> OrderReason {
    let mut said = Vec::new();
    for path in ["reasonCode", "reasonCodeableConcept", "reason"] {
        for node in object.items(path) {
            said.push(Concept::read(node));
            if let Some(inner) = node.object() {
                said.push(Concept::of(&inner, "concept"));
            }
        }
    }
    for node in object.items("reasonReference") {
        let Some(target) = node.object() else { continue };
        let link = reference(&target, "reference").unwrap_or_default();
        let contained = link
            .strip_prefix('#')
            .and_then(|id| object.objects("contained").find(|c| c.string("id").as_deref() == Some(id)));
        let condition = contained.or_else(|| chart.record.find(&link).map(|resource| resource.object));
        let code = condition.map(|c| Concept::of(&c, "code")).unwrap_or_default();
        let words = target.string("display");
        said.push(if code.is_empty() {
            Concept { words: words.into_iter().collect(), ..Concept::default() }
        } else {
            code
        });
    }
    let mut reason = OrderReason::default();
    for concept in said.into_iter().filter(|concept| !concept.is_empty()) {
        reason.words.get_or_insert_with(|| concept.shown());
        let meaning = chart.meanings.of_concept(concept);
        let conditions = chart.meanings.concepts(&meaning, |kind| matches!(kind, ConceptKind::Condition));
        reason.concepts.extend(conditions.map(|(id, _)| id.clone()));
        if meaning.classified.is_unknown() {
            let words = meaning.said.words.join("; ").to_lowercase();
            let named = drug.reason_words.iter().filter(|(_, names)| names.iter().any(|name| names_it(&words, name)));
            reason.concepts.extend(named.map(|(id, _)| id.clone()));
        }
    }
    reason
}

/// Words that turn the name behind them into something else: a denial, a question, the past, or another disease.
const TURNING: [&str; 17] = [
    "no",
    "not",
    "non",
    "without",
    "denies",
    "negative",
    "rule",
    "exclude",
    "excluded",
    "r",
    "post",
    "history",
    "hx",
    "family",
    "long",
    "localized",
    "localised",
];

/// How many words before a name are looked at.
const BEFORE: usize = 3;

/// Whether lower-case words name something, as a whole word and not turned into something else.
fn names_it(words: &str, name: &str) -> bool {
    words.match_indices(name).any(|(at, _)| {
        let (before, after) = (words.get(..at).unwrap_or_default(), words.get(at + name.len()..).unwrap_or_default());
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        // A denial reaches as far as its part of the sentence.
        let part = before.rsplit([',', ';', '.']).next().unwrap_or_default();
        let close = part.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).rev().take(BEFORE);
        edge(before.chars().next_back())
            && edge(after.chars().next())
            && !close.into_iter().any(|w| TURNING.contains(&w))
    })
}

#[cfg(test)]
mod tests {
    use super::names_it;

    #[test]
    fn a_name_counts_as_a_whole_word_that_nothing_turns() {
        for (words, name, named) in [
            ("ssc-ild", "ssc", true),
            ("ssc-ild", "ild", true),
            ("interstitial lung disease due to ssc", "interstitial lung disease", true),
            ("mild disease", "ild", false),
            ("no ild", "ild", false),
            ("ssc without ild", "ild", false),
            ("ssc without ild", "ssc", true),
            ("rule out giant cell arteritis", "giant cell arteritis", false),
            ("r/o gca", "gca", false),
            ("not ra, ssc", "ssc", true),
            ("post-covid fibrosis", "covid", false),
            ("localized scleroderma", "scleroderma", false),
            ("ra; ra", "ra", true),
            ("history of ra; now gca", "gca", true),
        ] {
            assert_eq!(names_it(words, name), named, "{words}: {name}");
        }
    }
}
