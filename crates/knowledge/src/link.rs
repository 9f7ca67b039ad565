//! The addresses of handbook pages, shared by the cards that link to them and by the handbook itself.

/// The path of the page of a rule.
pub fn rule_page(drug: &str, rule: &str) -> String {
    format!("{drug}-{rule}.html")
}

/// The path of the page of a drug, with all of its rules.
pub fn drug_page(drug: &str) -> String {
    format!("{drug}.html")
}
