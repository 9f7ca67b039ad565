//! Settings and arguments that are wrong stop the start: exit status 2, and a message that names file, key or address.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::support::{Folder, program};

/// Runs `serve` with what it must refuse: its exit status and what it said.
pub fn start(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = program();
    command.arg("serve").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the program starts");
    let (mut line, mut said) = (String::new(), String::new());
    let _ = BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line);
    if !line.is_empty() {
        let _ = process.kill();
    }
    let _ = process.stderr.take().expect("a pipe").read_to_string(&mut said);
    let status = process.wait().expect("it ends").code();
    assert!(line.is_empty(), "serve {arguments:?} must not start, and said {line}");
    (status, said)
}

#[test]
fn settings_that_are_wrong_stop_the_start() {
    let folder = Folder::new();
    for (name, settings, words) in [
        ("unknown-key", "listn = \"127.0.0.1:0\"", vec!["unknown-key.toml", "listn", "listen"]),
        ("wrong-type", "\nlimits.body-bytes = \"many\"", vec!["wrong-type.toml:2:", "limits.body-bytes"]),
        ("negative", "deadline-ms = -1", vec!["negative.toml", "deadline-ms"]),
        ("no-toml", "listen = ", vec!["no-toml.toml:1:"]),
        ("bad-server", "fhir-servers = [\"ehr.example/fhir\"]", vec!["fhir-servers", "ehr.example/fhir"]),
        ("file-server", "fhir-servers = [\"file:///etc/passwd\"]", vec!["fhir-servers"]),
        ("metadata-server", "fhir-servers = [\"http://169.254.169.254/\"]", vec!["fhir-servers", "never asked"]),
        ("bad-zone", "time-zone = \"Europe/Atlantis\"", vec!["time-zone", "Atlantis"]),
        ("no-library", "hooks = \"/nowhere/hooks\"", vec!["/nowhere/hooks"]),
    ] {
        let path = folder.write(&format!("{name}.toml"), settings);
        let (status, said) = start(&["--listen", "127.0.0.1:0", "--config", &path]);
        assert_eq!(status, Some(2), "{name}: {said}");
        for word in words {
            assert!(said.contains(word), "{name}: `{word}` is not named in: {said}");
        }
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken_address = taken.local_addr().expect("an address").to_string();
    for (arguments, word) in [
        (vec!["--listen", "127.0.0.1:0", "--config", "/nowhere/settings.toml"], "/nowhere/settings.toml"),
        (vec!["--listen", "127.0.0.1"], "127.0.0.1"),
        (vec!["--listen", "127.0.0.1:99999"], "99999"),
        (vec!["--listen", "256.0.0.1:0"], "256.0.0.1:0"),
        (vec!["--listen", &taken_address], &taken_address),
        (vec!["--listen", "127.0.0.1:0", "--hooks", "/nowhere"], "/nowhere"),
        (vec!["--port", "80"], "--port"),
    ] {
        let (status, said) = start(&arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: `{word}` is not named in: {said}");
    }
}
