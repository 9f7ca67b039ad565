use super::Searched;
use crate::page::Page;
use crate::testing::{document, library};
use knowledge::search::Search;
use knowledge::services::{Query, QueryId};

/// A searchset of this many results of a day, the newest first.
fn searchset(members: &str, days: &[&str]) -> String {
    let entries: Vec<String> = days
        .iter()
        .enumerate()
        .map(|(at, day)| {
            let code = r#"{"coding": [{"system": "http://loinc.org", "code": "1742-6"}]}"#;
            format!(
                r#"{{"resource": {{"resourceType": "Observation", "id": "{at}", "code": {code},
                    "effectiveDateTime": "{day}", "subject": {{"reference": "Patient/p"}}}}}}"#
            )
        })
        .collect();
    format!(r#"{{"resourceType": "Bundle", "type": "searchset", {members} "entry": [{}]}}"#, entries.join(","))
}

fn link(relation: &str, url: &str) -> String {
    format!(r#"{{"relation": "{relation}", "url": "{url}"}}"#)
}

/// Whether a page answers a query for the newest two results of ALT; `None` where it does not say what it answers.
fn answers(text: &str, asked: Option<&str>) -> Option<bool> {
    let query = "Observation?patient={{context.patientId}}&code=http://loinc.org|1742-6&_sort=-date&_count=2";
    let query = Query::of_template(QueryId(0), "alt", query);
    let document = document(text);
    let page = Page::read(document.root());
    let searched = match asked {
        Some(url) => Searched::read_as(page.bundle()?, Search::parse(url)),
        None => Searched::read(page.bundle()?),
    }?;
    Some(searched.answers(&page, &query, "p", &library().codes))
}

const NEWEST: &str = "Observation?patient=p&code=http://loinc.org|1742-6&_sort=-date&_count=2";
const ALL: &str = "Observation?patient=p&code=http://loinc.org|1742-6";

#[test]
fn a_searchset_answers_what_it_says_that_it_searched() {
    let of = |url: &str, members: &str, days: &[&str]| {
        answers(&searchset(&format!(r#""link": [{}], {members}"#, link("self", url)), days), None)
    };
    let (two, three) = (["2026-11-02", "2026-11-01"], ["2026-11-03", "2026-11-02", "2026-11-01"]);
    let by_code = |code: &str| format!("Observation?patient=p&code=http://loinc.org|{code}");
    for (name, url, members, days, expected) in [
        ("all of it", ALL, "", &two[..], Some(true)),
        ("all results of the patient", "Observation?patient=p", "", &two, Some(true)),
        ("another patient", "Observation?patient=q", "", &two, Some(false)),
        ("another test", &by_code("777-3"), "", &two, Some(false)),
        ("another type", "Condition?patient=p", "", &two, Some(false)),
        ("the newest two", NEWEST, "", &two, Some(true)),
        ("the newest two of many", NEWEST, r#""total": 9,"#, &two, Some(true)),
        ("one of many", NEWEST, r#""total": 9,"#, &two[..1], Some(false)),
        ("as many as there are", ALL, r#""total": 2,"#, &two, Some(true)),
        ("some of many, in no order", ALL, r#""total": 9,"#, &two, Some(false)),
        (
            "the oldest first",
            "Observation?patient=p&code=http://loinc.org|1742-6&_sort=date&_count=2",
            r#""total": 9,"#,
            &two,
            Some(false),
        ),
        (
            "the newest of all results",
            "Observation?patient=p&_sort=-date&_count=2",
            r#""total": 9,"#,
            &two,
            Some(false),
        ),
        ("said to be the newest, and is not", NEWEST, r#""total": 9,"#, &["2026-11-01", "2026-11-02"], Some(false)),
        ("three where two were asked for", NEWEST, r#""total": 9,"#, &three, Some(true)),
    ] {
        assert_eq!(of(url, members, days), expected, "{name}");
    }
    let more = format!(r#""link": [{}, {}],"#, link("self", ALL), link("next", "x"));
    assert_eq!(answers(&searchset(&more, &two), None), Some(false), "a further page");
    let limit = "Observation?patient=p&code=http://loinc.org|1742-6&_count=2";
    assert_eq!(of(limit, "", &two), Some(false), "as many as it was limited to: there may be more");
    assert_eq!(of(limit, "", &two[..1]), Some(true), "fewer than it was limited to");
}

#[test]
fn what_a_bundle_leaves_unsaid_is_not_assumed() {
    let day = ["2026-11-01"];
    assert_eq!(answers(&searchset("", &day), None), None, "it names no search");
    assert_eq!(answers(&searchset("", &day), Some(ALL)), Some(true), "the one that was asked for");
    let self_link = format!(r#""link": [{}],"#, link("self", "Observation?patient=q"));
    assert_eq!(answers(&searchset(&self_link, &day), Some(ALL)), Some(false), "its own link counts more");
    let other = searchset("", &day).replace("searchset", "collection");
    assert_eq!(answers(&other, Some(ALL)), None, "no result of a search");
    let odd = searchset("", &day).replace("\"entry\": [", "\"entry\": [{},");
    assert_eq!(answers(&odd, Some(ALL)), None, "an entry that cannot be read");
    let read = Query::of_template(QueryId(0), "patient", "Patient/{{context.patientId}}");
    let text = searchset("", &day);
    let document = document(&text);
    let page = Page::read(document.root());
    let searched = Searched::read_as(page.bundle().expect("a Bundle"), Search::parse(ALL)).expect("a search");
    assert!(!searched.answers(&page, &read, "p", &library().codes), "no search answers the read of one resource");
}

/// A warning may mean that something was left out. Some servers say "none found" by an outcome of its own.
#[test]
fn an_outcome_may_mean_that_something_is_missing() {
    for (issue, expected) in [
        (r#""severity": "information""#, Some(true)),
        (r#""severity": "warning""#, None),
        (r#""severity": "warning", "details": {"coding": [{"code": "4101"}]}"#, Some(true)),
        (r#""severity": "warning", "details": {"coding": [{"code": "59100"}]}"#, None),
    ] {
        let outcome = format!(r#"{{"resource": {{"resourceType": "OperationOutcome", "issue": [{{{issue}}}]}}}},"#);
        let text = searchset("", &["2026-11-01"]).replace("\"entry\": [", &format!("\"entry\": [{outcome}"));
        assert_eq!(answers(&text, Some(ALL)), expected, "{issue}");
    }
}
