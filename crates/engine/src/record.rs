//! The record of a decision: everything that is needed to make the decision again, so that a year later one can say why
//! a card was shown, and whether it would still be shown.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use cds_hooks::author::Author;
use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use cds_hooks::profile::{Profile, SummaryHook};
use document::Document;
use domain::hook::Hook;
use domain::time::Clock;
use fhir::fetched::Fetched;
use fingerprint::{hash, share};
use knowledge::files::Files;

use super::answer::Recipient;
use super::decide::Decision;

/// What decides: the version of the program, of its library and of the site's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnowledgeVersion {
    /// Version of the program, such as `0.1.0`.
    pub program: String,
    /// Hash of the library's files, in hexadecimal digits.
    pub library: String,
    /// Hash of the policy, in hexadecimal digits, if the site has one.
    pub policy: Option<String>,
}

/// A recorded decision, as JSON in the store.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRecord {
    /// A UUID, derived from the call and its moment.
    pub id: String,
    /// The moment of the decision with its time zone, as `Clock::exact` writes it.
    pub at: String,
    /// Id of the service, such as `tocilizumab-order-sign`.
    pub service: String,
    /// Name of the hook, such as `order-sign`.
    pub hook: String,
    /// `hookInstance` of the call.
    pub instance: String,
    /// Name of the client in the settings, when the call was authenticated.
    pub client: Option<String>,
    /// The organisation, as the client's JWT names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The profile of the client in the settings; `None` when it was found from the call.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// At which hook the client gets the card of the whole assessment.
    #[serde(default = "at_both_hooks")]
    pub summary: SummaryHook,
    /// `public-url` of the settings, with which the links of cards begin.
    pub public_url: Option<String>,
    /// Whether the answer carried the cards: `live`, or `silent`.
    #[serde(default = "live")]
    pub mode: String,
    /// The knowledge that decided.
    #[serde(rename = "edition")]
    pub version: KnowledgeVersion,
    /// Hash of the body of the request, byte for byte.
    pub request_hash: String,
    /// Hash of the answers of the FHIR server.
    pub fetched_hash: String,
    /// Whether the FHIR server was asked for anything. If not, the request is all that is needed to decide again.
    pub asked: bool,
    /// Hash of the cards, or of the error when the call was refused.
    pub cards_hash: String,
    /// How many cards the answer had; `None` when the call was refused.
    pub cards: Option<usize>,
    /// The assessment, which holds values and references of the patient; only together with the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Box<RawValue>>,
    /// The inputs, where the site keeps them (`record.content`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// Records from before there was a choice show the card at both hooks.
fn at_both_hooks() -> SummaryHook {
    SummaryHook::Both
}

/// Records from before there was a silent mode are those of answers with their cards.
fn live() -> String {
    "live".to_owned()
}

/// The inputs of a decision.
#[derive(Debug, Serialize, Deserialize)]
pub struct Content {
    /// The body of the request without `fhirAuthorization`.
    pub request: String,
    /// The answers of the FHIR server.
    pub fetched: Fetched,
}

/// The circumstances of a decision besides its inputs.
#[derive(Clone, Copy)]
pub struct DecisionContext<'a> {
    /// The knowledge that decides.
    pub version: &'a KnowledgeVersion,
    /// Id of the service.
    pub service: &'a str,
    /// Name of the client in the settings, when the call was authenticated.
    pub client: Option<&'a str>,
    /// The organisation, as the client's JWT names it.
    pub organization: Option<&'a str>,
    /// Whether the answer carries the cards: `live`, or `silent`.
    pub mode: &'a str,
    /// The recipient of the answer.
    pub recipient: Recipient<'a>,
    /// The moment of the decision.
    pub clock: &'a Clock,
}

impl KnowledgeVersion {
    /// The version of this program with the files of a library and the text of a policy.
    pub fn of(files: &Files, policy: Option<&str>) -> KnowledgeVersion {
        KnowledgeVersion {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            library: hash(files.0.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()])),
            policy: policy.map(|text| hash([text.as_bytes()])),
        }
    }

    /// The beginning of the library's hash, by which it is named wherever people compare it.
    pub fn library_digest(&self) -> &str {
        beginning(&self.library)
    }

    /// The beginning of the policy's hash; `none` without a policy.
    pub fn policy_digest(&self) -> &str {
        self.policy.as_deref().map_or("none", beginning)
    }

    /// The version in one line with shortened hashes, as the store keeps it with each card.
    pub fn short(&self) -> String {
        let policy = self.policy.as_deref().map(|hash| format!(" policy {}", beginning(hash)));
        format!("{} library {}{}", self.program, self.library_digest(), policy.unwrap_or_default())
    }

    /// A sentence for each part in which this version differs from an earlier one; empty when they are the same.
    pub fn differences(&self, then: &KnowledgeVersion) -> Vec<String> {
        let short = |hash: &Option<String>| hash.as_deref().map_or("none", beginning).to_owned();
        let (library, before) = (Some(self.library.clone()), Some(then.library.clone()));
        [
            ("program", self.program.clone(), then.program.clone()),
            ("library", short(&library), short(&before)),
            ("policy", short(&self.policy), short(&then.policy)),
        ]
        .into_iter()
        .filter(|(_, now, then)| now != then)
        .map(|(what, now, then)| format!("the {what} differs: {then} then, {now} now"))
        .collect()
    }
}

/// The first digits of a hash: enough to tell versions apart.
fn beginning(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// Whether a call is recorded, when a share of all calls is (`sampled`, from 0 to 1). All calls of one `hookInstance` are
/// recorded or none is, on every replica, so that they can be looked at together.
pub fn is_sampled(sampled: f64, instance: &str, body: &str) -> bool {
    let seed = if instance.is_empty() { body } else { instance };
    sampled > 0.0 && (sampled >= 1.0 || share(seed) < sampled)
}

impl DecisionRecord {
    /// The record of a call that was answered or refused. With `content` it holds the inputs, which are patient data.
    pub fn of(
        context: DecisionContext<'_>,
        call: &HookCall<'_>,
        body: &Document<'_>,
        fetched: Fetched,
        answered: Result<&Decision<'_>, &CallError>,
        content: bool,
    ) -> DecisionRecord {
        let at = context.clock.exact();
        let request_hash = hash([body.text().as_bytes()]);
        let seed = format!("{}/{}/{at}/{request_hash}", call.instance, context.service);
        let assessed = answered.ok().filter(|_| content).map(|decision| &decision.assessments);
        let assessment = assessed.and_then(|assessment| serde_json::value::to_raw_value(assessment).ok());
        DecisionRecord {
            id: Uuid::new_v5(&Uuid::NAMESPACE_OID, seed.as_bytes()).to_string(),
            at,
            service: context.service.to_owned(),
            hook: call.hook.to_string(),
            instance: call.instance.clone(),
            client: context.client.map(str::to_owned),
            organization: context.organization.map(str::to_owned),
            public_url: context.recipient.public_url.map(str::to_owned),
            profile: context.recipient.profile,
            summary: context.recipient.summary,
            mode: context.mode.to_owned(),
            version: context.version.clone(),
            request_hash,
            fetched_hash: of_json(&fetched),
            asked: !fetched.asked.is_empty(),
            cards_hash: of_answer(answered),
            cards: answered.ok().map(|decision| decision.cards.len()),
            assessment,
            content: content.then(|| Content { request: without_access(body), fetched }),
        }
    }

    /// Hands the recorded request to the code that decides on it again, with the moment at which it was made, and for
    /// the same recipient.
    ///
    /// # Errors
    ///
    /// The moment or the request cannot be read; the sentence says which.
    pub fn again<T>(
        &self,
        request: &str,
        author: &dyn Author,
        decide: impl FnOnce(&HookCall<'_>, &Clock, &Recipient<'_>) -> T,
    ) -> Result<T, String> {
        let clock = Clock::from_exact(&self.at).ok_or_else(|| format!("`{}` is no moment", self.at))?;
        let document = Document::parse(request).map_err(|error| error.to_string())?;
        let call = HookCall::read(&document, Some(&Hook::from_name(&self.hook))).map_err(|error| error.message)?;
        let recipient =
            Recipient { profile: self.profile, public_url: self.public_url.as_deref(), summary: self.summary, author };
        Ok(decide(&call, &clock, &recipient))
    }
}

/// The hash of the cards, or of the error when the call was refused.
pub fn of_answer(answered: Result<&Decision<'_>, &CallError>) -> String {
    match answered {
        Ok(decision) => of_json(&decision.cards),
        Err(error) => hash([error.code.as_bytes(), error.message.as_bytes()]),
    }
}

fn of_json(value: &impl Serialize) -> String {
    hash([serde_json::to_vec(value).unwrap_or_default().as_slice()])
}

/// The body without `fhirAuthorization`, since anyone who reads the record could use its token. The rest is unchanged.
fn without_access(body: &Document<'_>) -> String {
    let Some(object) = body.root().object() else { return String::new() };
    let members = object.members().filter(|(name, _)| *name != "fhirAuthorization");
    let members = members.map(|(name, node)| format!("{}:{}", serde_json::Value::from(&*name), node.text()));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::{KnowledgeVersion, is_sampled, without_access};
    use document::Document;
    use knowledge::files::Files;

    #[test]
    fn the_access_is_taken_out_and_all_else_stays_to_the_letter() {
        let body = r#"{"hook":"x", "fhirAuthorization":{"access_token":"s3cret"},"n":7.20,"fhirAuth\u006frization":{"access_token":"s3cret"},"é":[1e2]}"#;
        let without = |text: &str| without_access(&Document::parse(text).expect("JSON"));
        assert_eq!(without(body), r#"{"hook":"x","n":7.20,"é":[1e2]}"#);
        assert_eq!(without("[]"), "");
    }

    #[test]
    fn a_call_is_always_sampled_or_never() {
        let of = |share, instance: &str| is_sampled(share, instance, "body");
        assert!(of(1.0, "a") && !of(0.0, "a"));
        let sampled = (0..1000).filter(|n| of(0.5, &n.to_string())).count();
        assert!((400..600).contains(&sampled), "{sampled}");
        assert!((0..1000).all(|n| of(0.5, &n.to_string()) == of(0.5, &n.to_string())));
    }

    #[test]
    fn another_library_or_policy_is_named() {
        let files = Files::embedded();
        let mut other = files.clone();
        other.0.insert("x.toml".to_owned(), String::new());
        let (one, two) = (KnowledgeVersion::of(&files, None), KnowledgeVersion::of(&other, Some("silent = []")));
        assert_eq!(one.differences(&one), Vec::<String>::new());
        let said = two.differences(&one).join("; ");
        assert!(said.contains("the library differs") && said.contains("the policy differs: none then"), "{said}");
    }
}
