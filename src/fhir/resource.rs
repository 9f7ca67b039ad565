//! A resource as it came, whose it is, and whether another one says the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::json::{Node, Object};
use super::view::{last_part, reference};

/// One resource.
#[derive(Debug, Clone)]
pub struct Resource<'a> {
    /// Its type.
    pub kind: String,
    /// `Type/id`; the entry's full URL for one without id.
    pub reference: String,
    /// The entry's full URL.
    pub full_url: Option<String>,
    /// Its members.
    pub object: Object<'a>,
    /// Its text, as it came.
    pub node: Node<'a>,
    /// What it says, as a number.
    fingerprint: u64,
}

/// An entry of a Bundle, or a lone resource.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Its full URL.
    pub full_url: Option<String>,
    /// The resource.
    pub node: Node<'a>,
}

impl<'a> Resource<'a> {
    /// A resource that stands alone.
    pub fn alone(node: Node<'a>) -> Option<Resource<'a>> {
        resource(Entry { full_url: None, node })
    }

    /// Whether it is the same resource in the same state, be it that one copy came by another way.
    pub(super) fn says_the_same(&self, other: &Resource<'_>) -> bool {
        self.fingerprint == other.fingerprint && self.kind == other.kind && self.reference == other.reference
    }
}

/// An entry as a resource, if it is one.
pub(super) fn resource(entry: Entry<'_>) -> Option<Resource<'_>> {
    let object = entry.node.object()?;
    let kind = object.string("resourceType")?.into_owned();
    let reference = match object.string("id") {
        Some(id) => format!("{kind}/{id}"),
        None => entry.full_url.clone().unwrap_or_else(|| kind.clone()),
    };
    let fingerprint = fingerprint(&object);
    Some(Resource { kind, reference, full_url: entry.full_url, object, node: entry.node, fingerprint })
}

/// Whether a resource is of this patient, as far as it says whose it is.
pub(super) fn concerns(resource: &Resource<'_>, patient_id: &str) -> bool {
    if patient_id.is_empty() {
        return true;
    }
    if resource.kind == "Patient" {
        let by_url = resource.full_url.as_deref().is_some_and(|url| last_part(url) == patient_id);
        return by_url || last_part(&resource.reference) == patient_id;
    }
    ["subject", "patient"]
        .iter()
        .find_map(|member| reference(&resource.object, member))
        .is_none_or(|subject| subject.starts_with('#') || last_part(&subject) == patient_id)
}

/// What a resource says, as a number: one may come by two ways, and then blanks and the order of members differ, `meta`
/// tells of the copy and `text` is made anew. A resource that says something else is another one.
fn fingerprint(object: &Object<'_>) -> u64 {
    let of_member = |(name, node): (&str, Node<'_>)| {
        let mut hasher = DefaultHasher::new();
        (name, without_blanks(node.text())).hash(&mut hasher);
        hasher.finish()
    };
    object.members().filter(|(name, _)| !["meta", "text"].contains(name)).map(of_member).fold(0, u64::wrapping_add)
}

/// JSON without the blanks between its values.
fn without_blanks(text: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let stays = |c: &char| {
        let quote = *c == '"' && !escaped;
        escaped = inside && *c == '\\' && !escaped;
        inside ^= quote;
        inside || !c.is_ascii_whitespace()
    };
    text.chars().filter(stays).collect()
}

#[cfg(test)]
mod tests {
    use super::fingerprint;
    use crate::fhir::json::Node;

    #[test]
    fn copies_are_told_from_other_resources() {
        let of = |text| fingerprint(&Node::parse(text).expect("JSON").object().expect("an object"));
        let one = of(r#"{"id":"1","code":{"text":"a \" b"},"n":[1,2]}"#);
        for (text, same) in [
            ("{\n \"n\": [1, 2],\n \"id\": \"1\",\n \"code\": {\"text\": \"a \\\" b\"}}", true),
            (
                r#"{"id":"1","meta":{"versionId":"2"},"text":{"status":"generated"},"code":{"text":"a \" b"},"n":[1,2]}"#,
                true,
            ),
            (r#"{"id":"1","code":{"text":"a \"b"},"n":[1,2]}"#, false),
            (r#"{"id":"1","code":{"text":"a \" b"},"n":[1,3]}"#, false),
            (r#"{"id":"1","code":{"text":"a \" b"}}"#, false),
        ] {
            assert_eq!(of(text) == one, same, "{text}");
        }
    }
}
