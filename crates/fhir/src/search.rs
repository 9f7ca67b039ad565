//! What a search found, as its own Bundle says: a value under an unknown key may still hold everything that a query
//! asks for.

use super::page::{Bundle, Page};
use super::reach::{Progress, Reach};
use document::Object;
use knowledge::codes::Codes;
use knowledge::search::Search;
use knowledge::services::Query;

/// What a search found, as its Bundle says.
#[derive(Debug)]
pub struct Searched {
    search: Search,
    /// How many it found.
    found: usize,
    /// Whether there may be more.
    ends_early: bool,
}

impl Searched {
    /// Reads a Bundle; `None` unless it is a searchset that names its own search, everything in it could be read, and
    /// nothing in it says that something was left out.
    pub fn read(bundle: &Bundle<'_>) -> Option<Searched> {
        Searched::read_as(bundle, None)
    }

    /// The same for a Bundle that may be silent on its search: then it is the one that was asked for.
    pub fn read_as(bundle: &Bundle<'_>, asked: Option<Search>) -> Option<Searched> {
        let is_whole = bundle.is_whole && bundle.issues().all(|issue| is_harmless(&issue));
        if !bundle.is_searchset || !is_whole {
            return None;
        }
        let search = match &bundle.self_link {
            Some(link) => Search::parse(link)?,
            None => asked?,
        };
        let found = bundle.resources.iter().filter(|resource| resource.kind == search.kind).count();
        let limit = search.limit().is_some_and(|limit| found >= limit);
        let ends_early = bundle.next.is_some() || limit || bundle.total.is_some_and(|total| total > found);
        Some(Searched { search, found, ends_early })
    }

    /// Whether its page holds everything that a query asks for.
    pub fn answers(&self, page: &Page<'_>, query: &Query, patient_id: &str, codes: &Codes) -> bool {
        let Some(asked) = &query.search else { return false };
        let wide = self.search.covers(asked, patient_id, codes);
        if !self.ends_early {
            return wide;
        }
        // For a query of the newest, the newest of the same search are enough if there are as many as were asked for.
        wide && asked.of(patient_id).covers(&self.search, patient_id, codes)
            && self.search.is_newest_first()
            && asked.is_newest_first()
            && asked.count().is_some_and(|wanted| self.found >= wanted)
            && {
                let mut progress = Progress::of(query, patient_id);
                progress.add(page);
                progress.reach() != Reach::Part
            }
    }
}

/// Whether an issue is a remark, or the word for "none found" of a server that sends no empty Bundles.
fn is_harmless(issue: &Object<'_>) -> bool {
    const NONE_FOUND: &str = "4101";
    let mut codings = issue.object("details").into_iter().flat_map(|details| details.objects("coding"));
    issue.string("severity").as_deref() == Some("information")
        || codings.any(|coding| coding.string("code").as_deref() == Some(NONE_FOUND))
}

#[cfg(test)]
mod tests;
