//! Where the page of a rule stands in the handbook, for the cards that lead there and for the handbook itself.

/// The path of the page of a rule.
pub fn rule_page(drug: &str, rule: &str) -> String {
    format!("{drug}-{rule}.html")
}
