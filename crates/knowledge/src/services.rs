//! The CDS services that the program offers, and the queries that they ask the EHR to prefetch.

/// Searches that replace several queries.
mod compact;
/// One query.
mod query;

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::Spanned;

pub use self::compact::Compact;
use self::compact::together;
pub use self::query::{Query, QueryId, spelling};
use self::query::{RawQuery, query, with_codes};
use super::codes::Codes;
use super::concepts::Concepts;
use super::files::Files;
use super::mistake::{Mistake, Reader};
use super::search::Search;
use super::word::Word;
use domain::hook::Hook;

/// One CDS service.
#[derive(Debug)]
pub struct Service {
    /// Its id, the last part of its URL.
    pub id: String,
    /// The hook it answers.
    pub hook: Hook,
    /// Its name, in a few words.
    pub title: String,
    /// What it does, for those who choose services.
    pub description: String,
    /// What it needs from a client.
    pub usage_requirements: Option<String>,
    /// The rules that give cards here; empty means all.
    pub rules: Vec<String>,
}

impl Service {
    /// Whether the rule gives cards here.
    pub fn speaks(&self, rule: &str) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|id| id == rule)
    }
}

/// The services and the queries they share.
#[derive(Debug, Default)]
pub struct Services {
    /// The services, in the order of the file.
    pub services: Vec<Service>,
    /// The queries, in the order of the file.
    pub queries: Vec<Query>,
    /// The searches of the compact set, each of which replaces several queries.
    pub compact: Vec<Compact>,
    /// The queries that the compact set does without.
    without: Vec<QueryId>,
    keys: HashMap<String, QueryId>,
    spellings: HashMap<String, QueryId>,
    /// The rules that services name, until they are checked.
    named_rules: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawService {
    id: String,
    hook: Word<Hook>,
    title: String,
    description: String,
    usage_requirements: Option<String>,
    #[serde(default)]
    rules: Vec<Spanned<String>>,
}

impl Services {
    /// Reads `services.toml`.
    pub fn read(files: &Files, codes: &Codes, concepts: &Concepts, mistakes: &mut Vec<Mistake>) -> Services {
        let mut read = Services::default();
        let text = files.0.get("services.toml").map_or("", String::as_str);
        let mut reader = Reader::new("services.toml", text, mistakes);
        let mut compact: Vec<(String, Vec<Spanned<String>>)> = Vec::new();
        for (key, value) in reader.members() {
            let place = value.span();
            match key.as_str() {
                "prefetch" => {
                    for (key, value) in reader.table(value) {
                        let place = value.span();
                        if let Some(raw) = reader.value::<RawQuery>(value) {
                            let id = QueryId(read.queries.len());
                            read.queries.push(query(id, key, raw, &place, &mut reader, codes, concepts));
                        }
                    }
                }
                "service" => {
                    for (raw, _) in reader.array(value) {
                        read.services.push(service(raw, &mut read.named_rules));
                    }
                }
                "compact" => {
                    for (key, value) in reader.table(value) {
                        let named: Vec<Spanned<String>> = reader.value(value).unwrap_or_default();
                        compact.push((key, named));
                    }
                }
                other => {
                    reader.note(place.start, &format!("unknown key `{other}`; expected prefetch, compact or service"));
                }
            }
        }
        read.keys = read.queries.iter().map(|query| (query.key.clone(), query.id)).collect();
        read.spellings = read.queries.iter().map(|query| (query.spelling.clone(), query.id)).collect();
        read.read_compact(compact, &mut reader);
        let (mut seen, mut hooks) = (BTreeMap::new(), BTreeMap::new());
        for service in &read.services {
            if seen.insert(&service.id, ()).is_some() {
                reader.note_file(&format!("service id `{}` appears twice", service.id));
            }
            // The rules are chosen by the hook, so a second service would be given the rules of the first.
            if hooks.insert(&service.hook, ()).is_some() {
                reader.note_file(&format!("two services answer the hook `{}`", service.hook));
            }
        }
        if read.services.is_empty() {
            reader.note_file("no [[service]]");
        }
        read
    }

    /// What an EHR is asked to prefetch, by key: every query, or the compact set.
    pub fn prefetch(&self, compact: bool) -> BTreeMap<&str, &str> {
        let is_in = |query: &&Query| {
            let stands_for = |search: &Compact| search.instead_of.contains(&query.id);
            !compact || !(self.without.contains(&query.id) || self.compact.iter().any(stands_for))
        };
        let together = self.compact.iter().filter(|_| compact).map(|search| &search.query);
        let queries = self.queries.iter().filter(is_in).chain(together);
        queries.map(|query| (query.key.as_str(), query.template.as_str())).collect()
    }

    /// The search of the compact set with this prefetch key.
    pub fn compact_by_key(&self, key: &str) -> Option<&Compact> {
        self.compact.iter().find(|search| search.query.key == key)
    }

    /// Fills in the codes again, after a site added its own.
    pub(super) fn fill_codes(&mut self, codes: &Codes, concepts: &Concepts) {
        for query in &mut self.queries {
            if let Ok((template, _)) = with_codes(&query.written, codes, concepts) {
                query.search = Search::parse(&template);
                query.template = template;
            }
        }
        for at in 0..self.compact.len() {
            let template = self
                .compact
                .get(at)
                .and_then(|search| together(search.instead_of.iter().filter_map(|id| self.query(*id))));
            if let (Some(search), Some(template)) = (self.compact.get_mut(at), template) {
                search.query = Query::of_template(search.query.id, &search.query.key, &template);
            }
        }
    }

    /// Notes the rules that services name but the library does not have.
    pub(super) fn check_rules(&self, files: &Files, known: &[&str], mistakes: &mut Vec<Mistake>) {
        let text = files.0.get("services.toml").map_or("", String::as_str);
        let mut reader = Reader::new("services.toml", text, mistakes);
        for id in self.named_rules.iter().filter(|id| !known.contains(&id.get_ref().as_str())) {
            reader.note_at(id, &format!("unknown rule `{id}`"));
        }
    }

    /// The query of a prefetch key.
    pub fn by_key(&self, key: &str) -> Option<QueryId> {
        self.keys.get(key).copied()
    }

    /// The query whose prefetch key has this spelling, in the form in which spellings are compared.
    pub fn by_spelling(&self, spelling: &str) -> Option<QueryId> {
        self.spellings.get(spelling).copied()
    }

    /// The query with this id.
    pub fn query(&self, id: QueryId) -> Option<&Query> {
        self.queries.get(id.0)
    }

    /// The first service that answers this hook.
    pub fn of_hook(&self, hook: &Hook) -> Option<&Service> {
        self.services.iter().find(|service| service.hook == *hook)
    }

    /// The service with this id.
    pub fn get(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }
}

fn service(raw: RawService, named_rules: &mut Vec<Spanned<String>>) -> Service {
    named_rules.extend(raw.rules.iter().cloned());
    Service {
        id: raw.id,
        hook: raw.hook.0,
        title: raw.title,
        description: raw.description,
        usage_requirements: raw.usage_requirements,
        rules: raw.rules.into_iter().map(Spanned::into_inner).collect(),
    }
}
