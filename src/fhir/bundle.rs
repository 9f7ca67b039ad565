//! Bundles and the other forms in which an answer to a query comes: as its entries, or as a failure.

use super::json::{Node, Object};
use super::resource::Entry;

/// What a prefetch value is.
pub(super) enum Slot<'a> {
    Resources { found: Vec<Entry<'a>>, odd: usize, failed: bool },
    Failed(&'static str),
}

/// What a prefetch value or an answer of the server is.
pub(super) fn slot(node: Node<'_>) -> Slot<'_> {
    let Some(object) = node.object() else {
        return if node.is_null() {
            Slot::Resources { found: Vec::new(), odd: 0, failed: false }
        } else {
            Slot::Failed("neither a resource nor null")
        };
    };
    match object.string("resourceType").as_deref() {
        Some("Bundle") => bundle(&object),
        Some("OperationOutcome") => Slot::Failed("the client could not retrieve it"),
        Some(_) => Slot::Resources { found: vec![Entry { full_url: None, node }], odd: 0, failed: false },
        None if object.member("resource").is_some() => wrapped(&object),
        None if object.get("entry").is_some_and(Node::is_array) => bundle(&object),
        None => Slot::Failed("an object without resourceType"),
    }
}

/// The entries of any Bundle, and how many of them hold no resource.
pub fn entries<'a>(bundle: &Object<'a>) -> (Vec<Entry<'a>>, usize) {
    let mut found = Vec::new();
    let mut odd = 0;
    for item in bundle.items("entry") {
        let Some(entry) = item.object() else {
            odd += 1;
            continue;
        };
        let mode = entry.object("search").and_then(|s| s.string("mode")).unwrap_or_default().into_owned();
        let Some(node) = entry.get("resource") else {
            odd += usize::from(mode != "outcome");
            continue;
        };
        let Some(object) = node.object() else {
            odd += 1;
            continue;
        };
        let kind = object.string("resourceType").unwrap_or_default();
        let wanted = match mode.as_str() {
            "include" => kind == "Medication",
            "outcome" => false,
            _ => kind != "OperationOutcome",
        };
        if wanted {
            let full_url = entry.string("fullUrl").map(|url| url.into_owned());
            found.push(Entry { full_url, node });
        }
    }
    (found, odd)
}

/// Whether it is a lone resource that the query cannot have asked for.
pub(super) fn of_another_type(node: Node<'_>, wanted: &str) -> bool {
    let Some(object) = node.object() else { return false };
    match object.string("resourceType") {
        Some(kind) => kind != "Bundle" && kind != wanted,
        None => object.member("resource").is_some_and(|inner| of_another_type(inner, wanted)),
    }
}

fn bundle<'a>(object: &Object<'a>) -> Slot<'a> {
    let (found, odd) = entries(object);
    Slot::Resources { found, odd, failed: has_error(object) }
}

/// Whether an error stands among the entries: then what came counts, but that nothing came says nothing. A warning or
/// a word of information does not: servers say so of every search that finds nothing, or that may not be complete.
fn has_error(bundle: &Object<'_>) -> bool {
    let outcomes = bundle.objects("entry").into_iter().filter_map(|entry| entry.object("resource"));
    outcomes.filter(|resource| resource.string("resourceType").as_deref() == Some("OperationOutcome")).any(|outcome| {
        let severities =
            outcome.objects("issue").into_iter().filter_map(|issue| Some(issue.string("severity")?.into_owned()));
        severities.into_iter().any(|severity| matches!(severity.as_str(), "error" | "fatal"))
    })
}

/// The wrapper of the time before 1.0: `{response: {status}, resource}`.
fn wrapped<'a>(object: &Object<'a>) -> Slot<'a> {
    let status = object.object("response").and_then(|r| r.get("status")).map(|status| {
        let text = status.string().map_or_else(|| status.text().to_owned(), |text| text.into_owned());
        text.trim().starts_with('2')
    });
    match (status, object.member("resource")) {
        (Some(false), _) => Slot::Failed("the client's request failed"),
        (_, Some(node)) if node.object().is_some_and(|o| o.member("resource").is_some()) => {
            Slot::Failed("a wrapper inside a wrapper")
        }
        (_, Some(node)) => slot(node),
        (_, None) => Slot::Failed("a wrapper without a resource"),
    }
}
