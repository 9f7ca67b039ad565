//! The check of a call's token, step by step: the header, the token, the client that it names, the signature by a key of
//! that client, the claims, and last whether the token was used before. No claim is trusted before the signature is
//! checked, except the issuer, which only chooses the keys.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use jiff::Zoned;

use super::Caller;
use super::jti::{SharedMemory, TokenId, TokenUse, UsedTokens};
use super::key_sets::{ClientKeys, Sources};
use super::token::{Cause, Expected, Token, short};
use crate::config::{Authentication, Settings};

/// Authenticates calls.
#[derive(Debug)]
pub struct Authenticator {
    pub(super) settings: Authentication,
    pub(super) public_url: Option<String>,
    pub(super) most_bytes: usize,
    sources: Sources,
    /// The clients by their issuer (`iss`).
    pub(super) clients: HashMap<String, (Caller, ClientKeys)>,
    used: Arc<UsedTokens>,
}

/// The refusal of a token takes at least so long and otherwise a multiple of it, so that its time does not tell how far
/// the token got: whether its issuer is known, for one.
const REFUSAL: Duration = Duration::from_millis(20);

/// Why a call is refused.
#[derive(Debug)]
pub enum Rejection {
    /// The token is not valid; with the client that it names, if there is one.
    Unauthenticated(Option<Caller>, Cause),
    /// The token is valid, but whether it was used before cannot be decided.
    Undecided(Caller),
}

impl Authenticator {
    /// An authenticator for the clients of the settings. It reads their files of keys. What the one `before` has seen, tokens
    /// and keys, it knows as well.
    ///
    /// # Errors
    ///
    /// A file of keys cannot be used, or a `jku` may not be read; the message names the setting.
    pub fn new(
        settings: &Settings,
        shared: Option<Arc<dyn SharedMemory>>,
        before: Option<&Authenticator>,
    ) -> Result<Authenticator, String> {
        let mut sources = Sources::new(&settings.authentication, before.map(|before| &before.sources))?;
        let mut clients = HashMap::new();
        for (name, client) in &settings.clients {
            let keys = sources.of_client(name, client)?;
            let caller = Caller { name: name.as_str().into(), client: Arc::new(client.clone()), tenant: None };
            clients.insert(client.issuer.clone(), (caller, keys));
        }
        Ok(Authenticator {
            public_url: settings.public_url.as_ref().map(|url| url.text().to_owned()),
            most_bytes: settings.limits.token_bytes.get(),
            used: match before {
                Some(before) => before.used.clone(),
                None => Arc::new(UsedTokens::new(settings.authentication.remembered.get(), shared)),
            },
            settings: settings.authentication.clone(),
            sources,
            clients,
        })
    }

    /// Starts to read keys in the background, on the runtime of the caller.
    pub fn start(&self) {
        self.sources.start();
    }

    /// The client that calls the URL of this path, with these headers, at this moment.
    ///
    /// # Errors
    ///
    /// Why the call is refused.
    pub async fn authenticate(&self, headers: &HeaderMap, path: &str, now: &Zoned) -> Result<Caller, Rejection> {
        let begun = Instant::now();
        let decided = self.decide(headers, path, now).await;
        if let Err(Rejection::Unauthenticated(..)) = decided {
            tokio::time::sleep(until_refusal(begun.elapsed())).await;
        }
        decided
    }

    /// The names of the keys that are known now, by client.
    pub fn key_names(&self) -> BTreeMap<String, Vec<String>> {
        let names = |keys: &ClientKeys| {
            let keys = keys.all().into_iter().filter_map(|(_, keys)| keys);
            let mut names: Vec<String> = keys.flat_map(|keys| keys.names()).collect();
            names.sort();
            names
        };
        self.clients.values().map(|(caller, keys)| (caller.name.to_string(), names(keys))).collect()
    }

    async fn decide(&self, headers: &HeaderMap, path: &str, now: &Zoned) -> Result<Caller, Rejection> {
        let unknown = |cause| Rejection::Unauthenticated(None, cause);
        let text = bearer(headers, self.most_bytes).map_err(unknown)?;
        let token = Token::parse(text, &self.settings.algorithms).map_err(unknown)?;
        let Some((caller, keys)) = self.clients.get(&token.claims.iss) else {
            return Err(unknown(Cause::new(
                "issuer",
                format!("no client has the issuer {}", short(&token.claims.iss)),
            )));
        };
        let rejected = |cause| Rejection::Unauthenticated(Some(caller.clone()), cause);
        if !keys.of(&token).await.map_err(rejected)?.iter().any(|key| token.is_signed_with(key)) {
            return Err(rejected(Cause::new("signature", "it was not made with the key that the token names")));
        }
        let urls = urls(self.public_url.as_deref(), path);
        let aliases = self.settings.audiences.iter().chain(&caller.client.audiences);
        let expected = Expected {
            audiences: urls.iter().chain(aliases).map(String::as_str).collect(),
            tenants: &caller.client.tenants,
            skew: self.settings.skew_s.get() as f64,
            lifetime: self.settings.lifetime_s.get() as f64,
        };
        let moment = now.timestamp().as_duration().as_secs_f64();
        token.check(&expected, moment).map_err(rejected)?;
        // Last, so that only a valid token takes a place in the memory. The check above bounds `exp`.
        let until = (token.claims.exp + expected.skew).ceil() as i64;
        let id = TokenId::new(&token.claims.iss, &token.claims.jti);
        match self.used.remember(&caller.name, id, until, moment as i64, self.settings.store_ms.duration()).await {
            TokenUse::First => Ok(Caller { tenant: token.claims.tenant.as_deref().map(Arc::from), ..caller.clone() }),
            TokenUse::Repeated => Err(rejected(Cause::new("replayed", "its `jti` came before"))),
            TokenUse::Unknown => Err(Rejection::Undecided(caller.clone())),
        }
    }
}

/// How long a refusal that took so long is still held back.
fn until_refusal(elapsed: Duration) -> Duration {
    let steps = elapsed.as_nanos() / REFUSAL.as_nanos() + 1;
    (REFUSAL * u32::try_from(steps).unwrap_or(u32::MAX)).saturating_sub(elapsed)
}

/// The URLs of this service that a token for this path may name as its audience. The standard does not say what a token
/// for feedback must name, so the URL of the service is accepted as well.
pub(super) fn urls(public_url: Option<&str>, path: &str) -> Vec<String> {
    let Some(base) = public_url else { return Vec::new() };
    let base = base.strip_suffix('/').unwrap_or(base);
    [Some(path), path.strip_suffix("/feedback")].into_iter().flatten().map(|path| format!("{base}{path}")).collect()
}

/// The token in the `Authorization` header.
fn bearer(headers: &HeaderMap, most: usize) -> Result<&str, Cause> {
    let mut all = headers.get_all(AUTHORIZATION);
    let missing = || Cause::new("missing", "the call has no Authorization header");
    let value = all.next().ok_or_else(missing)?;
    if all.next().is_some() {
        return Err(Cause::new("malformed", "the call has several Authorization headers"));
    }
    if value.len() > most {
        return Err(Cause::new("too-long", format!("the token is larger than {most} bytes (limits.token-bytes)")));
    }
    let text = value.to_str().map_err(|_| Cause::new("malformed", "the Authorization header is not ASCII"))?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => Ok(token.trim()),
        _ => Err(Cause::new("malformed", "the Authorization header is not `Bearer TOKEN`")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{until_refusal, urls};

    #[test]
    fn a_refusal_takes_the_same_time_whatever_the_cause() {
        for (elapsed, whole) in [(0, 20_000), (300, 20_000), (9_900, 20_000), (19_999, 20_000), (20_000, 40_000)] {
            let elapsed = Duration::from_micros(elapsed);
            assert_eq!(elapsed + until_refusal(elapsed), Duration::from_micros(whole), "{elapsed:?}");
        }
    }

    #[test]
    fn feedback_may_name_its_service() {
        for (base, path, expected) in [
            ("https://cds.example", "/cds-services", &["https://cds.example/cds-services"][..]),
            ("https://cds.example/base/", "/cds-services/a", &["https://cds.example/base/cds-services/a"]),
            (
                "https://cds.example",
                "/cds-services/a/feedback",
                &["https://cds.example/cds-services/a/feedback", "https://cds.example/cds-services/a"],
            ),
        ] {
            assert_eq!(urls(Some(base), path), expected, "{base} {path}");
        }
        assert!(urls(None, "/cds-services").is_empty(), "only aliases count");
    }
}
