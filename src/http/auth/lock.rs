//! Who holds which token: the header of a call, its token, the client that it names, the keys of that client, and what
//! the token claims, in an order in which nothing is believed before it is proven.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use jiff::Zoned;

use super::Caller;
use super::jti::{Memory, SeenTokens, Shared, TokenId};
use super::key_sets::{ClientKeys, Sources};
use super::token::{Cause, Measure, Token, short};
use crate::config::{Authentication, Settings};

/// What it takes to know a client.
#[derive(Debug)]
pub struct Lock {
    settings: Authentication,
    public_url: Option<String>,
    most_bytes: usize,
    sources: Sources,
    /// By issuer.
    clients: HashMap<String, (Caller, ClientKeys)>,
    seen: SeenTokens,
}

/// Why a call is not let in.
#[derive(Debug)]
pub enum Turned {
    /// We do not know who it is.
    Unknown(Option<Caller>, Cause),
    /// We do, but cannot tell whether its token was used before.
    Unsure(Caller),
}

impl Lock {
    /// The lock for the clients of these settings; files of keys are read here and now.
    pub fn new(settings: &Settings, shared: Option<Arc<dyn Shared>>) -> Result<Lock, String> {
        let mut sources = Sources::new(&settings.authentication)?;
        let mut clients = HashMap::new();
        for (name, client) in &settings.clients {
            let keys = sources.of_client(name, client)?;
            let caller = Caller { name: name.as_str().into(), client: Arc::new(client.clone()) };
            clients.insert(client.issuer.clone(), (caller, keys));
        }
        Ok(Lock {
            public_url: settings.public_url.as_ref().map(|url| url.text().to_owned()),
            most_bytes: settings.limits.token_bytes.get(),
            seen: SeenTokens::new(settings.authentication.remembered.get(), shared),
            settings: settings.authentication.clone(),
            sources,
            clients,
        })
    }

    /// Begins to read keys, in the background of this runtime.
    pub fn start(&self) {
        self.sources.start();
    }

    /// The caller of a URL's path, proven.
    pub async fn admit(&self, headers: &HeaderMap, path: &str, now: &Zoned) -> Result<Caller, Turned> {
        let unknown = |cause| Turned::Unknown(None, cause);
        let text = bearer(headers, self.most_bytes).map_err(unknown)?;
        let token = Token::parse(text, &self.settings.algorithms).map_err(unknown)?;
        let Some((caller, keys)) = self.clients.get(&token.claims.iss) else {
            return Err(unknown(Cause::new(
                "issuer",
                format!("no client has the issuer {}", short(&token.claims.iss)),
            )));
        };
        let turned = |cause| Turned::Unknown(Some(caller.clone()), cause);
        if !keys.of(&token).await.map_err(turned)?.iter().any(|key| token.is_signed_with(key)) {
            return Err(turned(Cause::new("signature", "it was not made with the key that the token names")));
        }
        let urls = urls(self.public_url.as_deref(), path);
        let aliases = self.settings.audiences.iter().chain(&caller.client.audiences);
        let measure = Measure {
            audiences: urls.iter().chain(aliases).map(String::as_str).collect(),
            tenants: &caller.client.tenants,
            skew: self.settings.skew_s.get() as f64,
            lifetime: self.settings.lifetime_s.get() as f64,
        };
        let moment = now.timestamp().as_duration().as_secs_f64();
        token.check(&measure, moment).map_err(turned)?;
        // Last, so that only a genuine token takes a place in the memory. The check above bounds `exp`.
        let until = (token.claims.exp + measure.skew).ceil() as i64;
        let id = TokenId::new(&token.claims.iss, &token.claims.jti);
        match self.seen.remember(&caller.name, id, until, moment as i64).await {
            Memory::First => Ok(caller.clone()),
            Memory::Seen => Err(turned(Cause::new("replayed", "its `jti` came before"))),
            Memory::Unavailable => Err(Turned::Unsure(caller.clone())),
        }
    }
}

/// Our own URLs that a token for this path may name. What feedback is to name no standard says: the service's URL
/// counts as well.
fn urls(public_url: Option<&str>, path: &str) -> Vec<String> {
    let Some(base) = public_url else { return Vec::new() };
    let base = base.strip_suffix('/').unwrap_or(base);
    [Some(path), path.strip_suffix("/feedback")].into_iter().flatten().map(|path| format!("{base}{path}")).collect()
}

/// The one token of a call.
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
    use super::urls;

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
