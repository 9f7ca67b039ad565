//! Which prefetched value answers which of our queries: by its key, by another spelling of it, or by what it shows
//! itself. Hospitals may type in keys of their own, so the key alone cannot be what counts.

use cds_hooks::call::HookCall;
use document::Node;
use fhir::page::Page;
use fhir::search::Searched;
use knowledge::Library;
use knowledge::search::Search;
use knowledge::services::{Query, QueryId, spelling};

/// What prefetch brought.
#[derive(Debug)]
pub struct Prefetched<'a> {
    /// By the place of the query.
    answers: Vec<PrefetchMatch<'a>>,
    /// The values under keys of the sender's own.
    pub unmatched: Vec<Page<'a>>,
    /// How many of these answer no query.
    pub unproven: usize,
}

/// What prefetch brought for a query.
#[derive(Debug, Clone, Copy)]
pub enum PrefetchMatch<'a> {
    /// The value of its key; `null` is an answer, a missing key is not.
    Keyed(Node<'a>),
    /// One of the values under other keys shows that it holds the answer.
    Besides,
    /// Nothing.
    Missing,
}

impl<'a> Prefetched<'a> {
    /// What a call provides for the queries of the library.
    pub fn of(library: &Library, call: &HookCall<'a>) -> Prefetched<'a> {
        let queries = &library.services.queries;
        let places = places(library, call);
        let mut answers: Vec<PrefetchMatch<'a>> = places
            .iter()
            .map(|place| {
                let value = place.and_then(|at| call.prefetch.get(at));
                value.map_or(PrefetchMatch::Missing, |(_, node)| PrefetchMatch::Keyed(*node))
            })
            .collect();
        let mut is_taken = vec![false; call.prefetch.len()];
        for at in places.into_iter().flatten() {
            if let Some(taken) = is_taken.get_mut(at) {
                *taken = true;
            }
        }
        let values = call.prefetch.iter().zip(is_taken).filter(|(_, taken)| !taken).map(|(value, _)| value);
        let unmatched: Vec<Page<'a>> = values.clone().map(|(_, node)| Page::read(*node)).collect();
        let mut unproven = 0;
        for ((key, _), page) in values.zip(&unmatched) {
            // Under a key of the compact set the search is known, whether the Bundle names it or not.
            let asked = library.services.compact_by_key(key).and_then(|compact| compact.query.search.as_ref());
            let shown = Shown::by(page, &call.patient_id, asked);
            let answered = queries.iter().filter(|query| shown.answers(query, call, library));
            let mut proves = false;
            for query in answered {
                proves = true;
                if let Some(answer @ PrefetchMatch::Missing) = answers.get_mut(query.id.0) {
                    *answer = PrefetchMatch::Besides;
                }
            }
            unproven += usize::from(!proves);
        }
        Prefetched { answers, unmatched, unproven }
    }

    /// What was brought for a query.
    pub fn answer(&self, query: QueryId) -> PrefetchMatch<'a> {
        self.answers.get(query.0).copied().unwrap_or(PrefetchMatch::Missing)
    }

    /// Whether nothing was brought for a query.
    pub fn lacks(&self, query: QueryId) -> bool {
        matches!(self.answer(query), PrefetchMatch::Missing)
    }
}

/// For each query where its value is: under the key itself, or else under one that differs in case, `-` and `_`
/// only. Each key of the call is looked at once.
fn places(library: &Library, call: &HookCall<'_>) -> Vec<Option<usize>> {
    let services = &library.services;
    let mut exact = vec![None; services.queries.len()];
    let mut spelled = exact.clone();
    for (at, (key, _)) in call.prefetch.iter().enumerate() {
        let (found, places) = match services.by_key(key) {
            Some(query) => (Some(query), &mut exact),
            None => (services.by_spelling(&spelling(key)), &mut spelled),
        };
        if let Some(place) = found.and_then(|query| places.get_mut(query.0)) {
            place.get_or_insert(at);
        }
    }
    exact.into_iter().zip(spelled).map(|(exact, spelled)| exact.or(spelled)).collect()
}

/// What a value under a key of the sender's own shows of itself. An empty Bundle that does not say what was searched
/// for shows nothing.
#[derive(Debug)]
struct Shown<'p, 'a> {
    page: &'p Page<'a>,
    /// Whether it holds the patient of the call.
    patient: bool,
    /// What a search found.
    searched: Option<Searched>,
}

impl<'p, 'a> Shown<'p, 'a> {
    fn by(page: &'p Page<'a>, patient_id: &str, asked: Option<&Search>) -> Shown<'p, 'a> {
        let patient = page.resources().iter().any(|r| r.kind == "Patient" && r.id.as_deref() == Some(patient_id));
        let asked = || asked.map(|search| search.of(patient_id));
        Shown { page, patient, searched: page.bundle().and_then(|bundle| Searched::read_as(bundle, asked())) }
    }

    fn answers(&self, query: &Query, call: &HookCall<'_>, library: &Library) -> bool {
        let answers = |searched: &Searched| searched.answers(self.page, query, &call.patient_id, &library.codes);
        (self.patient && query.is_patient()) || self.searched.as_ref().is_some_and(answers)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{PrefetchMatch, Prefetched};
    use cds_hooks::call::HookCall;
    use document::Document;
    use knowledge::Library;

    fn library() -> Library {
        Library::embedded().expect("the built-in library")
    }

    /// What the value of a key of the sender's own says of a query.
    fn answered(library: &Library, key: &str, value: &str) -> bool {
        let body = format!(r#"{{"hook":"patient-view","context":{{"patientId":"p1"}},"prefetch":{{"labs":{value}}}}}"#);
        let document = Document::parse(body).expect("JSON");
        let call = HookCall::read(&document, None).expect("a call");
        let prefetched = Prefetched::of(library, &call);
        let query = library.services.queries.iter().find(|query| query.key == key).expect("a query");
        assert!(!matches!(prefetched.answer(query.id), PrefetchMatch::Keyed(_)));
        !prefetched.lacks(query.id)
    }

    #[test]
    fn no_two_keys_differ_in_spelling_only() {
        let library = library();
        let keys = library.services.queries.iter().map(|query| query.spelling.as_str());
        assert_eq!(keys.collect::<BTreeSet<_>>().len(), library.services.queries.len());
    }

    #[test]
    fn a_bundle_answers_by_its_own_link() {
        let library = library();
        let anc: String = library.codes.search_codes("absolute-neutrophil-count").expect("codes").replace('|', "%7C");
        let base = "https://ehr.example/api/FHIR/R4";
        for (key, link, rest, expected) in [
            ("conditions", format!("{base}/Condition?patient=p1"), "", true),
            ("conditions", format!("{base}/Condition?patient=Patient%2Fp1&_format=json"), "", true),
            ("conditions", format!("{base}/Condition/_search?subject=Patient/p1"), "", true),
            ("conditions", format!("{base}/Patient/p1/Condition?_count=100"), "", true),
            ("conditions", "Condition?patient=p1".to_owned(), "", true),
            ("conditions", format!("{base}/Condition?patient=p2"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1,p2"), "", false),
            ("conditions", format!("{base}/Condition?patient={base}/Patient/p1"), "", true),
            ("conditions", format!("{base}/Condition?subject=Group/p1"), "", false),
            ("conditions", format!("{base}/Condition?patient.identifier=p1"), "", false),
            ("conditions", format!("{base}/Condition"), "", false),
            ("conditions", format!("{base}/Condition?_count=10"), "", false),
            ("conditions", format!("{base}/Observation?patient=p1"), "", false),
            ("conditions", format!("{base}/Condition/p1"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1&category=problem-list-item"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1&clinical-status=active"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1&onset-date=ge2024-01-01"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1&code:in=x"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1&_summary=count"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1&_elements=code"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1&page=2"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1&_count=0"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1&code=%zz"), "", false),
            ("conditions", format!("{base}/Condition?patient=p1"), r#","total":3"#, false),
            ("conditions", format!("{base}/Condition?patient=p1"), r#","entry":["x"]"#, false),
            ("service-requests", format!("{base}/ServiceRequest?patient=p1"), "", true),
            ("service-requests", format!("{base}/ServiceRequest?patient=p1&status=active,draft"), "", true),
            ("service-requests", format!("{base}/ServiceRequest?patient=p1&status=completed"), "", false),
            ("neutrophils", format!("{base}/Observation?patient=p1&code={anc}&_sort=-date&_count=10"), "", true),
            ("neutrophils", format!("{base}/Observation?patient=p1"), "", true),
            ("neutrophils", format!("{base}/Observation?patient=p1&code={anc},http://loinc.org|777-3"), "", true),
            ("neutrophils", format!("{base}/Observation?patient=p1&code=urn:oid:2.16.840.1.113883.6.1|"), "", true),
            ("neutrophils", format!("{base}/Observation?patient=p1&code=http://loinc.org|751-8"), "", false),
            ("neutrophils", format!("{base}/Observation?patient=p1&category=laboratory"), "", false),
            ("neutrophils", format!("{base}/Observation?patient=p1&code={anc}&code=777-3"), "", false),
            ("neutrophils", format!("{base}/Observation?patient=p1&code={anc}&date=ge2026-01-01"), "", false),
            ("skin-score", format!("{base}/Observation?patient=p1&category=survey,exam,laboratory"), "", true),
            ("skin-score", format!("{base}/Observation?patient=p1&category=survey"), "", false),
            ("skin-score", format!("{base}/Observation?patient=p1&category=http://x|survey,exam"), "", false),
        ] {
            let link = format!(r#""link":[{{"relation":"self","url":"{link}"}}]"#);
            let bundle = format!(r#"{{"resourceType":"Bundle","type":"searchset",{link}{rest}}}"#);
            assert_eq!(answered(&library, key, &bundle), expected, "{key}: {bundle}");
            let anonymous = bundle.replace(&format!("{link}{rest}"), r#""total":0"#);
            assert!(!answered(&library, key, &anonymous), "{key}: {anonymous} does not say what it is");
            let collection = bundle.replace("searchset", "collection");
            assert!(!answered(&library, key, &collection), "{key}: {collection} is no search");
        }
    }

    #[test]
    fn a_list_that_ends_early_answers_only_the_search_for_the_newest() {
        let library = library();
        let anc = library.codes.search_codes("absolute-neutrophil-count").expect("codes");
        let newest = format!("Observation?patient=p1&code={anc}&_sort=-date");
        for (key, url, found, next, expected) in [
            ("neutrophils", format!("{newest}&_count=10"), 10, true, true),
            ("neutrophils", format!("{newest}&_count=10"), 10, false, true),
            ("neutrophils", format!("{newest}&_count=5"), 5, false, false),
            ("neutrophils", format!("{newest}&_count=5"), 4, false, true),
            ("neutrophils", format!("{newest},_id&_count=50"), 12, true, true),
            ("neutrophils", format!("{newest},_id&_count=50"), 9, true, false),
            ("neutrophils", newest.replace("-date", "date"), 12, true, false),
            ("neutrophils", newest.replace("code=", "code=http://loinc.org|777-3,"), 12, true, false),
            ("neutrophils", "Observation?patient=p1&_sort=-date".to_owned(), 12, true, false),
            ("conditions", "Condition?patient=p1&_count=200".to_owned(), 200, true, false),
            ("conditions", "Condition?patient=p1&_maxresults=3".to_owned(), 3, false, false),
            ("conditions", "Condition?patient=p1".to_owned(), 3, false, true),
        ] {
            let kind = url.split('?').next().unwrap_or_default();
            let code = r#""code":{"coding":[{"system":"http://loinc.org","code":"751-8"}]}"#;
            let entry = |n: usize| {
                let date = format!(r#""effectiveDateTime":"2026-{:02}-01""#, 12 - n % 12);
                format!(r#"{{"resource":{{"resourceType":"{kind}",{code},{date}}}}}"#)
            };
            let entries = (0..found).map(entry).collect::<Vec<_>>().join(",");
            let next = if next { r#",{"relation":"next","url":"x"}"# } else { "" };
            let link = format!(r#"[{{"relation":"self","url":"{url}"}}{next}]"#);
            let bundle = format!(r#"{{"resourceType":"Bundle","type":"searchset","link":{link},"entry":[{entries}]}}"#);
            assert_eq!(answered(&library, key, &bundle), expected, "{url}, {found} found, next: {next}");
        }
    }

    #[test]
    fn an_outcome_in_the_list_may_speak_of_what_is_left_out() {
        let library = library();
        for (issue, expected) in [
            (r#"{"severity":"information","code":"informational"}"#, true),
            (r#"{"severity":"warning","code":"not-found","details":{"coding":[{"code":"4101"}]}}"#, true),
            (r#"{"severity":"warning","code":"suppressed","details":{"coding":[{"code":"59204"}]}}"#, false),
            (r#"{"severity":"error","code":"processing"}"#, false),
        ] {
            let outcome = format!(r#"{{"resource":{{"resourceType":"OperationOutcome","issue":[{issue}]}}}}"#);
            let link = r#"[{"relation":"self","url":"Condition?patient=p1"}]"#;
            let bundle = format!(r#"{{"resourceType":"Bundle","type":"searchset","link":{link},"entry":[{outcome}]}}"#);
            assert_eq!(answered(&library, "conditions", &bundle), expected, "{issue}");
        }
    }

    #[test]
    fn the_patient_answers_by_being_the_patient() {
        let library = library();
        for (value, expected) in [
            (r#"{"resourceType":"Patient","id":"p1"}"#, true),
            (r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p1"}}]}"#, true),
            (
                r#"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"Condition?patient=p1"}],
                    "entry":[{"resource":{"resourceType":"Patient","id":"p1"},"search":{"mode":"match"}}]}"#,
                true,
            ),
            (r#"{"resourceType":"Patient","id":"p2"}"#, false),
            (r#"{"resourceType":"Person","id":"p1"}"#, false),
            ("null", false),
            (r#"{"resourceType":"Bundle","type":"searchset","total":0}"#, false),
        ] {
            assert_eq!(answered(&library, "patient", value), expected, "{value}");
        }
    }
}
