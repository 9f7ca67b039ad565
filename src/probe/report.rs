//! What a probe found, as it is printed for people and as JSON: the contract with the programs that read it.

use serde::Serialize;

use fhir::failure::Failure;

/// What a server gave for one patient.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The base URL that was asked.
    pub server: String,
    /// Id of the patient.
    pub patient: String,
    /// When it was asked.
    pub moment: String,
    /// Whether every query was answered, to its end.
    pub complete: bool,
    /// The queries of the library, in its order.
    pub queries: Vec<QueryReport>,
    /// All results that the server has, whatever their codes: what the queries by code could have missed.
    pub beyond: QueryReport,
    /// What was odd about the answers.
    pub notes: Vec<String>,
    /// What the rules could not know.
    pub unknown: Vec<Unknown>,
}

/// The result of one query.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryReport {
    /// Its prefetch key.
    pub key: String,
    /// The type of resource it asks for.
    pub resource: String,
    /// How long the answer took.
    pub milliseconds: u64,
    /// How many resources came, page by page.
    pub pages: Vec<usize>,
    /// Why more was left and not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<QueryFailure>,
    /// What was understood.
    pub understood: Vec<Understood>,
    /// Codes that mean nothing to the library.
    pub other_codes: Vec<OtherCode>,
    /// Units that could not be used.
    pub odd_units: Vec<OddUnit>,
}

/// Why a query was not answered, and what probably helps.
#[derive(Debug, Clone, Serialize)]
pub struct QueryFailure {
    /// The failure itself.
    #[serde(skip)]
    pub failure: Failure,
    /// A short code.
    pub code: String,
    /// What happened.
    pub words: String,
    /// What probably helps.
    pub remedy: String,
}

/// A concept of which something came.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Understood {
    /// Id of the concept.
    pub concept: String,
    /// Its name.
    pub name: String,
    /// In how many resources.
    pub count: usize,
    /// By which codes, as they came; none where it was found by its words.
    pub codes: Vec<String>,
    /// The newest value or entry.
    pub value: String,
    /// Its date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Why nothing can be decided on it, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unusable: Option<&'static str>,
}

/// A code that means nothing to the library.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherCode {
    /// Its system, as it came.
    pub system: String,
    /// The code, as it came; empty where there were words only.
    pub code: String,
    /// Its words, as they came.
    pub display: String,
    /// In how many resources.
    pub count: usize,
    /// The concept that its words sound like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sounds_like: Option<SoundsLike>,
}

/// What a code sounds like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SoundsLike {
    /// The name of the concept.
    pub name: String,
    /// The value set that a site's policy can add the code to.
    pub value_set: String,
}

/// A unit that could not be used.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OddUnit {
    /// The name of what was measured.
    pub name: String,
    /// The unit as it came; empty where there was none.
    pub unit: String,
    /// How many results have it.
    pub count: usize,
    /// The UCUM unit that is understood; others of the same kind are as well.
    pub expected: String,
}

/// Something that the rules could not know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unknown {
    /// Id of the criterion.
    pub criterion: String,
    /// Its name in running lists.
    pub name: String,
    /// Why it is unknown, as a code.
    pub reason: &'static str,
    /// Why it is unknown, in words.
    pub words: &'static str,
}
