//! What a rule says about its findings: at most one card, with the most urgent advice first. Its words are filled in
//! from the very values that decided.

/// How the words are filled in.
mod filling;
/// Which suggestions are offered.
mod offered;

pub use self::filling::Filled;
use self::filling::fill;
pub use self::offered::already_ordered;
use self::offered::offered;
use super::assess::{Assessment, RuleFindings};
use super::criteria::Finding;
use super::fact::{Facts, Source};
use super::hook::Hook;
use super::phase::Phase;
use super::rule::{Advice, Criterion, Drug, Indicator, Override, Rule, Suggestion};
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

#[cfg(test)]
mod tests;
