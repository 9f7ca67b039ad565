//! Settings that would let everyone in by mistake, or nobody, stop the start and name the way out.

use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::{Value, json};

use super::issuer::{Key, set};
use crate::server::Server;
use crate::support::{Folder, eventually, program, text};

#[test]
fn nobody_is_let_in_by_mistake() {
    let folder = Folder::new();
    let key = Key::p384("key");
    let good = folder.write("good.json", &set(&[&key]));
    let mut private = key.jwk();
    private["d"] = "AAAA".into();
    let set_of = |key: serde_json::Value| json!({ "keys": [key] }).to_string();
    let client = |source: &str| format!("[clients.mercy]\nissuer = 'https://mercy.example'\n{source}\n");
    let with_keys = |name: &str, text: &str| client(&format!("keys = '{}'", folder.write(name, text)));
    let jku = |url: &str| client(&format!("jku = ['{url}']"));
    for (name, listen, settings, words) in [
        ("no client", "0.0.0.0:0", String::new(), &["[clients.NAME]", "unauthenticated-public"][..]),
        ("off", "0.0.0.0:0", "authentication.mode = 'off'".into(), &["`required`", "unauthenticated-public = true"]),
        (
            "no URL of ours",
            "0.0.0.0:0",
            client(&format!("keys = '{good}'")),
            &["public-url", "authentication.audiences"],
        ),
        (
            "no file",
            "127.0.0.1:0",
            client("keys = '/nowhere/keys.json'"),
            &["clients.mercy.keys", "/nowhere/keys.json"],
        ),
        ("private", "127.0.0.1:0", with_keys("d.json", &set_of(private)), &["d.json", "keys[0]", "private key"]),
        ("plain http", "127.0.0.1:0", jku("http://ehr.example/keys"), &["clients.mercy.jku", "must be https"]),
        ("metadata", "127.0.0.1:0", jku("https://169.254.169.254/keys"), &["clients.mercy.jku", "169.254.169.254"]),
    ] {
        let path = folder.write("settings.toml", &settings);
        let mut command = program();
        command.args(["serve", "--listen", listen, "--config", &path]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program starts");
        // It ends by itself, or the line that it prints when it listens ends the wait.
        let mut first = [0; 1];
        let printed = process.stdout.take().expect("a pipe").read(&mut first).unwrap_or_default();
        let _ = process.kill();
        let mut said = String::new();
        let _ = process.stderr.take().expect("a pipe").read_to_string(&mut said);
        let status = process.wait().expect("it ends").code();
        assert_eq!((status, printed), (Some(2), 0), "{name}: {said}");
        for word in words {
            assert!(said.contains(word), "{name}: `{word}` is not named in: {said}");
        }
    }
}

#[test]
fn a_service_without_authentication_says_so() {
    for (settings, word) in
        [("", "whatever runs on this machine"), ("authentication.mode = 'off'", "not authenticated")]
    {
        let server = Server::with_settings(settings);
        assert_eq!(server.get("/cds-services").status, 200, "{settings}");
        let log = server.into_log();
        let warned = log.lines().find(|line| line.contains("calls are not authenticated"));
        assert!(warned.is_some_and(|line| line.contains(word)), "{settings}: {log}");
    }
}

#[test]
fn every_line_of_a_json_log_is_json() {
    let misspelt = [("TOCILIZUMAB_CDS_LISTN", "127.0.0.1:1")];
    let server = Server::with_variables("log.format = 'json'", &misspelt);
    server.signal("HUP");
    eventually("the settings were read again", || server.log().contains("in use from now on").then_some(()));
    let running = server.into_log();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = Folder::new();
    let path = folder.write("settings.toml", "log.format = 'json'");
    let mut command = program();
    command.args(["serve", "--listen", &address, "--config", &path]).envs(misspelt);
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    let refused = String::from_utf8_lossy(&output.stderr).into_owned();
    let misspelling = "TOCILIZUMAB_CDS_LISTN sets nothing; did you mean TOCILIZUMAB_CDS_LISTEN?";
    for (log, level, message, times) in [
        (&running, "WARN", "calls are not authenticated", 1),
        (&running, "WARN", misspelling, 2),
        (&refused, "WARN", misspelling, 1),
        (&refused, "ERROR", "cannot listen on", 1),
    ] {
        let lines = log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")));
        let lines: Vec<Value> = lines.collect();
        let said = |line: &&Value| text(line, "/level") == level && text(line, "/message").starts_with(message);
        assert_eq!(lines.iter().filter(said).count(), times, "{level} {message}: {log}");
    }
}

#[test]
fn on_this_machine_our_address_is_the_audience() {
    let key = Key::p384("key");
    let folder = Folder::new();
    let keys = folder.write("keys.json", &set(&[&key]));
    let server = Server::with_settings(&format!("[clients.mercy]\nissuer = '{}'\nkeys = '{keys}'", super::ISSUER));
    let url = format!("{}{}", server.url(), super::SERVICE);
    for (aud, status) in [(url.clone(), 200), (url.replace("127.0.0.1", "localhost"), 401)] {
        let claims = super::issuer::but(&super::claims(), &json!({ "aud": aud }));
        assert_eq!(super::call_with(&server, &key.token(&key.header(), &claims)).status, status, "{aud}");
    }
}
