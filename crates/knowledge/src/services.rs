//! The CDS services that the program offers, and the queries that they ask the EHR to prefetch.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::Spanned;

use super::codes::Codes;
use super::concepts::Concepts;
use super::files::Files;
use super::mistake::{Mistake, Place, Reader};
use super::search::Search;
use super::word::Word;
use domain::fact::ConceptId;
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
    /// The rules that speak here; empty means all.
    pub rules: Vec<String>,
}

impl Service {
    /// Whether the rule speaks here.
    pub fn speaks(&self, rule: &str) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|id| id == rule)
    }
}

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
    written: String,
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

/// A search that brings at once what several queries bring singly.
#[derive(Debug)]
pub struct Compact {
    /// The search, under a key of its own.
    pub query: Query,
    /// The queries that it stands for.
    pub instead_of: Vec<QueryId>,
}

/// How many entries the search of a compact set asks for. When there are more, the queries are asked singly.
const COMPACT_COUNT: usize = 500;

/// A prefetch key without what clients spell differently: case, `-` and `_`.
pub fn spelling(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// The services and the queries they share.
#[derive(Debug, Default)]
pub struct Services {
    /// The services, in the order of the file.
    pub services: Vec<Service>,
    /// The queries, in the order of the file.
    pub queries: Vec<Query>,
    /// The searches of the compact set, each of which stands for several queries.
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

    /// Reads the compact set: what each of its searches stands for.
    fn read_compact(&mut self, raw: Vec<(String, Vec<Spanned<String>>)>, reader: &mut Reader<'_>) {
        for (key, named) in raw {
            let mut ids = Vec::new();
            for name in &named {
                match self.keys.get(name.get_ref()) {
                    Some(id) => ids.push(*id),
                    None => reader.note_unknown(
                        name.span().start,
                        "query",
                        name.get_ref(),
                        self.queries.iter().map(|query| query.key.as_str()),
                    ),
                }
            }
            if key == "without" {
                self.without = ids;
                continue;
            }
            if self.keys.contains_key(&key) {
                reader.note_file(&format!("`{key}` is a query and a search of the compact set"));
            }
            let Some(template) = together(ids.iter().filter_map(|id| self.query(*id))) else {
                reader.note_file(&format!("compact `{key}`: only searches for the newest of some codes go together"));
                continue;
            };
            // Its place is behind those of all queries, where no answer is kept.
            let query = Query::of_template(QueryId(usize::MAX), &key, &template);
            self.compact.push(Compact { query, instead_of: ids });
        }
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

/// One search for the codes of several; `None` unless all of them ask for the newest of some codes and nothing else.
fn together<'q>(queries: impl Iterator<Item = &'q Query>) -> Option<String> {
    let mut start: Option<&str> = None;
    let mut codes: Vec<&str> = Vec::new();
    for query in queries {
        let (before, after) = query.template.split_once("&code=")?;
        let (list, rest) = after.split_once("&_sort=-date&_count=")?;
        let same = start.is_none_or(|start| start == before) && rest.bytes().all(|byte| byte.is_ascii_digit());
        if !same {
            return None;
        }
        start = Some(before);
        for code in list.split(',') {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    Some(format!("{}&code={}&_sort=-date&_count={COMPACT_COUNT}", start?, codes.join(",")))
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

/// A query as the file writes it: alone, or with the concept that it finds where no codes in the query say so.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawQuery {
    Plain(String),
    Bound { query: String, concept: String },
}

fn query(
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
fn with_codes(template: &str, codes: &Codes, concepts: &Concepts) -> Result<(String, Vec<ConceptId>), String> {
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
