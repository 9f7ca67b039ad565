//! Cards as CDS Hooks writes them.

use domain::rule::Indicator;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use text::Block;
use text::markdown::Markdown;
use uuid::Uuid;

/// One card.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Id of the rule that wrote it. The topic may differ, because some clients take letters and digits only.
    #[serde(skip)]
    pub rule: String,
    /// The orders that it is about, each by its reference and the words of its product.
    #[serde(skip)]
    pub orders: Vec<String>,
    /// The id that feedback refers to.
    pub uuid: Uuid,
    /// One line, shorter than 140 characters.
    pub summary: String,
    /// What there is to say; on the wire GitHub-flavoured Markdown.
    #[serde(serialize_with = "markdown")]
    pub detail: Vec<Block>,
    /// How urgent it is.
    #[serde(serialize_with = "code")]
    pub indicator: Indicator,
    /// Where it comes from.
    pub source: SourceJson,
    /// What a click can do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<SuggestionJson>,
    /// How many suggestions may be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_behavior: Option<&'static str>,
    /// The reasons that a user may give for overriding the card.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub override_reasons: Vec<CodingJson>,
    /// Where more is to be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkJson>,
}

/// A page with more.
#[derive(Debug, Serialize)]
pub struct LinkJson {
    /// The words to click on.
    pub label: &'static str,
    /// Where it leads.
    pub url: String,
    /// `absolute` or `smart`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// Where a card comes from.
#[derive(Debug, Serialize)]
pub struct SourceJson {
    /// A few words.
    pub label: String,
    /// A stable page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The rule.
    pub topic: CodingJson,
}

/// A code with system and words.
#[derive(Debug, Clone, Serialize)]
pub struct CodingJson {
    /// The URI of the code system.
    pub system: &'static str,
    /// The code.
    pub code: String,
    /// Its name.
    pub display: String,
}

/// One suggestion.
#[derive(Debug, Serialize)]
pub struct SuggestionJson {
    /// The words on the button.
    pub label: String,
    /// The id that feedback refers to.
    pub uuid: Uuid,
    /// Its id in the rule, the same on every card.
    #[serde(skip)]
    pub id: String,
    /// What the click does.
    pub actions: Vec<ActionJson>,
}

/// What a click does.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionJson {
    /// Whether it creates, changes or removes a resource.
    #[serde(rename = "type")]
    pub kind: Verb,
    /// The words for the user.
    pub description: String,
    /// The whole resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Box<RawValue>>,
    /// The resource to be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// What it is about, for those who must say it in words.
    #[serde(skip)]
    pub about: About,
}

/// What an action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Creates a resource.
    Create,
    /// Changes one.
    Update,
    /// Removes one.
    Delete,
}

/// What an action is about.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The type of the resource.
    pub resource_type: String,
    /// The medicine of an order that it creates.
    pub medicine: Option<String>,
    /// The dose in words of an order that it creates or changes.
    pub dose: Option<String>,
}

/// An indicator by the code of the standard.
fn code<S: Serializer>(indicator: &Indicator, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(indicator.code())
}

/// Blocks as Markdown, written into the answer without a text in between.
fn markdown<S: Serializer>(blocks: &[Block], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Markdown(blocks))
}
