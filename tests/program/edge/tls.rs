//! TLS of the service itself: who is trusted on which side, files that are exchanged while the service runs, and files that
//! cannot be used.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use reqwest::tls::Version;
use reqwest::{Certificate, Client, ClientBuilder, Identity};
use serde_json::Value;

use super::post;
use crate::errors::start::start;
use crate::server::Server;
use crate::support::{Folder, eventually, moved, text};

/// An authority that signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, in PEM.
pub struct Signed {
    certificate: String,
    key: String,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority"))
    }

    pub fn sign(&self) -> Signed {
        self.sign_for(400)
    }

    /// A certificate that ends when the day begins that lies so many days from today.
    #[expect(
        clippy::disallowed_methods,
        reason = "the service under test runs by the real clock, so must its certificates"
    )]
    pub fn sign_for(&self, days: i64) -> Signed {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).expect("parameters");
        let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
        let end = today.checked_add(jiff::Span::new().days(days)).expect("a day");
        params.not_after =
            rcgen::date_time_ymd(end.year().into(), end.month().unsigned_abs(), end.day().unsigned_abs());
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Signed { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// A client that trusts this authority and no other.
    pub fn client(&self) -> ClientBuilder {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root = Certificate::from_pem(self.0.pem().as_bytes()).expect("a root");
        Client::builder().no_proxy().pool_max_idle_per_host(0).tls_certs_only([root])
    }
}

impl Signed {
    pub fn identity(&self) -> Identity {
        Identity::from_pem(format!("{}{}", self.certificate, self.key).as_bytes()).expect("an identity")
    }
}

/// The settings for files of these names in a folder.
fn settings(folder: &Folder, names: &[(&str, &str)]) -> String {
    let path = |name: &str| folder.path().join(name).display().to_string();
    names.iter().map(|(key, name)| format!("tls.{key} = \"{}\"\n", path(name))).collect()
}

/// A service with these files, which stand in its folder; where they stand.
pub fn serve(signed: &Signed, client_ca: Option<&Authority>) -> (Server, std::path::PathBuf) {
    serve_with(Folder::new(), "", signed, client_ca)
}

/// The same with other settings, whose files stand in the folder.
pub fn serve_with(
    folder: Folder,
    others: &str,
    signed: &Signed,
    client_ca: Option<&Authority>,
) -> (Server, std::path::PathBuf) {
    folder.write("tls.crt", &signed.certificate);
    folder.write("tls.key", &signed.key);
    let mut names = vec![("certificate", "tls.crt"), ("key", "tls.key")];
    if let Some(authority) = client_ca {
        folder.write("clients.crt", &authority.0.pem());
        names.push(("client-ca", "clients.crt"));
    }
    let (settings, place) = (format!("{}{others}", settings(&folder, &names)), folder.path().to_owned());
    (Server::in_folder(folder, &settings), place)
}

/// What comes of a handshake and a call after it: the answer of `/health/ready`, or why there was none.
pub fn ready(server: &Server, client: ClientBuilder) -> Result<Value, String> {
    let client = client.build().expect("an HTTP client");
    actix_web::rt::Runtime::new().expect("a runtime").block_on(async {
        let told = |error: reqwest::Error| format!("{error:?}");
        let response = client.get(format!("{}/health/ready", server.url())).send().await.map_err(told)?;
        assert_eq!(response.version(), reqwest::Version::HTTP_11, "the only protocol that is offered");
        serde_json::from_str(&response.text().await.map_err(told)?).map_err(|error| error.to_string())
    })
}

#[test]
fn both_sides_agree_on_whom_to_trust() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let (server, _) = serve(&ours.sign(), None);
    assert!(server.url().starts_with("https://127.0.0.1:"), "{}", server.url());
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let client = ours.client().tls_version_min(version).tls_version_max(version);
        let said = ready(&server, client).unwrap_or_else(|error| panic!("{version:?}: {error}"));
        assert_eq!((text(&said, "/status"), text(&said, "/parts/tls/status")), ("ready", "working"));
    }
    let refused = ready(&server, other.client()).expect_err("another authority");
    assert!(refused.contains("UnknownIssuer"), "{refused}");
    let answer = post(&ours.client().build().expect("a client"), server.url(), &moved("textbook"));
    let link = text(&answer.expect("an answer").json(), "/cards/0/links/0/url").to_owned();
    assert!(link.starts_with(server.url()), "cards lead where the service is reached: {link}");
    let plain = server.url().replacen("https", "http", 1);
    let client = ours.client().build().expect("a client");
    let sent = actix_web::rt::Runtime::new().expect("a runtime").block_on(client.get(plain).send());
    assert!(sent.is_err(), "plain HTTP is not answered");
}

#[test]
fn clients_show_a_certificate_where_one_is_asked_for() {
    let (ours, theirs, other) = (Authority::new("ours"), Authority::new("theirs"), Authority::new("other"));
    let (server, place) = serve(&ours.sign(), Some(&theirs));
    let with = |authority: &Authority| ready(&server, ours.client().identity(authority.sign().identity()));
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let of_version = || ours.client().tls_version_min(version).tls_version_max(version);
        assert!(ready(&server, of_version()).is_err(), "{version:?}: no certificate");
        assert!(ready(&server, of_version().identity(other.sign().identity())).is_err(), "{version:?}: another's");
        let said = ready(&server, of_version().identity(theirs.sign().identity()));
        assert!(said.is_ok(), "{version:?}: {said:?}");
    }
    std::fs::write(place.join("clients.crt"), other.0.pem()).expect("another authority");
    eventually("the new authority counts", || with(&other).ok());
    assert!(with(&theirs).is_err(), "the one before counts no more");
    let log = server.into_log();
    assert!(log.contains("certificate of a client is refused"), "{log}");
}

#[test]
fn files_are_exchanged_while_the_service_runs() {
    let (before, after) = (Authority::new("before"), Authority::new("after"));
    let first = before.sign();
    let (server, place) = serve(&first, None);
    let status =
        |authority: &Authority| ready(&server, authority.client()).ok().map(|said| text(&said, "/status").to_owned());
    let put = |certificate: &str, key: &str| {
        std::fs::write(place.join("tls.crt"), certificate).expect("a certificate");
        std::fs::write(place.join("tls.key"), key).expect("a key");
    };
    assert_eq!(status(&before).as_deref(), Some("ready"));
    let second = after.sign();
    for (what, certificate, key) in [
        ("a certificate that is none", "-----BEGIN", first.key.as_str()),
        ("the key of another", &second.certificate, &first.key),
        ("nothing", "", ""),
    ] {
        put(certificate, key);
        eventually(what, || status(&before).filter(|status| status == "degraded"));
        assert_eq!(status(&after), None, "{what}: the certificate before is still in use");
        put(&first.certificate, &first.key);
        eventually("it is well again", || status(&before).filter(|status| status == "ready"));
    }
    std::fs::remove_file(place.join("tls.key")).expect("the key");
    eventually("a key that is gone", || status(&before).filter(|status| status == "degraded"));
    put(&second.certificate, &second.key);
    eventually("the new certificate is in use", || status(&after).filter(|status| status == "ready"));
    assert_eq!(status(&before), None, "the one before is not");
    let log = server.into_log();
    for words in ["tls.certificate: ", "is not the key of the certificate", "tls.key: ", "No such file"] {
        assert!(log.contains(words), "`{words}` is not told in {log}");
    }
    let told = log.lines().filter(|line| line.contains("is not the key of the certificate")).count();
    assert_eq!(told, 1, "what cannot be used is logged once: {log}");
    assert!(!log.contains("PRIVATE KEY-----\n"), "no key in the log");
}

#[test]
fn files_that_cannot_be_used_stop_the_start() {
    let folder = Folder::new();
    let (signed, other) = (Authority::new("ours").sign(), Authority::new("other").sign());
    folder.write("good.crt", &signed.certificate);
    folder.write("good.key", &signed.key);
    folder.write("other.key", &other.key);
    folder.write("empty", "");
    folder.write("cut.crt", &signed.certificate[..200]);
    folder.write("encrypted.key", &signed.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    for (what, names, words) in [
        ("no file", &[("certificate", "none.crt"), ("key", "good.key")][..], ["tls.certificate", "none.crt"]),
        ("no key file", &[("certificate", "good.crt"), ("key", "none.key")], ["tls.key", "none.key"]),
        ("no certificate in it", &[("certificate", "good.key"), ("key", "good.key")], ["good.key", "no certificate"]),
        ("nothing in it", &[("certificate", "empty"), ("key", "good.key")], ["empty", "no certificate"]),
        ("cut off", &[("certificate", "cut.crt"), ("key", "good.key")], ["cut.crt", "is not PEM"]),
        ("no key in it", &[("certificate", "good.crt"), ("key", "good.crt")], ["good.crt", "no private key"]),
        ("another's key", &[("certificate", "good.crt"), ("key", "other.key")], ["other.key", "not the key"]),
        ("encrypted", &[("certificate", "good.crt"), ("key", "encrypted.key")], ["encrypted.key", "is encrypted"]),
        (
            "no authority",
            &[("certificate", "good.crt"), ("key", "good.key"), ("client-ca", "empty")],
            ["tls.client-ca", "no certificate"],
        ),
    ] {
        let path = folder.write("settings.toml", &settings(&folder, names));
        let (status, said) = start(&["--listen", "127.0.0.1:0", "--config", &path]);
        assert_eq!(status, Some(2), "{what}: {said}");
        for word in words {
            assert!(said.contains(word), "{what}: `{word}` is not named in: {said}");
        }
    }
}
