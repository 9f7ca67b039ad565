//! The queries that a service asks an EHR to prefetch: each is one part of the record, with the codes of its concepts
//! filled in.

use serde::Deserialize;

use crate::codes::Codes;
use crate::concepts::Concepts;
use crate::mistake::{Place, Reader};
use crate::search::Search;
use domain::fact::ConceptId;

/// A query, by its position among the queries of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(pub usize);

/// One query: a part of the record.
#[derive(Debug)]
pub struct Query {
    /// Its position among the queries.
    pub id: QueryId,
    /// The prefetch key.
    pub key: String,
    /// The prefetch key in the form in which spellings are compared.
    pub spelling: String,
    /// The FHIR query: codes are filled in, tokens of the context are not.
    pub template: String,
    /// The FHIR query as the file writes it.
    pub(super) written: String,
    /// The type of resource it asks for.
    pub resource: String,
    /// The concepts to which its codes restrict it; none where it asks for all of its resources.
    pub concepts: Vec<ConceptId>,
    /// The query as a search; `None` for the read of one resource.
    pub search: Option<Search>,
}

impl Query {
    /// A query that is not in the library.
    pub fn of_template(id: QueryId, key: &str, template: &str) -> Query {
        Query {
            id,
            key: key.to_owned(),
            spelling: spelling(key),
            template: template.to_owned(),
            written: template.to_owned(),
            resource: template.split(['?', '/']).next().unwrap_or_default().to_owned(),
            concepts: Vec::new(),
            search: Search::parse(template),
        }
    }

    /// Whether it reads the patient of the call.
    pub fn is_patient(&self) -> bool {
        self.search.is_none() && self.resource == "Patient"
    }

    /// Whether it asks for the newest first. Then an answer that ends early still holds the newest.
    pub fn is_newest_first(&self) -> bool {
        self.search.as_ref().is_some_and(Search::is_newest_first)
    }
}

/// A prefetch key without what clients spell differently: case, `-` and `_`.
pub fn spelling(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// A query as the file writes it: alone, or with the concept that it finds where no codes in the query say so.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawQuery {
    Plain(String),
    Bound { query: String, concept: String },
}

pub(super) fn query(
    id: QueryId,
    key: String,
    raw: RawQuery,
    place: &Place,
    reader: &mut Reader<'_>,
    codes: &Codes,
    concepts: &Concepts,
) -> Query {
    let (template, bound) = match raw {
        RawQuery::Plain(template) => (template, None),
        RawQuery::Bound { query, concept } => (query, Some(concept)),
    };
    if let Some(id) = bound.as_deref().filter(|id| concepts.get(id).is_none()) {
        reader.note_word(place, id, &format!("unknown concept `{id}`"));
    }
    let (full, mut concerned) = with_codes(&template, codes, concepts).unwrap_or_else(|id| {
        reader.note_word(place, &id, &format!("unknown concept `{id}`"));
        (template.clone(), Vec::new())
    });
    concerned.extend(bound.map(ConceptId::from));
    if let Some(wrong) = outside_the_subset(&key, &full) {
        reader.note(place.start, &format!("prefetch `{key}`: {wrong}"));
    }
    Query { written: template, concepts: concerned, ..Query::of_template(id, &key, &full) }
}

/// The query with the codes of each concept that it names, and these concepts.
///
/// # Errors
///
/// The id of a concept that the library does not have.
pub(super) fn with_codes(
    template: &str,
    codes: &Codes,
    concepts: &Concepts,
) -> Result<(String, Vec<ConceptId>), String> {
    let (mut full, mut named, mut rest) = (String::new(), Vec::new(), template);
    while let Some((before, after)) = rest.split_once("{codes:")
        && let Some((id, after)) = after.split_once('}')
    {
        let list = concepts.get(id).and_then(|concept| codes.search_codes(&concept.value_set));
        full.push_str(before);
        full.push_str(&list.ok_or_else(|| id.to_owned())?);
        named.push(ConceptId::from(id));
        rest = after;
    }
    full.push_str(rest);
    Ok((full, named))
}

/// What takes a query out of the subset that every version of CDS Hooks allows; `None` when it is within.
fn outside_the_subset(key: &str, template: &str) -> Option<String> {
    const TOKENS: [&str; 3] = ["context.patientId", "context.encounterId", "context.userId"];
    const PARAMETERS: [&str; 9] =
        ["patient", "subject", "code", "category", "status", "date", "_count", "_sort", "clinical-status"];
    if !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Some("a key has only letters, digits, - and _".to_owned());
    }
    for token in template.split("{{").skip(1) {
        let token = token.split("}}").next().unwrap_or_default();
        if !TOKENS.contains(&token) {
            return Some(format!("token `{{{{{token}}}}}` is not one of the context's own"));
        }
    }
    let (_, search) = template.split_once('?')?;
    search
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or_default())
        .find(|name| !PARAMETERS.contains(name))
        .map(|name| format!("search parameter `{name}` is outside the safe subset"))
}
