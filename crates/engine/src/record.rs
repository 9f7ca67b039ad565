//! The record of a decision: what is needed to come to it again, so that a year later one can say why a card was
//! shown, and whether it would be shown still.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use cds_hooks::profile::Profile;
use document::Document;
use domain::time::Clock;
use fhir::fetched::Fetched;
use fingerprint::{hash, share};
use knowledge::files::Files;

use super::answer::Recipient;
use super::decide::Decision;

/// What decides: the program, its library and a site's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Version of the program.
    pub program: String,
    /// Hash of the library's files.
    pub library: String,
    /// Hash of the policy, if there is one.
    pub policy: Option<String>,
}

/// A recorded decision.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its id.
    pub id: String,
    /// The clock of the decision, with its zone.
    pub at: String,
    /// Id of the service.
    pub service: String,
    /// The hook.
    pub hook: String,
    /// The call's own id.
    pub instance: String,
    /// The client by its name in the settings.
    pub client: Option<String>,
    /// What the settings said that the client can take; without it the call shows it.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// URL of the service, which stands in the cards' links.
    pub public_url: Option<String>,
    /// What decided.
    pub edition: Edition,
    /// Hash of the body of the request as it came.
    pub request_hash: String,
    /// Hash of what the FHIR server answered.
    pub fetched_hash: String,
    /// Whether the FHIR server was asked for anything: if not, the request is all that is needed.
    pub asked: bool,
    /// Hash of the cards, or of the refusal.
    pub cards_hash: String,
    /// How many cards there were; none when the call was refused.
    pub cards: Option<usize>,
    /// The assessment, in which values and references of the record stand; only together with the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Box<RawValue>>,
    /// The inputs, where the site keeps them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// The inputs of a decision.
#[derive(Debug, Serialize, Deserialize)]
pub struct Content {
    /// The body of the request without the access that it brought.
    pub request: String,
    /// What the FHIR server answered.
    pub fetched: Fetched,
}

/// Where and when a decision was made.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// What decides.
    pub edition: &'a Edition,
    /// Id of the service.
    pub service: &'a str,
    /// The client by its name in the settings.
    pub client: Option<&'a str>,
    /// For whom the answer was written.
    pub recipient: Recipient<'a>,
    /// The clock of the decision.
    pub clock: &'a Clock,
}

impl Edition {
    /// The edition of this program with these files and this policy.
    pub fn of(files: &Files, policy: Option<&str>) -> Edition {
        Edition {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            library: hash(files.0.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()])),
            policy: policy.map(|text| hash([text.as_bytes()])),
        }
    }

    /// The edition in short, as notes carry it.
    pub fn short(&self) -> String {
        let start = |hash: &str| hash.chars().take(12).collect::<String>();
        let policy = self.policy.as_deref().map(|hash| format!(" policy {}", start(hash)));
        format!("{} library {}{}", self.program, start(&self.library), policy.unwrap_or_default())
    }

    /// What is another here than there, in words; nothing when they are the same.
    pub fn differences(&self, then: &Edition) -> Vec<String> {
        let short =
            |hash: &Option<String>| hash.as_ref().map_or("none".to_owned(), |hash| hash.chars().take(12).collect());
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

/// Whether a call is recorded where such a share of all calls is. The same call always is or never, on whichever replica, so that one instance's calls
/// are found together.
pub fn is_sampled(sampled: f64, instance: &str, body: &str) -> bool {
    let seed = if instance.is_empty() { body } else { instance };
    sampled > 0.0 && (sampled >= 1.0 || share(seed) < sampled)
}

impl Record {
    /// The record of a call that was answered or refused. With `content` the inputs are kept, which are patient data.
    pub fn of(
        setting: Setting<'_>,
        call: &HookCall<'_>,
        body: &Document<'_>,
        fetched: Fetched,
        answered: Result<&Decision<'_>, &CallError>,
        content: bool,
    ) -> Record {
        let at = setting.clock.exact();
        let request_hash = hash([body.text().as_bytes()]);
        let seed = format!("{}/{}/{at}/{request_hash}", call.instance, setting.service);
        let assessed = answered.ok().filter(|_| content).map(|decision| &decision.assessments);
        let assessment = assessed.and_then(|assessment| serde_json::value::to_raw_value(assessment).ok());
        Record {
            id: Uuid::new_v5(&Uuid::NAMESPACE_OID, seed.as_bytes()).to_string(),
            at,
            service: setting.service.to_owned(),
            hook: call.hook.to_string(),
            instance: call.instance.clone(),
            client: setting.client.map(str::to_owned),
            public_url: setting.recipient.public_url.map(str::to_owned),
            profile: setting.recipient.profile,
            edition: setting.edition.clone(),
            request_hash,
            fetched_hash: of_json(&fetched),
            asked: !fetched.asked.is_empty(),
            cards_hash: of_answer(answered),
            cards: answered.ok().map(|decision| decision.cards.len()),
            assessment,
            content: content.then(|| Content { request: without_access(body), fetched }),
        }
    }
}

/// The hash of the cards, or of the refusal.
pub fn of_answer(answered: Result<&Decision<'_>, &CallError>) -> String {
    match answered {
        Ok(decision) => of_json(&decision.cards),
        Err(error) => hash([error.code.as_bytes(), error.message.as_bytes()]),
    }
}

fn of_json(value: &impl Serialize) -> String {
    hash([serde_json::to_vec(value).unwrap_or_default().as_slice()])
}

/// The body without `fhirAuthorization`, all else to the letter: its token could open the record to whoever reads this.
fn without_access(body: &Document<'_>) -> String {
    let Some(object) = body.root().object() else { return String::new() };
    let members = object.members().filter(|(name, _)| *name != "fhirAuthorization");
    let members = members.map(|(name, node)| format!("{}:{}", serde_json::Value::from(&*name), node.text()));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::{Edition, is_sampled, without_access};
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
        let (one, two) = (Edition::of(&files, None), Edition::of(&other, Some("silent = []")));
        assert_eq!(one.differences(&one), Vec::<String>::new());
        let said = two.differences(&one).join("; ");
        assert!(said.contains("the library differs") && said.contains("the policy differs: none then"), "{said}");
    }
}
