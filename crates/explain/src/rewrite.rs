//! Resources of a call, found and rewritten in its text, so that everything else stays exactly as it was sent.

use std::ops::Range;

use document::{Node, Object};
use fhir::resource::type_of;

use super::edit::EditError;

/// The resources that are `Type/id`, wherever they are in the call.
pub fn find<'a>(root: Node<'a>, at: &str) -> Vec<Object<'a>> {
    let mut found = Vec::new();
    walk(root, &mut |object| {
        let is_it = is(object, at);
        if is_it {
            found.push(*object);
        }
        !is_it
    });
    found
}

/// Visits every object from the outside inwards; an object is entered when the visitor says so.
pub fn walk<'a>(node: Node<'a>, visit: &mut dyn FnMut(&Object<'a>) -> bool) {
    if let Some(object) = node.object() {
        if visit(&object) {
            object.members().for_each(|(_, member)| walk(member, visit));
        }
    } else if node.is_array() {
        node.items().for_each(|item| walk(item, visit));
    }
}

/// Whether an object is the resource `Type/id`.
pub fn is(object: &Object<'_>, at: &str) -> bool {
    let Some((kind, id)) = at.split_once('/') else { return false };
    type_of(object).as_deref() == Some(kind) && object.string("id").as_deref() == Some(id)
}

/// The text with these parts replaced.
pub fn replace(text: &str, mut parts: Vec<(Range<usize>, String)>) -> String {
    parts.sort_by_key(|(place, _)| place.start);
    let mut written = String::with_capacity(text.len() + 256);
    let mut copied = 0;
    for (place, new) in parts {
        written.extend(text.get(copied..place.start));
        written.push_str(&new);
        copied = place.end;
    }
    written.extend(text.get(copied..));
    written
}

/// The call without a resource: its entries are taken out, and where it stands alone there is null. `None` where it
/// does not stand anywhere.
pub fn remove(root: Node<'_>, at: &str) -> Option<String> {
    let mut parts = Vec::new();
    walk(root, &mut |object| {
        if is(object, at) {
            parts.push((object.node().span(), "null".to_owned()));
            return false;
        }
        let is_entry = |entry: &Node<'_>| entry.object().and_then(|e| e.object("resource")).is_some_and(|r| is(&r, at));
        if !object.items("entry").any(|entry| is_entry(&entry)) {
            return true;
        }
        let kept: Vec<&str> = object.items("entry").filter(|entry| !is_entry(entry)).map(Node::text).collect();
        // A total that counts what was taken out would say that more is left elsewhere.
        let changed = object.with(&[("entry", Some(format!("[{}]", kept.join(",")))), ("total", None)]);
        parts.push((object.node().span(), changed));
        false
    });
    (!parts.is_empty()).then(|| replace(whole(root), parts))
}

/// The call with a resource more, in a Bundle of its own among what was prefetched.
pub fn add(root: Node<'_>, resource: &str) -> Result<String, EditError> {
    const KEY: &str = "what-if";
    let prefetch = root.object().and_then(|call| call.object("prefetch"));
    let prefetch =
        prefetch.ok_or_else(|| EditError::new("the call", "it has no prefetch to which to add something"))?;
    let bundle = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{resource}}}]}}"#);
    let changed = prefetch.with(&[(KEY, Some(bundle))]);
    Ok(replace(whole(root), vec![(prefetch.node().span(), changed)]))
}

/// The text of the document of a root, for the places of its values.
fn whole(root: Node<'_>) -> &str {
    root.document_text()
}
