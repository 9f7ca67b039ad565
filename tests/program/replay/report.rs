//! The page for people: how it is made, that it is whole, and that it loads nothing and trusts no text.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::export::{Folder, hospital, run};
use crate::support::library;
use replay::statistics::Statistics;

/// The parts of the page in their order.
const PARTS: [&str; 8] = ["summary", "rules", "silenced", "months", "orders", "reading", "methods", "criteria"];

/// What HTML knows of elements that have no end.
const VOID: [&str; 4] = ["meta", "link", "br", "hr"];

/// Checks that every element ends where it must, and that no anchor appears twice.
fn assert_well_formed(page: &str) {
    let (mut open, mut ids) = (Vec::new(), BTreeSet::new());
    assert!(page.starts_with("<!DOCTYPE html>"), "{}", &page[..100]);
    let mut rest = page.trim_start_matches("<!DOCTYPE html>");
    while let Some((_, from)) = rest.split_once('<') {
        let (tag, behind) = from.split_once('>').expect("a tag ends");
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "before {}", behind.chars().take(80).collect::<String>());
            continue;
        }
        let name = tag.split([' ', '/', '\n']).next().unwrap_or_default();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()) && !name.is_empty(), "<{tag}>");
        let mut attributes = tag.split_ascii_whitespace();
        assert!(!attributes.any(|part| part.starts_with("on") && part.contains('=')), "<{tag}>");
        if let Some(id) = tag.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next()) {
            assert!(ids.insert(id.to_owned()), "the anchor {id} appears twice");
        }
        if name == "style" {
            rest = rest.split_once("</style>").expect("the styles end").1;
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, Vec::<String>::new(), "elements that never end");
}

/// Checks that a browser has nothing to load for the page, and nothing to run.
fn assert_alone(page: &str) {
    for loads in ["<script", " src=", "@import", "url(", "javascript:", "<iframe", "<object", "<image"] {
        assert!(!page.contains(loads), "the page has {loads}");
    }
    let links: Vec<&str> = page.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links, ["data:,"], "only the icon, which is empty");
}

#[test]
fn a_report_is_one_page_that_loads_nothing_however_it_is_made() {
    let folder = Folder::new("report");
    hospital(Path::new(&folder.path("export")), 0..4);
    let (export, policy, numbers) = (folder.path("export"), folder.path("policy.toml"), folder.path("numbers.json"));
    fs::write(&policy, "silent = [\"skin-fibrosis\"]\n").expect("a file");
    let (page, again, merged) = (folder.path("page.html"), folder.path("again.html"), folder.path("merged.html"));
    let with = ["--format", "html", "--policy", &policy, "--output", &page, "--statistics", &numbers];
    let (status, out, err) = run(&[&["replay", &export][..], &with].concat());
    assert_eq!((status, out.as_str()), (Some(1), ""), "one line cannot be read: {err}");
    assert_eq!(run(&["replay", "report", &numbers, "--output", &again]).0, Some(0));
    assert_eq!(run(&["replay", "merge", &numbers, "--format", "html", "--output", &merged]).0, Some(0));
    let read = |path: &str| fs::read_to_string(path).expect("a page");
    let page = read(&page);
    assert_eq!((read(&again), read(&merged)), (page.clone(), page.clone()));
    assert_well_formed(&page);
    assert_alone(&page);
    let mut rest = page.as_str();
    for part in PARTS {
        let section = format!("<section id=\"{part}\">");
        rest = rest.split_once(&section).unwrap_or_else(|| panic!("no {part} in its place")).1;
    }
    // Every chart has its words, is drawn for both widths, and is followed by its numbers.
    let charts: Vec<&str> = page.split("<svg ").skip(1).collect();
    assert!(charts.len() >= 8 && charts.len().is_multiple_of(2), "{}", charts.len());
    for chart in &charts {
        let head = chart.split_once("</desc>").expect("a description").0;
        assert!(
            head.contains("role=\"img\"") && head.contains("aria-labelledby=\"") && head.contains("<title id="),
            "{head}"
        );
    }
    for figure in page.split("</figure>").skip(1) {
        assert!(figure.trim_start().starts_with("<div class=\"scroll\""), "no table behind a chart");
    }
    assert!(page.contains("4 orders were judged in 4 decisions, in 2026-08"), "the period");
    assert!(page.contains("1 line or document could not be read") && page.contains("<code>not-json</code>"));
    assert!(page.contains("The policy of the site silenced <b>") && page.contains(", policy "));
}

#[test]
fn what_a_policy_silenced_is_counted_and_what_is_said_is_not() {
    let folder = Folder::new("silenced");
    hospital(Path::new(&folder.path("export")), 0..4);
    let (export, policy) = (folder.path("export"), folder.path("policy.toml"));
    fs::write(&policy, "silent = [\"summary\", \"skin-fibrosis\"]\n").expect("a file");
    let counts = |name: &str, more: &[&str]| -> Value {
        let numbers = folder.path(name);
        let all = [&["replay", &export, "--format", "ndjson", "--statistics", &numbers][..], more].concat();
        assert_eq!(run(&all).0, Some(1));
        let text = fs::read_to_string(&numbers).expect("statistics");
        serde_json::from_str::<Value>(&text).expect("JSON")["counts"].take()
    };
    let (loud, silent) = (counts("loud.json", &[]), counts("silent.json", &["--policy", &policy]));
    assert_eq!(
        (&loud["silenced"], &loud["rules"]["summary"]["orders"]["info"]),
        (&Value::from(serde_json::Map::new()), &Value::from(4))
    );
    // The rule that had nothing to say is named all the same, so that nobody wonders whether it was silent.
    assert_eq!(silent["silenced"], serde_json::json!({"skin-fibrosis": {}, "summary": {"info": 4}}));
    assert_eq!(silent["rules"]["summary"], Value::Null);
    assert_eq!(silent["urgency"]["2026-08"]["none"], 4);
}

#[test]
fn text_of_a_hospital_cannot_become_a_part_of_the_page() {
    let hostile = "<script>alert(1)</script>\"'><svg onload=x>&amp;";
    let json = serde_json::json!({"counts": {
        "knowledge": [hostile], "decisions": 7, "orders": 7,
        "uses": {hostile: 7}, "phases": {hostile: 7}, "months": {hostile: 7, "2026-01": 1},
        "urgency": {hostile: {hostile: 3, "critical": 9}, "2026-01": {"critical": 1}, "9999-12": {"none": 2}},
        "cardsPerOrder": {"0": 7}, "indicators": {hostile: 1},
        "rules": {hostile: {"cards": {hostile: 1}, "orders": {"warning": 3, hostile: 2}}},
        "silenced": {hostile: {"info": u64::MAX / 4}},
        "criteria": {hostile: {"met": 1, "unknown": {hostile: 2}}},
        "units": {hostile: 1}, "codes": {hostile: u64::MAX / 4}, "unreadable": {hostile: 1},
    }});
    let statistics = Statistics::read(&json.to_string()).expect("statistics");
    for library in [Some(library()), None] {
        let page = report::page(&statistics, library).expect("a page");
        assert_well_formed(&page);
        assert_alone(&page);
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "it is shown as it was sent");
    }
}

#[test]
fn no_orders_and_no_library_make_a_page_too() {
    let page = report::page(&Statistics::default(), None).expect("a page");
    assert_well_formed(&page);
    assert!(page.contains("No order for a drug of the library was judged.") && !page.contains("<svg"), "{page}");
}

#[test]
fn results_one_by_one_do_not_go_with_a_page() {
    let folder = Folder::new("page");
    hospital(Path::new(&folder.path("export")), 0..1);
    let (export, output, checkpoint) = (folder.path("export"), folder.path("page.html"), folder.path("checkpoint"));
    for (more, said) in [
        (vec!["--cards-only"], "--cards-only"),
        (vec!["--compare", "hooks"], "--compare"),
        (vec!["--checkpoint", &checkpoint, "--output", &output], "replay report"),
    ] {
        let (status, out, err) = run(&[vec!["replay", &export, "--format", "html"], more].concat());
        assert!(status == Some(2) && out.is_empty() && err.contains(said), "{said}: {err}");
    }
    let (status, _, err) = run(&["replay", "--record", "x", "--format", "html"]);
    assert!(status == Some(2) && err.contains("--record"), "{err}");
}
