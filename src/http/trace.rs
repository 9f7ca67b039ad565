//! Which request this is: who sent it, the id that its sender gave it (`X-Request-ID`), and its place in a distributed
//! trace (W3C Trace Context). The id is in the answer; the whole context is in the log and goes to the FHIR server.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};
use reqwest::header::{HeaderMap, HeaderValue};
use ring::rand::{SecureRandom, SystemRandom};

use super::shared_state::RequestState;
use super::{State, address};

/// The header with the sender's id of a request.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that says how long each phase of a call took.
pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// Bytes of the longest id of a request, and of the longest state of a trace, that are passed on.
const LONGEST: (usize, usize) = (128, 512);

/// Which request this is. It is found in the extensions of the request.
#[derive(Debug, Clone)]
pub struct Origin(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    address: IpAddr,
    request: Option<String>,
    trace: Trace,
}

/// The place of a call in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trace {
    /// 32 hexadecimal digits.
    id: String,
    /// The span of the sender, 16 hexadecimal digits.
    parent: Option<String>,
    /// Our own span.
    span: String,
    /// Two hexadecimal digits; the last bit is whether the sender records the trace.
    flags: String,
    state: Option<String>,
}

/// Takes the id and the trace of a request, and tells the id in the answer.
pub async fn note_origin(
    state: RequestState,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let origin = Origin::of(&request, &state);
    request.extensions_mut().insert(origin.clone());
    let mut response = next.call(request).await?;
    if let Some(id) = origin.request().and_then(|id| header::HeaderValue::from_str(id).ok()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    Ok(response)
}

impl Origin {
    /// That of a new request. A trace that begins here is recorded where there is a collector.
    fn of(request: &ServiceRequest, state: &State) -> Origin {
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        Origin(Arc::new(Parts {
            address: address::of(request.request(), &state.settings.proxies),
            request: text(X_REQUEST_ID.as_str()).filter(|id| is_id(id)).map(str::to_owned),
            trace: Trace::of(text(TRACEPARENT), text(TRACESTATE), state.spans.is_some()),
        }))
    }

    /// That of a request.
    pub fn found(request: &HttpRequest) -> Origin {
        let found = request.extensions().get::<Origin>().cloned();
        // Each request passes `note_origin` first.
        found.unwrap_or_else(|| {
            let address = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
            Origin(Arc::new(Parts { address, request: None, trace: Trace::of(None, None, false) }))
        })
    }

    /// The address of the sender.
    pub fn address(&self) -> IpAddr {
        self.0.address
    }

    /// The sender's id of the request.
    pub fn request(&self) -> Option<&str> {
        self.0.request.as_deref()
    }

    /// The id of the trace.
    pub fn trace(&self) -> &str {
        &self.0.trace.id
    }

    /// The trace, the sender's span and our own, where the trace is recorded.
    pub fn span(&self) -> Option<(&str, Option<&str>, &str)> {
        let Trace { id, parent, span, flags, .. } = &self.0.trace;
        let is_recorded = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
        is_recorded.then_some((id, parent.as_deref(), span))
    }

    /// The headers with which the FHIR server is asked.
    pub fn headers(&self) -> HeaderMap {
        let Parts { request, trace, .. } = &*self.0;
        let parent = format!("00-{}-{}-{}", trace.id, trace.span, trace.flags);
        let all =
            [(TRACEPARENT, Some(&parent)), (TRACESTATE, trace.state.as_ref()), ("x-request-id", request.as_ref())];
        let mut headers = HeaderMap::new();
        for (name, text) in all {
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(text).ok()) {
                headers.insert(name, value);
            }
        }
        headers
    }
}

/// Whether a text may be logged as an id: it is short, and has only the letters that ids have.
fn is_id(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'/' | b'+' | b'=');
    !text.is_empty() && text.len() <= LONGEST.0 && text.bytes().all(fits)
}

impl Trace {
    /// The trace that the headers name; where they name none, a new one that is recorded or not.
    fn of(parent: Option<&str>, state: Option<&str>, records: bool) -> Trace {
        let new = hex(&random::<24>());
        let (id, span) = new.split_at(32);
        match parent.and_then(parsed) {
            Some((id, parent, flags)) => Trace {
                id: id.to_owned(),
                parent: Some(parent.to_owned()),
                span: span.to_owned(),
                flags: flags.to_owned(),
                state: state.filter(|state| state.len() <= LONGEST.1).map(str::to_owned),
            },
            None => {
                let (id, span, flags) = (id.to_owned(), span.to_owned(), if records { "01" } else { "00" }.to_owned());
                Trace { id, parent: None, span, flags, state: None }
            }
        }
    }
}

/// The trace, the sender's span and the flags of a `traceparent`. A later version of the header begins in the same way.
fn parsed(text: &str) -> Option<(&str, &str, &str)> {
    let mut parts = text.trim().split('-');
    let mut next = |length: usize| {
        let is_hex = |part: &&str| part.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
        parts.next().filter(|part| part.len() == length).filter(is_hex)
    };
    let (version, id, span, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
    let has_more = parts.next().is_some();
    let is_zero = |hex: &str| hex.bytes().all(|b| b == b'0');
    let is_wrong = version == "ff" || (version == "00" && has_more) || is_zero(id) || is_zero(span);
    (!is_wrong).then_some((id, span, flags))
}

/// Bytes that nobody can foresee.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness every trace would be the same one, which harms no call.
    if SystemRandom::new().fill(&mut bytes).is_err() {
        bytes = [1; N];
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Trace, is_id};

    #[test]
    fn a_trace_is_continued_or_begun() {
        let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        for (parent, is_continued) in [
            (format!("00-{trace}-{span}-01"), true),
            (format!("cc-{trace}-{span}-01-what-comes-later"), true),
            (format!("00-{trace}-{span}-01-more"), false),
            (format!("ff-{trace}-{span}-01"), false),
            (format!("00-{}-{span}-01", "0".repeat(32)), false),
            (format!("00-{trace}-{}-01", "0".repeat(16)), false),
            (format!("00-{}-{span}-01", trace.to_uppercase()), false),
            (format!("00-{trace}-{span}"), false),
            (String::new(), false),
        ] {
            let found = Trace::of(Some(&parent), Some("a=1"), false);
            assert_eq!(found.id == trace, is_continued, "{parent}");
            assert_eq!(found.parent.as_deref() == Some(span), is_continued, "{parent}");
            assert_eq!(found.flags == "01", is_continued, "{parent}");
            assert_eq!(found.state.is_some(), is_continued, "{parent}");
            assert!(found.id.len() == 32 && found.span.len() == 16 && found.span != span, "{found:?}");
        }
        assert_ne!(Trace::of(None, None, false).id, Trace::of(None, None, false).id);
        assert_eq!(Trace::of(None, None, true).flags, "01");
    }

    #[test]
    fn only_ids_are_taken_for_ids() {
        for (text, is) in [
            ("7f3c-22", true),
            ("4bf92f3577b34da6:1", true),
            ("", false),
            ("Jane Doe", false),
            ("a\u{e9}", false),
            ("{\"a\":1}", false),
        ] {
            assert_eq!(is_id(text), is, "{text}");
        }
        assert!(!is_id(&"a".repeat(129)));
    }
}
