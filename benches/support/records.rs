//! The bodies that the benches send: a test patient of the repository with everything prefetched, grown to any size by
//! the kind of resources that a long record holds. The same size gives the same body, so that figures can be compared.

use std::collections::BTreeMap;

use document::{Document, Node, Object};
use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use knowledge::files::Files;

use super::templates::{self, Template};

/// The day on which the fixtures play.
pub const DAY: Date = date(2026, 11, 22);

/// The days over which the added resources are spread.
const YEARS: i64 = 8 * 365;
/// All that is added is older than the newest results of the fixtures, so that these still decide.
const NEWEST: i64 = 20;

/// A hook request of about so many bytes, to within one resource: full prefetch in compact JSON, dated for [`DAY`].
///
/// Below the size of the textbook patient it is a fixture with fewer findings, without anything added.
pub fn body(bytes: usize) -> Result<String, String> {
    let fixtures = Files::fixtures();
    let fixture = |name: &str| fixtures.0.get(name).map(|text| compact(text)).ok_or(format!("no fixture {name}"));
    let textbook = fixture("textbook")?;
    if textbook.len() > bytes {
        return fixture("patients/giant-cell-arteritis");
    }
    grown(&textbook, bytes).ok_or_else(|| "the textbook patient is no hook request".to_owned())
}

/// The request with entries added to its prefetch.
fn grown(request: &str, bytes: usize) -> Option<String> {
    let document = Document::parse(request).ok()?;
    let root = document.root().object()?;
    let prefetch = root.object("prefetch")?;
    let mut added: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut length = request.len();
    for number in 0.. {
        let (key, entry) = entry(number, &added);
        length += entry.len() + 1;
        if length > bytes {
            break;
        }
        added.entry(key).or_default().push(entry);
    }
    let is_known = |key: &str| prefetch.get(key).is_some();
    let known = prefetch.members().map(|(key, value)| {
        let more = added.get(&*key).map_or(&[][..], Vec::as_slice);
        let value = match value.object().filter(|_| !more.is_empty()) {
            Some(value) => bundle(&value, more),
            None => value.text().to_owned(),
        };
        format!("\"{key}\":{value}")
    });
    let own = added.iter().filter(|(key, _)| !is_known(key));
    let own = own.map(|(key, entries)| format!("\"{key}\":{}", bundle(&Object::default(), entries)));
    let prefetch = known.chain(own).collect::<Vec<_>>().join(",");
    let others = root.members().filter(|(name, _)| name != "prefetch");
    let others = others.map(|(name, value)| format!("\"{name}\":{},", value.text())).collect::<String>();
    Some(format!("{{{others}\"prefetch\":{{{prefetch}}}}}"))
}

/// A searchset with what it held and more.
fn bundle(before: &Object<'_>, more: &[String]) -> String {
    let entries: Vec<&str> = before.items("entry").map(Node::text).chain(more.iter().map(String::as_str)).collect();
    let (total, entries) = (entries.len(), entries.join(","));
    format!(r#"{{"resourceType":"Bundle","type":"searchset","total":{total},"entry":[{entries}]}}"#)
}

/// The resource of this number as an entry, and the key under which it stands.
fn entry(number: usize, added: &BTreeMap<&str, Vec<String>>) -> (&'static str, String) {
    let has_room = |template: &&Template| added.get(template.key).is_none_or(|all| all.len() < template.most);
    let turn = templates::TURNS.iter().cycle().skip(number % templates::TURNS.len()).take(templates::TURNS.len());
    // The last kind of all has room without end.
    let template = turn.copied().find(has_room).unwrap_or(&templates::LABORATORY);
    let text = template.fill(number, &id(number), DAY - age(number));
    let (kind, id) = (template.kind, id(number));
    let entry = format!(
        r#"{{"fullUrl":"https://ehr.example.org/fhir/{kind}/{id}","resource":{text},"search":{{"mode":"match"}}}}"#
    );
    (template.key, entry)
}

/// How old the resource of this number is: the record was written over years, and is in no order.
fn age(number: usize) -> Span {
    let days = i64::try_from(number).unwrap_or_default().wrapping_mul(37).rem_euclid(YEARS);
    (NEWEST + days).days()
}

/// An id such as servers give, another for each number.
fn id(number: usize) -> String {
    let mixed = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let part = |shift: u32, bits: u32| (mixed >> shift) & ((1 << bits) - 1);
    format!("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", part(32, 32), part(16, 16), part(4, 12), part(20, 12), part(8, 48))
}

/// The JSON without the white space between its tokens.
pub fn compact(text: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let keeps = |c: &char| {
        if *c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = *c == '\\' && !escaped;
        in_string || !c.is_ascii_whitespace()
    };
    text.chars().filter(keeps).collect()
}
