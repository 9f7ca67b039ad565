//! What a rule says about its findings: at most one card, with the most urgent advice first. Its words are filled in
//! from the very values that decided.

use std::borrow::Cow;

use super::assess::{Assessment, RuleFindings};
use super::criteria::Finding;
use super::fact::{ConceptId, Facts, Source};
use super::hook::Hook;
use super::phase::Phase;
use super::rule::{Action, Advice, Criterion, Drug, Indicator, Override, Rule, Suggestion, UnlessOrdered};
use super::truth::{Outcome, Reason};

/// What one rule says about one order.
#[derive(Debug)]
pub struct Advised<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// How urgent the card is.
    pub indicator: Indicator,
    /// The one-line summary.
    pub summary: String,
    /// The advice that speaks, the most urgent first.
    pub points: Vec<Point<'a>>,
    /// The suggestions that are offered, in the order of the rule.
    pub suggestions: Vec<&'a Suggestion>,
    /// The suggestions that are not offered because such an order exists already, with that order.
    pub pending: Vec<(&'a Suggestion, Source)>,
    /// Whether a new start was only assumed.
    pub start_assumed: bool,
}

impl<'a> Advised<'a> {
    /// The reasons to go on that fit what was found. A reader who was not shown what is on record is not asked to doubt
    /// it.
    pub fn overrides(&self) -> impl Iterator<Item = &'a Override> {
        let because = self.points.iter().flat_map(|point| &point.because);
        let met = because.filter(|(_, finding)| finding.outcome == Outcome::Met);
        let met: Vec<&str> = met.map(|(criterion, _)| criterion.id.as_str()).collect();
        let is_met = move |id: &String| met.contains(&id.as_str());
        self.rule.overrides.iter().filter(move |one| one.criteria.is_empty() || one.criteria.iter().any(&is_met))
    }
}

/// One advice that speaks.
#[derive(Debug)]
pub struct Point<'a> {
    /// The advice.
    pub advice: &'a Advice,
    /// How urgent it is.
    pub indicator: Indicator,
    /// Its summary; the first one is also the card's.
    pub summary: String,
    /// A sentence or two.
    pub text: Option<Vec<Filled<'a>>>,
    /// The criteria that made it speak, with what was found.
    pub because: Vec<(&'a Criterion, &'a Finding)>,
}

/// A piece of a template that is filled in.
#[derive(Debug, PartialEq, Eq)]
pub enum Filled<'a> {
    /// Words of the template; in a text, Markdown.
    Written(&'a str),
    /// Words of a finding, as plain text: a writer of Markdown or HTML has to escape them.
    Found(String),
}

/// Longest words that a token may become; `check` counts with them, and longer ones are cut.
pub const LONGEST: [(&str, usize); 9] = [
    ("value", 16),
    ("date", 11),
    ("limit", 17),
    ("what", 40),
    ("ratio", 20),
    ("reason", 40),
    ("status", 14),
    ("earlier", 31),
    ("next", 11),
];

/// What the rule says, or `None` when none of its advice speaks. A rule that the site silences says what is critical.
pub fn advise<'a>(
    drug: &'a Drug,
    rule: &'a Rule,
    found: &'a RuleFindings,
    assessment: &Assessment,
    facts: &Facts,
    hook: &Hook,
) -> Option<Advised<'a>> {
    spoken(drug, rule, found, assessment, facts, hook, |advice| is_audible(rule, advice))
}

/// What a rule would say that the site silences, where it says nothing aloud: it is noted, and nobody sees it.
pub fn advise_in_silence<'a>(
    drug: &'a Drug,
    rule: &'a Rule,
    found: &'a RuleFindings,
    assessment: &Assessment,
    facts: &Facts,
    hook: &Hook,
) -> Option<Advised<'a>> {
    // A rule that says something aloud counts as heard.
    if !rule.silent || advise(drug, rule, found, assessment, facts, hook).is_some() {
        return None;
    }
    spoken(drug, rule, found, assessment, facts, hook, |_| true)
}

fn spoken<'a>(
    drug: &'a Drug,
    rule: &'a Rule,
    found: &'a RuleFindings,
    assessment: &Assessment,
    facts: &Facts,
    hook: &Hook,
    is_audible: impl Fn(&Advice) -> bool,
) -> Option<Advised<'a>> {
    if !found.applies || rule.overview {
        return None;
    }
    let mut speaking: Vec<(&'a Advice, Vec<(&Criterion, &Finding)>)> = rule
        .advice
        .iter()
        .filter(|advice| !advice.in_summary && is_audible(advice))
        .filter_map(|advice| Some((advice, speaks(advice, rule, found, assessment, hook)?)))
        .collect();
    speaking.sort_by_key(|(advice, _)| advice.indicator);
    let mut points: Vec<Point<'_>> = speaking
        .iter()
        .map(|(advice, because)| point(drug, rule, advice, because.clone(), found, assessment))
        .collect();
    // What rests on an uncertain indication became less urgent than its advice.
    points.sort_by_key(|point| point.indicator);
    let (suggestions, pending) = offered(drug, rule, &speaking, assessment, facts);
    Some(Advised {
        rule,
        indicator: points.first()?.indicator,
        summary: points.first()?.summary.clone(),
        points,
        suggestions,
        pending,
        start_assumed: assessment.phase == Phase::Undetermined && !rule.applies.phases.is_empty(),
    })
}

/// The lines that the rules add to the card of the whole assessment.
pub fn notes(drug: &Drug, assessment: &Assessment, hook: &Hook) -> Vec<String> {
    let rules = drug.rules.iter().zip(&assessment.rules).filter(|(_, found)| found.applies);
    let lines = rules.flat_map(|(rule, found)| {
        let advice = rule.advice.iter().filter(|advice| advice.in_summary && is_audible(rule, advice));
        advice.filter_map(move |advice| {
            let because = speaks(advice, rule, found, assessment, hook)?;
            Some(point(drug, rule, advice, because, found, assessment).summary)
        })
    });
    lines.collect()
}

/// Whether a site lets the advice be heard. Critical advice always is.
fn is_audible(rule: &Rule, advice: &Advice) -> bool {
    !rule.silent || advice.indicator == Indicator::Critical
}

/// The criteria that make the advice speak, or `None` when it does not.
fn speaks<'a>(
    advice: &Advice,
    rule: &'a Rule,
    found: &'a RuleFindings,
    assessment: &Assessment,
    hook: &Hook,
) -> Option<Vec<(&'a Criterion, &'a Finding)>> {
    let outcome = |id: &String| found.get(rule, id).map(|finding| finding.outcome);
    let here = (advice.phases.is_empty() || advice.phases.contains(&assessment.phase))
        && advice.concerns(assessment.indication.id.as_deref())
        && (advice.hooks.is_empty() || advice.hooks.contains(hook))
        && advice.met.iter().all(|id| outcome(id) == Some(Outcome::Met))
        && !advice.unless_met.iter().any(|id| outcome(id) == Some(Outcome::Met))
        && advice.not_met.iter().all(|id| outcome(id) == Some(Outcome::NotMet));
    if !here {
        return None;
    }
    let counts = |reason: &Reason| advice.reasons.is_empty() || advice.reasons.contains(reason);
    let is_cited = |id: &String| found.get(rule, id).is_some_and(|finding| !finding.evidence.is_empty());
    // Where it is not known whether a criterion concerns the order, that it is unknown says nothing of the order.
    let concerns = |id: &String| {
        let criterion = rule.criteria.iter().find(|criterion| criterion.id == *id);
        let family = criterion.and_then(|criterion| criterion.family.as_ref());
        family.is_none_or(|family| assessment.indication.families.contains(family))
    };
    let unknown: Vec<&String> = advice
        .unknown
        .iter()
        .filter(|id| matches!(outcome(id), Some(Outcome::Unknown(reason)) if counts(&reason)) && concerns(id))
        .filter(|id| advice.cited.is_none_or(|cited| cited == is_cited(id)))
        .collect();
    if unknown.is_empty() && !advice.unknown.is_empty() {
        return None;
    }
    let because = advice.met.iter().chain(&advice.not_met).chain(unknown);
    Some(
        because
            .filter_map(|id| {
                let criterion = rule.criteria.iter().find(|criterion| criterion.id == *id)?;
                Some((criterion, found.get(rule, id)?))
            })
            .collect(),
    )
}

fn point<'a>(
    drug: &Drug,
    rule: &Rule,
    advice: &'a Advice,
    because: Vec<(&'a Criterion, &'a Finding)>,
    found: &RuleFindings,
    assessment: &Assessment,
) -> Point<'a> {
    let summary = fill(&advice.summary, rule, found, &because).into_iter().map(Filled::into_words).collect::<String>();
    let text = advice.text_for(assessment.indication.id.as_deref(), assessment.route.as_deref());
    let text = text.map(|text| fill(text, rule, found, &because));
    let (indicator, summary) = match rule.family_of(advice).filter(|_| assessment.indication.conditional) {
        // The indication is not certain, so that nothing which rests on it can be critical.
        Some(family) => {
            (advice.indicator.max(Indicator::Warning), format!("{}{summary}", conditional_prefix(drug, family)))
        }
        None => (advice.indicator, summary),
    };
    Point { advice, indicator, summary, text, because }
}

/// What a summary begins with when the indication is only a possibility.
pub fn conditional_prefix(drug: &Drug, family: &str) -> String {
    let name = drug.indications.iter().find(|i| i.id == family).map_or(family, |i| i.name.as_str());
    format!("If for {name}: ")
}

/// The suggestions to offer, and those for which an order exists already.
fn offered<'a>(
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

impl<'a> Filled<'a> {
    fn into_words(self) -> Cow<'a, str> {
        match self {
            Filled::Written(words) => words.into(),
            Filled::Found(words) => words.into(),
        }
    }
}

/// Fills the tokens of a template: `{criterion.value}` and the like, and `{unknown}` for the names of what is unknown.
fn fill<'t>(
    template: &'t str,
    rule: &Rule,
    found: &RuleFindings,
    because: &[(&Criterion, &Finding)],
) -> Vec<Filled<'t>> {
    let word = |token: &str| {
        let (id, word) = token.rsplit_once('.')?;
        Some(cut(&word_of(found.get(rule, id)?, word)?, longest(word)?))
    };
    let filled = pieces(template).into_iter().map(|piece| match piece {
        Piece::Text(text) => Filled::Written(text),
        Piece::Token("unknown") => Filled::Found(unknown_names(because)),
        Piece::Token(token) => word(token).map_or(Filled::Written("not stated"), Filled::Found),
    });
    filled.collect()
}

fn unknown_names(because: &[(&Criterion, &Finding)]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (criterion, finding) in because {
        if matches!(finding.outcome, Outcome::Unknown(_)) && !names.contains(&criterion.name.as_str()) {
            names.push(&criterion.name);
        }
    }
    names.join(", ")
}

fn word_of(finding: &Finding, word: &str) -> Option<String> {
    match (word, finding.outcome) {
        ("value", _) => finding.words.value.clone(),
        ("date", _) => finding.words.date.clone().or_else(|| Some("undated".to_owned())),
        ("next", _) => finding.words.next.clone().or_else(|| Some("not known".to_owned())),
        ("limit", _) => finding.words.limit.clone(),
        ("ratio", _) => finding.words.ratio.clone().or_else(|| finding.words.value.clone()),
        ("what", _) => finding.words.what.clone(),
        ("status", _) => finding.words.status.map(str::to_owned),
        ("earlier", _) => finding.words.earlier.clone().or_else(|| Some("no earlier result".to_owned())),
        ("reason", Outcome::Unknown(reason)) => Some(finding.words.why.unwrap_or(reason.words()).to_owned()),
        _ => None,
    }
}

/// The most characters that a token may become; `None` for a word that no token has.
pub fn longest(word: &str) -> Option<usize> {
    LONGEST.iter().find(|(name, _)| *name == word).map(|(_, length)| *length)
}

/// Text on one line, cut to so many characters. They are counted in UTF-16 units, because clients do.
pub fn cut(text: &str, length: usize) -> String {
    // Never more units than bytes: most words are short and need no counting.
    if text.len() <= length && text.bytes().all(|byte| matches!(byte, 0x20..0x7f)) {
        return text.trim().to_owned();
    }
    let one_line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned();
    if one_line.encode_utf16().count() <= length {
        return one_line;
    }
    let mut room = length.saturating_sub(1);
    let kept: String = one_line
        .chars()
        .take_while(|c| {
            let fits = c.len_utf16() <= room;
            room = room.saturating_sub(c.len_utf16());
            fits
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words that stay as they are.
    Text(&'a str),
    /// What is between braces.
    Token(&'a str),
}

/// The pieces of a template; a brace without its partner stays as it is.
pub fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut rest = template;
    let mut pieces = Vec::new();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((token, after)) = after.split_once('}') else { break };
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Token(token));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{
        Advised, Filled, Piece, advise, advise_in_silence, already_ordered, conditional_prefix, cut, longest, notes,
        pieces,
    };
    use crate::assess::{Assessment, NotUnderstood, RuleFindings};
    use crate::criteria::{AgeBelow, Finding, Kind, Words};
    use crate::fact::{Facts, Ordered};
    use crate::hook::Hook;
    use crate::indication::OrderIndication;
    use crate::phase::Phase;
    use crate::rule::{Action, Advice, Criterion, Drug, Indicator, Override, Rule, Suggestion, UnlessOrdered};
    use crate::testing::{advice, drug, rule, source};
    use crate::truth::{Outcome, Reason};
    use Indicator::{Critical, Info, Warning};
    use Outcome::{Met, NotMet, Unknown};

    /// The criteria `a` and `b`, and this advice.
    fn rule_with(advice: Vec<Advice>) -> Rule {
        let criterion = |id: &str| Criterion {
            id: id.to_owned(),
            finding: format!("finding {id}"),
            name: format!("name {id}"),
            family: None,
            unlisted: false,
            kind: Kind::Age(AgeBelow { years: 18 }),
        };
        Rule { advice, ..rule(vec![criterion("a"), criterion("b")]) }
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn if_met(indicator: Indicator, summary: &str) -> Advice {
        Advice { met: ids(&["a"]), ..advice(indicator, summary) }
    }

    fn found(outcomes: [Outcome; 2]) -> RuleFindings {
        RuleFindings { applies: true, findings: outcomes.map(Finding::bare).into() }
    }

    fn assessment(phase: Phase, conditional: bool) -> Assessment {
        let indication =
            OrderIndication { id: None, name: String::new(), families: Vec::new(), conditional, unknown: None };
        Assessment {
            drug: "drug".into(),
            order: String::new(),
            indication,
            route: None,
            phase,
            exposures: Vec::new(),
            may_go_on: true,
            rules: Vec::new(),
            not_understood: NotUnderstood::default(),
        }
    }

    /// Calls `read` with what the rule says of these outcomes, at `order-sign` of a continuation.
    fn said<T>(rule: &Rule, outcomes: [Outcome; 2], read: impl FnOnce(Option<Advised<'_>>) -> T) -> T {
        let assessment = assessment(Phase::Continuation, false);
        read(advise(&drug(), rule, &found(outcomes), &assessment, &Facts::default(), &Hook::OrderSign))
    }

    fn speaks(advice: Advice, outcomes: [Outcome; 2]) -> bool {
        said(&rule_with(vec![advice]), outcomes, |advised| advised.is_some())
    }

    #[test]
    fn what_is_unknown_with_a_record_and_without() {
        for (cited, is_cited, speaks) in [
            (None, true, true),
            (None, false, true),
            (Some(true), true, true),
            (Some(true), false, false),
            (Some(false), true, false),
            (Some(false), false, true),
        ] {
            let rule = rule_with(vec![Advice { unknown: ids(&["a"]), cited, ..advice(Warning, "Odd") }]);
            let mut finding = Finding::bare(Unknown(Reason::Unreadable));
            finding.evidence.extend(is_cited.then(|| source("Condition", "odd", "")));
            let found = RuleFindings { applies: true, findings: vec![finding, Finding::bare(NotMet)] };
            let of = assessment(Phase::NewStart, false);
            let drug = drug();
            let said = advise(&drug, &rule, &found, &of, &Facts::default(), &Hook::OrderSign);
            assert_eq!(said.is_some(), speaks, "{cited:?} {is_cited}");
        }
    }

    #[test]
    fn a_line_of_the_summary_is_no_card() {
        let line = |summary| Advice { unknown: ids(&["a"]), in_summary: true, ..advice(Info, summary) };
        let rule = rule_with(vec![line("Not on record: {unknown}"), Advice { met: ids(&["a"]), ..line("Found") }]);
        let found = RuleFindings {
            applies: true,
            findings: vec![Finding::bare(Unknown(Reason::Absent)), Finding::bare(NotMet)],
        };
        let mut drug = Drug { rules: vec![rule], ..drug() };
        let mut of = assessment(Phase::NewStart, false);
        assert!(advise(&drug, &drug.rules[0], &found, &of, &Facts::default(), &Hook::OrderSign).is_none());
        of.rules = vec![found];
        assert_eq!(notes(&drug, &of, &Hook::OrderSign), ["Not on record: name a"]);
        drug.rules[0].advice.push(Advice { unknown: ids(&["a"]), ..advice(Info, "A card") });
        assert_eq!(notes(&drug, &of, &Hook::OrderSign), ["Not on record: name a"], "a card is no line");
        drug.rules[0].silent = true;
        assert!(notes(&drug, &of, &Hook::OrderSign).is_empty(), "the site silenced the rule");
        drug.rules[0].silent = false;
        of.rules[0].applies = false;
        assert!(notes(&drug, &of, &Hook::OrderSign).is_empty());
    }

    #[test]
    fn advice_speaks_when_all_its_conditions_hold() {
        let (absent, lost) = (Unknown(Reason::Absent), Unknown(Reason::NotRetrieved));
        let plain = || advice(Warning, "x");
        let met = || Advice { met: ids(&["a", "b"]), ..plain() };
        let not_met = || Advice { not_met: ids(&["a", "b"]), ..plain() };
        let unless = || Advice { met: ids(&["a"]), unless_met: ids(&["b"]), ..plain() };
        let unknown = || Advice { unknown: ids(&["a", "b"]), ..plain() };
        let for_a_reason = || Advice { reasons: vec![Reason::Absent], ..unknown() };
        for (name, advice, outcomes, speaks) in [
            ("all are met", met(), [Met, Met], true),
            ("one is not met", met(), [Met, NotMet], false),
            ("one is unknown", met(), [Met, absent], false),
            ("all are not met", not_met(), [NotMet, NotMet], true),
            ("one of them is met", not_met(), [NotMet, Met], false),
            ("one of them is unknown", not_met(), [NotMet, absent], false),
            ("none stands against it", unless(), [Met, NotMet], true),
            ("what stands against it is unknown", unless(), [Met, absent], true),
            ("one stands against it", unless(), [Met, Met], false),
            ("one unknown is enough", unknown(), [Met, absent], true),
            ("none is unknown", unknown(), [Met, NotMet], false),
            ("unknown for the reason", for_a_reason(), [absent, Met], true),
            ("unknown for another reason", for_a_reason(), [lost, Met], false),
            ("a criterion that the rule lacks", Advice { met: ids(&["c"]), ..plain() }, [Met, Met], false),
            ("in its phase", Advice { phases: vec![Phase::Continuation], ..if_met(Info, "x") }, [Met, Met], true),
            ("in another phase", Advice { phases: vec![Phase::Restart], ..if_met(Info, "x") }, [Met, Met], false),
            ("at its hook", Advice { hooks: vec![Hook::OrderSign], ..if_met(Info, "x") }, [Met, Met], true),
            ("at another hook", Advice { hooks: vec![Hook::OrderSelect], ..if_met(Info, "x") }, [Met, Met], false),
        ] {
            assert_eq!(self::speaks(advice, outcomes), speaks, "{name}");
        }
    }

    #[test]
    fn a_silent_rule_says_only_what_is_critical() {
        for (indicator, speaks) in [(Critical, true), (Warning, false), (Info, false)] {
            let rule = Rule { silent: true, ..rule_with(vec![if_met(indicator, "x")]) };
            assert_eq!(said(&rule, [Met, Met], |advised| advised.is_some()), speaks, "{indicator:?}");
            let (drug, assessment) = (drug(), assessment(Phase::Continuation, false));
            let silenced = |rule: &Rule, outcomes| {
                let (found, facts) = (found(outcomes), Facts::default());
                let advised = advise_in_silence(&drug, rule, &found, &assessment, &facts, &Hook::OrderSign);
                advised.map(|advised| advised.indicator)
            };
            assert_eq!(silenced(&rule, [Met, Met]), (!speaks).then_some(indicator), "{indicator:?}");
            assert_eq!(silenced(&rule, [NotMet, Met]), None, "{indicator:?}: there was nothing to say");
            let heard = Rule { silent: false, ..rule };
            assert_eq!(silenced(&heard, [Met, Met]), None, "{indicator:?}: it was said");
        }
        let overview = Rule { overview: true, ..rule_with(vec![if_met(Critical, "x")]) };
        assert!(said(&overview, [Met, Met], |advised| advised.is_none()), "an overview is written elsewhere");
        let elsewhere = RuleFindings { applies: false, ..found([Met, Met]) };
        let (rule, assessment) = (rule_with(vec![if_met(Critical, "x")]), assessment(Phase::Continuation, false));
        let drug = drug();
        let advised = advise(&drug, &rule, &elsewhere, &assessment, &Facts::default(), &Hook::OrderSign);
        assert!(advised.is_none(), "a rule that does not concern the order");
    }

    #[test]
    fn the_most_urgent_advice_comes_first() {
        let rule = rule_with(vec![if_met(Info, "context"), if_met(Critical, "stop"), if_met(Warning, "check")]);
        said(&rule, [Met, NotMet], |advised| {
            let advised = advised.expect("advice");
            assert_eq!((advised.indicator, advised.summary.as_str()), (Critical, "stop"));
            let said: Vec<&str> = advised.points.iter().map(|point| point.summary.as_str()).collect();
            assert_eq!(said, ["stop", "check", "context"]);
            assert!(!advised.start_assumed);
        });
    }

    #[test]
    fn only_reasons_that_fit_what_was_found_are_offered() {
        let reason = |code: &str, criteria: &[&str]| Override {
            code: code.to_owned(),
            standard: false,
            display: code.to_owned(),
            criteria: ids(criteria),
        };
        let mut rule = rule_with(vec![if_met(Warning, "met"), Advice { unknown: ids(&["a"]), ..advice(Warning, "?") }]);
        rule.overrides = vec![reason("always", &[]), reason("for-a", &["a"]), reason("for-b", &["b"])];
        let codes = |outcome| {
            said(&rule, [outcome, Met], |advised| {
                let advised = advised.expect("advice");
                advised.overrides().map(|one| one.code.clone()).collect::<Vec<_>>()
            })
        };
        assert_eq!(codes(Met), ["always", "for-a"]);
        assert_eq!(codes(Unknown(Reason::Unreadable)), ["always"]);
    }

    #[test]
    fn what_made_it_speak_is_named() {
        let mixed = Advice { met: ids(&["a"]), unknown: ids(&["b"]), ..advice(Warning, "x") };
        said(&rule_with(vec![mixed]), [Met, Unknown(Reason::Stale)], |advised| {
            let because: Vec<String> = advised.expect("advice").points[0]
                .because
                .iter()
                .map(|(criterion, finding)| format!("{} {}", criterion.id, finding.outcome))
                .collect();
            assert_eq!(because, ["a met", "b unknown: stale"]);
        });
    }

    #[test]
    fn a_possible_indication_makes_advice_conditional_and_never_critical() {
        let mut rule = rule_with(vec![if_met(Critical, "stop"), if_met(Info, "context")]);
        let said = |rule: &Rule, conditional: bool, phase: Phase| {
            let (drug, found, assessment) = (drug(), found([Met, Met]), assessment(phase, conditional));
            let advised = advise(&drug, rule, &found, &assessment, &Facts::default(), &Hook::OrderSign);
            let advised = advised.expect("advice");
            let points: Vec<String> =
                advised.points.iter().map(|point| format!("{} {}", point.indicator.code(), point.summary)).collect();
            (points.join("; "), advised.start_assumed)
        };
        assert_eq!(said(&rule, true, Phase::Continuation).0, "critical stop; info context", "a rule of no family");
        rule.applies.family = Some("lung".to_owned());
        assert_eq!(said(&rule, false, Phase::Continuation).0, "critical stop; info context");
        let conditional = "warning If for lung in words: stop; info If for lung in words: context";
        assert_eq!(said(&rule, true, Phase::Continuation).0, conditional);
        assert_eq!(conditional_prefix(&drug(), "unheard-of"), "If for unheard-of: ");
        assert!(!said(&rule, false, Phase::Undetermined).1, "a rule of every phase assumes nothing");
        rule.applies.phases = vec![Phase::NewStart, Phase::Undetermined];
        assert!(said(&rule, false, Phase::Undetermined).1);
        assert!(!said(&rule, false, Phase::NewStart).1);
    }

    #[test]
    fn suggestions_are_offered_unless_ordered_already() {
        let suggestion = |id: &str, criteria: &[&str], unless_ordered: Option<&str>| Suggestion {
            id: id.to_owned(),
            label: id.to_owned(),
            criteria: ids(criteria),
            unless_ordered: unless_ordered.map_or(UnlessOrdered::Never, |id| UnlessOrdered::All(id.into())),
            unless_met: Vec::new(),
            text: None,
            due: None,
            action: Action::DeleteOrder,
        };
        let offered = Advice { suggest: ids(&["always", "for-a", "for-b", "test", "done"]), ..if_met(Warning, "x") };
        let mut rule =
            rule_with(vec![offered, Advice { suggest: ids(&["silent"]), met: ids(&["b"]), ..advice(Info, "y") }]);
        rule.suggestions = vec![
            suggestion("always", &[], None),
            suggestion("for-a", &["a"], None),
            suggestion("for-b", &["b"], None),
            suggestion("test", &[], Some("test-order")),
            suggestion("done", &[], Some("done-order")),
            suggestion("silent", &[], None),
            suggestion("never", &[], None),
        ];
        let ordered = Ordered { concept: "done-order".into(), source: source("ServiceRequest", "done", "") };
        let facts = Facts { ordered: vec![ordered], ..Facts::default() };
        let (drug, found, assessment) = (drug(), found([Met, NotMet]), assessment(Phase::Continuation, false));
        let advised = advise(&drug, &rule, &found, &assessment, &facts, &Hook::OrderSign).expect("advice");
        let offered: Vec<&str> = advised.suggestions.iter().map(|suggestion| suggestion.id.as_str()).collect();
        assert_eq!(offered, ["always", "for-a", "test"]);
        let pending: Vec<(&str, &str)> = advised
            .pending
            .iter()
            .map(|(suggestion, order)| (suggestion.id.as_str(), order.reference.as_str()))
            .collect();
        assert_eq!(pending, [("done", "ServiceRequest/done")]);
    }

    /// An order suppresses only the test that it brings.
    #[test]
    fn an_order_stands_for_what_it_brings_only() {
        let each = UnlessOrdered::Each(vec![("a".to_owned(), "a-order".into()), ("b".to_owned(), "b-order".into())]);
        let order =
            |concept: &str, id: &str| Ordered { concept: concept.into(), source: source("ServiceRequest", id, "") };
        let with = |ordered: &[(&str, &str)], needed: &[&str]| {
            let ordered = ordered.iter().map(|(concept, id)| order(concept, id)).collect();
            let facts = Facts { ordered, ..Facts::default() };
            let found = already_ordered(&each, needed.iter().copied(), &facts);
            found.iter().map(|source| source.reference.clone()).collect::<Vec<_>>()
        };
        let (a, b) = (("a-order", "a"), ("b-order", "b"));
        assert_eq!(with(&[a], &["a"]), ["ServiceRequest/a"]);
        assert_eq!(with(&[a], &["a", "b"]), [""; 0]);
        assert_eq!(with(&[a, b], &["a", "b"]), ["ServiceRequest/a", "ServiceRequest/b"]);
        assert_eq!(with(&[a, ("b-order", "a")], &["a", "b"]), ["ServiceRequest/a"], "one panel for both");
        assert_eq!(with(&[a], &[]), [""; 0]);
    }

    /// What a template becomes when `a` is met with these words and `b` is unknown: as a summary, and as the pieces of a
    /// text, of which the template's own are `true`.
    fn filled(template: &str, words: Words) -> (String, Vec<(bool, String)>) {
        let advice = Advice { text: Some(template.to_owned()), unknown: ids(&["b"]), ..if_met(Warning, template) };
        let rule = rule_with(vec![advice]);
        let mut found = found([Met, Unknown(Reason::Stale)]);
        found.findings[0].words = words;
        let (drug, assessment) = (drug(), assessment(Phase::Continuation, false));
        let advised = advise(&drug, &rule, &found, &assessment, &Facts::default(), &Hook::OrderSign).expect("advice");
        let pieces = advised.points[0].text.as_ref().expect("a text").iter().map(|piece| match piece {
            Filled::Written(words) => (true, (*words).to_owned()),
            Filled::Found(words) => (false, words.clone()),
        });
        (advised.points[0].summary.clone(), pieces.collect())
    }

    #[test]
    fn tokens_are_filled_from_the_findings() {
        let some = |text: &str| Some(text.to_owned());
        let words = || Words {
            value: some("5 mg"),
            date: some("10 Nov 2026"),
            limit: some("6 mg"),
            ratio: some("2 x"),
            what: some("a *name*"),
            ..Words::default()
        };
        for (template, summary) in [
            ("{a.value} {a.date} {a.limit} {a.ratio}", "5 mg 10 Nov 2026 6 mg 2 x"),
            ("{a.what}", "a *name*"),
            ("{unknown} are missing", "name b are missing"),
            ("{b.reason}", "last result too old"),
            ("{a.reason}", "not stated"),
            ("{b.date}", "undated"),
            ("{b.value}", "not stated"),
            ("{c.value} {a.colour} {a}", "not stated not stated not stated"),
        ] {
            assert_eq!(filled(template, words()).0, summary, "{template}");
        }
        let pieces = [(true, "*As* ".to_owned()), (false, "a *name*".to_owned())];
        assert_eq!(
            filled("*As* {a.what}", words()).1,
            pieces,
            "what writes a text must escape the words of the record"
        );
        let without_ratio = Words { ratio: None, ..words() };
        assert_eq!(filled("{a.ratio}", without_ratio).0, "5 mg", "a value where there is no ratio");
        let long = Words { value: some("a value that is too long"), ..Words::default() };
        assert_eq!(filled("{a.value}", long).0, "a value that is…");
    }

    #[test]
    fn names_of_the_unknown_stand_once_each() {
        let mut rule = rule_with(vec![Advice { unknown: ids(&["a", "b"]), ..advice(Warning, "{unknown}") }]);
        let unknown = [Unknown(Reason::Absent), Unknown(Reason::Stale)];
        let summary = |rule: &Rule, outcomes| said(rule, outcomes, |advised| advised.expect("advice").summary);
        assert_eq!(summary(&rule, unknown), "name a, name b");
        assert_eq!(summary(&rule, [Met, unknown[0]]), "name b");
        rule.criteria[1].name = rule.criteria[0].name.clone();
        assert_eq!(summary(&rule, unknown), "name a");
    }

    #[test]
    fn templates_fall_into_pieces() {
        assert_eq!(pieces("a {b.c} d{e"), [Piece::Text("a "), Piece::Token("b.c"), Piece::Text(" d{e")]);
        assert_eq!(pieces("{a}{b}"), [Piece::Token("a"), Piece::Token("b")]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn long_words_are_cut() {
        for (text, length, cut_text) in [
            ("Infected\nulcer of skin", 10, "Infected…"),
            ("short", 10, "short"),
            ("exactly 10", 10, "exactly 10"),
            ("exactly 11.", 10, "exactly 1…"),
            (" a\u{7}b ", 10, "a b"),
            // A clinician's client counts this character twice.
            ("\u{1f600}\u{1f600}\u{1f600}", 5, "\u{1f600}\u{1f600}…"),
            ("\u{1f600}\u{1f600}\u{1f600}", 4, "\u{1f600}…"),
            ("\u{1f600}\u{1f600}", 4, "\u{1f600}\u{1f600}"),
        ] {
            assert_eq!(cut(text, length), cut_text, "{text:?} in {length}");
        }
        assert_eq!((longest("value"), longest("colour")), (Some(16), None));
    }

    #[test]
    fn an_advice_rests_on_the_family_of_its_criteria() {
        let mut rule = rule_with(vec![
            Advice { met: ids(&["a"]), ..advice(Critical, "of the family") },
            Advice { met: ids(&["b"]), ..advice(Critical, "of all") },
        ]);
        rule.criteria[0].family = Some("lung".to_owned());
        assert_eq!(rule.advice.iter().map(|advice| rule.family_of(advice)).collect::<Vec<_>>(), [Some("lung"), None]);
        let summaries = |conditional| {
            let assessment = assessment(Phase::Continuation, conditional);
            let (drug, found) = (drug(), found([Met, Met]));
            let advised = advise(&drug, &rule, &found, &assessment, &Facts::default(), &Hook::OrderSign);
            let points = advised.map(|advised| advised.points).unwrap_or_default();
            points.into_iter().map(|point| (point.indicator, point.summary)).collect::<Vec<_>>()
        };
        let of = |indicator, summary: &str| (indicator, summary.to_owned());
        assert_eq!(summaries(false), [of(Critical, "of the family"), of(Critical, "of all")]);
        // What is certain comes first, because the other became less urgent.
        let expected = [of(Critical, "of all"), of(Warning, "If for lung in words: of the family")];
        assert_eq!(summaries(true), expected);
    }

    #[test]
    fn what_may_not_concern_the_order_is_not_asked_about() {
        let mut rule = rule_with(vec![Advice { unknown: ids(&["a", "b"]), ..advice(Warning, "{unknown}") }]);
        rule.criteria[0].family = Some("lung".to_owned());
        let lost = Unknown(Reason::NotRetrieved);
        let summary = |families: &[&str], outcomes| {
            let mut assessment = assessment(Phase::Continuation, false);
            assessment.indication.families = ids(families);
            let (drug, found) = (drug(), found(outcomes));
            let advised = advise(&drug, &rule, &found, &assessment, &Facts::default(), &Hook::OrderSign);
            advised.map(|advised| advised.summary)
        };
        assert_eq!(summary(&["lung"], [lost, lost]).as_deref(), Some("name a, name b"));
        assert_eq!(summary(&[], [lost, lost]).as_deref(), Some("name b"));
        assert_eq!(summary(&[], [lost, Met]), None);
    }

    #[test]
    fn the_labelled_dose_is_offered_to_its_own_family() {
        let offer = Suggestion {
            id: "dose".to_owned(),
            label: String::new(),
            criteria: Vec::new(),
            unless_ordered: UnlessOrdered::Never,
            unless_met: Vec::new(),
            text: None,
            due: None,
            action: Action::UpdateDose,
        };
        let rule = Rule {
            suggestions: vec![offer],
            ..rule_with(vec![Advice { suggest: ids(&["dose"]), ..if_met(Critical, "x") }])
        };
        let mut drug = drug();
        let offers = |drug: &crate::rule::Drug, families: &[&str]| {
            let mut assessment = assessment(Phase::Continuation, false);
            assessment.indication.families = ids(families);
            let found = found([Met, Met]);
            let advised = advise(drug, &rule, &found, &assessment, &Facts::default(), &Hook::OrderSign);
            advised.map_or(0, |advised| advised.suggestions.len())
        };
        assert_eq!(offers(&drug, &[]), 1, "a dose of no family is offered to all");
        drug.labelled_dose.as_mut().expect("a dose").family = Some("lung".to_owned());
        assert_eq!((offers(&drug, &["lung"]), offers(&drug, &["eyes"]), offers(&drug, &[])), (1, 0, 0));
    }
}
