//! The check of a signature: ring's verification, given to jsonwebtoken as its cryptography. Nothing here signs, and
//! no symmetric algorithm exists.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind};
use ring::signature as suite;

/// Whether this is the signature of the message, made with the private half of the key.
pub fn is_signed(message: &str, signature: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
    // Installing fails only when a call before has installed the provider.
    let _ = PROVIDER.install_default();
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm).unwrap_or(false)
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| unsupported(),
    verifier_factory: verifier,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: |_| unsupported(),
        rsa_pub_components_from_public_key: |_| unsupported(),
        ec_pub_components_from_private_key: |_, _| unsupported(),
        ed_pub_components_from_private_key: |_, _| unsupported(),
        compute_digest: |_, _| unsupported(),
    },
};

fn unsupported<T>() -> Result<T> {
    Err(ErrorKind::UnsupportedAlgorithm.into())
}

/// A key, and the one algorithm with which it is used.
struct Check {
    algorithm: Algorithm,
    with: With,
}

enum With {
    Curve(&'static suite::EcdsaVerificationAlgorithm, Vec<u8>),
    Rsa(&'static suite::RsaParameters, suite::RsaPublicKeyComponents<Vec<u8>>),
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let with = match (key.family(), key.kind()) {
        (AlgorithmFamily::Ec, DecodingKeyKind::SecretOrDer(point)) => With::Curve(curve(algorithm)?, point.clone()),
        (AlgorithmFamily::Rsa, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            With::Rsa(padding(algorithm)?, suite::RsaPublicKeyComponents { n: n.clone(), e: e.clone() })
        }
        _ => return unsupported(),
    };
    Ok(Box::new(Check { algorithm: *algorithm, with }))
}

fn curve(algorithm: &Algorithm) -> Result<&'static suite::EcdsaVerificationAlgorithm> {
    match algorithm {
        Algorithm::ES256 => Ok(&suite::ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => Ok(&suite::ECDSA_P384_SHA384_FIXED),
        _ => unsupported(),
    }
}

fn padding(algorithm: &Algorithm) -> Result<&'static suite::RsaParameters> {
    match algorithm {
        Algorithm::RS256 => Ok(&suite::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Ok(&suite::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Ok(&suite::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Ok(&suite::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Ok(&suite::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Ok(&suite::RSA_PSS_2048_8192_SHA512),
        _ => unsupported(),
    }
}

impl Verifier<Vec<u8>> for Check {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let verified = match &self.with {
            With::Curve(curve, point) => suite::UnparsedPublicKey::new(*curve, point).verify(message, signature),
            With::Rsa(padding, key) => key.verify(padding, message, signature),
        };
        verified.map_err(|_| Error::new())
    }
}

impl JwtVerifier for Check {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
