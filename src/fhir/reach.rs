//! How far the pages of a search reach: whether they are all there is, or at least the newest, or neither.
//!
//! Servers cut long answers, and some ignore what they were asked to sort or to filter by. Then what came is true,
//! but what did not come may be newer, and a first page of anything says nothing of what was asked for.

use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::json::{Node, Object};
use super::record::{concerns, entries, resource};
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
