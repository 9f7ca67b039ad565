//! Reads the settings from a file and the environment, or everything that is wrong with them. Each problem names its
//! file, line and key, or its variable.

use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::file::{anchor, in_file};
use super::{
    Authentication, Client, Cors, DecisionLogSettings, Key, Limits, Log, Metrics, Mode, Settings, Store, Tls, Trace,
    ValueForm, WorkbenchMode, WorkbenchSettings,
};

/// What is wrong with the settings, in a sentence that begins with the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub String);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The settings of a file, given by its name and its text, overridden by those of the environment.
///
/// # Errors
///
/// Everything that is wrong with them, not only the first problem.
pub fn read(file: Option<(&Path, &str)>, variable: impl Fn(&str) -> Option<String>) -> Result<Settings, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut table = Table::new();
    if let Some((path, text)) = file {
        table = in_file(&path.display().to_string(), text, &mut problems);
        anchor(&mut table, path);
    }
    problems.extend(overlay(&mut table, variable));
    if !problems.is_empty() {
        return Err(problems);
    }
    let settings = Settings::deserialize(table).map_err(|error| vec![Problem(error.message().to_owned())])?;
    let problems = contradictions(&settings);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// Every key, in the order in which `config` prints them.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    [Settings::KEYS, Limits::KEYS, Authentication::KEYS, Tls::KEYS, Cors::KEYS, Store::KEYS]
        .into_iter()
        .chain([
            DecisionLogSettings::KEYS,
            Log::KEYS,
            Metrics::KEYS,
            Trace::KEYS,
            WorkbenchSettings::KEYS,
            Client::KEYS,
        ])
        .flatten()
}

/// Puts the variables of the environment into the table, one by one, so that a wrong one can be named.
fn overlay(table: &mut Table, variable: impl Fn(&str) -> Option<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for key in keys() {
        let Some(name) = key.variable() else { continue };
        let Some(text) = variable(&name) else { continue };
        let mut alone = Table::new();
        insert(&mut alone, key, value(key, &text));
        match Settings::deserialize(alone) {
            Ok(_) => insert(table, key, value(key, &text)),
            Err(error) if key.form == ValueForm::Secret => {
                problems.push(Problem(format!("{name}: {}", error.message())))
            }
            Err(error) => problems.push(Problem(format!("{name}={text}: {}", error.message()))),
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

/// The value of a variable: text as it is, a list in TOML or with commas between its items, anything else in TOML.
fn value(key: &Key, text: &str) -> Value {
    let in_toml = || format!("v = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("v"));
    match key.form {
        ValueForm::Text | ValueForm::Secret | ValueForm::Path => Value::String(text.to_owned()),
        ValueForm::Literal => in_toml().unwrap_or_else(|| Value::String(text.to_owned())),
        ValueForm::List => in_toml().filter(Value::is_array).unwrap_or_else(|| {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }),
    }
}

/// What is wrong with keys that are right one by one.
fn contradictions(settings: &Settings) -> Vec<Problem> {
    let mut found: Vec<String> = Vec::new();
    let mut wrong = |is_wrong: bool, text: &str| {
        if is_wrong {
            found.push(text.to_owned());
        }
    };
    wrong(
        settings.tls.certificate.is_some() != settings.tls.key.is_some(),
        "tls: certificate and key must be set together",
    );
    wrong(
        settings.tls.client_ca.is_some() && settings.tls.certificate.is_none(),
        "tls.client-ca: needs tls.certificate and tls.key, without which there is no TLS",
    );
    wrong(settings.authentication.algorithms.is_empty(), "authentication.algorithms: at least one must be accepted");
    wrong(
        settings.authentication.mode == Mode::Required && settings.clients.is_empty(),
        "authentication.mode: `required` without any [clients.NAME] would refuse every call",
    );
    wrong(
        settings.limits.memory_bytes.get() / 2 < settings.limits.body_bytes.get(),
        "limits.memory-bytes: must be at least twice limits.body-bytes, or one body could not be held",
    );
    let recording = &settings.record;
    let missing = [
        (recording.share.get() == 0.0, "record.share above 0"),
        (!recording.content, "record.content = true, since a decision is shown again from its inputs"),
        (settings.public_url.is_none(), "public-url, with which links begin"),
        (settings.workbench.mode == WorkbenchMode::Off, "a workbench (workbench.mode)"),
    ];
    for (is_missing, what) in missing {
        wrong(recording.link_s.get() > 0 && is_missing, &format!("record.link-s: needs {what}"));
    }
    for (name, client) in &settings.clients {
        let at = format!("clients.{name}");
        wrong(client.issuer.is_empty(), &format!("{at}: issuer is missing"));
        wrong(
            client.keys.is_none() && client.jku.is_empty(),
            &format!("{at}: needs `keys` (a file) or `jku` (URLs) to check its signatures with"),
        );
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
            ("limits.concurrent-calls = 0", &[], "settings.toml:1: limits.concurrent-calls: must be above 0"),
            ("limits.sender-ms = 0", &[], "settings.toml:1: limits.sender-ms: must be at least 1000"),
            ("limits = 3", &[], "settings.toml:1: limits: invalid type"),
            ("[clients.a]\njku = 3", &[], "settings.toml:2: clients.a.jku: invalid type"),
            ("[store]\nurl = \"postgres://u:geheim@db\" x", &[], "settings.toml:2: no TOML: "),
            ("[store]\nurl = \"mysql://u:geheim@db\"", &[], "settings.toml:2: store.url: must be `sqlite:FILE`"),
            ("", &[("TOCILIZUMAB_CDS_STORE_URL", "u:geheim@db")], "TOCILIZUMAB_CDS_STORE_URL: must be `sqlite:FILE`"),
            ("listen = \"127.0.0.1\"", &[], "settings.toml:1: listen: `127.0.0.1` is not an address and a port"),
            ("listen = \"localhost:http\"", &[], "listen: `localhost:http` is not an address"),
            ("listen = \"cds.hospital.example:8080\"", &[], ""),
            ("listen = \"[::1]:8080\"", &[], ""),
            ("fhir-servers = [\"ehr.example\"]", &[], "settings.toml:1: fhir-servers: `ehr.example` is not a base URL"),
            ("public-url = \"cds.example\"", &[], "settings.toml:1: public-url: `cds.example` is not a URL"),
            ("time-zone = \"Europe/Atlantis\"", &[], "settings.toml:1: time-zone: "),
            ("[clients.a]\njku = [\"keys.json\"]", &[], "settings.toml:2: clients.a.jku: `keys.json` is not a URL"),
            ("[clients.a]\ncalls-per-second = 0", &[], "settings.toml:2: clients.a.calls-per-second: must be above 0"),
            ("mode = \"quiet\"", &[], "settings.toml:1: mode: unknown variant `quiet`"),
            ("[clients.a]\nmode = 1", &[], "settings.toml:2: clients.a.mode: "),
            ("log.format = \"xml\"", &[], "settings.toml:1: log.format: unknown variant `xml`"),
            ("", &[("TOCILIZUMAB_CDS_LOG_LEVEL", "loud")], "TOCILIZUMAB_CDS_LOG_LEVEL=loud: unknown variant"),
            ("trace.otlp = \"collector\"", &[], "settings.toml:1: trace.otlp: `collector` is not a URL"),
            ("metrics.listen = \"9100\"", &[], "settings.toml:1: metrics.listen: `9100` is not an address"),
            ("proxies = [\"proxy\"]", &[], "settings.toml:1: proxies: `proxy` is not an address or a network"),
            ("proxies = [\"10.0.0.0/8\", \"::1\"]", &[], ""),
            ("limits.memory-bytes = 0", &[], "settings.toml:1: limits.memory-bytes: must be above 0"),
            ("limits.reader-ms = 10", &[], "settings.toml:1: limits.reader-ms: must be at least 1000"),
            ("limits = { memory-bytes = 1000 }", &[], "limits.memory-bytes: must be at least twice limits.body-bytes"),
            ("deadline-ms =", &[], "settings.toml:1: no TOML: "),
            ("", &[("TOCILIZUMAB_CDS_DEADLINE_MS", "soon")], "TOCILIZUMAB_CDS_DEADLINE_MS=soon: invalid type"),
            ("[authentication]\nalgorithms = [\"HS256\"]", &[], "HS256"),
            ("[authentication]\nmode = \"required\"", &[], "would refuse every call"),
            ("[tls]\ncertificate = \"c.pem\"", &[], "tls: certificate and key must be set together"),
            ("[clients.a]\nissuer = \"x\"", &[], "clients.a: needs `keys`"),
            ("cors.origins = [\"https://ehr.example/app\"]", &[], "cors.origins: `https://ehr.example/app` is neither"),
            ("standard-version = \"latest\"", &[], "standard-version: `latest` is not a version"),
            ("standard-version = \"2.0.1-\"", &[], "standard-version: `2.0.1-` is not a version"),
            (
                "",
                &[("TOCILIZUMAB_CDS_STANDARD_VERSION", "2")],
                "TOCILIZUMAB_CDS_STANDARD_VERSION=2: `2` is not a version",
            ),
            ("standard-version = \"3.0.0-ballot\"", &[], ""),
            ("standard-version = \"STU2.1\"", &[], ""),
            ("cors.origins = [\"*\", \"https://ehr.example:8443/\"]", &[], ""),
            ("cors.origins = [\"null\"]", &[], "cors.origins: `null` is neither"),
            ("record.link-s = 60", &[], "record.link-s: needs record.share above 0"),
            ("record.link-s = 60", &[], "record.link-s: needs record.content = true"),
            ("record.link-s = 60", &[], "record.link-s: needs public-url"),
            ("record.link-s = 60\nworkbench.mode = \"off\"", &[], "record.link-s: needs a workbench"),
            ("public-url = \"https://cds.example\"\nrecord = { link-s = 60, content = true, share = 0.5 }", &[], ""),
            ("", &[("TOCILIZUMAB_CDS_RECORD_SHARE", "2")], "TOCILIZUMAB_CDS_RECORD_SHARE=2: must be from 0 to 1"),
        ] {
            let said = problems(text, variables);
            let fits = if expected.is_empty() { said.is_empty() } else { said.contains(expected) };
            assert!(!said.contains("geheim"), "a password is shown: {said}");
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
        let limits = &settings.limits;
        assert_eq!((settings.deadline_ms.get(), limits.body_bytes.get(), limits.depth.get()), (700, 5, 3));
        let servers: Vec<&str> = settings.fhir_servers.iter().map(|server| server.text()).collect();
        assert_eq!(servers, ["https://a.example/r4", "https://b.example"]);
        let zone = settings.time_zone.as_ref().map(|zone| zone.text());
        assert_eq!((settings.listen.as_str(), zone), ("127.0.0.1:1", Some("UTC")));
    }

    #[test]
    fn paths_of_a_file_are_relative_to_it_and_those_of_a_variable_are_not() {
        let text = "hooks = \"hooks\"\npolicy = \"/etc/policy.toml\"\nstore.url = \"sqlite:state/a.sqlite?x\"\n\
            tls = { certificate = \"tls/chain.pem\", key = \"key.pem\" }\n\
            [clients.mercy]\nissuer = \"x\"\nkeys = \"../mercy.json\"";
        let key = |name: &str| (name == "TOCILIZUMAB_CDS_TLS_KEY").then(|| "run/key.pem".to_owned());
        for (file, folder) in [("/etc/cds/settings.toml", "/etc/cds/"), ("conf/settings.toml", "conf/"), ("f", "")] {
            let settings = read(Some((Path::new(file), text)), key).expect("settings");
            let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
            assert_eq!(path(&settings.hooks), Some(format!("{folder}hooks")), "{file}");
            assert_eq!(path(&settings.policy).as_deref(), Some("/etc/policy.toml"), "{file}");
            assert_eq!(path(&settings.tls.certificate), Some(format!("{folder}tls/chain.pem")), "{file}");
            assert_eq!(path(&settings.tls.key).as_deref(), Some("run/key.pem"), "{file}: of the environment");
            assert_eq!(path(&settings.clients["mercy"].keys), Some(format!("{folder}../mercy.json")), "{file}");
            let store = settings.place().expect("a place").shown();
            assert_eq!(store, format!("sqlite:{folder}state/a.sqlite"), "{file}");
        }
        let elsewhere = "store.url = \"postgres://cds@db/cds\"";
        let settings = read(Some((Path::new("/etc/cds/settings.toml"), elsewhere)), |_| None).expect("settings");
        assert_eq!(settings.place().expect("a place").shown(), "postgres://cds@db/cds");
    }

    #[test]
    fn every_key_has_a_sentence_and_a_unit() {
        for key in keys() {
            assert!(key.about.trim().ends_with('.') && !key.unit.is_empty(), "{key:?}");
        }
    }
}
