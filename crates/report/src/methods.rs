//! How far the page holds, and what decided.

use maud::{Markup, html};
use replay::statistics::Statistics;

use crate::section as part;

/// Methods and limits, and the versions of program, library and policy.
pub fn section(statistics: &Statistics) -> Markup {
    let content = html! {
        h3 { "What decided" }
        @if statistics.knowledge.is_empty() { p { "The statistics do not say which version decided." } }
        @if statistics.knowledge.len() > 1 {
            p { strong.unverified { "These numbers come from runs with different versions." } " They should not be read as one." }
        }
        ul { @for version in &statistics.knowledge { li { code { (version) } } } }
        h3 { "Methods" }
        ul {
            li { "Recorded orders went through the same code that answers a call: the same rules, limits and words." }
            li {
                "Each order was judged at the moment at which it was written, unless another moment was asked for, and on what "
                "was recorded by then. Results, diagnoses and treatments of a later date were left out."
            }
            li { "Orders of one patient at one moment are one decision; they share its cards, and each of them counts." }
            li { "Rates are orders of 1,000 with 95 % score intervals after Wilson." }
            li { "A rule counts once for an order, with the most urgent indicator of its card." }
        }
        h3 { "Limits" }
        ul {
            li {
                "The numbers tell what the service would have said. They do not tell whether a card was right, whether a "
                "clinician would have followed it, or what would have become of the patient."
            }
            li {
                "The intervals hold for orders that are independent of each other. Several orders of the same patient are not, "
                "so that the true uncertainty is greater."
            }
            li {
                "What was known but not exported, or recorded under codes that are not understood, counts as unknown. Its "
                "share is part of this page."
            }
            li { "An order whose medicine cannot be read is not among the orders here; in a live call it has a card." }
        }
    };
    part("methods", "Methods and limits", &content)
}
