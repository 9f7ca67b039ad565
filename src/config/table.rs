//! The settings as `tocilizumab-cds config` prints them: valid TOML, in which every key has its value, its unit, its
//! default if the value differs from it, its variable and its sentence.

use std::fmt::Write;

use serde_json::Value;
use store::place::without_password;
use terminal::wrap;

use super::read::keys;
use super::{Client, Key, Settings, ValueForm};

/// Every key with the value that it has in these settings. Passwords are masked, since the output ends up in tickets and
/// logs.
pub fn table(settings: &Settings) -> String {
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
        if value == default || value.is_null() { String::new() } else { format!("; default {}", shown(key, default)) };
    let _ = writeln!(text, "# ({}{other}{variable})", key.unit);
    match value {
        Value::Null => writeln!(text, "# {} =\n", key.name()),
        value => writeln!(text, "{} = {}\n", key.name(), shown(key, value)),
    }
    .unwrap_or_default();
}

/// A value as TOML writes it, which for text, numbers, booleans and lists of text is how JSON does. Passwords are masked.
fn shown(key: &Key, value: &Value) -> String {
    match (key.form, value) {
        (_, Value::Null) => "none".to_owned(),
        (ValueForm::Secret, Value::String(url)) => Value::from(without_password(url)).to_string(),
        (_, value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Settings, read};
    use super::table;

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
