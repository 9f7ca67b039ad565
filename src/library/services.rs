//! The CDS services we offer, and the queries they ask the EHR to prefetch.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::codes::Codes;
use super::concepts::Concepts;
use super::files::Files;
use super::mistake::{Mistake, Place, Reader};

/// One CDS service.
#[derive(Debug)]
pub struct Service {
    /// Its id, the last part of its URL.
    pub id: String,
    /// The hook it answers.
    pub hook: String,
    /// A few words.
    pub title: String,
    /// What it does.
    pub description: String,
    /// What it needs.
    pub usage_requirements: Option<String>,
    /// The rules that speak here; empty means all.
    pub rules: Vec<String>,
}

impl Service {
    /// Whether the rule speaks here.
    pub fn speaks(&self, rule: &str) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|id| id == rule)
    }
}

/// One query: a part of the record.
#[derive(Debug)]
pub struct Query {
    /// The prefetch key.
    pub key: String,
    /// The FHIR query with its tokens, codes filled in.
    pub template: String,
    /// The FHIR query as it was written.
    written: String,
    /// The type of resource it asks for.
    pub resource: String,
    /// The concept it is narrowed to by code, if so.
    pub concept: Option<String>,
}

/// The services and the queries they share.
#[derive(Debug, Default)]
pub struct Services {
    /// The services, in the order of the file.
    pub services: Vec<Service>,
    /// The queries, in the order of the file.
    pub queries: Vec<Query>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawService {
    id: String,
    hook: String,
    title: String,
    description: String,
    usage_requirements: Option<String>,
    #[serde(default)]
    rules: Vec<String>,
}

/// The hooks whose contexts the program reads.
const HOOKS: [&str; 3] = ["order-select", "order-sign", "patient-view"];

impl Services {
    /// Reads `services.toml`.
    pub fn read(files: &Files, codes: &Codes, concepts: &Concepts, mistakes: &mut Vec<Mistake>) -> Services {
        let mut read = Services::default();
        let text = files.0.get("services.toml").map_or("", String::as_str);
        let mut reader = Reader::new("services.toml", text, mistakes);
        for (key, value) in reader.members() {
            let place = value.span();
            match key.as_str() {
                "prefetch" => {
                    for (key, value) in reader.table(value) {
                        let place = value.span();
                        if let Some(raw) = reader.value::<RawQuery>(value) {
                            read.queries.push(query(key, raw, &place, &mut reader, codes, concepts));
                        }
                    }
                }
                "service" => {
                    for (raw, place) in reader.array::<RawService>(value) {
                        read.services.push(service(raw, &place, &mut reader));
                    }
                }
                other => reader.note(place.start, &format!("unknown key `{other}`; expected prefetch or service")),
            }
        }
        let (mut seen, mut hooks) = (BTreeMap::new(), BTreeMap::new());
        for service in &read.services {
            if seen.insert(&service.id, ()).is_some() {
                reader.note_file(&format!("service id `{}` stands twice", service.id));
            }
            // The rules that speak are chosen by the hook, so a second service would be given the rules of the first.
            if hooks.insert(&service.hook, ()).is_some() {
                reader.note_file(&format!("two services answer the hook `{}`", service.hook));
            }
        }
        if read.services.is_empty() {
            reader.note_file("no [[service]]");
        }
        read
    }

    /// Fills the codes in anew, after a site added its own.
    pub(super) fn fill_codes(&mut self, codes: &Codes, concepts: &Concepts) {
        for query in &mut self.queries {
            let Some(concept) = &query.concept else { continue };
            if let Some(list) = concepts.get(concept).and_then(|c| codes.search_codes(&c.value_set)) {
                query.template = query.written.replace(&format!("{{codes:{concept}}}"), &list);
            }
        }
    }

    /// Notes the rules that services name and the library does not have.
    pub(super) fn check_rules(&self, files: &Files, known: &[&str], mistakes: &mut Vec<Mistake>) {
        let text = files.0.get("services.toml").map_or("", String::as_str);
        let mut reader = Reader::new("services.toml", text, mistakes);
        for id in self.services.iter().flat_map(|service| &service.rules).filter(|id| !known.contains(&id.as_str())) {
            reader.note_word(&(0..0), &format!("\"{id}\""), &format!("unknown rule `{id}`"));
        }
    }

    /// The first service that answers this hook.
    pub fn of_hook(&self, hook: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.hook == hook)
    }

    /// The service with this id.
    pub fn get(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }
}

fn service(raw: RawService, place: &Place, reader: &mut Reader<'_>) -> Service {
    if !HOOKS.contains(&raw.hook.as_str()) {
        reader.note_word(
            place,
            &raw.hook,
            &format!("unknown hook `{}`; expected one of {}", raw.hook, HOOKS.join(", ")),
        );
    }
    Service {
        id: raw.id,
        hook: raw.hook,
        title: raw.title,
        description: raw.description,
        usage_requirements: raw.usage_requirements,
        rules: raw.rules,
    }
}

/// A query, or one that is bound to a concept which no code finds.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawQuery {
    Plain(String),
    Bound { query: String, concept: String },
}

fn query(
    key: String,
    raw: RawQuery,
    place: &Place,
    reader: &mut Reader<'_>,
    codes: &Codes,
    concepts: &Concepts,
) -> Query {
    let (template, mut concept) = match raw {
        RawQuery::Plain(template) => (template, None),
        RawQuery::Bound { query, concept } => (query, Some(concept)),
    };
    if let Some(id) = concept.as_deref().filter(|id| concepts.get(id).is_none()) {
        reader.note_word(place, id, &format!("unknown concept `{id}`"));
    }
    let mut full = template.clone();
    if let Some((before, rest)) = template.split_once("{codes:")
        && let Some((id, after)) = rest.split_once('}')
    {
        match concepts.get(id).and_then(|c| codes.search_codes(&c.value_set)) {
            Some(list) => full = format!("{before}{list}{after}"),
            None => reader.note_word(place, id, &format!("unknown concept `{id}`")),
        }
        concept = Some(id.to_owned());
    }
    if let Some(wrong) = outside_the_subset(&key, &full) {
        reader.note(place.start, &format!("prefetch `{key}`: {wrong}"));
    }
    let resource = full.split(['?', '/']).next().unwrap_or_default().to_owned();
    Query { key, template: full, written: template, resource, concept }
}

/// What makes a query fall outside the subset that every version of the standard allows.
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
