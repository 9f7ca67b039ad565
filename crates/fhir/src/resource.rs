//! One resource as it was sent: its type, its patient, and how others refer to it.

use std::borrow::Cow;

use document::reference::{last_part, tail};
use document::{Node, Object};

use super::extract::bounded;
use super::view::trimmed;

/// One resource.
#[derive(Debug, Clone)]
pub struct Resource<'a> {
    /// Its type.
    pub kind: Cow<'a, str>,
    /// Its id, if it has one.
    pub id: Option<Cow<'a, str>>,
    /// The `fullUrl` of its entry.
    pub full_url: Option<Cow<'a, str>>,
    /// Its members.
    pub object: Object<'a>,
    /// The reference to its patient, as far as it names one.
    subject: Option<Cow<'a, str>>,
}

/// The type that an object names, without the blanks that some senders put around it.
pub fn type_of<'a>(object: &Object<'a>) -> Option<Cow<'a, str>> {
    object.string("resourceType").map(trimmed)
}

/// Whether a text is built like the name of a type: `Observation`, but neither `observation` nor `OBSERVATION`.
fn is_type_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

impl<'a> Resource<'a> {
    /// Reads a resource that is not in a Bundle; `None` for a value without a type.
    pub fn alone(node: Node<'a>) -> Option<Resource<'a>> {
        Resource::read(node.object()?, None)
    }

    /// Reads the resource of an entry; `None` for an object without a type, or with a text that is no name of one.
    pub fn read(object: Object<'a>, full_url: Option<Cow<'a, str>>) -> Option<Resource<'a>> {
        // Of members with the same name, the first one counts.
        let [kind, id, subject, patient] = object.first(["resourceType", "id", "subject", "patient"]);
        let reference = |node: Option<Node<'a>>| target(node.filter(|node| !node.is_null())?);
        let subject = reference(subject).or_else(|| reference(patient));
        let kind = trimmed(kind?.string()?);
        if !is_type_name(&kind) {
            return None;
        }
        Some(Resource { kind, id: id.and_then(Node::string), full_url, object, subject })
    }

    /// `Type/id`. Without an id it is the URL of its entry, or its type. What is longer than any id or URL is cut: each
    /// finding repeats it.
    pub fn reference(&self) -> String {
        bounded(match (&self.id, &self.full_url) {
            (Some(id), _) => [&*self.kind, "/", id].concat(),
            (None, Some(url)) => url.clone().into_owned(),
            (None, None) => self.kind.clone().into_owned(),
        })
    }

    /// The id that a reference to it ends in.
    pub fn last_part(&self) -> &str {
        match (&self.id, &self.full_url) {
            (Some(id), _) => last_part(id),
            (None, Some(url)) => last_part(url),
            (None, None) => &self.kind,
        }
    }

    /// Whether a reference, cut to its last two parts, points to it.
    pub(crate) fn is_at(&self, end: &str) -> bool {
        end.split_once('/').is_some_and(|(kind, id)| kind == self.kind && Some(id) == self.id.as_deref())
    }

    /// Whether the other one is of the same type and id.
    pub(crate) fn is_named_like(&self, other: &Resource<'_>) -> bool {
        self.kind == other.kind
            && match (&self.id, &other.id) {
                (None, None) => self.full_url == other.full_url,
                (one, two) => one == two,
            }
    }

    /// A hash of its content, which is the same for copies. `meta` and `text` are left out, because they belong to the
    /// copy.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.object.fingerprint(&["meta", "text"])
    }

    /// Whether it belongs to this patient. A resource that names no patient does.
    pub fn concerns(&self, patient_id: &str) -> bool {
        if patient_id.is_empty() {
            return true;
        }
        if self.kind == "Patient" {
            return self.full_url.as_deref().is_some_and(|url| last_part(url) == patient_id)
                || self.last_part() == patient_id;
        }
        self.subject.as_deref().is_none_or(|subject| subject.starts_with('#') || last_part(subject) == patient_id)
    }

    /// The URL of its entry, if it is the patient with this id.
    pub(crate) fn url_of_patient(&self, patient_id: &str) -> Option<String> {
        let is_patient = self.kind == "Patient" && self.id.as_deref() == Some(patient_id);
        self.full_url.as_deref().filter(|_| is_patient).map(str::to_owned)
    }

    /// The reference to the patient it belongs to.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }
}

/// The text of a Reference's target, or of a string in its place; of several the first.
pub fn target<'a>(node: Node<'a>) -> Option<Cow<'a, str>> {
    let node = node.items().next()?;
    node.object().and_then(|reference| reference.string("reference")).or_else(|| node.string())
}

/// The end of a reference, as resources are found by it.
pub(crate) fn end_of(reference: &str) -> &str {
    tail(reference)
}

#[cfg(test)]
mod tests;
