//! The description of an export that may lie beside it: which files belong to it, and what it was asked for.

use std::collections::BTreeSet;
use std::path::Path;

use document::{Document, Object};

use super::file::ExportFile;

/// What a manifest says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The names of the files that it lists, without folder and packing, each with the type that it holds.
    files: BTreeSet<(String, String)>,
    /// The names of the files with what was deleted since an earlier export, and with the server's own remarks.
    beside: BTreeSet<String>,
    /// The types of resources that were asked for; `None` when all were.
    types: Option<BTreeSet<String>>,
    /// How many files with errors the server lists.
    errors: usize,
    /// Whether it says that another page of it follows.
    goes_on: bool,
}

impl Manifest {
    /// Reads a manifest; `None` when the document is none.
    pub fn read(document: &Document<'_>) -> Option<Manifest> {
        let object = document.root().object()?;
        if object.get("resourceType").is_some() || object.string("transactionTime").is_none() {
            return None;
        }
        object.get("output").filter(|output| output.is_array())?;
        let names = |member: &str| object.objects(member).filter_map(|entry| name_of(&entry)).collect::<BTreeSet<_>>();
        // The server's remarks stand under `error`; version 3 of the specification calls them `outcome`.
        let remarks = || ["error", "outcome"].into_iter();
        let beside = remarks().chain(["deleted"]).flat_map(names).collect();
        let errors = remarks().map(|member| object.objects(member).count()).sum();
        let mut links = object.objects("link");
        let goes_on = links.any(|link| link.string("relation").as_deref() == Some("next"));
        let types = object.string("request").and_then(|request| types(&request));
        let typed = |entry: Object<'_>| Some((name_of(&entry)?, entry.string("type").unwrap_or_default().into_owned()));
        let files = object.objects("output").filter_map(typed).collect();
        Some(Manifest { files, beside, types, errors, goes_on })
    }

    /// The files that it lists and that are not among these. Those who fetch an export may name the files by their type
    /// instead.
    pub fn missing(&self, files: &[ExportFile]) -> Vec<&str> {
        let here: BTreeSet<&str> = files.iter().filter_map(|file| bare_name(&file.path)).collect();
        let types: BTreeSet<&str> = here.iter().flat_map(|name| name.split('.')).collect();
        let is_here = |(name, kind): &&(String, String)| here.contains(name.as_str()) || types.contains(kind.as_str());
        self.files.iter().filter(|listed| !is_here(listed)).map(|(name, _)| name.as_str()).collect()
    }

    /// Whether a file holds no part of the records: what was deleted, or what the server remarked.
    pub fn is_beside(&self, file: &ExportFile) -> bool {
        bare_name(&file.path).is_some_and(|name| self.beside.contains(name))
    }

    /// The types of resources that were not asked for, of these.
    pub fn not_asked<'t>(&self, types: &[&'t str]) -> Vec<&'t str> {
        let asked = |kind: &&&str| self.types.as_ref().is_some_and(|asked| !asked.contains(**kind));
        types.iter().filter(asked).copied().collect()
    }

    /// How many files with errors the server lists.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether it says that another page of it follows, with files of its own.
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }
}

/// The name of the file that an entry lists.
fn name_of(entry: &Object<'_>) -> Option<String> {
    let url = entry.string("url")?;
    let path = url.split(['?', '#']).next()?;
    bare_name(Path::new(path)).map(str::to_owned)
}

/// The name without folder, packing and extension: servers list `x/Patient.ndjson`, and people pack it.
fn bare_name(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let name = [".gz", ".zst", ".zstd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let name = [".ndjson", ".jsonl"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

/// The types that the URL of an export asks for.
fn types(request: &str) -> Option<BTreeSet<String>> {
    let (_, query) = request.split_once('?')?;
    let lists = query.split('&').filter_map(|pair| pair.strip_prefix("_type="));
    let types: BTreeSet<String> =
        lists.flat_map(|list| list.split(',').flat_map(|part| part.split("%2C"))).map(str::to_owned).collect();
    (!types.is_empty()).then_some(types)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use document::Document;

    use super::Manifest;
    use crate::file::{ExportFile, Packing};

    #[test]
    fn a_manifest_says_what_should_be_there() {
        let text = r#"{"transactionTime":"2026-01-01","request":"https://e.org/$export?_type=Patient,Observation%2CCondition",
            "output":[{"type":"Patient","url":"https://e.org/x/Patient.000.ndjson?t=1"},
                      {"type":"Observation","url":"https://e.org/x/7f3a"},
                      {"type":"Condition","url":"https://e.org/x/Condition.ndjson"}],
            "deleted":[{"url":"https://e.org/x/gone.ndjson"}],"error":[{"url":"https://e.org/x/errors.ndjson"}]}"#;
        let manifest = Manifest::read(&Document::parse(text).expect("JSON")).expect("a manifest");
        let file = |name: &str| ExportFile { path: PathBuf::from(name), packing: Packing::Plain, bytes: 1 };
        assert_eq!(manifest.missing(&[file("a/Patient.000.ndjson.gz"), file("1.Observation.ndjson")]), ["Condition"]);
        assert!(manifest.is_beside(&file("gone.ndjson")) && manifest.is_beside(&file("errors.ndjson")));
        assert!(!manifest.is_beside(&file("Condition.ndjson")));
        assert_eq!(manifest.not_asked(&["Condition", "AllergyIntolerance"]), ["AllergyIntolerance"]);
        assert_eq!(manifest.errors(), 1);
        assert!(!manifest.goes_on());
    }

    #[test]
    fn a_manifest_of_files_by_patient_names_no_types_and_may_go_on() {
        let text = r#"{"transactionTime":"2026-01-01","outputOrganizedBy":"Patient",
            "output":[{"url":"https://e.org/1.ndjson"},{"url":"https://e.org/2.ndjson","continuesInFile":"x"}],
            "outcome":[{"url":"https://e.org/remarks.ndjson"}],"link":[{"relation":"next","url":"https://e.org/m2"}]}"#;
        let manifest = Manifest::read(&Document::parse(text).expect("JSON")).expect("a manifest");
        let file = |name: &str| ExportFile { path: PathBuf::from(name), packing: Packing::Plain, bytes: 1 };
        assert_eq!(manifest.missing(&[file("a/1.ndjson.gz")]), ["2"]);
        assert!(manifest.is_beside(&file("remarks.ndjson")) && manifest.goes_on());
        assert_eq!(manifest.errors(), 1);
    }

    #[test]
    fn other_documents_are_no_manifest() {
        for text in ["[]", "{}", r#"{"resourceType":"Bundle","transactionTime":"x","output":[]}"#, r#"{"output":[]}"#] {
            assert_eq!(Manifest::read(&Document::parse(text).expect("JSON")), None, "{text}");
        }
        let all = r#"{"transactionTime":"x","request":"https://e.org/$export","output":[]}"#;
        let all = Manifest::read(&Document::parse(all).expect("JSON")).expect("a manifest");
        assert!(all.not_asked(&["Condition"]).is_empty());
    }
}
