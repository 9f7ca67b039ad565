use std::io::Write;

use serde_json::{Value, json};

use super::Comparison;
use crate::Format;

fn line(source: &str, as_of: &str, cards: &[(&str, &str, &str)]) -> String {
    let card = |(rule, indicator, summary): &(&str, &str, &str)| json!({"summary": summary, "indicator": indicator, "detail": "d", "source": {"topic": {"code": rule}}});
    let cards: Vec<Value> = cards.iter().map(card).collect();
    format!("{}\n", json!({"source": source, "asOf": as_of, "patient": "1", "cards": cards}))
}

fn changes(before: &[String], after: &[String]) -> (Vec<(String, String, String)>, String) {
    let mut comparison = Comparison::default();
    comparison.write_all(before.concat().trim_end().as_bytes()).and_then(|()| comparison.flush()).expect("results");
    let mut out = Vec::new();
    comparison.take(after.concat().as_bytes(), Format::Ndjson, &mut out).expect("written");
    comparison.finish(Format::Ndjson, &mut out).expect("written");
    let text = String::from_utf8(out).expect("UTF-8");
    let of = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let [source, rule, change] =
            ["source", "rule", "change"].map(|name| line[name].as_str().unwrap_or_default().to_owned());
        (source, rule, change)
    };
    (text.lines().map(of).collect(), comparison.summary())
}

#[test]
fn every_kind_of_change_is_told_order_by_order() {
    let before = [
        line("Patient/1", "t1", &[("a", "info", "x"), ("b", "warning", "y")]),
        line("Patient/1", "t2", &[("a", "info", "x")]),
        line("Patient/2", "t1", &[("a", "info", "x")]),
        line("x.json", "t1", &[("a", "info", "x")]),
    ];
    let after = [
        line("Patient/1", "t1", &[("b", "critical", "y"), ("c", "info", "z")]),
        line("Patient/1", "t2", &[("a", "info", "other")]),
        line("Patient/3", "t1", &[]),
        line("x.json", "t9", &[("a", "info", "x")]),
    ];
    let (found, summary) = changes(&before, &after);
    let expected = [
        ("Patient/1", "a", "vanished"),
        ("Patient/1", "b", "indicator"),
        ("Patient/1", "c", "appeared"),
        ("Patient/1", "a", "words"),
        ("Patient/2", "a", "vanished"),
    ];
    assert_eq!(found, expected.map(|(source, rule, change)| (source.into(), rule.into(), change.into())));
    assert_eq!(
        summary,
        "Compared: 2 results are the same, 3 have changed (cards: 1 appeared, 2 vanished, 1 have another indicator, 1 have other words).\n"
    );
    assert_eq!(changes(&before, &before).0, []);
}

#[test]
fn what_is_no_result_is_refused_with_its_line() {
    let mut comparison = Comparison::default();
    let text = format!("{}\n{{}}\n", line("x", "t", &[]));
    let error = comparison.write_all(text.as_bytes()).expect_err("no result");
    assert!(error.to_string().contains("line 3 is not a result"), "{error}");
}
