//! A JWT as a call brings it: what must stand in its header and its claims. Pure: the moment is an argument, and the
//! keys are somebody else's.

use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, decode_header};
use serde::Deserialize;

use super::keys::Key;
use super::signature::is_signed;
use crate::config;

/// Why a call was not let in: for the log, never for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// A word that does not change.
    pub code: &'static str,
    /// What a person needs beside it.
    pub detail: String,
}

impl Cause {
    /// A cause with its detail.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Cause {
        Cause { code, detail: detail.into() }
    }
}

/// A JWT whose form is right; whether it is genuine is not known yet.
#[derive(Debug)]
pub struct Token<'t> {
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// The name of the key.
    pub key_id: String,
    /// Where the sender says the key can be read.
    pub key_url: Option<String>,
    /// What it claims.
    pub claims: Claims,
    message: &'t str,
    signature: &'t str,
}

/// The claims, all of which must be there but the last two.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Who signed.
    pub iss: String,
    /// The token's own name.
    pub jti: String,
    /// When it ends.
    pub exp: f64,
    aud: Audience,
    iat: f64,
    nbf: Option<f64>,
    tenant: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What a JWT is measured by.
#[derive(Debug)]
pub struct Measure<'m> {
    /// Who we are for this call.
    pub audiences: Vec<&'m str>,
    /// For whom the client may speak; with none, for any.
    pub tenants: &'m [String],
    /// How far clocks may differ, in seconds.
    pub skew: f64,
    /// How long a token may be valid, in seconds.
    pub lifetime: f64,
}

impl<'t> Token<'t> {
    /// Reads a token that is signed with one of these algorithms.
    pub fn parse(text: &'t str, accepted: &[config::Algorithm]) -> Result<Token<'t>, Cause> {
        let malformed = || Cause::new("malformed", "not three parts, or not base64url");
        let (message, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let header = decode_header(text).map_err(|error| match error.kind() {
            ErrorKind::Json(_) => Cause::new("header", "no JSON, an unknown `alg`, or a member of the wrong type"),
            _ => malformed(),
        })?;
        if !accepted.iter().any(|accepted| named(*accepted) == header.alg) {
            return Err(Cause::new("algorithm", format!("{:?} is not in authentication.algorithms", header.alg)));
        }
        if !header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")) {
            return Err(Cause::new("typ", "the header's `typ` must be JWT"));
        }
        if header.crit.is_some() {
            return Err(Cause::new("crit", "the header marks members as critical, and we understand none"));
        }
        let key_id =
            header.kid.filter(|id| !id.is_empty()).ok_or_else(|| Cause::new("kid", "the header has no `kid`"))?;
        let claims: Claims = insecure_decode_claims(text).map_err(|error| match error.kind() {
            ErrorKind::Json(error) => Cause::new("claims", own_words(&error.to_string())),
            _ => malformed(),
        })?;
        if claims.jti.is_empty() {
            return Err(Cause::new("claims", "`jti` is empty"));
        }
        Ok(Token { algorithm: header.alg, key_id, key_url: header.jku, claims, message, signature })
    }

    /// Whether it was signed with this key, used as the header says.
    pub fn is_signed_with(&self, key: &Key) -> bool {
        key.fits(self.algorithm) && is_signed(self.message, self.signature, &key.key, self.algorithm)
    }

    /// Checks the claims at a moment, given in seconds since 1970.
    pub fn check(&self, measure: &Measure<'_>, now: f64) -> Result<(), Cause> {
        let Claims { exp, iat, nbf, .. } = self.claims;
        self.audience(&measure.audiences)?;
        let late = |code, what: &str, by: f64| {
            Err(Cause::new(code, format!("{what} by {by:.0} s, skew allowed {} s", measure.skew)))
        };
        if now >= exp + measure.skew {
            return late("expired", "`exp` is past", now - exp);
        }
        if iat > now + measure.skew {
            return late("not-yet", "`iat` lies ahead", iat - now);
        }
        if let Some(nbf) = nbf.filter(|nbf| *nbf > now + measure.skew) {
            return late("not-yet", "`nbf` lies ahead", nbf - now);
        }
        if !(0.0..=measure.lifetime).contains(&(exp - iat)) {
            let allowed = measure.lifetime;
            return Err(Cause::new(
                "lifetime",
                format!("valid for {:.0} s, authentication.lifetime-s is {allowed}", exp - iat),
            ));
        }
        let tenant = self.claims.tenant.as_ref();
        if !measure.tenants.is_empty() && !tenant.is_some_and(|tenant| measure.tenants.contains(tenant)) {
            let named = tenant.map_or("none".to_owned(), |tenant| short(tenant));
            return Err(Cause::new("tenant", format!("{named} is not in the client's `tenants`")));
        }
        Ok(())
    }

    fn audience(&self, ours: &[&str]) -> Result<(), Cause> {
        let named: &[String] = match &self.claims.aud {
            Audience::One(one) => std::slice::from_ref(one),
            Audience::Many(many) => many,
        };
        if named.iter().any(|named| ours.iter().any(|own| plain(own) == plain(named))) {
            return Ok(());
        }
        let first = named.first().map_or("nobody".to_owned(), |first| short(first));
        Err(Cause::new("audience", format!("it is meant for {first}; here it must be {}", ours.join(" or "))))
    }
}

/// The start of what a sender chose, fit for a log.
pub fn short(text: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || "-._~:/?@+".contains(c) { c } else { '?' };
    text.chars().take(100).map(fit).collect()
}

/// The algorithm of the settings.
fn named(algorithm: config::Algorithm) -> Algorithm {
    match algorithm {
        config::Algorithm::Es256 => Algorithm::ES256,
        config::Algorithm::Es384 => Algorithm::ES384,
        config::Algorithm::Rs256 => Algorithm::RS256,
        config::Algorithm::Rs384 => Algorithm::RS384,
        config::Algorithm::Rs512 => Algorithm::RS512,
        config::Algorithm::Ps256 => Algorithm::PS256,
        config::Algorithm::Ps384 => Algorithm::PS384,
        config::Algorithm::Ps512 => Algorithm::PS512,
    }
}

/// What the parser says of a member that is missing; its other words could quote the token.
fn own_words(message: &str) -> String {
    let missing = message.strip_prefix("missing field ").and_then(|rest| rest.split(" at ").next());
    missing.map_or("no JSON, or a member of the wrong type".to_owned(), |name| format!("{name} is missing"))
}

/// A URL without what makes no difference: one slash at the end, and the port that its scheme has anyway.
fn plain(url: &str) -> String {
    let url = url.strip_suffix('/').unwrap_or(url);
    for (scheme, port) in [("https://", ":443"), ("http://", ":80")] {
        let Some(rest) = url.strip_prefix(scheme) else { continue };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        return format!("{scheme}{}{path}", authority.strip_suffix(port).unwrap_or(authority));
    }
    url.to_owned()
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;

    use super::{Audience, Claims, Measure, Token, plain, short};

    /// A token with these claims; its form was checked before.
    fn token(iat: f64, exp: f64, nbf: Option<f64>, tenant: Option<&str>) -> Token<'static> {
        let aud = Audience::Many(vec!["https://a.example".to_owned(), "https://b.example/".to_owned()]);
        let (iss, jti) = ("i".to_owned(), "j".to_owned());
        let claims = Claims { iss, jti, exp, aud, iat, nbf, tenant: tenant.map(str::to_owned) };
        Token { algorithm: Algorithm::ES384, key_id: "k".to_owned(), key_url: None, claims, message: "", signature: "" }
    }

    #[test]
    fn a_token_counts_from_its_begin_to_its_end() {
        let tenants = ["north".to_owned()];
        for (name, token, bound, expected) in [
            ("in time", token(1000.0, 1300.0, None, None), false, "ok"),
            ("last moment", token(700.0, 940.1, None, None), false, "ok"),
            ("end", token(700.0, 940.0, None, None), false, "expired"),
            ("first moment", token(1060.0, 1300.0, Some(1060.0), None), false, "ok"),
            ("issued later", token(1060.1, 1300.0, None, None), false, "not-yet"),
            ("valid later", token(1000.0, 1300.0, Some(1060.1), None), false, "not-yet"),
            ("longest", token(1000.0, 4600.0, None, None), false, "ok"),
            ("too long", token(1000.0, 4600.1, None, None), false, "lifetime"),
            ("backwards", token(1000.0, 999.0, None, None), false, "lifetime"),
            ("endless", token(1000.0, f64::MAX, None, None), false, "lifetime"),
            ("ancient", token(f64::MIN, f64::MIN, None, None), false, "expired"),
            ("no number", token(f64::NAN, f64::NAN, None, None), false, "lifetime"),
            ("tenant", token(1000.0, 1300.0, None, Some("north")), true, "ok"),
            ("other tenant", token(1000.0, 1300.0, None, Some("South")), true, "tenant"),
            ("no tenant", token(1000.0, 1300.0, None, None), true, "tenant"),
        ] {
            let tenants = if bound { &tenants[..] } else { &[] };
            let measure = Measure { audiences: vec!["https://b.example:443"], tenants, skew: 60.0, lifetime: 3600.0 };
            let found = token.check(&measure, 1000.0);
            assert_eq!(found.map_or_else(|cause| cause.code, |()| "ok"), expected, "{name}");
        }
    }

    #[test]
    fn audiences_differ_by_no_more_than_a_slash_and_a_port() {
        for (a, b, same) in [
            ("https://a.example/x", "https://a.example/x/", true),
            ("https://a.example/x", "https://a.example:443/x", true),
            ("http://a.example", "http://a.example:80/", true),
            ("https://[::1]/x", "https://[::1]:443/x", true),
            ("site", "site/", true),
            ("https://a.example/x", "https://a.example/x//", false),
            ("https://a.example/x", "https://a.example/X", false),
            ("https://a.example/x", "https://a.example:80/x", false),
            ("https://a.example/x", "http://a.example/x", false),
            ("https://a.example/x:443", "https://a.example/x", false),
            ("https://a.example/x", "https://a.example/x?y", false),
            ("https://a.example", "https://a.example.evil.test", false),
        ] {
            assert_eq!(plain(a) == plain(b), same, "{a} {b}");
        }
    }

    #[test]
    fn what_a_sender_chose_is_short_and_harmless_in_a_log() {
        assert_eq!(short("https://a.example/\n\u{1b}[31m\"x"), "https://a.example/???31m?x");
        assert_eq!(short(&"é".repeat(1000)).len(), 100);
    }
}
