//! A search as its URL tells it, and whether what it found holds all that another one asks for. What is not understood
//! of a search counts against it: a part of the record that nobody asked for must never look like an empty one.

use super::bundle::entries;
use super::json::{Node, Object};
use super::reach::{Reach, reach};
use super::view::tail;
use crate::library::codes::Codes;

/// A search: the type it asks for and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Search {
    kind: String,
    parameters: Vec<(String, String)>,
}

/// Parameters that take nothing away from what is found.
const HARMLESS: [&str; 6] = ["_format", "_pretty", "_sort", "_include", "_revinclude", "_total"];
/// Parameters that end the list, which shows by how many there are.
const LIMITS: [&str; 2] = ["_count", "_maxresults"];
/// Parameters that name the patient.
const PATIENT: [&str; 4] = ["patient", "subject", "patient:Patient", "subject:Patient"];
/// Parameters that take one or more codes, any of which will do.
const TOKENS: [&str; 4] = ["code", "category", "status", "clinical-status"];

impl Search {
    /// Reads the URL of a search, absolute or not; `None` for the URL of anything else.
    fn parse(url: &str) -> Option<Search> {
        let (path, query) = url.split('#').next()?.split_once('?')?;
        let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if parts.last() == Some(&"_search") {
            parts.pop();
        }
        let kind = parts.pop().filter(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()))?.to_owned();
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs {
            parameters.push((decoded(name)?, decoded(value)?));
        }
        // A parameter without a value asks for nothing.
        parameters.retain(|(_, value)| !value.is_empty());
        if let [.., "Patient", id] = parts[..] {
            parameters.push(("patient".to_owned(), id.to_owned()));
        }
        Some(Search { kind, parameters })
    }

    /// Whether it finds all that the other one finds for this patient, as long as neither ends its list early.
    fn covers(&self, other: &Search, patient_id: &str, codes: &Codes) -> bool {
        let named = self.parameters.iter().any(|(name, _)| PATIENT.contains(&name.as_str()));
        let wide = |(name, value): &(String, String)| match name.as_str() {
            name if HARMLESS.contains(&name.split(':').next().unwrap_or(name)) || LIMITS.contains(&name) => true,
            "_summary" => value == "false",
            name if PATIENT.contains(&name) => tail(value).strip_prefix("Patient/").unwrap_or(value) == patient_id,
            name if TOKENS.contains(&name) => other
                .values(name)
                .any(|asked| asked.split(',').all(|token| value.split(',').any(|wider| takes(wider, token, codes)))),
            _ => false,
        };
        named && self.kind == other.kind && self.parameters.iter().all(wide)
    }

    /// The same for this patient, whatever stands for the patient in it.
    fn of(&self, patient_id: &str) -> Search {
        let mut search = self.clone();
        for (_, value) in search.parameters.iter_mut().filter(|(name, _)| PATIENT.contains(&name.as_str())) {
            patient_id.clone_into(value);
        }
        search
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.parameters.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What a search found, as its Bundle tells it.
#[derive(Debug)]
pub struct Searched {
    search: Search,
    /// How many it found.
    found: usize,
    /// Whether there may be more.
    ends_early: bool,
}

impl Searched {
    /// Reads a Bundle; `None` unless it is a searchset that names its own search, with nothing in it that could not be
    /// read or that speaks of something left out.
    pub fn read(bundle: &Object<'_>) -> Option<Searched> {
        let is = |name: &str, value: &str| bundle.string(name).as_deref() == Some(value);
        if !is("resourceType", "Bundle") || !is("type", "searchset") {
            return None;
        }
        let links = bundle.objects("link");
        let link = |relation| links.iter().find(|link| link.string("relation").as_deref() == Some(relation));
        let search = Search::parse(&link("self")?.string("url")?)?;
        if !whole(bundle) {
            return None;
        }
        let found = matches(bundle, &search.kind);
        let limits = LIMITS.iter().flat_map(|name| search.values(name)).filter_map(|limit| limit.parse::<usize>().ok());
        let limit = limits.min().is_some_and(|limit| found >= limit);
        let total = bundle.get("total").and_then(Node::number).and_then(|total| total.parse::<usize>().ok());
        let ends_early = link("next").is_some() || limit || total.is_some_and(|total| total > found);
        Some(Searched { search, found, ends_early })
    }

    /// Whether the Bundle it was read from holds all that a query asks for.
    pub fn answers(&self, bundle: Node<'_>, template: &str, patient_id: &str, codes: &Codes) -> bool {
        let Some(query) = Search::parse(template) else { return false };
        let wide = self.search.covers(&query, patient_id, codes);
        if !self.ends_early {
            return wide;
        }
        // The newest of the very same search are enough, when there are as many as are asked for, and when they are.
        let newest = |search: &Search| search.values("_sort").any(|sort| sort.split(',').next() == Some("-date"));
        let wanted = query.values("_count").find_map(|count| count.parse::<usize>().ok());
        wide && query.of(patient_id).covers(&self.search, patient_id, codes)
            && newest(&self.search)
            && newest(&query)
            && wanted.is_some_and(|wanted| self.found >= wanted)
            && reach(&[bundle], template, patient_id) != Reach::Part
    }
}

/// How many entries the search itself found.
fn matches(bundle: &Object<'_>, kind: &str) -> usize {
    let (entries, _) = entries(bundle);
    let of_kind = |node: Node<'_>| node.object().is_some_and(|o| o.string("resourceType").as_deref() == Some(kind));
    entries.iter().filter(|entry| of_kind(entry.node)).count()
}

/// Whether every entry is a resource, and no outcome among them says more than that nothing was found.
fn whole(bundle: &Object<'_>) -> bool {
    bundle.items("entry").into_iter().all(|item| {
        let Some(resource) = item.object().and_then(|entry| entry.get("resource")?.object()) else { return false };
        match resource.string("resourceType").as_deref() {
            None => false,
            Some("OperationOutcome") => resource.objects("issue").iter().all(harmless),
            Some(_) => true,
        }
    })
}

/// Whether an issue is a remark, or the word for "none found" of a server that sends no empty Bundles.
fn harmless(issue: &Object<'_>) -> bool {
    const NONE_FOUND: &str = "4101";
    let codings = issue.object("details").map(|details| details.objects("coding")).unwrap_or_default();
    issue.string("severity").as_deref() == Some("information")
        || codings.iter().any(|coding| coding.string("code").as_deref() == Some(NONE_FOUND))
}

/// Whether whatever carries the code also matches the wider token: a code, a code of a system, or a whole system.
fn takes(wider: &str, token: &str, codes: &Codes) -> bool {
    let (Some((system, code)), Some((of, one))) = (wider.split_once('|'), token.split_once('|')) else {
        return wider == token || token.split_once('|').is_some_and(|(_, code)| code == wider);
    };
    let same_system =
        system == of || codes.key(system, "").is_some_and(|(id, _)| codes.key(of, "").is_some_and(|k| k.0 == id));
    !system.is_empty() && same_system && (code.is_empty() || code == one)
}

/// Text of a URL without its escapes; `None` when they are broken.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}
