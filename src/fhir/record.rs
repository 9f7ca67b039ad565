//! What is known of the patient: the resources that prefetch and the FHIR server brought, and what is missing.
//!
//! "Asked and answered with nothing", "asked in vain" and "not asked" are never blurred.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::client::{Cut, Failure};
use super::json::{Node, Object};
use super::reach::{Reach, reach};
use super::remarks::{Remarks, name};
use super::view::{last_part, reference, tail};
use crate::domain::fact::ConceptId;
use crate::domain::truth::Reason;
use crate::library::Library;
use crate::library::services::Query;

/// What is known of one patient.
#[derive(Debug, Default)]
pub struct Record<'a> {
    /// The resources of the patient, each once.
    pub resources: Vec<Resource<'a>>,
    /// For a concept: why the part that would hold it is incomplete.
    pub gaps: BTreeMap<ConceptId, Reason>,
    /// Why the patient's own resource is missing.
    pub patient_gap: Option<Reason>,
    /// What was odd, in words for an integrator; never patient data.
    pub problems: Vec<String>,
    /// How many parts were answered, be it with nothing.
    pub answered: usize,
    /// What a clinician must know of the record itself.
    pub remarks: Remarks,
    /// Concepts whose results came in part and in no order: what came may not be the newest.
    pub unordered: BTreeSet<ConceptId>,
    /// For a concept: why its part could not be had, in a few words.
    pub causes: BTreeMap<ConceptId, &'static str>,
}

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

/// What one part of the record came to.
#[derive(Debug)]
pub enum Part<'a> {
    /// Asked and answered; the values are resources or Bundles. With why reading ended, where more was left.
    Answered(Vec<Node<'a>>, Option<Cut>),
    /// Answered by one of the values under keys of the sender's own.
    Besides,
    /// Asked in vain, or not asked.
    Missing(Failure),
}

/// What a prefetch value is.
enum Slot<'a> {
    Resources { found: Vec<Entry<'a>>, odd: usize, failed: bool },
    Failed(&'static str),
}

/// An entry of a Bundle, or a lone resource.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Its full URL.
    pub full_url: Option<String>,
    /// The resource.
    pub node: Node<'a>,
}

impl<'a> Record<'a> {
    /// The record of a hook call: every part by its query, and what came besides under keys of the sender's own.
    pub fn of_parts(
        library: &Library,
        parts: &[(&Query, Part<'a>)],
        besides: &[Node<'a>],
        patient_id: &str,
    ) -> Record<'a> {
        let mut record = Record::default();
        let mut missing: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (query, part) in parts {
            match part {
                Part::Missing(failure) => {
                    missing.entry(failure.code()).or_default().push(&query.key);
                    record.lose(library, query, *failure);
                }
                Part::Answered(nodes, cut) => record.answer(library, query, nodes, *cut, patient_id),
                Part::Besides => record.answered += 1,
            }
        }
        for (code, keys) in missing {
            record.problems.push(format!("not retrieved ({code}): {}", keys.join(", ")));
        }
        for node in besides {
            if let Slot::Resources { found, .. } = slot(*node) {
                record.take(found, patient_id);
            }
        }
        record
    }

    /// The record that a Bundle holds: the whole of it was asked for and answered.
    pub fn of_entries(library: &Library, entries: Vec<Entry<'a>>, patient_id: &str) -> Record<'a> {
        let mut record = Record { answered: 1, ..Record::default() };
        record.take(entries, patient_id);
        // A Bundle may hold the records of many; that one of them is looked at is nothing to remark on.
        record.remarks.others = 0;
        if record.of_kind("Patient").next().is_none() {
            record.patient_gap = Some(Reason::Absent);
        }
        record.unreadable_types(library);
        record
    }

    /// The resources of a type.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource<'a>> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }

    /// The resource a reference points to.
    pub fn find(&self, reference: &str) -> Option<&Resource<'a>> {
        let end = tail(reference);
        self.resources.iter().find(|r| r.reference == end || r.full_url.as_deref().is_some_and(|url| url == reference))
    }

    fn answer(&mut self, library: &Library, query: &Query, nodes: &[Node<'a>], cut: Option<Cut>, patient_id: &str) {
        let mut failure = nodes.is_empty().then_some(Failure::ByClient);
        for node in nodes {
            match slot(*node) {
                Slot::Failed(why) => {
                    self.problems.push(format!("{}: {why}", query.key));
                    failure = Some(Failure::ByClient);
                }
                Slot::Resources { found, odd, failed } => {
                    if odd > 0 {
                        self.problems.push(format!("{}: {odd} entries could not be read", query.key));
                        self.gap(library, query, Reason::Unreadable);
                    }
                    if failed {
                        self.problems.push(format!("{}: an error stands among the entries", query.key));
                        failure = Some(Failure::Outcome);
                    }
                    if of_another_type(*node, &query.resource) {
                        self.problems.push(format!("{}: a resource of another type", query.key));
                        failure = Some(Failure::OtherResource);
                    }
                    let others = self.remarks.others;
                    if self.take(found, patient_id) > 0 {
                        self.gap(library, query, Reason::Unreadable);
                    }
                    if query.resource == "Patient" && self.remarks.others > others {
                        // Someone else came: that says nothing of whom was asked for.
                        failure = Some(Failure::OtherResource);
                    }
                }
            }
        }
        match failure {
            Some(failure) => self.lose(library, query, failure),
            None if reach(nodes, &query.template, patient_id) == Reach::Part => {
                self.part(library, query, cut.unwrap_or(Cut::Prefetched));
            }
            None => self.answered += 1,
        }
    }

    /// A part that could not be had.
    fn lose(&mut self, library: &Library, query: &Query, failure: Failure) {
        self.gap(library, query, failure.reason());
        if let Some(cause) = failure.cause() {
            self.cause(library, query, cause);
        }
        self.remarks.lost.push((name(library, query), failure));
    }

    /// A part of which only some came. Where the newest results were asked for, nobody knows whether they are among it.
    fn part(&mut self, library: &Library, query: &Query, cut: Cut) {
        self.problems.push(format!("{}: read in part: {}", query.key, cut.code()));
        self.gap(library, query, Reason::NotRetrieved);
        if query.template.contains("_sort=-date") {
            self.unordered.extend(concepts(library, query).into_iter().map(ConceptId::from));
        }
        self.cause(library, query, "read only in part");
        self.remarks.partly.push(name(library, query));
    }

    fn cause(&mut self, library: &Library, query: &Query, words: &'static str) {
        for concept in concepts(library, query) {
            self.causes.entry(concept.into()).or_insert(words);
        }
    }

    fn gap(&mut self, library: &Library, query: &Query, reason: Reason) {
        self.mark(concepts(library, query), reason);
        if query.resource == "Patient" {
            self.patient_gap = Some(reason);
        }
    }

    fn mark(&mut self, concepts: BTreeSet<&str>, reason: Reason) {
        for concept in concepts {
            let known = self.gaps.entry(concept.into()).or_insert(reason);
            *known = (*known).min(reason);
        }
    }

    /// In a Bundle, entries that could not be read stand for any type.
    fn unreadable_types(&mut self, library: &Library) {
        if self.problems.iter().any(|problem| problem.contains("could not be read")) {
            self.incomplete(library, Reason::Unreadable);
        }
    }

    /// Notes that some of the record is lost, and that nothing tells of what type it was.
    pub fn incomplete(&mut self, library: &Library, reason: Reason) {
        for kind in ["Observation", "Condition", "AllergyIntolerance", "MedicationRequest"] {
            self.mark(library.concepts_of(kind), reason);
        }
        self.patient_gap = self.patient_gap.map(|known| known.min(reason));
    }

    /// Takes resources in: those of another patient are left out and counted, repeated ones are taken once.
    /// Returns how many were no resources at all.
    fn take(&mut self, entries: Vec<Entry<'a>>, patient_id: &str) -> usize {
        let mut others = 0;
        let mut odd = 0;
        for entry in entries {
            let Some(resource) = resource(entry) else {
                odd += 1;
                continue;
            };
            if !concerns(&resource, patient_id) {
                others += 1;
            } else if !self.resources.iter().any(|known| {
                known.fingerprint == resource.fingerprint
                    && known.kind == resource.kind
                    && known.reference == resource.reference
            }) {
                self.resources.push(resource);
            }
        }
        if others > 0 {
            self.problems.push(format!("{others} resources of another patient were left out"));
            self.remarks.others += others;
        }
        if odd > 0 {
            self.problems.push(format!("{odd} entries could not be read as resources"));
        }
        odd
    }
}

/// The concepts that a query asks for.
fn concepts<'l>(library: &'l Library, query: &'l Query) -> BTreeSet<&'l str> {
    match &query.concept {
        Some(concept) => BTreeSet::from([concept.as_str()]),
        None => library.concepts_of(&query.resource),
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

/// The resources of a Bundle of orders that are this patient's, with what is odd about the rest, as a record.
pub fn resources<'a>(bundle: &Object<'a>, patient_id: &str) -> Record<'a> {
    let (entries, odd) = entries(bundle);
    let mut record = Record::default();
    if odd > 0 {
        record.problems.push(format!("{odd} entries could not be read"));
    }
    record.take(entries, patient_id);
    record
}

impl<'a> Resource<'a> {
    /// A resource that stands alone.
    pub fn alone(node: Node<'a>) -> Option<Resource<'a>> {
        resource(Entry { full_url: None, node })
    }
}

/// What a prefetch value or an answer of the server is.
fn slot(node: Node<'_>) -> Slot<'_> {
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

/// Whether it is a lone resource that the query cannot have asked for.
fn of_another_type(node: Node<'_>, wanted: &str) -> bool {
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
