//! SIGHUP has settings, policy, keys and library read again, whole or not at all; nothing but SIGTERM and SIGINT ends the
//! service. Paths in a settings file are relative to it. The log warns before a certificate ends.

use serde_json::json;

use crate::authentication::issuer::{Key, but, set};
use crate::authentication::{PUBLIC, SERVICE, call_with, claims};
use crate::edge::tls::{Authority, ready, serve};
use crate::server::Server;
use crate::support::{Folder, cards, eventually, moved, text};

/// Sends SIGHUP and waits for the line that says what came of it.
fn reloaded(server: &Server, said: &str, times: usize) -> String {
    server.signal("HUP");
    eventually(said, || (server.log().matches(said).count() == times).then(|| server.log()))
}

const IN_USE: &str = "in use from now on";
const WRONG: &str = "nothing is changed";

#[test]
fn everything_is_read_again_or_nothing() {
    let folder = Folder::new();
    let path = folder.path().to_owned();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).expect("a file");
    let settings = "policy = 'policy.toml'\n";
    write("policy.toml", "");
    let server = Server::in_folder(folder, settings);
    let patient = moved("patients/every-two-weeks-new-start");
    let topics = || -> Vec<String> {
        let answer = server.call("every two weeks", &patient);
        cards(&answer).iter().map(|card| text(card, "/source/topic/code").to_owned()).collect()
    };
    let before = topics();
    assert!(before.contains(&"dose-and-route".to_owned()), "{before:?}");
    // The same signal once more finds nothing else.
    assert!(reloaded(&server, IN_USE, 1).contains("changed=\"nothing\""), "{}", server.log());

    write("policy.toml", "silent = ['dose-and-route']");
    let log = reloaded(&server, IN_USE, 2);
    assert!(log.contains("changed=\"knowledge "), "{log}");
    assert!(!topics().contains(&"dose-and-route".to_owned()), "the policy is in use");

    // Wrong settings change nothing, and the log says what is wrong.
    write("settings.toml", "policy = 'policy.toml'\nlimits.orders = 1\nlimits.body-bytes = 'much'");
    write("policy.toml", "");
    let log = reloaded(&server, WRONG, 1);
    assert!(log.contains("limits.body-bytes"), "what is wrong is named: {log}");
    assert!(!topics().contains(&"dose-and-route".to_owned()), "the policy before is in use");
    let said = server.get("/health/ready").json();
    assert_eq!((text(&said, "/status"), text(&said, "/parts/settings/status")), ("degraded", "failing"), "{said}");
    write("settings.toml", settings);
    write("policy.toml", "silent = ['no-such-rule']");
    reloaded(&server, WRONG, 2);

    write("settings.toml", "policy = 'policy.toml'\ndeadline-ms = 700\nlimits.keep-alive-ms = 1");
    write("policy.toml", "");
    let log = reloaded(&server, IN_USE, 3);
    assert!(log.contains("settings deadline-ms; knowledge "), "{log}");
    let told = "from the next start on keys=\"limits.keep-alive-ms\"";
    eventually(told, || server.log().contains(told).then_some(()));
    assert_eq!(topics(), before);
    assert_eq!(text(&server.get("/health/ready").json(), "/status"), "ready");
    for signal in ["USR1", "USR2"] {
        server.signal(signal);
        assert_eq!(server.get("/health/live").status, 200, "{signal}");
    }
    server.signal("TERM");
    assert_eq!(server.ended().0, Some(0));
}

#[test]
fn clients_come_and_go_and_their_tokens_stay_used() {
    let (mercy, harbor) = (Key::p384("mercy"), Key::p384("harbor"));
    let folder = Folder::new();
    folder.write("keys/mercy.json", &set(&[&mercy]));
    folder.write("keys/harbor.json", &set(&[&harbor]));
    let path = folder.path().to_owned();
    let client =
        |name: &str| format!("[clients.{name}]\nissuer = 'https://{name}.example'\nkeys = 'keys/{name}.json'\n");
    let head = format!("public-url = '{PUBLIC}'\n");
    // The paths of the keys are relative to the file that names them.
    let server = Server::in_folder(folder, &format!("{head}{}", client("mercy")));
    let of = |key: &Key, name: &str| {
        key.token(&key.header(), &but(&claims(), &json!({"iss": format!("https://{name}.example")})))
    };
    let used = of(&mercy, "mercy");
    assert_eq!(call_with(&server, &used).status, 200, "the first use");
    assert_eq!(call_with(&server, &of(&harbor, "harbor")).status, 401, "not known yet");
    let write = |text: String| std::fs::write(path.join("settings.toml"), text).expect("settings");
    write(format!("{head}{}{}", client("mercy"), client("harbor")));
    let log = reloaded(&server, IN_USE, 1);
    assert!(log.contains("keys of harbor") && log.contains("clients.harbor.issuer"), "{log}");
    assert_eq!(call_with(&server, &of(&harbor, "harbor")).status, 200, "known now");
    assert_eq!(call_with(&server, &used).status, 401, "what was used before stays used");
    write(format!("{head}{}", client("harbor")));
    reloaded(&server, IN_USE, 2);
    assert_eq!(call_with(&server, &of(&mercy, "mercy")).status, 401, "known no more");
    assert!(SERVICE.contains("order-sign"));
}

#[test]
fn a_certificate_that_ends_is_told() {
    for (days, status, said) in [
        (400, "ready", ""),
        (20, "ready", "the certificate will end days=19"),
        (5, "degraded", "the certificate will end days=4"),
        (-1, "degraded", "the certificate has ended"),
    ] {
        let authority = Authority::new("ours");
        let (server, _place) = serve(&authority.sign_for(days), None);
        if !said.is_empty() {
            eventually(said, || server.log().contains(said).then_some(()));
        }
        let client = authority.client().tls_danger_accept_invalid_certs(true);
        let ready = ready(&server, client).unwrap_or_else(|error| panic!("{days}: {error}"));
        assert_eq!(text(&ready, "/status"), status, "{days}: {ready}");
        assert_eq!(ready["parts"]["tls"]["daysLeft"], json!(days - 1), "{days}: {ready}");
        assert_eq!(server.into_log().contains("the certificate "), !said.is_empty(), "{days}");
    }
}
