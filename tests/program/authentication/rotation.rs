//! Keys that change while the service runs: read again when a call names a new one, by one read for all, at a bounded
//! rate; and kept when they cannot be read.

use std::time::Duration;

use serde_json::json;

use super::issuer::{Key, but, set};
use super::key_server::{Answer, KeyServer};
use super::{ISSUER, PUBLIC, call_with, claims};
use crate::server::Server;
use crate::support::{Folder, eventually};

fn server(authentication: &str, clients: &str) -> Server {
    Server::with_settings(&format!("public-url = '{PUBLIC}'\n[authentication]\n{authentication}\n{clients}"))
}

fn mercy(source: &str) -> String {
    format!("[clients.mercy]\nissuer = '{ISSUER}'\n{source}")
}

fn status(server: &Server, key: &Key) -> u16 {
    call_with(server, &key.token(&key.header(), &claims())).status
}

/// Waits until something holds.
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    eventually(what, || holds().then_some(()));
}

/// The statuses of many calls at once.
fn at_once(server: &Server, key: &Key, calls: usize) -> Vec<u16> {
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..calls).map(|_| scope.spawn(|| status(server, key))).collect();
        calls.into_iter().map(|call| call.join().expect("a call")).collect()
    })
}

#[test]
fn a_new_key_is_read_once_for_all_who_wait() {
    let (old, new) = (Key::p384("old"), Key::p384("new"));
    let keys = KeyServer::start(Answer::ok(set(&[&old])));
    let server = server("keys-floor-s = 0", &mercy(&format!("jku = ['{}']", keys.url)));
    assert_eq!((status(&server, &old), keys.reads()), (200, 1), "read before the first call");

    // Long enough for calls to come while the keys are read.
    keys.answer(Answer { after: Duration::from_millis(700), ..Answer::ok(set(&[&old, &new])) });
    assert_eq!(at_once(&server, &new, 50), vec![200; 50], "all wait for the new key");
    assert!(keys.reads() > 1 && keys.reads_at_once() == 1, "{} reads at a time", keys.reads_at_once());
    assert_eq!(status(&server, &old), 200, "the old key is still in the set");
}

#[test]
fn names_that_nobody_has_do_not_make_us_read() {
    let (key, other) = (Key::p384("key"), Key::p384("other"));
    let keys = KeyServer::start(Answer::ok(set(&[&key])));
    let server = server("", &mercy(&format!("jku = ['{}']", keys.url)));
    assert_eq!(status(&server, &key), 200);
    assert_eq!(at_once(&server, &other, 50), vec![401; 50]);
    assert_eq!((status(&server, &key), keys.reads()), (200, 1), "within keys-floor-s nothing is read again");
}

#[test]
fn a_key_that_was_withdrawn_no_longer_counts() {
    let (old, new) = (Key::p384("old"), Key::p384("new"));
    let keys = KeyServer::start(Answer::ok(set(&[&old])));
    let server = server("keys-for-s = 1", &mercy(&format!("jku = ['{}']", keys.url)));
    assert_eq!(status(&server, &old), 200);
    keys.answer(Answer::ok(set(&[&new])));
    wait_until("the new key counts", || status(&server, &new) == 200);
    assert_eq!(status(&server, &old), 401, "the old key");
}

#[test]
fn keys_outlive_a_jku_that_fails_but_not_for_ever() {
    let key = Key::p384("key");
    let outlived = |grace: &str, kept: bool| {
        let keys = KeyServer::start(Answer::ok(set(&[&key])));
        let server = server(grace, &mercy(&format!("jku = ['{}']", keys.url)));
        assert_eq!(status(&server, &key), 200, "{grace}");
        keys.answer(Answer { status: 503, ..Answer::default() });
        let reads = keys.reads();
        wait_until("reads have failed", || keys.reads() >= reads + 2);
        if kept {
            assert_eq!(status(&server, &key), 200, "{grace}");
        } else {
            wait_until("the grace ends", || status(&server, &key) == 401);
            // The read that failed after it says so.
            let reads = keys.reads();
            wait_until("another read has failed", || keys.reads() >= reads + 2);
        }
        let log = server.into_log();
        assert!(log.contains("those at hand still count") && log.contains("503"), "{grace}: {log}");
        assert_eq!(log.contains("calls that need them are refused"), !kept, "{grace}: {log}");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| outlived("keys-for-s = 1", true));
        scope.spawn(|| outlived("keys-for-s = 1\nkeys-grace-s = 1", false));
    });
}

#[test]
fn a_jku_that_comes_late_is_found() {
    let key = Key::p384("key");
    let keys = KeyServer::start(Answer { status: 500, ..Answer::default() });
    let server = server("", &mercy(&format!("jku = ['{}']", keys.url)));
    assert_eq!(status(&server, &key), 401);
    keys.answer(Answer::ok(set(&[&key])));
    wait_until("the keys are found", || status(&server, &key) == 200);
}

#[test]
fn what_is_no_set_of_keys_is_told_and_refused() {
    let key = Key::p384("key");
    let elsewhere = KeyServer::start(Answer::ok(set(&[&key])));
    let after = Duration::from_secs(20);
    let redirect = Answer { status: 302, location: elsewhere.url.clone(), ..Answer::default() };
    let table = [
        ("redirect", redirect, "302"),
        ("large", Answer::ok(format!("{}{}", set(&[&key]), " ".repeat(2 << 20))), "1048576"),
        ("slow", Answer { after, ..Answer::ok(set(&[&key])) }, "no answer within"),
        ("page", Answer::ok("<html>".to_owned()), "not JSON"),
        ("empty", Answer::ok("{\"keys\": []}".to_owned()), "no key"),
    ];
    let servers: Vec<KeyServer> = table.iter().map(|(_, answer, _)| KeyServer::start(answer.clone())).collect();
    let sections = table.iter().zip(&servers).map(|((name, ..), keys)| {
        format!("[clients.{name}]\nissuer = 'https://{name}.example'\njku = ['{}']\n", keys.url)
    });
    let server = server("", &sections.collect::<String>());
    for (name, ..) in &table {
        let claims = but(&claims(), &json!({"iss": format!("https://{name}.example")}));
        assert_eq!(call_with(&server, &key.token(&key.header(), &claims)).status, 401, "{name}");
    }
    wait_until("all were read again", || servers.iter().all(|keys| keys.reads() >= 2));
    assert_eq!(elsewhere.reads(), 0, "a redirect is not followed");
    let log = server.into_log();
    for ((name, _, word), keys) in table.iter().zip(&servers) {
        let told = log.lines().any(|line| line.contains(&keys.url) && line.contains(word));
        assert!(told, "{name}: `{word}` is not told in {log}");
    }
}

#[test]
fn a_file_of_keys_is_read_again_when_it_changes() {
    let (old, new) = (Key::p384("old"), Key::p256("new"));
    let folder = Folder::new();
    let path = folder.write("keys.json", &set(&[&old]));
    let server = server("algorithms = ['ES384', 'ES256']", &mercy(&format!("keys = '{path}'")));
    assert_eq!((status(&server, &old), status(&server, &new)), (200, 401));
    folder.write("keys.json", "{\"keys\": [");
    wait_until("the broken file was read", || server.log().contains("keys.json is not JSON"));
    assert_eq!(status(&server, &old), 200, "a broken file changes nothing");
    folder.write("keys.json", &set(&[&new]));
    wait_until("the new key counts", || status(&server, &new) == 200);
    assert_eq!(status(&server, &old), 401, "the old key is gone");
    let log = server.into_log();
    assert!(log.contains("cannot be used") && log.contains("keys.json is not JSON"), "{log}");
}

#[test]
fn other_algorithms_count_where_a_site_names_them() {
    let (p256, rsa) = (Key::p256("p256"), Key::rsa("rsa"));
    let folder = Folder::new();
    let path = folder.write("keys.json", &set(&[&p256, &rsa]));
    let server = server("algorithms = ['ES256', 'RS256', 'RS512', 'PS384']", &mercy(&format!("keys = '{path}'")));
    for (key, algorithm, expected) in [
        (&p256, "ES256", 200),
        (&rsa, "RS256", 200),
        (&rsa, "RS512", 200),
        (&rsa, "PS384", 200),
        (&rsa, "RS384", 401),
        (&p256, "ES384", 401),
    ] {
        let token = key.token(&but(&key.header(), &json!({ "alg": algorithm })), &claims());
        assert_eq!(call_with(&server, &token).status, expected, "{algorithm}");
    }
}

#[test]
fn a_memory_that_is_full_lets_nobody_in_unchecked() {
    let key = Key::p384("key");
    let folder = Folder::new();
    let path = folder.write("keys.json", &set(&[&key]));
    let server = server("remembered = 2", &mercy(&format!("keys = '{path}'")));
    assert_eq!((status(&server, &key), status(&server, &key)), (200, 200));
    let refused = call_with(&server, &key.token(&key.header(), &claims()));
    assert_eq!((refused.status, &refused.json()["issue"][0]["code"]), (503, &json!("throttled")));
    assert!(server.into_log().contains("authentication.remembered"));
}
