//! A call of a hook, read from the request as it came; what is wrong with it is named, member by member.

use std::borrow::Cow;

use super::error::CallError;
use crate::fhir::json::{Node, Object};
use crate::fhir::view::last_part;

/// The hook that brings no orders: what is looked at is the treatment that is going on.
pub const PATIENT_VIEW: &str = "patient-view";

/// A call of a hook.
#[derive(Debug)]
pub struct HookCall<'a> {
    /// The hook.
    pub hook: String,
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
    pub prefetch: Vec<(String, Node<'a>)>,
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
    /// Reads a request body for a service of this hook; `None` takes any hook that brings orders.
    pub fn parse(body: &'a str, hook: Option<&str>) -> Result<HookCall<'a>, CallError> {
        let node = Node::parse(body)
            .map_err(|error| CallError::plain(400, "structure", format!("the body is not JSON: {error}")))?;
        let Some(request) = node.object() else {
            let message = format!("the body must be a JSON object, not {}", node.kind());
            return Err(CallError::plain(400, "structure", message));
        };
        HookCall::read(&request, hook)
    }

    fn read(request: &Object<'a>, hook: Option<&str>) -> Result<HookCall<'a>, CallError> {
        let called = string(request, "hook", "hook")?;
        if let Some(hook) = hook.filter(|hook| *hook != called) {
            let message = format!("this service answers `{hook}`, the request says `{called}`");
            return Err(CallError::field("hook", message));
        }
        let context = object(request, "context", "context")?;
        let patient = string(&context, "patientId", "context.patientId")?;
        if last_part(&patient).is_empty() {
            return Err(CallError::field("context.patientId", "has no id in it"));
        }
        let draft_orders = match called.as_ref() {
            PATIENT_VIEW => Object::default(),
            _ => object(&context, "draftOrders", "context.draftOrders")?,
        };
        let instance = request.string("hookInstance").unwrap_or_default().into_owned();
        Ok(HookCall {
            hook: called.into_owned(),
            instance,
            fhir_server: request.string("fhirServer").map(Cow::into_owned),
            authorization: request.object("fhirAuthorization").and_then(|auth| {
                let patient = auth.string("patient").map(|p| last_part(&p).to_owned());
                Some(Authorization { token: auth.string("access_token")?.into_owned(), patient, fault: fault(&auth) })
            }),
            patient_id: last_part(&patient).to_owned(),
            user_id: context.string("userId").map(Cow::into_owned),
            encounter_id: context.string("encounterId").map(|id| last_part(&id).to_owned()),
            selections: context.get("selections").map(|selections| {
                selections.items().into_iter().filter_map(Node::string).map(Cow::into_owned).collect()
            }),
            draft_orders,
            prefetch: request.object("prefetch").map_or_else(Vec::new, |prefetch| {
                prefetch.members().map(|(key, node)| (key.to_owned(), node)).collect()
            }),
            extensions: request
                .object("extension")
                .map_or_else(Vec::new, |extension| extension.members().map(|(name, _)| name.to_owned()).collect()),
        })
    }
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
