//! `config` prints every setting with the value it has, in TOML that can be read again, and names all that is wrong.

use std::collections::BTreeSet;
use std::process::Output;

use toml::{Table, Value};

use crate::support::{Folder, program};

/// Runs `config` with a file and these variables: its exit status, what it printed, and what it wrote to standard error.
fn config(file: &str, variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let folder = Folder::new();
    let path = folder.write("settings.toml", file);
    let mut command = program();
    // Only what a row sets is set.
    command.env_remove("TOCILIZUMAB_CDS_STORE_URL");
    command.args(["config", "--config", &path]).envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn parsed(text: &str) -> Table {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The keys that stand in a text, commented out or not, with their sections.
fn keys(text: &str) -> BTreeSet<String> {
    let mut section = String::new();
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let line = line.trim_start_matches("# ");
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, _)) = line.split_once(" =").filter(|(key, _)| !key.contains([' ', '(', '`'])) {
            found.insert(format!("{section}{key}"));
        }
    }
    found
}

#[test]
fn every_setting_is_printed_with_the_value_it_has() {
    let (status, out, err) = config("", &[]);
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    let printed = keys(&out);
    for key in ["listen", "limits.body-bytes", "tls.client-ca", "cors.origins", "store.url", "clients.NAME.issuer"] {
        assert!(printed.contains(key), "{key} is missing in {printed:?}");
    }
    // What is printed says nothing that the defaults do not say.
    let again = config(&out, &[]);
    assert_eq!(again, (status, out.clone(), String::new()), "printed and read again");

    let file = "deadline-ms = 700\nlisten = \"127.0.0.1:1\"\n[limits]\ndepth = 9\n\
        [clients.mercy]\nissuer = \"https://mercy.example\"\nkeys = \"mercy.json\"\n\
        [store]\nurl = \"postgres://cds:geheim@db/cds?password=geheim\"";
    let variables = [
        ("TOCILIZUMAB_CDS_DEADLINE_MS", "900"),
        ("TOCILIZUMAB_CDS_CORS_ORIGINS", "https://a.example, https://b.example"),
        ("TOCILIZUMAB_CDS_TLS_KEY", "/run/tls.key"),
        ("TOCILIZUMAB_CDS_TLS_CERTIFICATE", "/run/tls.crt"),
    ];
    let (status, changed, err) = config(file, &variables);
    assert_eq!((status, err.as_str()), (Some(0), ""), "{changed}");
    assert!(!changed.contains("geheim"), "the password is printed: {changed}");
    let told = Value::Table(parsed(&changed));
    let at = |path: &str| path.split('.').try_fold(&told, |inside, key| inside.get(key)).cloned();
    for (key, value) in [
        ("deadline-ms", "900"),
        ("listen", "\"127.0.0.1:1\""),
        ("limits.depth", "9"),
        ("cors.origins", "[\"https://a.example\", \"https://b.example\"]"),
        ("tls.key", "\"/run/tls.key\""),
        ("clients.mercy.issuer", "\"https://mercy.example\""),
        ("store.url", "\"postgres://cds:***@db/cds?password=***\""),
    ] {
        let expected = parsed(&format!("v = {value}")).remove("v");
        assert_eq!(at(key), expected, "{key} in {changed}");
    }
    assert!(changed.contains("default 2000") && changed.contains("TOCILIZUMAB_CDS_DEADLINE_MS"), "{changed}");
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let file = "listn = \"x\"\ndeadline-ms = \"soon\"\n[limits]\nbody-bytes = -1\ndepht = 3\n[clients.a]\nissuer = 7";
    let (status, out, err) = config(file, &[("TOCILIZUMAB_CDS_LIMITS_ORDERS", "many")]);
    assert_eq!((status, out.as_str()), (Some(2), ""), "{err}");
    for words in [
        "settings.toml:1: there is no key `listn`; did you mean `listen`?",
        "settings.toml:2: deadline-ms: ",
        "settings.toml:4: limits.body-bytes: ",
        "settings.toml:5: there is no key `limits.depht`; did you mean `limits.depth`?",
        "settings.toml:7: clients.a.issuer: ",
        "TOCILIZUMAB_CDS_LIMITS_ORDERS=many: ",
    ] {
        assert!(err.contains(words), "`{words}` is not said in {err}");
    }
    let senseless = "standard-version = \"latest\"\ncors.origins = [\"ehr\"]\nlimits.calls-per-second = 0";
    let (status, _, err) = config(senseless, &[]);
    assert_eq!(status, Some(2), "{err}");
    for words in ["standard-version: `latest`", "cors.origins: `ehr`", "limits.calls-per-second: must be above 0"] {
        assert!(err.contains(words), "`{words}` is not said in {err}");
    }
}

#[test]
fn a_variable_that_was_probably_meant_is_warned_of() {
    for (name, warned) in [
        ("TOCILIZUMAB_CDS_DEADLINE", true),
        ("TOCILIZUMAB_CDS_SERVICE_HOST", false),
        ("TOCILIZUMAB_CDS_PORT_8080_TCP", false),
    ] {
        let (status, _, err) = config("", &[(name, "1")]);
        assert_eq!(status, Some(0), "{name}: {err}");
        assert_eq!(err.contains(&format!("warning: {name} sets nothing; did you mean ")), warned, "{name}: {err}");
        // `serve` reads them in the same way; the address is one that it cannot listen on.
        let serve = program().args(["serve", "--listen", "192.0.2.1:1"]).env(name, "1").output().expect("it runs");
        let said = String::from_utf8_lossy(&serve.stderr).into_owned();
        let logged = said.contains(&format!("WARN {name} sets nothing; did you mean "));
        assert_eq!((logged, serve.status.code()), (warned, Some(2)), "{said}");
    }
}
