//! The check of an HTTP answer: it becomes a document with the FHIR resource that was asked for, or a failure.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};

use document::{Document, Limits, Unreadable};
use fhir::failure::{Access, Distrust, Failure};
use fhir::page::Page;
use fhir::refusal::Forbidden;
use fhir::resource::type_of;

use super::address::HostNotFound;
use super::budget::Budget;

/// The resource that a query asks for.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'q> {
    /// A resource of this type.
    One(&'q str),
    /// A Bundle with resources of this type.
    Search(&'q str),
}

impl<'q> Expected<'q> {
    /// The type of resource.
    pub fn resource(self) -> &'q str {
        match self {
            Expected::One(resource) | Expected::Search(resource) => resource,
        }
    }
}

/// The sizes that an answer must keep to.
#[derive(Debug, Clone, Copy)]
pub struct SizeLimits<'b> {
    /// Bytes of one answer, after decompression.
    pub body: usize,
    /// What is left for all answers of the call together.
    pub budget: &'b Budget<'b>,
}

/// Most levels of nesting in an answer; FHIR needs about a dozen.
const DEPTH: usize = 256;
/// Fewest bytes for each value of an answer; a clinical record has about a dozen. With fewer, the index of the values
/// would take several times the memory of the text.
const BYTES_PER_VALUE: usize = 4;
/// An answer of this many bytes or more is parsed on a thread where it delays no other call.
const LARGE: usize = 128 * 1024;

/// The resource in the body of an answer with status 200, parsed.
///
/// # Errors
///
/// The answer has another status, is too large or too late, or is not the resource that was asked for.
pub async fn document(
    response: Response,
    expected: Expected<'_>,
    access: Access,
    room: SizeLimits<'_>,
) -> Result<Document<'static>, Failure> {
    if let Some(failure) = wrong_status(response.status(), access).or_else(|| wrong_type(response.headers())) {
        return Err(failure);
    }
    let text = String::from_utf8(body(response, room).await?).map_err(|_| Failure::NotJson)?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    let document = if text.len() < LARGE {
        parse(text)
    } else {
        tokio::task::spawn_blocking(|| parse(text)).await.unwrap_or(Err(Failure::NotJson))
    }?;
    check(&document, expected)?;
    Ok(document)
}

/// What an error of the HTTP client means.
pub fn not_sent(error: &reqwest::Error) -> Failure {
    if let Some(forbidden) = cause::<Forbidden>(error) {
        return Failure::Address(*forbidden);
    }
    if cause::<HostNotFound>(error).is_some() {
        return Failure::UnknownName;
    }
    if let Some(error) = cause::<rustls::Error>(error) {
        return Failure::Tls(distrust(error));
    }
    if error.is_timeout() {
        Failure::TimedOut
    } else if error.is_connect() {
        Failure::Unreachable
    } else {
        Failure::CutOff
    }
}

/// What is wrong with the TLS of the server, in the terms of the operator who has to repair it.
fn distrust(error: &rustls::Error) -> Distrust {
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

/// The failure that a status means; `None` for 200.
pub fn wrong_status(status: StatusCode, access: Access) -> Option<Failure> {
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

/// The failure that a media type means. Types that are neither HTML nor XML are accepted: the body decides.
fn wrong_type(headers: &HeaderMap) -> Option<Failure> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let kind = value.split(';').next().unwrap_or_default().trim();
    match kind {
        "text/html" | "application/xhtml+xml" => Some(Failure::Html),
        kind if kind.ends_with("/xml") || kind.ends_with("+xml") => Some(Failure::Xml),
        _ => None,
    }
}

/// The body after decompression. Reading stops as soon as it exceeds its limits.
async fn body(mut response: Response, room: SizeLimits<'_>) -> Result<Vec<u8>, Failure> {
    let mut body: Vec<u8> = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body),
            Ok(Some(chunk)) if body.len() + chunk.len() > room.body => return Err(Failure::TooLarge),
            Ok(Some(chunk)) => {
                room.budget.take(chunk.len())?;
                body.extend_from_slice(&chunk);
            }
            Err(error) if error.is_timeout() => return Err(Failure::TimedOut),
            Err(_) => return Err(Failure::CutOff),
        }
    }
}

/// Parses a body.
fn parse(text: String) -> Result<Document<'static>, Failure> {
    let values = text.len() / BYTES_PER_VALUE + 1024;
    let first = text.trim_start();
    if first.is_empty() {
        return Err(Failure::Empty);
    }
    if first.starts_with('<') {
        return Err(if text.to_ascii_lowercase().contains("<html") { Failure::Html } else { Failure::Xml });
    }
    Document::within(text, Limits { depth: DEPTH, values }).map_err(|error| match error {
        Unreadable::Syntax(error) if error.is_eof() => Failure::CutOff,
        Unreadable::TooMany(_) | Unreadable::TooLong => Failure::TooLarge,
        Unreadable::Syntax(_) | Unreadable::TooDeep(_) => Failure::NotJson,
    })
}

/// Checks that the answer is what was asked for.
fn check(document: &Document<'_>, expected: Expected<'_>) -> Result<(), Failure> {
    let object = document.root().object().ok_or(Failure::NotFhir)?;
    let kind = type_of(&object).ok_or(Failure::NotFhir)?;
    match (expected, kind.as_ref()) {
        (_, "OperationOutcome") => Err(Failure::Outcome),
        (Expected::One(wanted), kind) if kind == wanted => Ok(()),
        (Expected::Search(wanted), "Bundle") if answers(&Page::read(document.root()), wanted) => Ok(()),
        _ => Err(Failure::OtherResource),
    }
}

/// Whether a Bundle can be the answer to a search for this type: it is empty, or holds a resource of the type.
fn answers(page: &Page<'_>, wanted: &str) -> bool {
    let resources = page.resources();
    resources.is_empty() || resources.iter().any(|resource| resource.kind == wanted)
}

/// The first error of this type among the causes of an error, also inside an I/O error.
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
