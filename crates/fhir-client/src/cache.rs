//! Answers of FHIR servers that are kept for seconds, in memory only: an order is selected and a moment later signed,
//! and the second call would read the same again. An answer is found again only by the same token for the same patient.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use document::Document;
use fhir::pages::Pages;
use fingerprint::hash;
use tokio::time::Instant;

use super::base_url::BaseUrl;
use super::grant::Grant;

/// Bytes that all answers together may take; beyond that the oldest are removed.
const MOST: usize = 64 * 1024 * 1024;

/// A cache of answers; clones share the same answers.
#[derive(Debug, Clone)]
pub struct AnswerCache {
    span: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    answers: HashMap<CacheKey, Answer>,
    /// The keys in the order in which they were added; a key that was added again is listed twice.
    order: VecDeque<(CacheKey, Instant)>,
    bytes: usize,
}

/// The key of an answer: a hash of the server, the token, the patient and the query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey(String);

/// The texts of the pages, and when they came.
#[derive(Debug, Clone)]
struct Answer {
    texts: Arc<[String]>,
    at: Instant,
}

impl AnswerCache {
    /// A cache that keeps answers for this time; `None` for no time.
    pub fn during(span: Duration) -> Option<AnswerCache> {
        (!span.is_zero()).then(|| AnswerCache { span, state: Arc::default() })
    }

    /// The key of a query. A call without a token has none: there is nothing to tell one caller from another by.
    pub fn key(base: &BaseUrl, grant: &Grant<'_>, template: &str) -> Option<CacheKey> {
        let token = grant.token.ok()?;
        let (encounter, user) = (grant.encounter_id.unwrap_or_default(), grant.user_id.unwrap_or_default());
        let parts = [base.url().as_str(), token, grant.patient_id, encounter, user, template];
        Some(CacheKey(hash(parts.map(str::as_bytes))))
    }

    /// The texts of the pages of an answer that is still kept.
    pub fn get(&self, key: &CacheKey, now: Instant) -> Option<Arc<[String]>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = state.answers.get(key)?;
        (now.duration_since(answer.at) < self.span).then(|| answer.texts.clone())
    }

    /// Keeps an answer, if it is whole.
    pub fn put(&self, key: CacheKey, pages: &Pages, now: Instant) {
        if pages.cut.is_some() {
            return;
        }
        let texts: Arc<[String]> = pages.bodies.iter().map(|body| body.text().to_owned()).collect();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.bytes += length(&texts);
        state.order.push_back((key.clone(), now));
        if let Some(before) = state.answers.insert(key, Answer { texts, at: now }) {
            state.bytes -= length(&before.texts);
        }
        while let Some((oldest, at)) = state.order.front().cloned() {
            if state.bytes <= MOST && now.duration_since(at) < self.span {
                break;
            }
            state.order.pop_front();
            if state.answers.get(&oldest).is_some_and(|answer| answer.at == at)
                && let Some(gone) = state.answers.remove(&oldest)
            {
                state.bytes -= length(&gone.texts);
            }
        }
    }
}

/// The pages as documents again. `None` when a text cannot be parsed, which does not happen, because it was parsed
/// before.
pub fn pages(texts: &[String]) -> Option<Pages> {
    let bodies = texts.iter().map(|text| Document::parse(text.clone()).ok()).collect::<Option<Vec<_>>>()?;
    Some(Pages { bodies, cut: None })
}

fn length(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use document::Document;
    use fhir::failure::Access;
    use fhir::pages::{Cut, Pages};
    use tokio::time::Instant;

    use super::{AnswerCache, MOST};
    use crate::base_url::BaseUrl;
    use crate::grant::Grant;

    fn pages(text: &str) -> Pages {
        Pages { bodies: vec![Document::parse(text.to_owned()).expect("JSON")], cut: None }
    }

    #[test]
    fn an_answer_is_found_by_the_same_token_for_the_same_patient_only() {
        let base = |url: &str| BaseUrl::parse(url).expect("a base URL");
        let grant = |token, patient_id| Grant {
            server: None,
            token,
            bound_patient: None,
            patient_id,
            encounter_id: None,
            user_id: None,
        };
        let key = |url: &str, token, patient, query: &str| AnswerCache::key(&base(url), &grant(token, patient), query);
        let first = key("https://a.example/r4", Ok("t"), "1", "Condition?");
        assert!(first.is_some() && first == key("https://a.example/r4", Ok("t"), "1", "Condition?"));
        for other in [
            key("https://b.example/r4", Ok("t"), "1", "Condition?"),
            key("https://a.example/r4", Ok("u"), "1", "Condition?"),
            key("https://a.example/r4", Ok("t"), "2", "Condition?"),
            key("https://a.example/r4", Ok("t"), "1", "Observation?"),
        ] {
            assert!(other.is_some() && other != first);
        }
        assert_eq!(key("https://a.example/r4", Err(Access::NoToken), "1", "Condition?"), None);
        assert!(AnswerCache::during(Duration::ZERO).is_none(), "off by default");
    }

    #[test]
    fn what_is_kept_ends_and_is_bounded() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let kept = AnswerCache::during(Duration::from_secs(10)).expect("on");
        let key = |name: &str| super::CacheKey(name.to_owned());
        kept.put(key("a"), &pages("{\"a\":1}"), at(0));
        assert_eq!(kept.get(&key("a"), at(9)).as_deref(), Some(&["{\"a\":1}".to_owned()][..]));
        assert!(kept.get(&key("a"), at(10)).is_none() && kept.get(&key("b"), at(0)).is_none());
        kept.put(key("part"), &Pages { cut: Some(Cut::Limit), ..pages("{}") }, at(1));
        assert!(kept.get(&key("part"), at(1)).is_none(), "what is not whole is asked again");
        let large = pages(&format!("\"{}\"", "x".repeat(MOST / 3)));
        (0..6).for_each(|number| kept.put(key(&number.to_string()), &large, at(2)));
        let state = kept.state.lock().expect("no panic");
        assert!(state.bytes <= MOST && state.answers.len() <= 3, "{}", state.answers.len());
        assert_eq!(state.bytes, state.answers.values().map(|answer| super::length(&answer.texts)).sum::<usize>());
        drop(state);
        assert!(kept.get(&key("5"), at(3)).is_some(), "the newest stays");
        kept.put(key("last"), &pages("{}"), at(50));
        assert_eq!(kept.state.lock().expect("no panic").answers.len(), 1, "what has ended goes");
    }
}
