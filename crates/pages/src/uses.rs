//! What each rule does for each use of a drug, and why it does less for some: made from the rule files, so that it says
//! what the program does.

use maud::{Markup, html};

use super::html::{link, table};
use super::words::indication;
use super::{rule_page, verified};
use domain::rule::{Coverage, Drug, Indication, Rule};
use domain::words::{days, joined, upper_first};

/// The table of the rules by use.
pub fn by_use(drug: &Drug) -> Markup {
    let head: Vec<&str> = ["Rule"]
        .into_iter()
        .chain(drug.indications.iter().map(|indication| indication.name.as_str()))
        .chain(["Why less, or otherwise"])
        .collect();
    let rows = html! {
        @for rule in &drug.rules {
            tr {
                td { (link(&rule_page(&drug.id, &rule.id), &rule.title)) }
                @for indication in &drug.indications { td { (done(rule, indication)) } }
                td { (reasons(rule, drug)) }
            }
        }
    };
    html! {
        p {
            "Checked: it may warn or stop. Information: it only informs. Silent: it says nothing for this use. Where the "
            "use of an order is not known, every rule that is not bound to some uses is asked."
        }
        (table("Rules by use", &head, rows))
    }
}

fn done(rule: &Rule, indication: &Indication) -> &'static str {
    match rule.coverage(indication) {
        Coverage::Checked => "checked",
        Coverage::Information => "information",
        Coverage::Silent => "silent",
    }
}

/// The reasons, each with its uses; of a rule that is bound to some uses, which these are.
fn reasons(rule: &Rule, drug: &Drug) -> Markup {
    let names = |ids: &[String]| joined(&ids.iter().map(|id| indication(drug, id)).collect::<Vec<_>>(), "and");
    let bound = match (&rule.applies.family, rule.applies.only.as_slice()) {
        (Some(family), _) => Some(format!("It belongs to the treatment of {}.", indication(drug, family))),
        (None, []) => None,
        (None, only) => Some(format!("It belongs to the treatment of {}.", names(only))),
    };
    html! {
        @if let Some(bound) = bound { p { (bound) } }
        @for reason in &rule.uses { p { (upper_first(&names(&reason.indications))) ": " (reason.because) } }
    }
}

/// The plan by which a treatment is watched.
pub fn monitoring(drug: &Drug) -> Markup {
    let uses = |ids: &[String]| {
        let names: Vec<String> = ids.iter().map(|id| indication(drug, id)).collect();
        if names.is_empty() { "each, and unknown".to_owned() } else { names.join("; ") }
    };
    let rows = html! {
        @for row in &drug.monitoring {
            tr {
                td { (row.of) }
                td { (uses(&row.indications)) }
                td { @match row.until_days { Some(until) => { "the first " (days(until)) }, None => "throughout" } }
                td { (row.from_days) " to " (days(row.to_days)) @if row.once { ", once" } }
                td.source { (row.source) }
                td { (verified(row.verified)) }
            }
        }
    };
    let head = ["What", "Ordered for", "On treatment", "Every", "Seen in", "State"];
    html! {
        p { "What is due on treatment. Of each kind the first line that fits the use and the time counts." }
        (table("Monitoring", &head, rows))
    }
}

#[cfg(test)]
mod tests {
    use super::{by_use, monitoring};
    use knowledge::Library;

    #[test]
    fn the_tables_say_what_the_rules_do() {
        let library = Library::embedded().expect("a valid library");
        let drug = &library.drugs[0];
        let html = by_use(drug).into_string();
        let row = |rule: &str| {
            let from = html.find(&format!(">{rule}</a>")).expect("a row");
            html[from..].split("</tr>").next().expect("its cells").to_owned()
        };
        let limits = row("Laboratory limits for starting tocilizumab");
        assert_eq!((limits.matches(">information<").count(), limits.matches(">silent<").count()), (1, 0), "{limits}");
        assert!(limits.contains("Cytokine release syndrome: The label sets no limit"), "{limits}");
        let hepatitis = row("Hepatitis B before tocilizumab");
        assert!(hepatitis.matches(">silent<").count() == 2 && hepatitis.contains(" and COVID-19: "), "{hepatitis}");
        assert!(row("Macrophage activation in sJIA").contains("It belongs to the treatment of systemic juvenile"));
        assert!(monitoring(drug).into_string().contains("<td>28 to 56 days</td>"));
    }
}
