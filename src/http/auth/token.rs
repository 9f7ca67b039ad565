//! A JWT: what its header and its claims must hold. Nothing here reads a clock or a key: both are arguments.

use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, decode_header};
use serde::Deserialize;

use super::keys::Key;
use super::signature::is_signed;
use crate::config;

/// Why a call was not authenticated: for the log, never for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// A word by which operators can search the log; it does not change between versions.
    pub code: &'static str,
    /// The details in a sentence.
    pub detail: String,
}

impl Cause {
    /// A cause of this code.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Cause {
        Cause { code, detail: detail.into() }
    }
}

/// A JWT of the right form, whose signature is not checked yet.
#[derive(Debug)]
pub struct Token<'t> {
    /// `alg` of the header.
    pub algorithm: Algorithm,
    /// `kid` of the header.
    pub key_id: String,
    /// `jku` of the header.
    pub key_url: Option<String>,
    /// The claims, not to be trusted before the signature is checked.
    pub claims: Claims,
    message: &'t str,
    signature: &'t str,
}

/// The claims. All but `nbf` and `tenant` are required.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// The issuer, which is the client.
    pub iss: String,
    /// The id of the token.
    pub jti: String,
    /// When the token expires, in seconds since 1970.
    pub exp: f64,
    aud: Audience,
    iat: f64,
    nbf: Option<f64>,
    /// The organisation that the call comes from, as the client says.
    pub tenant: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What the claims are compared with.
#[derive(Debug)]
pub struct Expected<'m> {
    /// The URLs and names of this service that `aud` may hold.
    pub audiences: Vec<&'m str>,
    /// The values that `tenant` may have; empty allows any.
    pub tenants: &'m [String],
    /// How far the clocks may differ, in seconds.
    pub skew: f64,
    /// The longest time from `iat` to `exp`, in seconds.
    pub lifetime: f64,
}

impl<'t> Token<'t> {
    /// Reads a token whose algorithm is one of the accepted ones.
    ///
    /// # Errors
    ///
    /// The form, the header or the claims are wrong.
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
            ErrorKind::Json(error) => Cause::new("claims", safe_message(&error.to_string())),
            _ => malformed(),
        })?;
        if claims.jti.is_empty() {
            return Err(Cause::new("claims", "`jti` is empty"));
        }
        Ok(Token { algorithm: header.alg, key_id, key_url: header.jku, claims, message, signature })
    }

    /// Whether the token was signed with this key and the algorithm of its header.
    pub fn is_signed_with(&self, key: &Key) -> bool {
        key.fits(self.algorithm) && is_signed(self.message, self.signature, &key.key, self.algorithm)
    }

    /// Checks the claims at a moment, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The first claim that does not fit.
    pub fn check(&self, expected: &Expected<'_>, now: f64) -> Result<(), Cause> {
        self.faults(expected, now).into_iter().next().map_or(Ok(()), Err)
    }

    /// All that is wrong with the claims at a moment, in seconds since 1970.
    pub fn faults(&self, expected: &Expected<'_>, now: f64) -> Vec<Cause> {
        let Claims { exp, iat, nbf, .. } = self.claims;
        let late = |code, what: &str, by: f64| {
            Cause::new(code, format!("{what} by {by:.0} s, skew allowed {} s", expected.skew))
        };
        let mut faults: Vec<Cause> = self.audience(&expected.audiences).err().into_iter().collect();
        if now >= exp + expected.skew {
            faults.push(late("expired", "`exp` is past", now - exp));
        }
        if iat > now + expected.skew {
            faults.push(late("not-yet", "`iat` lies ahead", iat - now));
        }
        if let Some(nbf) = nbf.filter(|nbf| *nbf > now + expected.skew) {
            faults.push(late("not-yet", "`nbf` lies ahead", nbf - now));
        }
        if !(0.0..=expected.lifetime).contains(&(exp - iat)) {
            let allowed = expected.lifetime;
            let detail = format!("valid for {:.0} s, authentication.lifetime-s is {allowed}", exp - iat);
            faults.push(Cause::new("lifetime", detail));
        }
        let tenant = self.claims.tenant.as_ref();
        if !expected.tenants.is_empty() && !tenant.is_some_and(|tenant| expected.tenants.contains(tenant)) {
            let named = tenant.map_or("none".to_owned(), |tenant| short(tenant));
            faults.push(Cause::new("tenant", format!("{named} is not in the client's `tenants`")));
        }
        faults
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

/// The start of a text of the sender, with only such characters as are safe in a log.
pub fn short(text: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || "-._~:/?@+".contains(c) { c } else { '?' };
    text.chars().take(100).map(fit).collect()
}

/// The name that jsonwebtoken has for an algorithm of the settings.
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

/// The message of the parser when a member is missing; its other messages could quote the token.
fn safe_message(message: &str) -> String {
    let missing = message.strip_prefix("missing field ").and_then(|rest| rest.split(" at ").next());
    missing.map_or("not JSON, or a claim of the wrong type".to_owned(), |name| format!("{name} is missing"))
}

/// A URL without what makes no difference: a slash at its end, and the default port of its scheme.
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

    use super::{Audience, Claims, Expected, Token, plain, short};

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
            let expecting =
                Expected { audiences: vec!["https://b.example:443"], tenants, skew: 60.0, lifetime: 3600.0 };
            let found = token.check(&expecting, 1000.0);
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
