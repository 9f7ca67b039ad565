use super::Reach::{Newest, Part, Whole};
use super::{Progress, Reach};
use crate::page::Page;
use document::Document;
use knowledge::search::Search;

const RESULTS: &str = "Observation?patient=p&code=l|1,l|2&_sort=-date&_count=3";
const EXAMS: &str = "Observation?patient=p&category=exam,survey&_sort=-date&_count=3";
const CONDITIONS: &str = "Condition?patient=p&_count=3";

/// The members of an Observation after its type.
fn result(code: &str, time: &str) -> String {
    format!(r#""code":{{"coding":[{{"system":"l","code":"{code}"}}]}},{time}"#)
}

fn at(date: &str) -> String {
    result("1", &format!(r#""effectiveDateTime":"{date}""#))
}

fn held(template: &str, rest: &str, resources: &[String]) -> Reach {
    let kind = template.split('?').next().unwrap_or_default();
    let entry = |members: &String| match members.starts_with('{') {
        true => format!(r#"{{"resource":{members}}}"#),
        false => format!(r#"{{"resource":{{"resourceType":"{kind}",{members}}}}}"#),
    };
    let entries: Vec<String> = resources.iter().map(entry).collect();
    let text = format!(r#"{{"resourceType":"Bundle"{rest},"entry":[{}]}}"#, entries.join(","));
    let search = Search::parse(template);
    let page = |text: &str| {
        let document = Document::parse(text).expect("JSON");
        let mut progress = Progress::of_search(search.as_ref(), "p");
        progress.add(&Page::read(document.root()));
        progress.reach()
    };
    let reached = page(&text);
    // The wrapper of the time before CDS Hooks 1.0 makes no difference.
    assert_eq!(page(&format!(r#"{{"response":{{"status":"200"}},"resource":{text}}}"#)), reached, "{text}");
    reached
}

#[test]
fn more_is_noticed_and_order_is_not_taken_on_trust() {
    const NEXT: &str = r#","link":[{"relation":"next","url":"x"}]"#;
    let condition = || r#""code":{"text":"x"}"#.to_owned();
    let warning = |text: &str| {
        format!(r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"warning","diagnostics":"{text}"}}]}}"#)
    };
    let two = |first: &str, second: &str| vec![at(first), at(second)];
    let period =
        |start: &str, end: &str| result("2", &format!(r#""effectivePeriod":{{"start":"{start}","end":"{end}"}}"#));
    for (what, template, rest, resources, expected) in [
        ("nothing", RESULTS, "", vec![], Whole),
        ("all", RESULTS, "", two("2026-01-01", "2026-02-01"), Whole),
        ("as many as asked for", CONDITIONS, "", vec![condition(), condition(), condition()], Part),
        ("and no more", CONDITIONS, r#","total":3"#, vec![condition(), condition(), condition()], Whole),
        ("a total of more", CONDITIONS, r#","total":4"#, vec![condition()], Part),
        ("an outcome is no match", CONDITIONS, r#","total":2"#, vec![condition(), warning("x")], Part),
        ("a link", CONDITIONS, NEXT, vec![condition()], Part),
        ("a link without URL", CONDITIONS, r#","link":[{"relation":"next"}]"#, vec![condition()], Part),
        ("newest first", RESULTS, NEXT, two("2026-02-01", "2026-01-01"), Newest),
        ("oldest first", RESULTS, NEXT, two("2026-01-01", "2026-02-01"), Part),
        ("the same moment", RESULTS, NEXT, two("2026-01-01T10:00:00Z", "2026-01-01T11:00:00+01:00"), Newest),
        ("an hour later", RESULTS, NEXT, two("2026-01-01T10:00:00Z", "2026-01-01T10:00:00-01:00"), Part),
        ("a day that a zone may change", RESULTS, NEXT, two("2026-01-01", "2026-01-02T05:00:00Z"), Newest),
        ("a month with its day", RESULTS, NEXT, two("2026-01", "2026-01-20"), Newest),
        ("a month and a time on the day after it", RESULTS, NEXT, two("2026-01", "2026-02-01T05:00:00Z"), Newest),
        ("a month and a time two days after it", RESULTS, NEXT, two("2026-01", "2026-02-02T05:00:00Z"), Part),
        ("a month and a later one", RESULTS, NEXT, two("2026-01", "2026-02-20"), Part),
        ("no date between", RESULTS, NEXT, vec![at("2026-02-01"), result("1", r#""x":1"#), at("2026-03-01")], Part),
        (
            "a period that holds the day before it",
            RESULTS,
            NEXT,
            vec![at("2026-02-01"), period("2026-01-01", "2026-03-01")],
            Newest,
        ),
        (
            "another code",
            RESULTS,
            NEXT,
            vec![at("2026-02-01"), result("9", r#""effectiveDateTime":"2026-01-01""#)],
            Part,
        ),
        (
            "another patient",
            RESULTS,
            NEXT,
            vec![format!(r#"{},"subject":{{"reference":"Patient/q"}}"#, at("2026-02-01"))],
            Part,
        ),
        ("a parameter not known", RESULTS, NEXT, vec![at("2026-02-01"), warning("Unknown search parameter")], Part),
        ("a time, and a day that is surely later", RESULTS, NEXT, two("2026-01-01T10:00:00Z", "2026-01-03"), Part),
        ("a time, and a day that a zone may change", RESULTS, NEXT, two("2026-01-01T10:00:00Z", "2026-01-02"), Newest),
        ("a day, and a time that is surely later", RESULTS, NEXT, two("2026-01-01", "2026-01-03T10:00:00Z"), Part),
        ("another warning", RESULTS, NEXT, vec![at("2026-02-01"), warning("May be incomplete")], Newest),
        ("a category", EXAMS, NEXT, vec![r#""category":[{"coding":[{"code":"exam"}]}]"#.to_owned()], Newest),
        ("another category", EXAMS, NEXT, vec![r#""category":[{"coding":[{"code":"vital-signs"}]}]"#.to_owned()], Part),
    ] {
        assert_eq!(held(template, rest, &resources), expected, "{what}");
    }
}

/// Once a page is out of order, no later one can say that the newest have come.
#[test]
fn pages_follow_one_another() {
    let page = |more: bool, days: &[&str]| {
        let entries: Vec<String> =
            days.iter().map(|day| format!(r#"{{"resource":{{"resourceType":"Observation",{}}}}}"#, at(day))).collect();
        let link = if more { r#","link":[{"relation":"next","url":"x"}]"# } else { "" };
        format!(r#"{{"resourceType":"Bundle"{link},"entry":[{}]}}"#, entries.join(","))
    };
    let reached = |pages: &[String]| {
        let documents: Vec<_> = pages.iter().map(|text| Document::parse(text.as_str()).expect("JSON")).collect();
        let search = Search::parse(RESULTS);
        let mut progress = Progress::of_search(search.as_ref(), "p");
        documents.iter().for_each(|document| progress.add(&Page::read(document.root())));
        progress.reach()
    };
    for (name, pages, expected) in [
        ("the newest, and older ones", vec![page(true, &["2026-03-01"]), page(true, &["2026-02-01"])], Newest),
        ("older ones, and a newer one", vec![page(true, &["2026-02-01"]), page(true, &["2026-03-01"])], Part),
        (
            "out of order, and in order again",
            vec![page(true, &["2026-02-01", "2026-03-01"]), page(true, &["2026-01-01"])],
            Part,
        ),
        ("the last page", vec![page(true, &["2026-03-01"]), page(false, &["2026-02-01"])], Whole),
        ("a last page that was none", vec![page(false, &["2026-03-01"]), page(true, &["2026-02-01"])], Part),
    ] {
        assert_eq!(reached(&pages), expected, "{name}");
    }
}
