//! Everything that is wrong with a token, in words for the integrator who made it. A caller over HTTP never sees them.

use jiff::Zoned;
use jsonwebtoken::Algorithm;

use super::authenticator::{Authenticator, urls};
use super::key_sets::ClientKeys;
use super::token::{Cause, Expected, Token, short};

/// One thing that was checked about a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFinding {
    /// Whether it is right; `None` for additional information.
    pub is_right: Option<bool>,
    /// What was checked: the code that the log gives as the cause of a refusal.
    pub what: &'static str,
    /// What was found.
    pub detail: String,
}

impl TokenFinding {
    fn right(what: &'static str, detail: impl Into<String>) -> TokenFinding {
        TokenFinding { is_right: Some(true), what, detail: detail.into() }
    }

    fn note(what: &'static str, detail: impl Into<String>) -> TokenFinding {
        TokenFinding { is_right: None, what, detail: detail.into() }
    }
}

impl From<Cause> for TokenFinding {
    fn from(Cause { code, detail }: Cause) -> TokenFinding {
        TokenFinding { is_right: Some(false), what: code, detail }
    }
}

impl Authenticator {
    /// Checks a token as if it came with a call of one of these paths. Keys at a `jku` must be read by
    /// [`Authenticator::start`] on the runtime that this runs on. Whether the token was used before is not checked, so
    /// that it can still be used.
    pub async fn explain(&self, text: &str, paths: &[String], now: &Zoned) -> Vec<TokenFinding> {
        let token = match Token::parse(text, &self.settings.algorithms) {
            Ok(token) => token,
            Err(cause) => return vec![cause.into()],
        };
        let (algorithm, id) = (token.algorithm, short(&token.key_id));
        let mut findings = vec![TokenFinding::right("form", format!("a JWT with alg {algorithm:?} and kid {id}"))];
        if text.len() > self.most_bytes {
            let detail = format!("{} bytes, limits.token-bytes is {}", text.len(), self.most_bytes);
            findings.push(Cause::new("too-long", detail).into());
        }
        let Some((caller, keys)) = self.clients.get(&token.claims.iss) else {
            let known: Vec<&str> = self.clients.keys().map(String::as_str).collect();
            let detail =
                format!("no client has the issuer {}; known are {}", short(&token.claims.iss), known.join(", "));
            findings.push(Cause::new("issuer", detail).into());
            return findings;
        };
        findings.push(TokenFinding::right("issuer", format!("the client {}", caller.name)));
        keys.read().await;
        findings.extend(sources(keys));
        findings.push(signature(&token, keys).await);
        let ours: Vec<String> = paths.iter().flat_map(|path| urls(self.public_url.as_deref(), path)).collect();
        let aliases = self.settings.audiences.iter().chain(&caller.client.audiences);
        let expected = Expected {
            audiences: ours.iter().chain(aliases).map(String::as_str).collect(),
            tenants: &caller.client.tenants,
            skew: self.settings.skew_s.get() as f64,
            lifetime: self.settings.lifetime_s.get() as f64,
        };
        let faults = token.faults(&expected, now.timestamp().as_duration().as_secs_f64());
        if faults.is_empty() {
            findings.push(TokenFinding::right("claims", "audience, times and tenant are right"));
        }
        findings.extend(faults.into_iter().map(TokenFinding::from));
        findings
    }
}

/// The keys of a client, and those that were left out.
fn sources(keys: &ClientKeys) -> Vec<TokenFinding> {
    let mut findings = Vec::new();
    for (source, keys) in keys.all() {
        let Some(keys) = keys else {
            findings.push(Cause::new("keys", format!("{source} could not be read; the log above says why")).into());
            continue;
        };
        findings.push(TokenFinding::note("keys", format!("{source} holds {}", keys.names().join(", "))));
        findings.extend(keys.left_out.iter().map(|reason| TokenFinding::note("keys", format!("left out: {reason}"))));
    }
    findings
}

async fn signature(token: &Token<'_>, keys: &ClientKeys) -> TokenFinding {
    match keys.of(token).await {
        Err(cause) => cause.into(),
        Ok(found) if found.iter().any(|key| token.is_signed_with(key)) => {
            TokenFinding::right("signature", "made with the key that the token names")
        }
        Ok(_) => Cause::new("signature", why_not(token.algorithm)).into(),
    }
}

/// What most often makes a signature wrong.
fn why_not(algorithm: Algorithm) -> String {
    let raw = match algorithm {
        Algorithm::ES256 | Algorithm::ES384 => {
            "; a JWT has the two numbers of the signature one behind the other, not in ASN.1 as many libraries give them"
        }
        _ => "",
    };
    format!("it was not made with the key that the token names, or over another text than this{raw}")
}
