//! A call of a hook, read from the request as it came; what is wrong with it is named, member by member.

use std::borrow::Cow;

use super::error::CallError;
use document::reference::last_part;
use document::{Document, Limits, Node, Object, Unreadable};
use domain::hook::Hook;

/// A call of a hook.
#[derive(Debug)]
pub struct HookCall<'a> {
    /// The hook.
    pub hook: Hook,
    /// The call's own id, as sent; empty when it was not.
    pub instance: String,
    /// The FHIR server that the record can be read from.
    pub fhir_server: Option<String>,
    /// What is needed to read from it.
    pub authorization: Option<Authorization>,
    /// Id of the patient, without its type.
    pub patient_id: String,
    /// Who orders, such as `Practitioner/1`.
    pub user_id: Option<String>,
    /// Id of the encounter, without its type.
    pub encounter_id: Option<String>,
    /// What was just selected; `None` when the member is missing.
    pub selections: Option<Vec<String>>,
    /// The Bundle of the orders.
    pub draft_orders: Object<'a>,
    /// The prefetched values by key. What stands beside `prefetch` in the request is none of them.
    pub prefetch: Vec<(Cow<'a, str>, Node<'a>)>,
    /// The names of the request's extensions, which show whose request it is.
    pub extensions: Vec<String>,
}

/// The access that a call brings with it. It dies with the call, and its token is never shown.
pub struct Authorization {
    /// The bearer token.
    pub token: String,
    /// The patient the token is bound to, if it says so.
    pub patient: Option<String>,
    /// Why the token must not be used, if so.
    pub fault: Option<TokenFault>,
}

/// Why a token must not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// It is no bearer token.
    OtherType,
    /// It says itself that it is over.
    Expired,
}

impl std::fmt::Debug for Authorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorization")
    }
}

impl<'a> HookCall<'a> {
    /// Reads a request for a service of this hook; `None` takes any hook that brings orders.
    pub fn read(body: &'a Document<'a>, hook: Option<&Hook>) -> Result<HookCall<'a>, CallError> {
        let node = body.root();
        let Some(request) = node.object() else {
            let message = format!("the body must be a JSON object, not {}", node.kind());
            return Err(CallError::plain(400, "structure", message));
        };
        HookCall::of(&request, hook)
    }

    fn of(request: &Object<'a>, hook: Option<&Hook>) -> Result<HookCall<'a>, CallError> {
        let called = string(request, "hook", "hook")?;
        if let Some(hook) = hook.filter(|hook| hook.name() != called) {
            let message = format!("this service answers `{hook}`, the request says `{}`", quoted(&called));
            return Err(CallError::field("hook", message));
        }
        let context = object(request, "context", "context")?;
        let patient = string(&context, "patientId", "context.patientId")?;
        if last_part(&patient).is_empty() {
            return Err(CallError::field("context.patientId", "has no id in it"));
        }
        let called = Hook::from_name(&called);
        let draft_orders = match called {
            Hook::PatientView => Object::default(),
            _ => object(&context, "draftOrders", "context.draftOrders")?,
        };
        let instance = request.string("hookInstance").unwrap_or_default().into_owned();
        Ok(HookCall {
            hook: called,
            instance,
            fhir_server: request.string("fhirServer").map(Cow::into_owned),
            authorization: request.object("fhirAuthorization").and_then(|auth| {
                let patient = auth.string("patient").map(|p| last_part(&p).to_owned());
                Some(Authorization { token: auth.string("access_token")?.into_owned(), patient, fault: fault(&auth) })
            }),
            patient_id: last_part(&patient).to_owned(),
            user_id: context.string("userId").map(Cow::into_owned),
            encounter_id: context.string("encounterId").map(|id| last_part(&id).to_owned()),
            selections: context
                .get("selections")
                .map(|selections| selections.items().filter_map(Node::string).map(Cow::into_owned).collect()),
            draft_orders,
            prefetch: request.object("prefetch").map_or_else(Vec::new, |prefetch| prefetch.members().collect()),
            extensions: request
                .object("extension")
                .map_or_else(Vec::new, |extension| extension.members().map(|(name, _)| name.into_owned()).collect()),
        })
    }
}

/// Reads the body of a request within limits.
pub fn read_body(text: String, limits: Limits) -> Result<Document<'static>, CallError> {
    Document::within(text, limits).map_err(|error| match error {
        Unreadable::TooDeep(most) => {
            let message = format!("the body is nested more than {most} levels deep (setting limits.depth)");
            CallError::plain(400, "structure", message)
        }
        Unreadable::TooMany(most) => {
            let message = format!("the body holds more than {most} values (setting limits.values)");
            CallError::plain(413, "too-costly", message)
        }
        error => CallError::plain(400, "structure", format!("the body is not JSON: {error}")),
    })
}

/// The sender's own words in an error, which answers and logs repeat: not more than a line of them.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// A type or a lifetime that is not given, or not as it should be, says nothing against the token.
fn fault(authorization: &Object<'_>) -> Option<TokenFault> {
    let lifetime = authorization.get("expires_in").and_then(|node| {
        let text = node.string().map_or_else(|| node.text().to_owned(), Cow::into_owned);
        text.trim().parse::<f64>().ok()
    });
    if authorization.string("token_type").is_some_and(|kind| !kind.trim().eq_ignore_ascii_case("bearer")) {
        Some(TokenFault::OtherType)
    } else {
        lifetime.is_some_and(|seconds| seconds <= 0.0).then_some(TokenFault::Expired)
    }
}

fn string<'a>(object: &Object<'a>, name: &str, path: &str) -> Result<Cow<'a, str>, CallError> {
    match object.get(name) {
        None => Err(CallError::field(path, "is missing")),
        Some(node) => match node.string() {
            Some(text) if text.trim().is_empty() => Err(CallError::field(path, "is empty")),
            Some(text) => Ok(text),
            None => Err(CallError::field(path, format!("must be a string, not {}", node.kind()))),
        },
    }
}

fn object<'a>(outer: &Object<'a>, name: &str, path: &str) -> Result<Object<'a>, CallError> {
    match outer.get(name) {
        None => Err(CallError::field(path, "is missing")),
        Some(node) => {
            node.object().ok_or_else(|| CallError::field(path, format!("must be an object, not {}", node.kind())))
        }
    }
}
