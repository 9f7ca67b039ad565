//! The record of one patient, as resources in an order that depends on their content and not on the files: the same
//! lines in other files lead to the same answer.

use std::collections::{BTreeMap, BTreeSet};

use document::Document;
use fhir::resource::Resource;
use jiff::Timestamp;

use super::gather::{Batch, Kept};
use super::medicine::{links, parts};

/// The lines of one patient, parsed, and the Medications that they refer to.
#[derive(Debug)]
pub struct PatientLines<'k> {
    documents: Vec<Document<'k>>,
}

impl<'k> PatientLines<'k> {
    /// The lines of one patient of a batch.
    pub fn of(kept: &'k Kept, batch: &'k Batch) -> PatientLines<'k> {
        let lines: BTreeSet<&str> = kept.lines.iter().map(|line| &**line).collect();
        let mut documents: Vec<Document<'k>> =
            lines.into_iter().filter_map(|line| Document::parse(line).ok()).collect();
        let mut waiting: Vec<String> =
            documents.iter().filter_map(|d| d.root().object()).flat_map(|object| links(&object)).collect();
        let mut known = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            let Some((id, lines)) = batch.medications.get_key_value(&id).filter(|(id, _)| known.insert(*id)) else {
                continue;
            };
            let lines: BTreeSet<&str> = lines.iter().map(|line| &**line).collect();
            for document in lines.into_iter().filter_map(|line| Document::parse(line).ok()) {
                waiting.extend(document.root().object().iter().flat_map(parts).filter(|part| part != id));
                documents.push(document);
            }
        }
        PatientLines { documents }
    }

    /// The resources, by type and id. Of several versions the newest counts, where each says when it was written.
    pub fn resources(&self) -> Vec<Resource<'_>> {
        let mut by_name: BTreeMap<(String, Option<String>), Vec<Resource<'_>>> = BTreeMap::new();
        for resource in self.documents.iter().filter_map(|document| Resource::alone(document.root())) {
            let name = (resource.kind.to_string(), resource.id.as_deref().map(str::to_owned));
            by_name.entry(name).or_default().push(resource);
        }
        let medications: BTreeSet<String> =
            by_name.keys().filter(|(kind, _)| kind == "Medication").filter_map(|(_, id)| id.clone()).collect();
        let by_uuid = self.documents.iter().any(|document| document.text().contains("urn:uuid:"));
        let mut resources = Vec::with_capacity(self.documents.len());
        for ((kind, id), mut versions) in by_name {
            if id.is_some() {
                newest(&mut versions);
            }
            versions.sort_by_key(|resource| resource.object.node().text());
            if let Some(id) = id.filter(|id| by_uuid && (kind == "Medication" || !medications.contains(id))) {
                versions.iter_mut().for_each(|resource| resource.full_url = Some(format!("urn:uuid:{id}").into()));
            }
            resources.extend(versions);
        }
        resources
    }
}

/// Keeps only the newest version, where it is known which one that is.
fn newest(versions: &mut Vec<Resource<'_>>) {
    if versions.len() < 2 {
        return;
    }
    let written = |resource: &Resource<'_>| {
        let meta = resource.object.object("meta")?;
        meta.string("lastUpdated")?.parse::<Timestamp>().ok()
    };
    let all: Option<Vec<Timestamp>> = versions.iter().map(written).collect();
    if let Some(newest) = all.and_then(|all| all.into_iter().max()) {
        versions.retain(|resource| written(resource) == Some(newest));
    }
}

#[cfg(test)]
mod tests {
    use super::PatientLines;
    use crate::gather::{Batch, Kept};

    fn resources(lines: &[&str], medications: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
        let kept = Kept { lines: lines.iter().map(|line| (*line).into()).collect(), unreadable: 0 };
        let mut batch = Batch::default();
        for (id, line) in medications {
            batch.medications.entry((*id).to_owned()).or_default().push((*line).into());
        }
        let lines = PatientLines::of(&kept, &batch);
        let resources = lines.resources();
        resources
            .iter()
            .map(|r| (r.object.node().text().to_owned(), r.full_url.as_deref().map(str::to_owned)))
            .collect()
    }

    #[test]
    fn the_order_is_that_of_types_and_ids_and_copies_count_once() {
        let [a, b, c] = [
            r#"{"resourceType":"Condition","id":"2"}"#,
            r#"{"resourceType":"Condition","id":"1"}"#,
            r#"{"resourceType":"AllergyIntolerance","id":"3"}"#,
        ];
        let expected = [c, b, a].map(|text| (text.to_owned(), None));
        assert_eq!(resources(&[a, b, c, a], &[]), expected);
        assert_eq!(resources(&[c, a, b, b], &[]), expected);
    }

    #[test]
    fn the_newest_version_counts_where_it_is_known() {
        let version = |at: &str| format!(r#"{{"resourceType":"Condition","id":"1","meta":{{"lastUpdated":"{at}"}}}}"#);
        let (old, new) = (version("2026-01-02T01:00:00+02:00"), version("2026-01-02T00:00:00Z"));
        assert_eq!(resources(&[&old, &new], &[]), [(new.clone(), None)]);
        let undated = r#"{"resourceType":"Condition","id":"1"}"#;
        assert_eq!(resources(&[undated, &old], &[]).len(), 2, "not known which is newer");
    }

    #[test]
    fn medications_come_along_with_what_they_are_made_of() {
        let order = r#"{"resourceType":"MedicationRequest","id":"1","medicationReference":{"reference":"urn:uuid:m"}}"#;
        let mixed =
            r#"{"resourceType":"Medication","id":"m","ingredient":[{"itemReference":{"reference":"Medication/n"}}]}"#;
        let inner =
            r#"{"resourceType":"Medication","id":"n","ingredient":[{"itemReference":{"reference":"Medication/m"}}]}"#;
        let found = resources(&[order], &[("m", mixed), ("n", inner), ("o", inner)]);
        let expected = [(mixed, "urn:uuid:m"), (inner, "urn:uuid:n"), (order, "urn:uuid:1")];
        assert_eq!(found, expected.map(|(text, url)| (text.to_owned(), Some(url.to_owned()))));
    }
}
