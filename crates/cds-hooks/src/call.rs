//! A call of a hook, read from the body of its request. An error names the member that is wrong.

use std::borrow::Cow;

use super::drafts::{OddEntry, draft_orders};
use super::error::CallError;
use super::members::{body, object, text};
use document::reference::last_part;
use document::{Document, Limits, Node, Object, Unreadable};
use domain::hook::Hook;

/// A call of a hook.
#[derive(Debug)]
pub struct HookCall<'a> {
    /// `hook`.
    pub hook: Hook,
    /// `hookInstance`, a UUID in most calls; empty when it is missing.
    pub instance: String,
    /// `fhirServer`, the base URL of the server with the patient's record.
    pub fhir_server: Option<String>,
    /// `fhirAuthorization`, without which that server is asked without a token.
    pub authorization: Option<Authorization>,
    /// `context.patientId`, without `Patient/`.
    pub patient_id: String,
    /// `context.userId`, such as `Practitioner/1`.
    pub user_id: Option<String>,
    /// `context.encounterId`, without `Encounter/`.
    pub encounter_id: Option<String>,
    /// `context.selections`, references such as `MedicationRequest/1`; `None` when the member is missing.
    pub selections: Option<Vec<String>>,
    /// `context.draftOrders`, a Bundle; empty for a hook without orders.
    pub draft_orders: Object<'a>,
    /// The entries of the draft orders that cannot be read.
    pub odd_orders: Vec<OddEntry>,
    /// The members of `prefetch` by key.
    pub prefetch: Vec<(Cow<'a, str>, Node<'a>)>,
    /// The names of the members of `extension`, which show the product of the client.
    pub extensions: Vec<String>,
}

/// The access to the FHIR server that a call grants. It is never kept longer than the call, and `Debug` shows no token.
pub struct Authorization {
    /// `access_token`.
    pub token: String,
    /// `patient` without `Patient/`: the patient to whom the token is bound.
    pub patient: Option<String>,
    /// Why the token must not be used; `None` when it may be used.
    pub fault: Option<TokenFault>,
}

/// Why a token must not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// `token_type` is not `Bearer`.
    OtherType,
    /// `expires_in` is 0 or less.
    Expired,
}

impl std::fmt::Debug for Authorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorization")
    }
}

impl<'a> HookCall<'a> {
    /// Reads a request for a service of this hook; `None` accepts any hook that has orders.
    ///
    /// # Errors
    ///
    /// A required member is missing or has the wrong type, or the call is of another hook.
    pub fn read(document: &'a Document<'a>, hook: Option<&Hook>) -> Result<HookCall<'a>, CallError> {
        HookCall::of(&body(document)?, hook)
    }

    fn of(request: &Object<'a>, hook: Option<&Hook>) -> Result<HookCall<'a>, CallError> {
        once(request, "the body")?;
        let called = text(request, "hook", "hook")?;
        if let Some(hook) = hook.filter(|hook| hook.name() != called) {
            let message = format!("this service answers `{hook}`, the request says `{}`", quoted(&called));
            return Err(CallError::field("hook", message));
        }
        let context = object(request, "context", "context")?;
        once(&context, "context")?;
        let patient = text(&context, "patientId", "context.patientId")?;
        if last_part(&patient).is_empty() {
            return Err(CallError::field("context.patientId", "has no id in it"));
        }
        let called = Hook::from_name(&called);
        let (draft_orders, odd_orders) = match called {
            Hook::PatientView => Default::default(),
            _ => draft_orders(&context)?,
        };
        let prefetch = request.object("prefetch");
        if let Some(prefetch) = &prefetch {
            once(prefetch, "prefetch")?;
        }
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
            odd_orders,
            prefetch: prefetch.map_or_else(Vec::new, |prefetch| prefetch.members().collect()),
            extensions: request
                .object("extension")
                .map_or_else(Vec::new, |extension| extension.members().map(|(name, _)| name.into_owned()).collect()),
        })
    }
}

/// Parses the body of a request within limits.
///
/// # Errors
///
/// The body is not JSON, or exceeds a limit; the message names the setting.
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

/// Refuses an object in which a name appears twice: parsers differ in which of the two they take.
fn once(object: &Object<'_>, path: &str) -> Result<(), CallError> {
    let repeated = |name: Cow<'_, str>| {
        let name = quoted(&name);
        let message = format!("{path} has two members of the name `{name}`");
        CallError::plain(400, "structure", message)
    };
    object.repeated().map_or(Ok(()), |name| Err(repeated(name)))
}

/// Text of the sender for an error message, shortened, since answers and logs repeat it.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// Why a token must not be used. A type or lifetime that is missing or unreadable is no reason.
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
