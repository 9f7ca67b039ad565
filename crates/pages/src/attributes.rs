//! Source attributes of a rule: who made it, when, and which data about a person it uses.

use domain::rule::{Drug, Rule};
use knowledge::attributes::{Attribute, document, inputs};
use maud::{Markup, Render, html};

use super::html::{link, terms};
use super::{Site, section};

/// The path of the source attributes of all rules, for machines.
pub const PATH: &str = "source-attributes.json";

/// The part of a rule's page.
pub fn of_rule(site: &Site<'_>, drug: &Drug, rule: &Rule) -> Markup {
    let recorded = |text: Option<&str>| text.unwrap_or("not recorded").render();
    let uses = inputs(site.library, drug, rule);
    let used = uses.iter().filter(|(_, inputs)| !inputs.is_empty());
    let used: Vec<String> = used.map(|(attribute, inputs)| with_inputs(*attribute, inputs)).collect();
    let unused: Vec<&str> =
        uses.iter().filter(|(_, inputs)| inputs.is_empty()).map(|(attribute, _)| attribute.name()).collect();
    let content = html! {
        (terms([
            ("Citations", link("#evidence", "under Evidence")),
            ("Developer", recorded(drug.developer.as_deref())),
            ("Funding", recorded(drug.funding.as_deref())),
            ("Released", recorded(rule.released.as_deref())),
            ("Revised", rule.revised.join(", ").render()),
            ("Uses", if used.is_empty() { "none of the data below".render() } else { used.join("; ").render() }),
            ("Does not use", unused.join(", ").render()),
        ]))
        p { "What it uses is derived from its criteria. For machines: " (link(PATH, PATH)) "." }
    };
    section("source-attributes", "Source attributes", content)
}

/// An attribute with the inputs that hold it, unless its only input is itself.
fn with_inputs(attribute: Attribute, inputs: &[String]) -> String {
    match inputs {
        [only] if only == attribute.name() => only.clone(),
        inputs => format!("{} ({})", attribute.name(), inputs.join(", ")),
    }
}

/// Those of all rules, for machines.
pub fn json(site: &Site<'_>) -> String {
    let written = serde_json::to_string_pretty(&document(site.library, site.version));
    // Texts and lists always fit into JSON.
    written.map(|json| json + "\n").unwrap_or_default()
}
