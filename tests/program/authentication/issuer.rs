//! A tiny issuer: keys as a client has them, the JWK Set it publishes, and tokens, right and wrong.

use ring::rand::SystemRandom;
use ring::rsa::{KeyPair as RsaKeyPair, PublicKey as RsaPublicKey, PublicKeyComponents};
use ring::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair, RsaEncoding};
use serde_json::{Value, json};

/// Made for these tests with openssl; no service anywhere trusts it.
const TEST_ONLY_RSA_KEY: &[u8] = include_bytes!("test-only-rsa-private-key.der");

/// A private key with the name it is published under.
pub struct Key {
    pub id: &'static str,
    kind: Kind,
}

enum Kind {
    /// Its curve, the pair, and the private half as PKCS#8.
    Curve(&'static str, EcdsaKeyPair, Vec<u8>),
    Rsa(RsaKeyPair),
}

impl Key {
    /// A new key on P-384.
    pub fn p384(id: &'static str) -> Key {
        Key::curve(id, "P-384", &signature::ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    /// A new key on P-256.
    pub fn p256(id: &'static str) -> Key {
        Key::curve(id, "P-256", &signature::ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    /// The RSA key.
    pub fn rsa(id: &'static str) -> Key {
        Key { id, kind: Kind::Rsa(RsaKeyPair::from_pkcs8(TEST_ONLY_RSA_KEY).expect("a key")) }
    }

    fn curve(id: &'static str, name: &'static str, algorithm: &'static EcdsaSigningAlgorithm) -> Key {
        let random = SystemRandom::new();
        let private = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key").as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &private, &random).expect("a key");
        Key { id, kind: Kind::Curve(name, pair, private) }
    }

    /// The public half as a JWK.
    pub fn jwk(&self) -> Value {
        match &self.kind {
            Kind::Curve(name, pair, _) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at((pair.public_key().as_ref().len() - 1) / 2);
                json!({"kty": "EC", "crv": name, "kid": self.id, "x": base64url(x), "y": base64url(y)})
            }
            Kind::Rsa(pair) => {
                let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "kid": self.id, "use": "sig", "n": base64url(&n), "e": base64url(&e)})
            }
        }
    }

    /// The bytes of the public half that an attacker could take for a shared secret.
    pub fn public_bytes(&self) -> Vec<u8> {
        match &self.kind {
            Kind::Curve(_, pair, _) => pair.public_key().as_ref().to_vec(),
            Kind::Rsa(pair) => RsaPublicKey::as_ref(pair.public()).to_vec(),
        }
    }

    /// The RSA modulus; of a key on a curve its point.
    pub fn modulus(&self) -> Vec<u8> {
        match &self.kind {
            Kind::Curve(..) => self.public_bytes(),
            Kind::Rsa(pair) => PublicKeyComponents::<Vec<u8>>::from(pair.public()).n,
        }
    }

    /// The signature of a message, with the padding that an algorithm's name asks for.
    fn sign(&self, algorithm: &str, message: &str) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.kind {
            Kind::Curve(_, pair, _) => pair.sign(&random, message.as_bytes()).expect("a signature").as_ref().to_vec(),
            Kind::Rsa(pair) => {
                let padding: &dyn RsaEncoding = match algorithm {
                    "RS256" => &signature::RSA_PKCS1_SHA256,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    _ => &signature::RSA_PKCS1_SHA384,
                };
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &random, message.as_bytes(), &mut signed).expect("a signature");
                signed
            }
        }
    }

    /// The signature of a message in ASN.1, as most of the world has it and JWTs do not.
    pub fn sign_in_asn1(&self, message: &str) -> Vec<u8> {
        let Kind::Curve(_, _, private) = &self.kind else { panic!("only for curves") };
        let random = SystemRandom::new();
        let pair =
            EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P384_SHA384_ASN1_SIGNING, private, &random).expect("a key");
        pair.sign(&random, message.as_bytes()).expect("a signature").as_ref().to_vec()
    }

    /// What `alg` says of a token that this key signs.
    pub fn algorithm(&self) -> &'static str {
        match &self.kind {
            Kind::Curve("P-256", ..) => "ES256",
            Kind::Curve(..) => "ES384",
            Kind::Rsa(_) => "RS384",
        }
    }

    /// A header that is right for this key.
    pub fn header(&self) -> Value {
        json!({"alg": self.algorithm(), "typ": "JWT", "kid": self.id})
    }

    /// A token of this header and these claims.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signed = self.sign(header["alg"].as_str().unwrap_or_default(), &message);
        format!("{message}.{}", base64url(&signed))
    }
}

/// A JWK Set.
pub fn set(keys: &[&Key]) -> String {
    json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()}).to_string()
}

/// The first two parts of a token.
pub fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()))
}

/// The value with other members; null takes one out.
pub fn but(value: &Value, others: &Value) -> Value {
    let mut changed = value.clone();
    let members = changed.as_object_mut().expect("an object");
    for (name, other) in others.as_object().expect("an object") {
        match other {
            Value::Null => members.remove(name),
            other => members.insert(name.clone(), other.clone()),
        };
    }
    changed
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the service under test runs by the real clock, so its tokens must too")]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Base64 as JWTs have it.
pub fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |bits: u32| char::from(DIGITS[(bits & 63) as usize]);
    let group = |three: &[u8]| {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(*three.get(at).unwrap_or(&0)));
        [bits >> 18, bits >> 12, bits >> 6, bits].map(digit).into_iter().take(three.len() + 1).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
