//! Who may name what: the members of the workspace and their manifests, the clock, and the numbers of JSON.

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

/// The dependencies of a member, its own members first.
fn dependencies(member: &str) -> BTreeSet<String> {
    let path = Path::new(ROOT).join("crates").join(member).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let manifest: toml::Table = text.parse().expect("a manifest");
    manifest["dependencies"].as_table().expect("dependencies").keys().cloned().collect()
}

/// What a member's manifest names it can name in code, and nothing else: so cargo holds the arrows, and this table the
/// manifests. An outer library stands with the one member that may name it.
#[test]
fn members_name_only_what_stands_below_them() {
    let members: [(&str, &[&str]); 22] = [
        ("domain", &["jiff", "rust_decimal"]),
        ("document", &["serde", "serde_json"]),
        ("rate", &["serde"]),
        ("fingerprint", &["ring"]),
        (
            "knowledge",
            &[
                "aho-corasick",
                "domain",
                "hashbrown",
                "include_dir",
                "jiff",
                "octofhir-ucum",
                "percent-encoding",
                "rust_decimal",
                "serde",
                "strsim",
                "toml",
            ],
        ),
        ("fhir", &["document", "domain", "hashbrown", "jiff", "knowledge", "rust_decimal", "serde"]),
        (
            "fhir-client",
            &[
                "document",
                "fhir",
                "fingerprint",
                "futures-util",
                "jiff",
                "knowledge",
                "percent-encoding",
                "reqwest",
                "rustls",
                "tokio",
            ],
        ),
        ("fhir-authoring", &["fhir-sdk", "serde_json"]),
        ("cds-hooks", &["document", "domain", "jiff", "knowledge", "serde", "serde_json", "text", "uuid"]),
        (
            "engine",
            &[
                "cds-hooks",
                "document",
                "domain",
                "fhir",
                "fingerprint",
                "jiff",
                "knowledge",
                "serde",
                "serde_json",
                "strsim",
                "text",
                "uuid",
            ],
        ),
        (
            "explain",
            &[
                "cds-hooks",
                "charts",
                "document",
                "domain",
                "engine",
                "fhir",
                "jiff",
                "knowledge",
                "percent-encoding",
                "rust_decimal",
                "serde_json",
                "text",
                "toml",
            ],
        ),
        (
            "store",
            &[
                "cds-hooks",
                "etcetera",
                "fingerprint",
                "futures-util",
                "jiff",
                "percent-encoding",
                "rate",
                "serde",
                "serde_json",
                "sqlx",
                "tokio",
                "tracing",
            ],
        ),
        ("parallel", &[]),
        ("bulk", &["document", "fhir", "flate2", "hashbrown", "jiff", "knowledge", "memchr", "parallel", "ruzstd"]),
        // The made-up hospital must know nothing of the rules that are measured with it.
        ("synth", &["fastrand", "flate2", "jiff", "parallel", "serde", "serde_json"]),
        ("charts", &["plotters"]),
        ("text", &["pulldown-cmark"]),
        ("terminal", &["anstyle", "text", "textwrap"]),
        (
            "replay",
            &[
                "bulk",
                "cds-hooks",
                "document",
                "domain",
                "engine",
                "fhir",
                "fingerprint",
                "jiff",
                "knowledge",
                "memchr",
                "parallel",
                "rate",
                "serde",
                "serde_json",
                "terminal",
                "text",
            ],
        ),
        ("report", &["charts", "domain", "knowledge", "maud", "pages", "rate", "replay"]),
        ("pages", &["charts", "domain", "knowledge", "maud", "rust_decimal", "serde", "serde_json", "text", "toml"]),
        (
            "workbench",
            &[
                "cds-hooks",
                "charts",
                "domain",
                "engine",
                "explain",
                "knowledge",
                "maud",
                "pages",
                "percent-encoding",
                "serde_json",
                "store",
            ],
        ),
    ];
    for (member, allowed) in members {
        let allowed: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(dependencies(member), allowed, "crates/{member}/Cargo.toml");
    }
    let folders = std::fs::read_dir(Path::new(ROOT).join("crates")).expect("the members");
    assert_eq!(folders.count(), members.len(), "each member has its row");
}

#[test]
fn the_graph_in_the_docs_is_what_cargo_says() {
    let written = Command::new(Path::new(ROOT).join("docs/members")).output().expect("docs/members runs");
    assert!(written.status.success(), "docs/members: {}", String::from_utf8_lossy(&written.stderr));
    let kept = std::fs::read(Path::new(ROOT).join("docs/members.md")).expect("docs/members.md");
    assert_eq!(String::from_utf8_lossy(&kept), String::from_utf8_lossy(&written.stdout), "run docs/members again");
}

#[test]
fn the_core_does_no_input_and_no_output() {
    for (file, code) in sources("crates/domain/src") {
        let forbidden = ["std::fs", "std::net", "std::env", "std::io", "std::process", "std::thread", "println!"];
        for io in forbidden {
            assert!(!code.contains(io), "{file} uses {io}");
        }
    }
}

#[test]
fn the_clock_is_read_in_one_place() {
    let files = [sources("src"), sources("crates")].concat();
    for (file, code) in files.into_iter().filter(|(file, _)| file != "src/main.rs") {
        for clock in ["Zoned::now", "Timestamp::now", "SystemTime::now", "Utc::now", "Local::now"] {
            assert!(!code.contains(clock), "{file} reads the clock with {clock}");
        }
    }
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
