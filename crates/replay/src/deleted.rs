//! What a server deleted since an earlier export. A Bulk Data export lists it in files of its own, as transactions that
//! hold nothing but deletions; a resource that such a list names is no longer part of a record.

use std::collections::HashSet;

use document::Document;
use fhir::resource::{Resource, type_of};

/// The resources that were deleted, as `Type/id`.
#[derive(Debug, Default)]
pub struct DeletedResources(HashSet<String>);

impl DeletedResources {
    /// Takes what a document says was deleted; whether it is such a list: a Bundle each of whose entries is a deletion.
    pub fn take(&mut self, document: &Document<'_>) -> bool {
        let Some(bundle) = document.root().object() else { return false };
        if type_of(&bundle).as_deref() != Some("Bundle") {
            return false;
        }
        let entries = bundle.items("entry").map(|entry| {
            let entry = entry.object().filter(|entry| entry.get("resource").is_none())?;
            let request = entry.object("request").filter(|r| r.string("method").as_deref() == Some("DELETE"))?;
            name(&request.string("url")?).map(str::to_owned)
        });
        let Some(names) = entries.collect::<Option<Vec<String>>>().filter(|names| !names.is_empty()) else {
            return false;
        };
        self.0.extend(names);
        true
    }

    /// How many resources were deleted.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether a resource was deleted.
    pub fn has(&self, resource: &Resource<'_>) -> bool {
        let named = |id: &str| self.0.contains(&format!("{}/{id}", resource.kind));
        !self.0.is_empty() && resource.id.as_deref().is_some_and(named)
    }
}

/// Type and id at the end of a URL, which may be absolute.
fn name(url: &str) -> Option<&str> {
    let url = url.split(['?', '#']).next()?;
    let (rest, id) = url.rsplit_once('/')?;
    let from = rest.rfind('/').map_or(0, |slash| slash + 1);
    (!id.is_empty() && from < rest.len()).then(|| url.get(from..)).flatten()
}

#[cfg(test)]
mod tests {
    use document::Document;

    use super::{DeletedResources, name};

    fn taken(text: &str) -> Option<Vec<String>> {
        let mut deleted = DeletedResources::default();
        let is_list = deleted.take(&Document::parse(text).expect("JSON"));
        let mut names: Vec<String> = deleted.0.into_iter().collect();
        names.sort();
        is_list.then_some(names)
    }

    #[test]
    fn a_list_of_deletions_holds_nothing_else() {
        let list = r#"{"resourceType":"Bundle","type":"transaction","entry":[
            {"request":{"method":"DELETE","url":"Observation/1"}},
            {"request":{"method":"DELETE","url":"https://e.org/r4/Condition/2"}}]}"#;
        assert_eq!(taken(list), Some(vec!["Condition/2".to_owned(), "Observation/1".to_owned()]));
        for other in [
            "[]",
            r#"{"resourceType":"Bundle","type":"transaction"}"#,
            r#"{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Observation"}}]}"#,
            r#"{"resourceType":"Bundle","entry":[{"request":{"method":"PUT","url":"Observation/1"}}]}"#,
            r#"{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Observation/1"}},
                {"resource":{"resourceType":"Patient","id":"1"}}]}"#,
        ] {
            assert_eq!(taken(other), None, "{other}");
        }
    }

    #[test]
    fn type_and_id_stand_at_the_end_of_a_url() {
        for (url, expected) in [
            ("Patient/1", Some("Patient/1")),
            ("https://e.org/Patient/1?x=/y", Some("Patient/1")),
            ("Patient/", None),
            ("/1", None),
            ("Patient", None),
        ] {
            assert_eq!(name(url), expected, "{url}");
        }
    }
}
