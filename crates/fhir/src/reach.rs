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
mod tests;
