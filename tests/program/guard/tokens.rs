//! A token works once: also after a restart and at every replica. What a refusal tells, its time included, and what a
//! client sees of others. And how an integrator learns what is wrong.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::authentication::issuer::{Key, but, now, set};
use crate::authentication::{PUBLIC, SERVICE, call_with, claims};
use crate::server::Server;
use crate::store::{Database, drained};
use crate::support::{Folder, moved, program};

/// Settings with two clients that share a key.
fn settings(folder: &Folder, key: &Key) -> String {
    let keys = folder.write("keys.json", &set(&[key]));
    format!(
        "public-url = '{PUBLIC}'\n[clients.mercy]\nissuer = 'https://mercy.example'\nkeys = '{keys}'\n\
         [clients.harbor]\nissuer = 'https://harbor.example'\nkeys = '{keys}'\nservices = ['tocilizumab-order-sign']\n"
    )
}

#[test]
fn a_token_works_once_across_restarts_and_replicas() {
    let (folder, key, database) = (Folder::new(), Key::p384("key"), Database::sqlite());
    // However slow the disk is here, nobody decides alone.
    let settings = database.settings(&format!("authentication.store-ms = 60000\n{}", settings(&folder, &key)));
    let token = || key.token(&key.header(), &claims());
    let first = Server::with_settings(&settings);
    let (used, also_used) = (token(), token());
    assert_eq!(call_with(&first, &used).status, 200);
    assert_eq!(call_with(&first, &used).status, 401);
    let beside = Server::with_settings(&settings);
    assert_eq!(call_with(&beside, &used).status, 401, "at a replica");
    assert_eq!(call_with(&beside, &also_used).status, 200);
    first.signal("TERM");
    first.ended();
    drop(beside);
    let after = Server::with_settings(&settings);
    for (what, token, status) in [("used", &used, 401), ("used at the other", &also_used, 401), ("new", &token(), 200)]
    {
        assert_eq!(call_with(&after, token).status, status, "after a restart: {what}");
    }
}

#[test]
fn a_refusal_takes_its_time_whatever_the_cause() {
    let (folder, key) = (Folder::new(), Key::p384("key"));
    let server = Server::with_settings(&settings(&folder, &key));
    let unknown = key.token(&key.header(), &but(&claims(), &json!({"iss": "https://nobody.example"})));
    let forged = Key::p384("key").token(&key.header(), &claims());
    for (what, token) in [("no token", "x.y.z"), ("an unknown issuer", &unknown), ("a wrong signature", &forged)] {
        let begun = Instant::now();
        assert_eq!(call_with(&server, token).status, 401, "{what}");
        assert!(begun.elapsed() >= Duration::from_millis(20), "{what}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_client_has_no_rate_unless_it_is_given_one() {
    let (folder, key) = (Folder::new(), Key::p384("key"));
    let server = Server::with_settings(&format!("limits.calls-per-second = 1\n{}", settings(&folder, &key)));
    let calls = (0..30).map(|_| call_with(&server, &key.token(&key.header(), &claims())).status);
    assert_eq!(calls.collect::<Vec<_>>(), [200; 30]);
}

#[test]
fn a_client_sees_its_own_numbers_only() {
    let (folder, key, database) = (Folder::new(), Key::p384("key"), Database::sqlite());
    let server = Server::with_settings(&database.settings(&settings(&folder, &key)));
    let token = |name: &str, path: &str| {
        let claims =
            but(&claims(), &json!({"iss": format!("https://{name}.example"), "aud": format!("{PUBLIC}{path}")}));
        format!("Bearer {}", key.token(&key.header(), &claims))
    };
    let body = moved("patients/neutrophils-1.9").to_string();
    let headers = [("Content-Type", "application/json"), ("Authorization", &*token("mercy", SERVICE))];
    assert_eq!(server.send("POST", SERVICE, &headers, body.as_bytes()).status, 200);
    let path = format!("{SERVICE}/feedback");
    let headers = [("Content-Type", "application/json"), ("Authorization", &*token("mercy", &path))];
    let feedback = json!({"feedback": [{"card": "not ours", "outcome": "overridden"}]}).to_string();
    assert_eq!(server.send("POST", &path, &headers, feedback.as_bytes()).status, 200);
    drained(&server);
    for (client, has_any) in [("mercy", true), ("harbor", false)] {
        let reply = server.send("GET", "/stats", &[("Authorization", &*token(client, "/stats"))], b"");
        assert_eq!(reply.status, 200, "{client}: {}", reply.body);
        let said: Value = reply.json();
        assert_eq!(said["total"]["issued"].as_i64().is_some_and(|issued| issued > 0), has_any, "{client}: {said}");
        assert_eq!(said["apart"]["overridden"], json!(i32::from(has_any)), "{client}: {said}");
    }
}

#[test]
fn an_integrator_learns_what_is_wrong_with_a_token() {
    let (folder, key, now) = (Folder::new(), Key::p384("key"), now());
    let config = folder.write("settings.toml", &settings(&folder, &key));
    let good = || key.token(&key.header(), &claims());
    let with = |claims_: Value| key.token(&key.header(), &but(&claims(), &claims_));
    let old_and_elsewhere = with(json!({"exp": now - 1000, "iat": now - 9000, "aud": "https://other.example"}));
    for (name, token, extra, status, words) in [
        (
            "good",
            good(),
            &[][..],
            0,
            &["ok    form", "the client mercy", "holds key", "ok    signature", "let in, once"][..],
        ),
        ("as a header", format!("Authorization: Bearer {}", good()), &[], 0, &["let in, once"]),
        (
            "several faults at once",
            old_and_elsewhere,
            &[],
            1,
            &["WRONG audience", "https://other.example", "WRONG expired", "WRONG lifetime", "ok    signature", "401"],
        ),
        (
            "for another service",
            good(),
            &["--service", "tocilizumab-order-select"],
            1,
            &["WRONG audience", "order-select"],
        ),
        (
            "unknown issuer",
            with(json!({"iss": "https://nobody.example"})),
            &[],
            1,
            &["WRONG issuer", "https://mercy.example"],
        ),
        ("another key", Key::p384("key").token(&key.header(), &claims()), &[], 1, &["WRONG signature", "ASN.1"]),
        (
            "no such key",
            Key::p384("other").token(&json!({"alg": "ES384", "typ": "JWT", "kid": "other"}), &claims()),
            &[],
            1,
            &["WRONG key", "no key other"],
        ),
        ("no kid", key.token(&json!({"alg": "ES384", "typ": "JWT"}), &claims()), &[], 1, &["WRONG kid"]),
        ("nothing", "hello".to_owned(), &[], 1, &["WRONG malformed"]),
    ] {
        let file = folder.write("token", &token);
        let output = program().args(["check-token", &file, "--config", &config]).args(extra).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(status), "{name}: {said} {}", String::from_utf8_lossy(&output.stderr));
        words.iter().for_each(|word| assert!(said.contains(word), "{name}: `{word}` is not said in {said}"));
    }
    let output = program().args(["check-token", "/nowhere"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
}
