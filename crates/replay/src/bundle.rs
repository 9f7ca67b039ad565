//! The entries of a Bundle of any type, with what was lost on the way: in a replay the Bundle is the whole record, so
//! what it lacks must not be taken for something that the record does not hold.

use std::collections::BTreeSet;

use document::Object;
use fhir::resource::{Resource, type_of};

/// What a Bundle holds.
#[derive(Debug, Default)]
pub struct Contents<'a> {
    /// The resources, those of Bundles inside it too.
    pub resources: Vec<Resource<'a>>,
    /// How many entries hold a resource without a type.
    pub untyped: usize,
    /// How many entries should hold a resource and do not.
    pub odd: usize,
    /// Whether it says itself that there is more, or that some entries could not be read.
    pub partial: bool,
    /// Whether parts of it could not be read from the disk, which is reported once for a whole export.
    pub lost: bool,
    /// Types of resources that an export was not asked for.
    pub not_asked: &'a [String],
}

/// How deep Bundles may be nested: a batch of searches is answered with Bundles in a Bundle.
const DEEPEST: usize = 3;

/// What a Bundle holds.
pub fn contents<'a>(bundle: &Object<'a>) -> Contents<'a> {
    let mut contents = Contents::default();
    contents.add(bundle, DEEPEST);
    contents
}

impl<'a> Contents<'a> {
    fn add(&mut self, bundle: &Object<'a>, depth: usize) {
        self.partial |= bundle.objects("link").any(|link| link.string("relation").as_deref() == Some("next"));
        let history = bundle.string("type").as_deref() == Some("history");
        let mut seen = BTreeSet::new();
        for item in bundle.items("entry") {
            let Some(entry) = item.object() else {
                self.odd += 1;
                continue;
            };
            // A history lists the newest version first. Older versions and deleted resources are not part of the
            // record.
            if history && !identity(&entry).is_none_or(|identity| seen.insert(identity)) {
                continue;
            }
            self.entry(&entry, depth);
        }
    }

    fn entry(&mut self, entry: &Object<'a>, depth: usize) {
        let refused = status(entry).is_some_and(|status| !status.trim_start().starts_with(['1', '2', '3']));
        self.partial |= refused;
        let outcome = entry.object("search").and_then(|s| s.string("mode")).is_some_and(|mode| mode == "outcome");
        let Some(node) = entry.get("resource") else {
            // A deletion, or the answer to a write, holds no resource.
            let none_due = outcome || entry.get("request").is_some() || entry.get("response").is_some();
            self.odd += usize::from(!none_due);
            return;
        };
        let Some(object) = node.object() else {
            self.odd += 1;
            return;
        };
        match Resource::read(object, entry.string("fullUrl")) {
            None => self.untyped += 1,
            Some(resource) if resource.kind == "OperationOutcome" => {}
            Some(resource) if resource.kind == "Bundle" && depth > 0 => self.add(&object, depth - 1),
            Some(resource) => self.resources.push(resource),
        }
    }
}

/// What tells the versions of one resource from those of another.
fn identity(entry: &Object<'_>) -> Option<String> {
    let resource = entry.object("resource");
    let of_resource = resource.and_then(|r| Some(format!("{}/{}", type_of(&r)?, r.string("id")?)));
    let of_request = || {
        let url = entry.object("request")?.string("url")?.into_owned();
        (!url.is_empty() && url.contains('/')).then_some(url)
    };
    of_resource.or_else(of_request)
}

/// The HTTP status that the entry was answered with.
fn status(entry: &Object<'_>) -> Option<String> {
    let status = entry.object("response")?.get("status")?;
    status.string().map(|text| text.into_owned()).or_else(|| status.number().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::contents;
    use document::Document;

    /// The texts of the resources, how many entries are odd, and whether it is partial.
    fn of(text: &str) -> (Vec<String>, usize, bool) {
        let document = Document::parse(text).expect("JSON");
        let found = contents(&document.root().object().expect("an object"));
        let texts = found.resources.iter().map(|resource| resource.object.node().text().to_owned());
        (texts.collect(), found.odd, found.partial)
    }

    #[test]
    fn bundles_in_bundles_are_opened_and_refusals_seen() {
        let (resources, odd, partial) = of(r#"{"type":"batch-response","entry":[
            {"response":{"status":"200"},"resource":{"resourceType":"Bundle","entry":[
                {"search":{"mode":"include"},"resource":{"resourceType":"Patient","id":"1"}}]}},
            {"response":{"status":"403 Forbidden"},"resource":{"resourceType":"OperationOutcome"}}]}"#);
        assert_eq!((resources.len(), odd, partial), (1, 0, true));
    }

    #[test]
    fn of_a_history_the_newest_version_counts() {
        let (resources, odd, partial) = of(r#"{"type":"history","entry":[
            {"request":{"method":"DELETE","url":"Condition/2"}},
            {"resource":{"resourceType":"Condition","id":"1","n":2}},
            {"resource":{"resourceType":"Condition","id":"1","n":1}},
            {"resource":{"resourceType":"Condition","id":"2"}}]}"#);
        assert_eq!(resources, [r#"{"resourceType":"Condition","id":"1","n":2}"#]);
        assert!(!partial && odd == 0);
    }

    #[test]
    fn what_should_be_there_and_is_not_is_counted() {
        let (resources, odd, partial) = of(r#"{"entry":[
            null,{"fullUrl":"urn:uuid:1"},{"resource":"text"},{"resource":{"resourceType":"Patient"}}],
            "link":[{"relation":"next","url":"https://ehr.example/2"}]}"#);
        assert_eq!((resources.len(), odd, partial), (1, 3, true));
    }
}
