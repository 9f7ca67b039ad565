//! How complete the pages of a search are: whether they hold everything, at least the newest, or neither.
//!
//! Servers cut long answers, and some ignore parameters for sorting or filtering. Then what came is true, but what did
//! not come may be newer, and a first page of unfiltered results proves nothing about what was asked for.

use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::page::{Bundle, Page};
use super::resource::Resource;
use super::view::{Concept, date, period};
use document::Object;
use domain::time::When;
use knowledge::search::Search;
use knowledge::services::Query;

/// How complete an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It holds everything.
    Whole,
    /// There is more, and all of it is older than what came.
    Newest,
    /// There is more, and nothing is known about it.
    Part,
}

/// How complete the pages of a query are. It is updated page by page, so that no page is read twice.
#[derive(Debug)]
pub struct Progress<'q> {
    search: Option<&'q Search>,
    patient_id: &'q str,
    pages: usize,
    bundles: usize,
    matches: usize,
    total: Option<usize>,
    /// Whether the last page links to a next one.
    next: bool,
    /// Whether the server has obeyed so far: the newest first, of this patient and these codes only.
    is_followed: bool,
    /// Pages whose order was not looked at, because nothing seemed to be left behind them.
    unchecked: usize,
    /// The time of the last resource that has one.
    before: Option<When>,
}

impl<'q> Progress<'q> {
    /// Before the first page of the answer to a query.
    pub fn of(query: &'q Query, patient_id: &'q str) -> Progress<'q> {
        Progress::of_search(query.search.as_ref(), patient_id)
    }

    /// Before the first page of the answer to a search.
    pub fn of_search(search: Option<&'q Search>, patient_id: &'q str) -> Progress<'q> {
        Progress {
            search,
            patient_id,
            pages: 0,
            bundles: 0,
            matches: 0,
            total: None,
            next: false,
            is_followed: true,
            unchecked: 0,
            before: None,
        }
    }

    /// Adds the next page.
    pub fn add(&mut self, page: &Page<'_>) {
        self.pages += 1;
        let Some(bundle) = page.bundle() else { return };
        self.bundles += 1;
        self.matches += bundle.matches;
        self.total = self.total.max(bundle.total);
        self.next = bundle.next.is_some();
        // Where nothing is left it does not matter in which order it came.
        if self.is_more_left() {
            self.is_followed =
                self.is_followed && self.unchecked == 0 && self.asks_for_newest() && self.follows(bundle);
        } else {
            self.unchecked += 1;
        }
    }

    /// Whether the pages so far say that there is more.
    fn is_more_left(&self) -> bool {
        let more = match self.total {
            Some(total) => total > self.matches,
            // An answer of exactly the requested length, which does not say whether there is more, counts as cut.
            None => self.pages == 1 && self.search.and_then(Search::count) == Some(self.matches),
        };
        self.next || more
    }

    /// How far the pages reach that were looked at.
    pub fn reach(&self) -> Reach {
        if self.bundles == 0 || !self.is_more_left() {
            Reach::Whole
        } else if self.asks_for_newest() && self.is_followed {
            Reach::Newest
        } else {
            Reach::Part
        }
    }

    fn asks_for_newest(&self) -> bool {
        self.search.is_some_and(|search| search.values("_sort").next() == Some("-date"))
    }

    fn follows(&mut self, bundle: &Bundle<'_>) -> bool {
        if bundle.issues().any(|issue| ignores_a_parameter(&issue)) {
            return false;
        }
        let tokens = |name| self.search.and_then(|search| search.tokens(name));
        let (codes, categories) = (tokens("code"), tokens("category"));
        let of_these = |resource: &Resource<'_>| {
            codes.as_ref().is_none_or(|codes| has_code(&resource.object, codes))
                && categories.as_ref().is_none_or(|codes| Concept::of(&resource.object, "category").has_code(codes))
                && resource.concerns(self.patient_id)
        };
        for resource in &bundle.resources {
            if !of_these(resource) {
                return false;
            }
            let (first, last) = span(&resource.object);
            if self.before.as_ref().zip(first.as_ref()).is_some_and(|(before, first)| is_surely_after(first, before)) {
                return false;
            }
            self.before = last.or(self.before.take());
        }
        true
    }
}

/// Whether the server says that it did not understand a part of the query.
fn ignores_a_parameter(issue: &Object<'_>) -> bool {
    let details = issue.object("details").and_then(|details| Some(details.string("text")?.into_owned()));
    let words = [details.unwrap_or_default(), issue.string("diagnostics").unwrap_or_default().into_owned()];
    issue.string("code").as_deref() == Some("not-supported")
        || words.iter().any(|words| words.to_lowercase().contains("parameter"))
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

/// Whether it is later whatever the time zone, because a date has none.
fn is_surely_after(later: &When, earlier: &When) -> bool {
    let has_time = |when: &When| when.text().len() > 10;
    if has_time(later) == has_time(earlier) {
        return later.is_after(earlier);
    }
    earlier.last().checked_add(1.day()).is_ok_and(|day| later.first() > day)
}

#[cfg(test)]
mod tests {
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
            (
                "a time, and a day that a zone may change",
                RESULTS,
                NEXT,
                two("2026-01-01T10:00:00Z", "2026-01-02"),
                Newest,
            ),
            ("a day, and a time that is surely later", RESULTS, NEXT, two("2026-01-01", "2026-01-03T10:00:00Z"), Part),
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

    /// Once a page is out of order, no later one can say that the newest have come.
    #[test]
    fn pages_follow_one_another() {
        let page = |more: bool, days: &[&str]| {
            let entries: Vec<String> = days
                .iter()
                .map(|day| format!(r#"{{"resource":{{"resourceType":"Observation",{}}}}}"#, at(day)))
                .collect();
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
}
