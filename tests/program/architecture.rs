//! Who may name what: the pure core names nothing outside itself, and each outer library is named in one place only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The Rust files under a folder or file of the project, relative to it, with their text, comments taken out.
pub fn sources(under: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![Path::new(ROOT).join(under)];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            waiting.extend(
                entries
                    .map(|entry| entry.map(|entry| entry.path()))
                    .collect::<Result<Vec<PathBuf>, _>>()
                    .expect("a folder"),
            );
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or(line)).collect();
            let name = path.strip_prefix(ROOT).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            found.push((name, code.join("\n")));
        }
    }
    assert!(!found.is_empty(), "no sources under {under}");
    found.sort();
    found
}

/// Whether the text holds the word as a name of its own.
fn names(code: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    code.match_indices(word)
        .any(|(at, _)| edge(code[..at].chars().next_back()) && edge(code[at + word.len()..].chars().next()))
}

/// The names of the crates that the program depends on, as code writes them.
fn dependencies() -> BTreeSet<String> {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().expect("the manifest");
    let table = manifest["dependencies"].as_table().expect("dependencies");
    table.keys().map(|name| name.replace('-', "_")).collect()
}

#[test]
fn the_core_names_nothing_outside_itself() {
    let pure = ["rust_decimal", "jiff"];
    for (file, code) in sources("src/domain") {
        for outer in dependencies().iter().filter(|name| !pure.contains(&name.as_str())) {
            assert!(!names(&code, outer), "{file} names {outer}; the core may name std, rust_decimal and jiff");
        }
        for (at, _) in code.match_indices("crate::") {
            let path: String =
                code[at..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
            assert!(path.starts_with("crate::domain"), "{file} imports {path}");
        }
        assert!(!code.contains("use crate::{"), "{file}: a list after `crate::` hides what is imported");
        // `super` may climb as high as the core itself, one step for each module around the code.
        let modules = file.matches('/').count() - usize::from(file.ends_with("/mod.rs"));
        let climbs = "super::".repeat(modules + usize::from(code.contains("mod tests")));
        assert!(!code.contains(&climbs), "{file} climbs out of the core with {climbs}");
        for forbidden in [
            "std::fs",
            "std::net",
            "std::env",
            "std::io",
            "std::process",
            "std::thread",
            "SystemTime",
            "Instant",
            "Zoned::now",
            "Timestamp::now",
            "println!",
            "eprintln!",
        ] {
            assert!(!code.contains(forbidden), "{file} uses {forbidden}: the core does no I/O and reads no clock");
        }
        let segments = code
            .lines()
            .filter_map(|line| line.trim().strip_prefix("use ").or_else(|| line.trim().strip_prefix("pub use ")));
        for import in segments {
            let first = import.split("::").next().unwrap_or(import).trim_end_matches(';');
            let own = ["std", "crate", "super", "self"].contains(&first) || pure.contains(&first);
            let of_an_enum = first.starts_with(char::is_uppercase);
            assert!(own || of_an_enum, "{file}: `use {import}`");
        }
    }
}

#[test]
fn each_outer_library_is_named_in_its_own_place() {
    for (library, places) in [
        ("actix_web", &["src/http/", "src/command/"][..]),
        ("actix_cors", &["src/http/cors.rs"]),
        ("fhir_sdk", &["src/fhir/client"]),
        ("reqwest", &["src/fhir/client", "src/http/", "src/config/read.rs"]),
        ("rustls", &["src/fhir/client", "src/http/auth/", "src/http/tls/"]),
        ("jsonwebtoken", &["src/http/auth/"]),
        ("ring", &["src/http/", "src/store/", "src/fhir/client"]),
        ("sqlx", &["src/store/"]),
        ("etcetera", &["src/store/place.rs"]),
        ("governor", &["src/http/rate.rs"]),
        ("fhir_authoring", &["src/hook/"]),
        ("octofhir_ucum", &["src/library/units.rs"]),
        ("toml", &["src/library/", "src/config/", "src/handbook/conformance.rs"]),
        ("clap", &["src/main.rs", "src/command/"]),
        ("tracing_subscriber", &["src/command/serve.rs"]),
    ] {
        for (file, code) in sources("src") {
            let here = places.iter().any(|place| file.starts_with(place));
            // A path names a crate; a word may be the name of something else.
            let named = names(&code, library)
                && (code.contains(&format!("{library}::")) || code.contains(&format!("use {library}")));
            assert!(here || !named, "{file} names {library}; only {places:?} may");
        }
    }
}

#[test]
fn the_clock_is_read_in_one_place() {
    for (file, code) in sources("src").into_iter().filter(|(file, _)| file != "src/main.rs") {
        for clock in ["Zoned::now", "Timestamp::now", "SystemTime::now", "Utc::now", "Local::now"] {
            assert!(!code.contains(clock), "{file} reads the clock with {clock}");
        }
    }
}

#[test]
fn serde_is_called_on_fhir_sdk_types_in_one_crate_only() {
    // Everywhere else fhir-sdk is a client that hands over responses unread.
    for (file, client) in sources("src/fhir/client") {
        for reading in [
            "serde_json",
            "::r4b",
            "::r5",
            "::stu3",
            ".json(",
            ".json::<",
            ".read::<",
            ".search(",
            ".search::<",
            ".read_referenced",
            ".history",
            ".create(",
            ".update(",
            ".resolve(",
        ] {
            assert!(
                !client.contains(reading),
                "{file} calls `{reading}`, which compiles serde for every resource type"
            );
        }
        let imports: Vec<&str> = client.lines().filter(|line| line.contains("fhir_sdk::")).collect();
        let allowed = ["fhir_sdk::client::", "fhir_sdk::version::"];
        assert!(imports.iter().all(|line| allowed.iter().any(|path| line.contains(path))), "{file}: {imports:?}");
    }
    assert!(
        sources("crates/fhir-authoring/src").iter().any(|(_, code)| names(code, "fhir_sdk")),
        "the crate that writes FHIR"
    );
}

#[test]
fn numbers_keep_their_meaning() {
    // With arbitrary_precision anywhere in the tree, fhir-sdk loses every decimal.
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Command::new(cargo)
        .current_dir(ROOT)
        .args(["tree", "--offline", "--workspace", "-e", "features", "-i", "serde_json"])
        .output();
    let tree = tree.expect("cargo runs");
    let (out, err) = (String::from_utf8_lossy(&tree.stdout), String::from_utf8_lossy(&tree.stderr));
    assert!(tree.status.success() && out.contains("serde_json feature"), "cargo tree: {err}");
    assert!(!out.contains("arbitrary_precision"), "serde_json's arbitrary_precision is switched on:\n{out}");
}
