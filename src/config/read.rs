//! From file and environment to settings, or to everything that is wrong with them: every problem names its file,
//! line and key, or its variable.

use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::file::in_file;
use super::{Authentication, Client, Cors, Key, Limits, Mode, Recording, Settings, Store, Tls};
use store::place::Place;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub String);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The settings of a file (its name and its text) with those of the environment on top.
pub fn read(file: Option<(&Path, &str)>, variable: impl Fn(&str) -> Option<String>) -> Result<Settings, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut table = Table::new();
    if let Some((path, text)) = file {
        table = in_file(&path.display().to_string(), text, &mut problems);
    }
    problems.extend(overlay(&mut table, variable));
    if !problems.is_empty() {
        return Err(problems);
    }
    let settings = Settings::deserialize(table).map_err(|error| vec![Problem(said(&error))])?;
    let problems = contradictions(&settings);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// Every key, section by section.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    [Settings::KEYS, Limits::KEYS, Authentication::KEYS, Tls::KEYS, Cors::KEYS, Store::KEYS, Recording::KEYS]
        .into_iter()
        .chain([Client::KEYS])
        .flatten()
}

/// An origin as a browser names it, `https://ehr.example.org`; `None` when the text is none.
pub fn origin(text: &str) -> Option<String> {
    let url = reqwest::Url::parse(text.trim()).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (bare && matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.origin().ascii_serialization())
}

/// Whether a text names a version of the standard: `2.0.1`, `3.0.0-ballot`, `1.0`, or `STU2` as releases were named.
fn is_version(text: &str) -> bool {
    let numbers = |text: &str| text.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if let Some(release) = text.strip_prefix("STU") {
        return numbers(release);
    }
    let (version, label) = text.split_once('-').unwrap_or((text, "x"));
    let in_label = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    numbers(version)
        && (2..=3).contains(&version.split('.').count())
        && !label.is_empty()
        && label.bytes().all(in_label)
}

/// Lays the variables of the environment over the table, one by one, so that a wrong one can be named.
fn overlay(table: &mut Table, variable: impl Fn(&str) -> Option<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for key in keys() {
        let Some(name) = key.variable() else { continue };
        let Some(text) = variable(&name) else { continue };
        let mut alone = Table::new();
        insert(&mut alone, key, value(key, &text));
        match Settings::deserialize(alone) {
            Ok(_) => insert(table, key, value(key, &text)),
            Err(error) => problems.push(Problem(format!("{name}={text}: {}", said(&error)))),
        }
    }
    problems
}

fn insert(table: &mut Table, key: &Key, value: Value) {
    if key.section.is_empty() {
        table.insert(key.name(), value);
    } else if let Value::Table(section) = table.entry(key.section).or_insert_with(|| Value::Table(Table::new())) {
        section.insert(key.name(), value);
    }
}

/// A variable's value: words as they are, lists in TOML or parted by commas, the rest in TOML.
fn value(key: &Key, text: &str) -> Value {
    let in_toml = || format!("v = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("v"));
    if key.is_text() {
        return Value::String(text.to_owned());
    }
    let written = in_toml();
    if key.is_list() && !matches!(written, Some(Value::Array(_))) {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        return Value::Array(items.map(|item| Value::String(item.to_owned())).collect());
    }
    written.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn said(error: &toml::de::Error) -> String {
    error.message().to_owned()
}

/// What no single key is to blame for.
fn contradictions(settings: &Settings) -> Vec<Problem> {
    let mut found: Vec<String> = Vec::new();
    let mut wrong = |it: bool, text: &str| {
        if it {
            found.push(text.to_owned());
        }
    };
    wrong(settings.tls.certificate.is_some() != settings.tls.key.is_some(), "tls: certificate and key go together");
    wrong(
        settings.tls.client_ca.is_some() && settings.tls.certificate.is_none(),
        "tls.client-ca: without a certificate of our own there is no TLS",
    );
    wrong(!(0.0..=1.0).contains(&settings.record.share), "record.share: must be from 0 to 1");
    if let Some(Err(problem)) = settings.store.url.as_deref().map(|url| Place::of(Some(url))) {
        wrong(true, &problem);
    }
    wrong(settings.authentication.algorithms.is_empty(), "authentication.algorithms: at least one must be accepted");
    let limits = &settings.limits;
    for (key, is_zero) in [
        ("body-bytes", limits.body_bytes == 0),
        ("depth", limits.depth == 0),
        ("orders", limits.orders == 0),
        ("concurrent-calls", limits.concurrent_calls == 0),
        ("calls-per-second", limits.calls_per_second == 0),
    ] {
        wrong(is_zero, &format!("limits.{key}: must be above 0"));
    }
    // Headers are timed by a clock that moves twice a second.
    wrong(limits.sender_ms < 1000, "limits.sender-ms: must be at least 1000");
    wrong(
        settings.authentication.mode == Mode::Required && settings.clients.is_empty(),
        "authentication.mode: `required` without any [clients.NAME] would refuse every call",
    );
    let url = |text: &str| reqwest::Url::parse(text).is_ok_and(|url| url.has_host());
    if let Some(public) = &settings.public_url {
        wrong(!url(public), &format!("public-url: `{public}` is not a URL"));
    }
    let version = &settings.standard_version;
    wrong(!is_version(version), &format!("standard-version: `{version}` is no version such as 2.0.1 or STU2"));
    for text in settings.cors.origins.iter().filter(|text| *text != "*" && origin(text).is_none()) {
        wrong(true, &format!("cors.origins: `{text}` is neither `*` nor an origin such as https://ehr.example.org"));
    }
    for (name, client) in &settings.clients {
        let at = format!("clients.{name}");
        wrong(client.issuer.is_empty(), &format!("{at}: issuer is missing"));
        wrong(
            client.keys.is_none() && client.jku.is_empty(),
            &format!("{at}: needs `keys` (a file) or `jku` (URLs), to know its signature by"),
        );
        wrong(client.calls_per_second == Some(0), &format!("{at}.calls-per-second: must be above 0"));
        for jku in client.jku.iter().filter(|jku| !url(jku)) {
            wrong(true, &format!("{at}.jku: `{jku}` is not a URL"));
        }
        let twin = settings.clients.iter().find(|(other, twin)| *other < name && twin.issuer == client.issuer);
        if let Some((other, _)) = twin {
            wrong(true, &format!("{at}: clients.{other} has the same issuer"));
        }
    }
    found.into_iter().map(Problem).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{keys, read};

    fn problems(text: &str, variables: &[(&str, &str)]) -> String {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        match read(Some((Path::new("settings.toml"), text)), variable) {
            Ok(_) => String::new(),
            Err(problems) => problems.iter().map(|problem| format!("{problem}\n")).collect(),
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, variables, expected) in [
            ("listn = \"1.2.3.4:80\"", &[][..], "settings.toml:1: there is no key `listn`; did you mean `listen`?"),
            (
                "\n[limits]\nbdy-bytes = 1",
                &[],
                "settings.toml:3: there is no key `limits.bdy-bytes`; did you mean `limits.body-bytes`?",
            ),
            ("body-bytes = 1", &[], "did you mean `limits.body-bytes`?"),
            ("[clients.mercy]\nisuer = \"x\"", &[], "`clients.NAME.isuer`; did you mean `clients.NAME.issuer`?"),
            ("xyzzy = 1", &[], "`tocilizumab-cds config` lists"),
            ("[limits]\nbody-bytes = \"big\"", &[], "settings.toml:2: limits.body-bytes: invalid type: string"),
            ("a = 1\nb = 2\ndeadline-ms = \"x\"", &[], "settings.toml:2: there is no key `b`"),
            ("a = 1\nb = 2\ndeadline-ms = \"x\"", &[], "settings.toml:3: deadline-ms: invalid type"),
            ("limits.concurrent-calls = 0", &[], "limits.concurrent-calls: must be above 0"),
            ("limits.sender-ms = 0", &[], "limits.sender-ms: must be at least 1000"),
            ("limits = 3", &[], "settings.toml:1: limits: invalid type"),
            ("[clients.a]\njku = 3", &[], "settings.toml:2: clients.a.jku: invalid type"),
            ("[store]\nurl = \"postgres://u:geheim@db\" x", &[], "settings.toml:2: no TOML: "),
            ("deadline-ms =", &[], "settings.toml:1: no TOML: "),
            ("", &[("TOCILIZUMAB_CDS_DEADLINE_MS", "soon")], "TOCILIZUMAB_CDS_DEADLINE_MS=soon: invalid type"),
            ("[authentication]\nalgorithms = [\"HS256\"]", &[], "HS256"),
            ("[authentication]\nmode = \"required\"", &[], "would refuse every call"),
            ("[tls]\ncertificate = \"c.pem\"", &[], "tls: certificate and key go together"),
            ("[clients.a]\nissuer = \"x\"", &[], "clients.a: needs `keys`"),
            ("cors.origins = [\"https://ehr.example/app\"]", &[], "cors.origins: `https://ehr.example/app` is neither"),
            ("standard-version = \"latest\"", &[], "standard-version: `latest` is no version"),
            ("standard-version = \"2.0.1-\"", &[], "standard-version: `2.0.1-` is no version"),
            ("", &[("TOCILIZUMAB_CDS_STANDARD_VERSION", "2")], "standard-version: `2` is no version"),
            ("standard-version = \"3.0.0-ballot\"", &[], ""),
            ("standard-version = \"STU2.1\"", &[], ""),
            ("cors.origins = [\"*\", \"https://ehr.example:8443/\"]", &[], ""),
            ("cors.origins = [\"null\"]", &[], "cors.origins: `null` is neither"),
            ("", &[("TOCILIZUMAB_CDS_RECORD_SHARE", "2")], "record.share: must be from 0 to 1"),
        ] {
            let said = problems(text, variables);
            let fits = if expected.is_empty() { said.is_empty() } else { said.contains(expected) };
            assert!(!said.contains("geheim"), "a password is told: {said}");
            assert!(fits, "{text} {variables:?}: {said}");
        }
    }

    #[test]
    fn the_environment_stands_over_the_file() {
        let variable = |name: &str| match name {
            "TOCILIZUMAB_CDS_DEADLINE_MS" => Some("700".to_owned()),
            "TOCILIZUMAB_CDS_LIMITS_BODY_BYTES" => Some("5".to_owned()),
            "TOCILIZUMAB_CDS_FHIR_SERVERS" => Some("https://a.example/r4, https://b.example".to_owned()),
            "TOCILIZUMAB_CDS_TIME_ZONE" => Some("UTC".to_owned()),
            _ => None,
        };
        let text = "deadline-ms = 500\nlisten = \"127.0.0.1:1\"\n[limits]\nbody-bytes = 9\ndepth = 3";
        let settings = read(Some((Path::new("f"), text)), variable).expect("settings");
        assert_eq!((settings.deadline_ms, settings.limits.body_bytes, settings.limits.depth), (700, 5, 3));
        assert_eq!(settings.fhir_servers, ["https://a.example/r4", "https://b.example"]);
        assert_eq!((settings.listen.as_str(), settings.time_zone.as_deref()), ("127.0.0.1:1", Some("UTC")));
    }

    #[test]
    fn every_key_is_told_in_a_sentence_with_a_unit() {
        for key in keys() {
            assert!(key.about.trim().ends_with('.') && !key.unit.is_empty(), "{key:?}");
        }
    }
}
