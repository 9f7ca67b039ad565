//! How far the pages of a search reach: whether they are all there is, or at least the newest, or neither.
//!
//! Servers cut long answers, and some ignore what they were asked to sort or to filter by. Then what came is true,
//! but what did not come may be newer, and a first page of anything says nothing of what was asked for.

use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::bundle::entries;
use super::json::{Node, Object};
use super::resource::{concerns, resource};
use super::view::{Concept, date, period};
use crate::domain::time::When;

/// How far an answer reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It is all there is.
    Whole,
    /// More is left, all of it older than what came.
    Newest,
    /// More is left, and nobody knows what.
    Part,
}

/// How far the pages reach that answer this query.
pub fn reach(pages: &[Node<'_>], template: &str, patient_id: &str) -> Reach {
    let bundles: Vec<Object<'_>> = pages.iter().filter_map(|page| bundle(*page)).collect();
    let Some(last) = bundles.last() else { return Reach::Whole };
    let matches: usize = bundles.iter().map(matches).sum();
    let total = bundles.iter().filter_map(|bundle| bundle.get("total")?.number()?.parse::<usize>().ok()).max();
    let asked_for = parameter(template, "_count").and_then(|count| count.parse::<usize>().ok());
    let more = match total {
        Some(total) => total > matches,
        // Without a word about more, an answer that is exactly as long as it may be is taken as cut.
        None => pages.len() == 1 && asked_for == Some(matches),
    };
    if next(last).is_none() && !more {
        return Reach::Whole;
    }
    let newest_first = parameter(template, "_sort") == Some("-date");
    if newest_first && heeded(&bundles, template, patient_id) { Reach::Newest } else { Reach::Part }
}

/// The link to the next page.
pub fn next(bundle: &Object<'_>) -> Option<String> {
    let next = bundle.objects("link").into_iter().find(|link| link.string("relation").as_deref() == Some("next"))?;
    // A link without a URL still says that there is more.
    Some(next.string("url").map(|url| url.into_owned()).unwrap_or_default())
}

/// The page, if it is a Bundle; the wrapper of the time before CDS Hooks 1.0 holds it one level deeper.
fn bundle(page: Node<'_>) -> Option<Object<'_>> {
    let object = page.object()?;
    let wrapped = object.get("resourceType").is_none().then(|| object.get("resource")?.object()).flatten();
    let object = wrapped.unwrap_or(object);
    let is_bundle = match object.string("resourceType") {
        Some(kind) => kind == "Bundle",
        None => object.get("entry").is_some(),
    };
    is_bundle.then_some(object)
}

/// How many entries a Bundle holds that the search matched.
fn matches(bundle: &Object<'_>) -> usize {
    let is_match = |entry: &&Object<'_>| {
        let mode = entry.object("search").and_then(|search| search.string("mode").map(|mode| mode.into_owned()));
        let kind = entry.object("resource").and_then(|r| r.string("resourceType").map(|kind| kind.into_owned()));
        mode.as_deref().is_none_or(|mode| mode == "match") && kind.as_deref() != Some("OperationOutcome")
    };
    bundle.objects("entry").iter().filter(is_match).count()
}

/// Whether the server did as it was asked: the newest first, of this patient only, of these codes and categories only.
fn heeded(bundles: &[Object<'_>], template: &str, patient_id: &str) -> bool {
    if bundles.iter().any(ignores_a_parameter) {
        return false;
    }
    let list = |name: &str| parameter(template, name).map(|list| list.split(',').collect::<Vec<&str>>());
    let (codes, categories) = (list("code"), list("category"));
    let found = bundles.iter().flat_map(|bundle| entries(bundle).0).filter_map(resource);
    let mut before: Option<When> = None;
    for resource in found {
        let of_these = codes.as_ref().is_none_or(|codes| has_code(&resource.object, codes))
            && categories.as_ref().is_none_or(|codes| Concept::of(&resource.object, "category").has_code(codes));
        if !of_these || !concerns(&resource, patient_id) {
            return false;
        }
        let (first, last) = span(&resource.object);
        if before.as_ref().zip(first.as_ref()).is_some_and(|(before, first)| is_surely_after(first, before)) {
            return false;
        }
        before = last.or(before);
    }
    true
}

/// Whether the server says that it did not understand a part of the query.
fn ignores_a_parameter(bundle: &Object<'_>) -> bool {
    let outcomes = bundle.objects("entry").into_iter().filter_map(|entry| entry.object("resource"));
    outcomes.filter(|resource| resource.string("resourceType").as_deref() == Some("OperationOutcome")).any(|outcome| {
        outcome.objects("issue").iter().any(|issue| {
            let details = issue.object("details").and_then(|details| Some(details.string("text")?.into_owned()));
            let words = [details.unwrap_or_default(), issue.string("diagnostics").unwrap_or_default().into_owned()];
            issue.string("code").as_deref() == Some("not-supported")
                || words.iter().any(|words| words.to_lowercase().contains("parameter"))
        })
    })
}

/// Whether a resource is coded with one of the `system|code` that were asked for.
fn has_code(object: &Object<'_>, wanted: &[&str]) -> bool {
    Concept::of(object, "code").codings.iter().any(|coding| {
        let is = |wanted: &&str| wanted.split_once('|').unwrap_or(("", wanted)) == (&*coding.system, &*coding.code);
        wanted.iter().any(is)
    })
}

/// From when to when it was so, by the times that a server sorts by.
fn span(object: &Object<'_>) -> (Option<When>, Option<When>) {
    let (start, end) = period(object, "effectivePeriod", &TimeZone::UTC);
    let at = date(object, &["effectiveDateTime", "effectiveInstant"], &TimeZone::UTC);
    (at.clone().or(start.clone()).or(end.clone()), at.or(end).or(start))
}

/// Whether it is later in any time zone: a date alone has none.
fn is_surely_after(later: &When, earlier: &When) -> bool {
    let has_time = |when: &When| when.text().len() > 10;
    if has_time(later) == has_time(earlier) {
        return later.is_after(earlier);
    }
    earlier.last().checked_add(1.day()).is_ok_and(|day| later.first() > day)
}

/// The value of a search parameter in a query.
fn parameter<'t>(template: &'t str, name: &str) -> Option<&'t str> {
    let (_, search) = template.split_once('?')?;
    search.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::Reach::{Newest, Part, Whole};
    use super::{Reach, reach};
    use crate::fhir::json::Node;

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
        let page = |text: &str| reach(&[Node::parse(text).expect("JSON")], template, "p");
        let reached = page(&text);
        // In the wrapper of the time before 1.0 the same is as far.
        assert_eq!(page(&format!(r#"{{"response":{{"status":"200"}},"resource":{text}}}"#)), reached, "{text}");
        reached
    }

    #[test]
    fn more_is_noticed_and_order_is_not_taken_on_trust() {
        const NEXT: &str = r#","link":[{"relation":"next","url":"x"}]"#;
        let condition = || r#""code":{"text":"x"}"#.to_owned();
        let warning = |text: &str| {
            format!(
                r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"warning","diagnostics":"{text}"}}]}}"#
            )
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
            ("another warning", RESULTS, NEXT, vec![at("2026-02-01"), warning("May be incomplete")], Newest),
            ("a category", EXAMS, NEXT, vec![r#""category":[{"coding":[{"code":"exam"}]}]"#.to_owned()], Newest),
            (
                "another category",
                EXAMS,
                NEXT,
                vec![r#""category":[{"coding":[{"code":"vital-signs"}]}]"#.to_owned()],
                Part,
            ),
        ] {
            assert_eq!(held(template, rest, &resources), expected, "{what}");
        }
    }
}
