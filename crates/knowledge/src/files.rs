//! The files of a library: those built into the program, or those of a folder.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../hooks");
static FIXTURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../fixtures");

/// The texts of a library by path, such as `tocilizumab/tuberculosis.toml`.
#[derive(Debug, Clone, Default)]
pub struct Files(pub BTreeMap<String, String>);

impl Files {
    /// The library that is built into the program.
    pub fn embedded() -> Files {
        Files(texts(&EMBEDDED, "toml"))
    }

    /// A library in a folder.
    ///
    /// # Errors
    ///
    /// When a file or folder cannot be read.
    pub fn in_folder(folder: &Path) -> io::Result<Files> {
        let mut files = BTreeMap::new();
        read(folder, "", "toml", &mut files)?;
        Ok(Files(files))
    }

    /// The test patients that are built into the program, by name without `.json`.
    pub fn fixtures() -> Files {
        Files(without_extension(texts(&FIXTURES, "json")))
    }

    /// Test patients in a folder, by name without `.json`.
    ///
    /// # Errors
    ///
    /// When a file or folder cannot be read.
    pub fn fixtures_in(folder: &Path) -> io::Result<Files> {
        let mut files = BTreeMap::new();
        read(folder, "", "json", &mut files)?;
        Ok(Files(without_extension(files)))
    }
}

/// What each test patient that is built into the program shows, by its name: the sentences of the table in the folder's
/// README, so that they are written once.
pub fn about_fixtures() -> BTreeMap<String, String> {
    let readme = FIXTURES.get_file("README.md").and_then(|file| file.contents_utf8()).unwrap_or_default();
    let (mut folder, mut about) = (String::new(), BTreeMap::new());
    for line in readme.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            folder = format!("{}/", name.trim());
        }
        let cells = line.strip_prefix("| `").and_then(|rest| rest.split_once(".json` | "));
        if let Some((name, words)) = cells {
            about.insert(format!("{folder}{name}"), words.trim_end_matches(" |").to_owned());
        }
    }
    about
}

fn without_extension(files: BTreeMap<String, String>) -> BTreeMap<String, String> {
    files.into_iter().map(|(name, text)| (name.trim_end_matches(".json").to_owned(), text)).collect()
}

fn texts(dir: &Dir<'_>, extension: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in dir.files() {
        if file.path().extension().is_some_and(|e| e == extension) {
            let path = file.path().to_string_lossy().replace('\\', "/");
            found.insert(path, file.contents_utf8().unwrap_or_default().to_owned());
        }
    }
    for sub in dir.dirs() {
        found.extend(texts(sub, extension));
    }
    found
}

fn read(folder: &Path, prefix: &str, extension: &str, into: &mut BTreeMap<String, String>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            read(&path, &format!("{prefix}{name}/"), extension, into)?;
        } else if path.extension().is_some_and(|e| e == extension) {
            into.insert(format!("{prefix}{name}"), std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
