//! The settings as `tocilizumab-cds config` prints them: valid TOML with every key, its value, its unit, its default
//! where the value is another, its variable and its sentence.

use std::fmt::Write;

use serde_json::Value;
use terminal::wrap;

use super::read::keys;
use super::{Client, Key, Settings};

/// Every key with the value it has in these settings, secrets aside: what is printed ends up in tickets and logs.
pub fn table(settings: &Settings) -> String {
    let mut settings = settings.clone();
    settings.store.url = settings.store.url.as_deref().map(masked);
    let settings = &settings;
    let now = serde_json::to_value(settings).unwrap_or_default();
    let default = serde_json::to_value(Settings::default()).unwrap_or_default();
    let mut text = String::new();
    let mut section = "";
    for key in keys().filter(|key| !key.section.starts_with("clients")) {
        if key.section != section {
            section = key.section;
            let _ = writeln!(text, "[{section}]\n");
        }
        entry(&mut text, key, value(&now, key), value(&default, key));
    }
    let example = serde_json::to_value(Client::default()).unwrap_or_default();
    let _ = writeln!(text, "# One section for each client.");
    if settings.clients.is_empty() {
        let _ = writeln!(text, "# [clients.NAME]\n");
    }
    for (name, client) in &settings.clients {
        let _ = writeln!(text, "[clients.{name}]\n");
        let client = serde_json::to_value(client).unwrap_or_default();
        Client::KEYS.iter().for_each(|key| entry(&mut text, key, &client[key.name()], &example[key.name()]));
    }
    if settings.clients.is_empty() {
        Client::KEYS.iter().for_each(|key| entry(&mut text, key, &Value::Null, &example[key.name()]));
    }
    text
}

fn value<'v>(settings: &'v Value, key: &Key) -> &'v Value {
    match key.section {
        "" => &settings[key.name()],
        section => &settings[section][key.name()],
    }
}

fn entry(text: &mut String, key: &Key, value: &Value, default: &Value) {
    for line in wrap(key.about, 98) {
        let _ = writeln!(text, "# {line}");
    }
    let variable = key.variable().map(|name| format!("; {name}")).unwrap_or_default();
    let other =
        if value == default || value.is_null() { String::new() } else { format!("; default {}", shown(default)) };
    let _ = writeln!(text, "# ({}{other}{variable})", key.unit);
    match value {
        Value::Null => writeln!(text, "# {} =\n", key.name()),
        value => writeln!(text, "{} = {}\n", key.name(), shown(value)),
    }
    .unwrap_or_default();
}

/// A value as TOML writes it, which for words, numbers and lists of words is how JSON does.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        value => value.to_string(),
    }
}

/// A URL without its password, be it in front of the host or in the query.
fn masked(url: &str) -> String {
    let (before, query) = url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)));
    let mut text = match before.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?))) {
        Some((scheme, (user, host))) => match user.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:***@{host}"),
            None => before.to_owned(),
        },
        None => before.to_owned(),
    };
    for (at, pair) in query.iter().flat_map(|query| query.split('&')).enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if name.to_lowercase().contains("password") => {
                let _ = write!(text, "{name}=***");
            }
            _ => text.push_str(pair),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Settings, read};
    use super::{masked, table};

    #[test]
    fn a_password_is_not_printed() {
        for (url, shown) in [
            ("off", "off"),
            ("sqlite:/var/lib/cds.db?mode=rwc", "sqlite:/var/lib/cds.db?mode=rwc"),
            ("postgres://cds@db/cds", "postgres://cds@db/cds"),
            ("postgres://cds:p%40ss@db:5432/cds", "postgres://cds:***@db:5432/cds"),
            ("postgres://cds:p:a@s/w@db/cds?sslmode=require", "postgres://cds:***@db/cds?sslmode=require"),
            ("postgres://db/cds?user=a&password=geheim&x=1", "postgres://db/cds?user=a&password=***&x=1"),
        ] {
            assert_eq!(masked(url), shown, "{url}");
        }
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        let text = "deadline-ms = 5\n[clients.mercy]\nissuer = \"https://mercy.example\"\nkeys = \"mercy.json\"";
        for text in ["", text] {
            let settings = read(Some((Path::new("f"), text)), |_| None).expect("settings");
            let printed = table(&settings);
            let again = read(Some((Path::new("printed"), &printed)), |_| None);
            let again = again.unwrap_or_else(|problems| panic!("{problems:?}\n{printed}"));
            assert_eq!(table(&again), printed);
        }
        assert!(table(&Settings::default()).contains("deadline-ms = 2000"));
    }
}
