//! The public keys of a JWK Set, each bound to the algorithms with which it may be used. A key that cannot be used is left
//! out with a reason, and the others of its set are still used.

use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use serde_json::Value;

/// Bits of the smallest RSA modulus: smaller ones can be factored (NIST SP 800-131A).
const LEAST_RSA_BITS: usize = 2048;

/// A public key.
#[derive(Debug)]
pub struct Key {
    /// The `kid`, by which a token names the key.
    pub id: String,
    /// The key itself, for the check of signatures.
    pub key: DecodingKey,
    algorithms: Vec<Algorithm>,
}

impl Key {
    /// Whether the type and curve of the key, and its `alg` where it has one, allow this algorithm.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }
}

/// The usable keys of a set.
#[derive(Debug, Default)]
pub struct Keys {
    /// The usable keys, in the order of the set.
    pub keys: Vec<Arc<Key>>,
    /// One sentence for each key that was left out.
    pub left_out: Vec<String>,
}

impl Keys {
    /// Reads a JWK Set.
    ///
    /// # Errors
    ///
    /// The text is no JWK Set, or none of its keys can be used. The message never quotes the text.
    pub fn parse(text: &str) -> Result<Keys, String> {
        let set: Value = serde_json::from_str(text).map_err(|error| {
            // The message of the parser could quote the text, which the client chose.
            format!("is not JSON (line {}, column {})", error.line(), error.column())
        })?;
        let members = set.get("keys").and_then(Value::as_array).ok_or("is not a JWK Set: it has no array `keys`")?;
        let mut read = Keys::default();
        for (at, member) in members.iter().enumerate() {
            match key(member) {
                Ok(key) => read.keys.push(Arc::new(key)),
                Err(reason) => read.left_out.push(format!("keys[{at}] {reason}")),
            }
        }
        if read.keys.is_empty() {
            let reasons = if members.is_empty() { "`keys` is empty".to_owned() } else { read.left_out.join("; ") };
            return Err(format!("holds no key that can be used: {reasons}"));
        }
        Ok(read)
    }

    /// The `kid` of each key.
    pub fn names(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.id.clone()).collect()
    }

    /// The keys with this `kid`.
    pub fn named<'k>(&'k self, id: &'k str) -> impl Iterator<Item = &'k Arc<Key>> {
        self.keys.iter().filter(move |key| key.id == id)
    }
}

fn key(member: &Value) -> Result<Key, &'static str> {
    if member.get("d").is_some() {
        return Err("is a private key; publish only its public half, and replace it where this one was seen");
    }
    let jwk: Jwk = serde_json::from_value(member.clone()).map_err(|_| "is not a JWK")?;
    let id = jwk.common.key_id.clone().filter(|id| !id.is_empty()).ok_or("has no `kid`")?;
    if jwk.common.public_key_use.as_ref().is_some_and(|it| *it != PublicKeyUse::Signature) {
        return Err("is not for signatures (`use`)");
    }
    if jwk.common.key_operations.as_ref().is_some_and(|all| !all.contains(&KeyOperations::Verify)) {
        return Err("is not for checking signatures (`key_ops`)");
    }
    let (key, mut algorithms) = typed(&jwk)?;
    if let Some(named) = jwk.common.key_algorithm {
        algorithms.retain(|algorithm| Algorithm::try_from(named).is_ok_and(|named| named == *algorithm));
    }
    if algorithms.is_empty() {
        Err("has an `alg` that does not match its type")
    } else {
        Ok(Key { id, key, algorithms })
    }
}

/// The key, and all algorithms that its type allows.
fn typed(jwk: &Jwk) -> Result<(DecodingKey, Vec<Algorithm>), &'static str> {
    let key = || DecodingKey::from_jwk(jwk).map_err(|_| "is not in base64url");
    match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(curve) => {
            let (bytes, algorithm) = match curve.curve {
                EllipticCurve::P256 => (32, Algorithm::ES256),
                EllipticCurve::P384 => (48, Algorithm::ES384),
                _ => return Err("has a curve other than P-256 and P-384"),
            };
            let key = key()?;
            let whole = key.try_get_as_bytes().is_ok_and(|point| point.len() == 1 + 2 * bytes);
            if whole { Ok((key, vec![algorithm])) } else { Err("has coordinates of another length than its curve") }
        }
        AlgorithmParameters::RSA(_) => match key()?.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => rsa(n, e),
            DecodingKeyKind::SecretOrDer(_) => Err("is not an RSA key"),
        },
        AlgorithmParameters::OctetKey(_) => Err("is symmetric (`oct`)"),
        _ => Err("has a type (`kty`) other than EC and RSA"),
    }
}

fn rsa(n: &[u8], e: &[u8]) -> Result<(DecodingKey, Vec<Algorithm>), &'static str> {
    // Some write a number with a leading zero, which ring would not take.
    let (n, e) = (without_zeros(n), without_zeros(e));
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    if bits < LEAST_RSA_BITS {
        return Err("is an RSA key of less than 2048 bits");
    }
    Ok((DecodingKey::from_rsa_raw_components(n, e), jsonwebtoken::AlgorithmFamily::Rsa.algorithms().to_vec()))
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    number.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;
    use serde_json::json;

    use super::Keys;

    #[test]
    fn a_key_is_bound_to_what_it_can_do() {
        let (x32, x48) = ("A".repeat(43), "A".repeat(64));
        let n = |bytes: usize| "_".repeat(bytes * 4 / 3);
        for (name, member, expected) in [
            ("P-384", json!({"kid": "a", "kty": "EC", "crv": "P-384", "x": x48, "y": x48}), Ok("ES384")),
            ("P-256", json!({"kid": "a", "kty": "EC", "crv": "P-256", "x": x32, "y": x32}), Ok("ES256")),
            (
                "RSA",
                json!({"kid": "a", "kty": "RSA", "n": n(258), "e": "AQAB"}),
                Ok("RS256 RS384 RS512 PS256 PS384 PS512"),
            ),
            ("alg", json!({"kid": "a", "kty": "RSA", "alg": "RS384", "n": n(258), "e": "AQAB"}), Ok("RS384")),
            ("use", json!({"kid": "a", "kty": "EC", "use": "sig", "crv": "P-384", "x": x48, "y": x48}), Ok("ES384")),
            ("enc", json!({"kid": "a", "kty": "EC", "use": "enc", "crv": "P-384", "x": x48, "y": x48}), Err("`use`")),
            (
                "key_ops",
                json!({"kid": "a", "kty": "EC", "key_ops": ["encrypt"], "crv": "P-384", "x": x48, "y": x48}),
                Err("`key_ops`"),
            ),
            ("curve and x", json!({"kid": "a", "kty": "EC", "crv": "P-384", "x": x32, "y": x32}), Err("coordinates")),
            ("P-521", json!({"kid": "a", "kty": "EC", "crv": "P-521", "x": x48, "y": x48}), Err("curve")),
            ("small", json!({"kid": "a", "kty": "RSA", "n": n(129), "e": "AQAB"}), Err("2048")),
            ("zeros", json!({"kid": "a", "kty": "RSA", "n": "A".repeat(344), "e": "AQAB"}), Err("2048")),
            ("alg of EC", json!({"kid": "a", "kty": "RSA", "alg": "ES384", "n": n(258), "e": "AQAB"}), Err("`alg`")),
            ("alg HS256", json!({"kid": "a", "kty": "RSA", "alg": "HS256", "n": n(258), "e": "AQAB"}), Err("`alg`")),
            ("oct", json!({"kid": "a", "kty": "oct", "k": "AAAA"}), Err("symmetric")),
            ("Ed25519", json!({"kid": "a", "kty": "OKP", "crv": "Ed25519", "x": x32}), Err("`kty`")),
            ("private", json!({"kid": "a", "kty": "RSA", "n": n(258), "e": "AQAB", "d": "AA"}), Err("private")),
            ("no kid", json!({"kty": "EC", "crv": "P-384", "x": x48, "y": x48}), Err("`kid`")),
            ("no base64", json!({"kid": "a", "kty": "EC", "crv": "P-384", "x": "%", "y": "%"}), Err("base64url")),
            ("no object", json!("key"), Err("not a JWK")),
        ] {
            let read = Keys::parse(&json!({ "keys": [member] }).to_string());
            let read = read.map(|keys| {
                let fitting = keys.keys[0].algorithms.iter().map(|algorithm| format!("{algorithm:?}"));
                fitting.collect::<Vec<_>>().join(" ")
            });
            match (&read, expected) {
                (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{name}"),
                (Err(said), Err(word)) => assert!(said.contains(word), "{name}: {said}"),
                _ => panic!("{name}: {read:?}"),
            }
        }
    }

    #[test]
    fn one_odd_key_does_not_cost_the_set() {
        let good = json!({"kid": "a", "kty": "EC", "crv": "P-384", "x": "A".repeat(64), "y": "A".repeat(64)});
        let keys = Keys::parse(&json!({"keys": [{"kty": "future"}, good]}).to_string()).expect("a set");
        assert!(keys.named("a").any(|key| key.fits(Algorithm::ES384) && !key.fits(Algorithm::ES256)));
        assert_eq!((keys.left_out.len(), keys.named("b").count()), (1, 0));
        for (text, word) in [("", "not JSON"), ("{}", "no array"), ("[]", "no array"), ("{\"keys\":[]}", "is empty")] {
            assert!(Keys::parse(text).is_err_and(|said| said.contains(word)), "{text}");
        }
    }
}
