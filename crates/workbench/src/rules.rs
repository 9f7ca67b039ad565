//! The rules with what their cases show of them: which outcomes and which advices, and which none shows; their review,
//! what the site's policy changes, and how their cards fared.

use domain::rule::{Drug, Rule};
use explain::coverage::{AdviceCoverage, Coverage, FindingCoverage, OutcomeCoverage};
use knowledge::policy::silencing;
use maud::{Markup, html};
use pages::shell::{Area, PageLocation};
use pages::words::{count, outcome};
use store::stats::RuleOutcomes;

use super::card::degree;
use super::icon::{Icon, signed};
use super::page_head::{in_query, page};

/// A rule with what is known of it.
#[derive(Debug)]
pub struct RuleSummary<'a> {
    /// Its drug.
    pub drug: &'a Drug,
    /// The rule.
    pub rule: &'a Rule,
    /// What its cases show, as soon as it is worked out.
    pub coverage: Option<&'a Coverage>,
    /// How its cards fared, where the store says so.
    pub numbers: Option<&'a RuleOutcomes>,
}

/// All rules.
pub fn all(rules: &[RuleSummary<'_>], policy: &[String]) -> String {
    let content = html! {
        h1 { "Coverage of the rules by their cases" }
        p.lead { "A case is a test patient with its expected outcome. What no case shows, nobody notices when it breaks." }
        (waiting(rules))
        div.scroll tabindex="0" role="region" aria-label="Rules" {
            table.stack {
                thead { tr {
                    @for name in ["Rule", "Covered", "Not shown by any case", "Review", "Cards issued"] { th scope="col" { (name) } }
                } }
                tbody { @for covered in rules { (row(covered)) } }
            }
        }
        h2 { "What the policy of this site changes" }
        @if policy.is_empty() { p { "There is no policy: every rule speaks as the library has it." } }
        @else { ul { @for line in policy { li { (line.trim()) } } } }
    };
    page(Area::Rules, "Coverage · Workbench", content)
}

/// How far the service is, for the first reader after its start. The page is asked for again by the script, or by hand.
fn waiting(rules: &[RuleSummary<'_>]) -> Markup {
    let done = rules.iter().filter(|covered| covered.coverage.is_some()).count();
    html! {
        @if done < rules.len() {
            p.changed role="status" data-again="2" {
                "The cases are being run: " (done) " of " (rules.len()) " rules so far. "
                a href=(PageLocation::Below.to("workbench/rules")) { "Look again" }
            }
        }
    }
}

fn row(covered: &RuleSummary<'_>) -> Markup {
    let RuleSummary { drug, rule, coverage, numbers } = covered;
    let way = format!("workbench/rule?of={}", in_query(&format!("{}/{}", drug.id, rule.id)));
    html! {
        tr {
            th scope="row" {
                a href=(PageLocation::Below.to(&way)) { (rule.title) }
                small {
                    @if let Some(coverage) = coverage { (count(coverage.cases, "case", "cases")) }
                    @if rule.silent { "; " (silencing(rule)) }
                }
            }
            @match coverage {
                Some(coverage) => {
                    @let gaps = coverage.gaps();
                    td data-name="Covered" { (share(coverage)) }
                    td data-name="Not shown" {
                        @if gaps.is_empty() { (signed(Icon::Good, "None")) } @else { (signed(Icon::Check, &count(gaps.len(), "gap", "gaps"))) }
                    }
                }
                None => {
                    td data-name="Covered" { span.none { "being run" } }
                    td data-name="Not shown" { span.none { "being run" } }
                }
            }
            td data-name="Review" { (pages::review(rule)) }
            td data-name="Cards issued" {
                @match numbers { Some(numbers) => (fate(numbers)), None => span.none { "none" } }
            }
        }
    }
}

fn fate(numbers: &RuleOutcomes) -> String {
    let fate = &numbers.fate;
    format!("{}: {} accepted, {} overridden", fate.issued, fate.accepted, fate.overridden)
}

/// How much of what should be shown is shown: in words and as a bar.
fn share(coverage: &Coverage) -> Markup {
    let outcomes = coverage.findings.iter().flat_map(|finding| &finding.outcomes).filter(|outcome| outcome.must);
    let (mut all, mut shown) = (coverage.advice.len(), coverage.advice.iter().filter(|a| !a.cases.is_empty()).count());
    for outcome in outcomes {
        all += 1;
        shown += usize::from(!outcome.cases.is_empty());
    }
    html! {
        meter min="0" max=(all) value=(shown) aria-label="Covered" { }
        " " (shown) " of " (all)
    }
}

/// One rule, once its coverage is worked out.
pub fn one(covered: &RuleSummary<'_>, coverage: &Coverage) -> String {
    let RuleSummary { drug, rule, numbers, .. } = covered;
    let gaps = coverage.gaps();
    let handbook = PageLocation::Below.handbook(&knowledge::link::rule_page(&drug.id, &rule.id));
    let content = html! {
        p.id { (drug.id) " / " (rule.id) }
        h1 { (rule.title) }
        p.lead { (share(coverage)) " outcomes and pieces of advice are shown by " (count(coverage.cases, "case", "cases")) ". " a href=(handbook) { "The rule in the handbook" } }
        @if let Some(numbers) = numbers { p { "Cards: " (fate(numbers)) "." } }
        @if !coverage.failing.is_empty() {
            h2 { "Cases that do not hold" }
            ul { @for (case, why) in &coverage.failing { li { strong { (case) } ": " (why) } } }
        }
        h2 { "What no case shows" }
        @if gaps.is_empty() { p { (signed(Icon::Good, "Nothing")) " Every outcome that matters and every advice is shown." } }
        @else { ul.gaps { @for gap in &gaps { li { (Icon::Check.shape()) " " (gap) } } } }
        h2 { "Findings and the cases that show them" }
        @for finding in &coverage.findings { (self::finding(finding)) }
        h2 { "What it says, and the cases that show it" }
        @for advice in &coverage.advice { (self::advice(advice)) }
    };
    page(Area::Rules, &format!("{} · Coverage", rule.title), content)
}

fn finding(finding: &FindingCoverage) -> Markup {
    html! {
        article.covered {
            h3 { (finding.finding) }
            p.id { (finding.criterion) }
            ul { @for one in &finding.outcomes { li { (of_outcome(one)) } } }
        }
    }
}

fn of_outcome(of: &OutcomeCoverage) -> Markup {
    let sign = match (of.cases.is_empty(), of.must) {
        (false, _) => Icon::Good,
        (true, true) => Icon::Check,
        (true, false) => Icon::Apart,
    };
    html! { (signed(sign, &outcome(&of.outcome))) " " (cases(&of.cases, of.must)) }
}

fn advice(advice: &AdviceCoverage) -> Markup {
    let sign = Icon::of(advice.indicator);
    html! {
        article.covered {
            h3 { (signed(sign, degree(sign))) " " (advice.summary) }
            p { (cases(&advice.cases, true)) }
        }
    }
}

fn cases(names: &[String], must: bool) -> Markup {
    html! {
        @match names {
            [] if must => strong { "no case shows it" },
            [] => "no case shows it, and none has to",
            [only] => (only),
            names => details { summary { (names.len()) " cases" } ul { @for name in names { li { (name) } } } },
        }
    }
}

#[cfg(test)]
mod tests {
    use explain::coverage::Coverage;
    use knowledge::Library;

    use super::{RuleSummary, all};

    #[test]
    fn what_is_not_worked_out_yet_is_not_told_as_a_gap() {
        let library = Library::embedded().expect("the built-in library");
        let drug = library.drugs.first().expect("a drug");
        let known = Coverage::default();
        let page = |coverage: [Option<&Coverage>; 2]| {
            let rules = drug.rules.iter().zip(coverage);
            let rules = rules.map(|(rule, coverage)| RuleSummary { drug, rule, coverage, numbers: None });
            all(&rules.collect::<Vec<_>>(), &[])
        };
        let waiting = page([Some(&known), None]);
        assert!(waiting.contains("1 of 2 rules so far") && waiting.contains("data-again"), "{waiting}");
        assert!(waiting.contains("being run") && !waiting.contains("gap"), "{waiting}");
        let done = page([Some(&known), Some(&known)]);
        assert!(!done.contains("data-again") && !done.contains("being run"), "{done}");
    }
}
