//! From an HTTP answer to the text of a FHIR resource, or to what is wrong with it.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};

use super::address::{Forbidden, Unknown};
use super::failure::{Access, Distrust, Failure};
use crate::fhir::bundle::entries;
use crate::fhir::json::{Node, Object};
use crate::fhir::resource::resource;

/// What a query asks for.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'q> {
    /// A resource of this type.
    One(&'q str),
    /// A Bundle with resources of this type.
    Search(&'q str),
}

/// The text of the resource that a 200 answer carries, at most so many bytes of it.
pub async fn text(response: Response, expected: Expected<'_>, access: Access, limit: usize) -> Result<String, Failure> {
    if let Some(failure) = failed(response.status(), access).or_else(|| of_type(response.headers())) {
        return Err(failure);
    }
    let text = String::from_utf8(body(response, limit).await?).map_err(|_| Failure::NotJson)?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    judge(&text, expected)?;
    Ok(text)
}

/// What an error of the client below means.
pub fn not_sent(error: &fhir_sdk::client::Error) -> Failure {
    if let Some(forbidden) = cause::<Forbidden>(error) {
        return Failure::Address(*forbidden);
    }
    if cause::<Unknown>(error).is_some() {
        return Failure::UnknownName;
    }
    if let Some(error) = cause::<rustls::Error>(error) {
        return Failure::Tls(untrusted(error));
    }
    match cause::<reqwest::Error>(error) {
        Some(error) if error.is_timeout() => Failure::TimedOut,
        Some(error) if error.is_connect() => Failure::Unreachable,
        Some(_) => Failure::CutOff,
        None => Failure::Unreachable,
    }
}

/// What is wrong with the other side's TLS, as an operator would mend it.
fn untrusted(error: &rustls::Error) -> Distrust {
    use rustls::CertificateError::{Expired, ExpiredContext, NotValidForName, NotValidForNameContext, UnknownIssuer};
    match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            Expired | ExpiredContext { .. } => Distrust::Expired,
            NotValidForName | NotValidForNameContext { .. } => Distrust::OtherName,
            UnknownIssuer => Distrust::UnknownIssuer,
            _ => Distrust::Certificate,
        },
        _ => Distrust::Protocol,
    }
}

/// The failure that a status stands for.
fn failed(status: StatusCode, access: Access) -> Option<Failure> {
    Some(match status.as_u16() {
        200 => return None,
        401 => Failure::Unauthorized(access),
        403 => Failure::Forbidden,
        404 => Failure::NotFound,
        410 => Failure::Gone,
        429 => Failure::Throttled,
        300..=399 => Failure::Redirect,
        status @ 500..=599 => Failure::Server(status),
        status => Failure::Status(status),
    })
}

/// The failure that a media type stands for; one that says little is left to the body.
fn of_type(headers: &HeaderMap) -> Option<Failure> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let kind = value.split(';').next().unwrap_or_default().trim();
    match kind {
        "text/html" | "application/xhtml+xml" => Some(Failure::Html),
        kind if kind.ends_with("/xml") || kind.ends_with("+xml") => Some(Failure::Xml),
        _ => None,
    }
}

/// The body, unpacked; more than the limit is never held.
async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut body: Vec<u8> = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body),
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(Failure::TooLarge),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(error) if error.is_timeout() => return Err(Failure::TimedOut),
            Err(_) => return Err(Failure::CutOff),
        }
    }
}

/// Whether the body is what was asked for.
fn judge(text: &str, expected: Expected<'_>) -> Result<(), Failure> {
    let node = match Node::parse(text) {
        Ok(node) => node,
        Err(_) if text.trim().is_empty() => return Err(Failure::Empty),
        Err(_) if text.trim_start().starts_with('<') => {
            return Err(if text.to_ascii_lowercase().contains("<html") { Failure::Html } else { Failure::Xml });
        }
        Err(error) if error.is_eof() => return Err(Failure::CutOff),
        Err(_) => return Err(Failure::NotJson),
    };
    let object = node.object().ok_or(Failure::NotFhir)?;
    let kind = object.string("resourceType").ok_or(Failure::NotFhir)?;
    match (expected, kind.as_ref()) {
        (_, "OperationOutcome") => Err(Failure::Outcome),
        (Expected::One(wanted), kind) if kind == wanted => Ok(()),
        (Expected::Search(wanted), "Bundle") if answers(&object, wanted) => Ok(()),
        _ => Err(Failure::OtherResource),
    }
}

/// Whether a Bundle can be the answer to a search for this type: it is empty, or holds one of it.
fn answers(bundle: &Object<'_>, wanted: &str) -> bool {
    let kinds: Vec<String> = entries(bundle).0.into_iter().filter_map(resource).map(|found| found.kind).collect();
    kinds.is_empty() || kinds.iter().any(|kind| kind == wanted)
}

/// The cause of this type behind an error; those inside an I/O error are among them.
fn cause<'e, E: std::error::Error + 'static>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        next = match inner {
            Some(inner) => Some(inner as &(dyn std::error::Error + 'static)),
            None => error.source(),
        };
    }
    None
}
