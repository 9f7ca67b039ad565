//! What is on screen, written as a case for the file of its rule.

use explain::difference::Difference;
use maud::{Markup, html};
use pages::html::code;
use pages::shell::PageLocation;

use super::{WhatIf, said};
use crate::card::Answered;
use crate::page_head::{PageHead, View};
use crate::raw;

/// The page with a case to copy.
pub fn case(of: PageHead<'_>, file: &str, toml: &str) -> String {
    let content = html! {
        section aria-labelledby="case" {
            h2 #case { "A case of this" }
            p { "Paste it at the end of " (code(&format!("hooks/{file}"))) " and run " (code("tocilizumab-cds check --hooks hooks")) "." }
            (raw::text("toml", "The case", toml))
        }
    };
    of.page(View::WhatIf, content)
}

/// A form for each rule whose card is on screen, which holds what is seen as a case for that rule.
pub fn copy(
    of: PageHead<'_>,
    what_if: &WhatIf<'_>,
    before: &Answered<'_>,
    after: &Answered<'_>,
    difference: &Difference,
) -> Markup {
    let mut rules: Vec<&str> = difference.flipped().map(|changed| changed.rule.as_str()).collect();
    rules.extend(before.decision.cards.iter().chain(&after.decision.cards).map(|card| card.rule.as_str()));
    let mut seen = std::collections::BTreeSet::new();
    rules.retain(|rule| seen.insert(*rule));
    let named: Vec<String> = what_if.edits.0.iter().map(|edit| said(edit, what_if.editable)).collect();
    html! {
        @if !rules.is_empty() {
            form.copy method="get" action=(PageLocation::Below.to("workbench/case")) {
                h3 { "Copy as a case" }
                p.note { "What is on screen as a test case beside a rule, ready to be pasted into its file of cases." }
                (of.fields())
                p {
                    label for="case-rule" { "Rule " }
                    select #case-rule name="rule" { @for rule in rules { option value=(rule) { (rule) } } }
                }
                p {
                    label for="case-name" { "What it shows, in clinical words " }
                    input #case-name name="name" required maxlength="200" value=(named.join("; "));
                }
                button { "Write the case" }
            }
        }
    }
}
